"""Fixtures that many tests share."""

from servers import credentials, moto, moto_server, rclone, rclone_server, site, store

__all__ = ["credentials", "moto", "moto_server", "rclone", "rclone_server", "site", "store"]
