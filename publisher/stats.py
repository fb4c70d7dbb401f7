"""What changes when files do. A run with nothing to do needs no more, so this imports little."""

import os
import site
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from publisher import seen
from publisher.seen import Stat

Stats = dict[str, Stat]  # by name


@dataclass(frozen=True)
class Changes:
    """What a build did to its folder, as URLs in the order of the files, and names that went."""

    created: tuple[str, ...]
    modified: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.created or self.modified or self.removed)


NONE = Changes((), (), ())


def of(paths: Iterable[str]) -> Stats:
    """The stats of files, by their paths; OSError if one is not there."""
    found = ((path, os.stat(path)) for path in paths)  # noqa: PTH116 - Path.stat costs more
    return {path: (it.st_size, it.st_mtime_ns, it.st_ctime_ns) for path, it in found}


def digest(*parts: Stats | str) -> str:
    """The sha256 of stats, whatever their order, and of texts beside them, as 64 hex digits."""
    import hashlib

    found = hashlib.sha256()
    for part in parts:
        lines = [part] if isinstance(part, str) else _lines(part)
        found.update("\n".join([*lines, "\n"]).encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _lines(stats: Stats) -> list[str]:
    return [
        f"{name}\0{size} {mtime} {ctime}" for name, (size, mtime, ctime) in sorted(stats.items())
    ]


def libraries() -> list[str]:
    """The folders of installed libraries; installing or upgrading one touches its folder."""
    return [it for it in site.getsitepackages() if os.path.isdir(it)]  # noqa: PTH112 - the same


def program() -> str:
    """A fingerprint of this program, its interpreter and its installed libraries.

    Asking each library for its version would take longer than a run with nothing to do.
    """
    package = Path(__file__).parent
    own = seen.look([], [package]).below(package)
    modules = {name: it for name, it in own.items() if name.endswith(".py")}
    return digest(sys.version, of(libraries()), modules)
