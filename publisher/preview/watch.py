"""Notices when the author saves something.

One pass of `scandir` over what a build reads, several times a second: a few milliseconds for
hundreds of episodes. It needs no library, and also sees what inotify and its like do not: changes
on network drives, and by the other system of a virtual machine or container.
"""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import THEME
from publisher.seen import look as look_below
from publisher.there import FOLDERS

if TYPE_CHECKING:
    from threading import Event

PAUSE = 0.1  # seconds between two looks
SHARE = 10  # a look may take this part of the time at most
SETTLE = 0.03  # seconds without a change make an edit complete
LONGEST = 1.0  # seconds that a file may go on changing before it is built as it is

Seen = dict[str, tuple[int, int, int]]  # by path: size in bytes, mtime and ctime in ns


def look(root: Path, others: Iterable[Path]) -> Seen:
    """The stats of all that a build of the show in `root` reads; `others` lie elsewhere in it."""
    seen: Seen = {}
    for folder in (THEME, *(root / name for name in FOLDERS)):
        with suppress(OSError):
            there = look_below([], [folder]).below(folder)
            seen |= {f"{folder}/{name}": it for name, it in there.items()}
    return seen | _stats([*_beside(root), *others])


def _stats(paths: Iterable[Path | str]) -> Seen:
    seen = {}
    for path in map(str, paths):
        try:
            seen[path] = _times(os.stat(path))  # noqa: PTH116 - Path.stat costs more than the call
        except OSError:
            continue
    return seen


def _beside(root: Path) -> list[str]:
    """The files in the show's own folder, such as show.toml and the cover."""
    try:
        with os.scandir(root) as entries:
            return [it.path for it in entries if not it.name.startswith(".") and it.is_file()]
    except OSError:
        return []


def _times(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


class Watch:
    """Waits for changes since the last ones that it reported."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._others: tuple[Path, ...] = ()
        self._seen = look(root, ())

    def add(self, others: tuple[Path, ...]) -> None:
        """Watch these files, too, those of them that lie elsewhere; now they are no news."""
        homes = [self._root / name for name in FOLDERS]
        self._others = tuple(
            path
            for path in others
            if path.parent != self._root and not any(map(path.is_relative_to, homes))
        )
        self._seen = _stats(self._others) | self._seen

    def wait(self, ended: "Event") -> bool:
        """True once something changed and stays as it is; False at once if `ended`, or idle."""
        begin = time.monotonic()
        found = look(self._root, self._others)
        taken = time.monotonic() - begin
        if found == self._seen:
            ended.wait(max(PAUSE, SHARE * taken))
            return False
        self._seen = self._settled(found, ended)
        return True

    def _settled(self, found: Seen, ended: "Event") -> Seen:
        """What is there once nothing writes any more: editors save in several steps."""
        latest = time.monotonic() + LONGEST
        while time.monotonic() < latest and not ended.wait(SETTLE):
            before, found = found, look(self._root, self._others)
            if found == before:
                break
        return found
