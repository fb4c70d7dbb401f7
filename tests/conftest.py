"""Fixtures that many tests share."""

from servers import credentials, moto, moto_server, rclone, rclone_server, site, store
from shows import show

__all__ = ["credentials", "moto", "moto_server", "rclone", "rclone_server", "show", "site", "store"]
