"""Publish a podcast and its newsletter from plain files.

Start reading at `cli.py`, then `build.py`, `model/` and one file of `outputs/`.
"""

from pathlib import Path

__version__ = "0.1.0"

PACKAGE = Path(__file__).parent
# The default theme lies in the wheel, or beside the package in a checkout.
THEME = next(it for it in (PACKAGE / "templates", PACKAGE.parent / "templates") if it.is_dir())
