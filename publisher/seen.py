"""What lies in folders: names, with what changes when their files do; `asked` looks again."""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple

Stat = tuple[int, int, int]  # size in bytes, mtime and ctime in ns
GONE: Stat = (-1, 0, 0)


class Seen(NamedTuple):
    """Paths, three numbers for each: its Stat. Behind each folder (`site/a/`) stand its files.

    Single files come first. A folder stands behind the one that has it; hidden names and what
    Python keeps beside its modules are left out.
    """

    paths: list[str]
    numbers: "array[int]"

    def below(self, place: Path) -> dict[str, Stat]:
        """The files below one of the places that were looked at, by their names in it."""
        start = f"{place}/"
        cut, numbers = len(start), self.numbers
        return {
            path[cut:]: (numbers[at], numbers[at + 1], numbers[at + 2])
            for at, path in zip(range(0, len(numbers), 3), self.paths, strict=True)
            if path[-1] != "/" and path.startswith(start) and path[cut] != "."
        }


NOTHING = Seen([], array("q"))


def look(files: Iterable[str], places: Iterable[Path]) -> Seen:
    """Single files, and all that lies below the places."""
    paths, numbers = list(files), array("q")
    ask(paths, numbers)
    for place in places:
        for folder in walk(f"{place}/"):
            paths += folder.paths
            numbers += folder.numbers
    return Seen(paths, numbers)


def after(before: Seen, changed: Iterable[str]) -> Seen:
    """The same, where only the files that these paths name came, went or changed."""
    touched: dict[str, list[str]] = {}  # files by their folders, and all folders around these
    for path in changed:
        folder = folder_of(path)
        files = touched.setdefault(folder, [])
        if path[len(folder)] != ".":  # one that is hidden changes its folder, too
            files.append(path)
        while folder := folder_of(folder):
            touched.setdefault(folder, [])
    paths, numbers = before.paths.copy(), before.numbers[:]
    starts = [at for at, path in enumerate(paths) if path[-1] == "/"]
    ends = zip(starts, [*starts[1:], len(paths)], strict=True)
    places = {paths[start]: (start, end) for start, end in ends if paths[start] in touched}
    new: dict[int, tuple[int, Seen]] = {}  # by where they stand
    for folder in sorted(touched):
        home = folder
        while home and home not in places:  # a new folder stands behind the one that has it
            home = folder_of(home)
        if home:
            start, end = places[home]
            had = NOTHING
            if folder == home:
                had = Seen(paths[start + 1 : end], numbers[3 * start + 3 : 3 * end])
            its = _touched(folder, had, touched[folder])
            _, others = new.setdefault(start, (end, Seen([], array("q"))))
            others.paths.extend(its.paths)
            others.numbers.extend(its.numbers)
    for start, (end, its) in sorted(new.items(), reverse=True):
        paths[start:end] = its.paths
        numbers[3 * start : 3 * end] = its.numbers
    return Seen(paths, numbers)


def _touched(folder: str, had: Seen, files: list[str]) -> Seen:
    """A folder with the files that it had, but for these as they are now."""
    try:
        stat = _stat_of(os.stat(folder))  # noqa: PTH116 - Path.stat costs more than the call
    except OSError:  # it went
        return NOTHING
    stale = set(files)
    paths, numbers = _only(had, [at for at, it in enumerate(had.paths) if it not in stale])
    for path in files:
        with suppress(OSError):  # it went
            found = os.stat(path)  # noqa: PTH116 - as above
            if not S_ISDIR(found.st_mode) or os.path.islink(path):  # noqa: PTH114 - as above
                numbers.extend(_stat_of(found))
                paths.append(path)
    return Seen([folder, *paths], array("q", stat) + numbers)


def _only(seen: Seen, numbers: list[int]) -> Seen:
    """A copy with the paths that have these numbers."""
    if len(numbers) == len(seen.paths):
        return Seen(seen.paths.copy(), seen.numbers[:])
    found = array("q")
    for at in numbers:
        found += seen.numbers[3 * at : 3 * at + 3]
    return Seen([seen.paths[at] for at in numbers], found)


def added(seen: Seen, files: Sequence[str], others: Seen | None = None) -> Seen:
    """With more single files, as they are now, and with other places."""
    paths, numbers = list(files), array("q")
    ask(paths, numbers)
    more = [seen] if others is None else [seen, others]
    start = next((at for at, path in enumerate(seen.paths) if path[-1] == "/"), len(seen.paths))
    new = set(paths)
    for at, path in enumerate(seen.paths[:start]):
        if path not in new:
            paths.append(path)
            numbers += seen.numbers[3 * at : 3 * at + 3]
    for it, begin in zip(more, (start, 0), strict=False):
        paths += it.paths[begin:]
        numbers += it.numbers[3 * begin :]
    return Seen(paths, numbers)


def pack(seen: Seen) -> bytes:
    """As bytes; `unpack` makes it again."""
    names = "\0".join(seen.paths).encode("utf-8", "surrogateescape")
    return b"%d\n%b%b" % (len(seen.paths), seen.numbers.tobytes(), names)


def unpack(content: bytes) -> Seen:
    """What `pack` wrote; ValueError if it is not whole."""
    count, _, rest = content.partition(b"\n")
    numbers = array("q")
    end = 3 * numbers.itemsize * int(count)
    numbers.frombytes(rest[:end])
    paths = rest[end:].decode("utf-8", "surrogateescape").split("\0")
    if len(paths) != int(count) or len(numbers) != 3 * len(paths):
        raise ValueError("not whole")
    return Seen(paths, numbers)


def ask(paths: Iterable[str], numbers: "array[int]") -> None:
    """Add the three numbers of each path."""
    add, stat = numbers.extend, os.stat
    for path in paths:
        try:
            it = stat(path)
        except OSError:  # it went, or its folder became a file
            add(GONE)
        else:
            add((it.st_size, it.st_mtime_ns, it.st_ctime_ns))


def walk(place: str) -> Iterator[Seen]:
    """A folder with its files, and each below it."""
    waiting = [place]
    while waiting:
        its, folders = read_folder(waiting.pop(), NOTHING, frozenset(), frozenset())
        yield its
        waiting += folders


def read_folder(
    path: str, files: Seen, folders: AbstractSet[str], stale: AbstractSet[str]
) -> tuple[Seen, set[str]]:
    """A folder with its files, and the paths of the folders in it.

    Its own numbers are asked first, so that what comes meanwhile is noticed later. What is known
    of files and folders in it holds while their names are there, but for the stale ones: what
    changes its kind changes its numbers.
    """
    try:
        stat = _stat_of(os.stat(path))  # noqa: PTH116 - Path.stat costs more than the call
        names = set(os.listdir(path))  # noqa: PTH208 - the same
    except OSError:  # it went, or never was
        return Seen([path], array("q", GONE)), set()
    cut = len(path)
    kept = [
        at
        for at, it in enumerate(files.paths)
        if it[cut:] in names and it not in stale and files.numbers[3 * at] != GONE[0]
    ]
    paths, numbers = _only(files, kept)
    there = {it for it in folders if it[cut:-1] in names and it not in stale}
    names.difference_update([it[cut:] for it in paths], [it[cut:-1] for it in there])
    for name in sorted(names):
        if name[0] == "." or name == "__pycache__":
            continue
        place = path + name
        with suppress(OSError):  # it went, or is a link to nothing
            found = os.stat(place)  # noqa: PTH116 - as above
            if S_ISDIR(found.st_mode) and not os.path.islink(place):  # noqa: PTH114 - as above
                there.add(f"{place}/")
            else:
                numbers.extend(_stat_of(found))
                paths.append(place)
    return Seen([path, *paths], array("q", stat) + numbers), there


def _stat_of(it: os.stat_result) -> Stat:
    return it.st_size, it.st_mtime_ns, it.st_ctime_ns


def folder_of(path: str) -> str:
    """The folder in which a file or folder lies; "" for the topmost."""
    return path[: path.rfind("/", 0, -1) + 1]
