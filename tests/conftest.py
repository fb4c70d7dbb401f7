"""Fixtures that many tests share."""

from hypothesis import settings
from servers import credentials, moto, moto_server, rclone, rclone_server, site, store
from shows import show

__all__ = ["credentials", "moto", "moto_server", "rclone", "rclone_server", "show", "site", "store"]

# Examples are the same in every run, and a busy machine is no reason to fail.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")
