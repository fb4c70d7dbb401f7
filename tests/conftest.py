"""Fixtures that many tests share."""

from browsing import browser, sample, visit
from hypothesis import settings
from servers import credentials, moto, moto_server, rclone, rclone_server, site, store
from shows import show

__all__ = [
    "browser",
    "credentials",
    "moto",
    "moto_server",
    "rclone",
    "rclone_server",
    "sample",
    "show",
    "site",
    "store",
    "visit",
]

# Examples are the same in every run, and a busy machine is no reason to fail.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")
