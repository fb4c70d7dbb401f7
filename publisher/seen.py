"""What lies in folders, and what of it is no longer as it was.

Reading a folder costs more than asking after a file whose name is known. So the names are kept
with what changes when their files do; only a folder that says that it changed is read again.
"""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import partial
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple

from publisher.forked import Forked, can_fork

Stat = tuple[int, int, int]  # size in bytes, mtime and ctime in ns
GONE: Stat = (-1, 0, 0)
BLOCK = 512  # paths that are compared at once
MANY = 5_000  # paths, for which starting another process pays
PATIENT = 19  # as nice as a process can be


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
    _ask(paths, numbers)
    for place in places:
        for folder in _walk(f"{place}/"):
            paths += folder.paths
            numbers += folder.numbers
    return Seen(paths, numbers)


class Asked:
    """The same places as they are now; of many files others ask meanwhile.

    Half of them each of two processes: threads would not be faster, and a process needs nothing
    but the system. Where there are threads, none is forked. Patient ones give way to us.
    """

    def __init__(self, before: Seen, *, is_patient: bool = False) -> None:
        self._before = before
        count = len(before.paths)
        middle = count // 2
        parts = [(0, middle), (middle, count)] if count >= MANY and can_fork() else []
        nice = PATIENT if is_patient else 0
        self._parts = [
            (start, end, Forked(partial(_asked, before.paths[start:end]), nice=nice))
            for start, end in parts
        ]

    def result(self) -> tuple[Seen, frozenset[str]]:
        """What lies there, and the paths of files that came, went or changed; to be asked once."""
        before, numbers = self._before, self._numbers()
        if numbers == before.numbers:
            return before, frozenset()
        changed = {before.paths[at] for at in _differing(before.numbers, numbers)}
        folders = {it for it in changed if it[-1] == "/"}
        seen = Seen(before.paths, numbers)
        if folders:
            seen = _read_again(seen, folders, changed)
            changed |= set(before.paths) ^ set(seen.paths)
        return seen, frozenset(it for it in changed if it[-1] != "/")

    def close(self) -> None:
        """Ask no further."""
        for _, _, copy in self._parts:
            copy.close()
        self._parts = []

    def _numbers(self) -> "array[int]":
        numbers, parts, self._parts = array("q"), self._parts, []
        for start, end, copy in parts:
            found = copy.result()
            if found is None:
                _ask(self._before.paths[start:end], numbers)
            else:
                numbers.frombytes(found)
        if not parts:
            _ask(self._before.paths, numbers)
        return numbers


def again(before: Seen) -> tuple[Seen, frozenset[str]]:
    """The same places as they are now, and the paths of files that came, went or changed."""
    return Asked(before).result()


def after(before: Seen, changed: Iterable[str]) -> Seen:
    """The same, where only the files that these paths name came, went or changed."""
    touched: dict[str, list[str]] = {}  # files by their folders, and all folders around these
    for path in changed:
        folder = _inside(path)
        if path[len(folder)] != ".":
            touched.setdefault(folder, []).append(path)
        while folder := _inside(folder):
            touched.setdefault(folder, [])
    paths, numbers = before.paths.copy(), before.numbers[:]
    starts = [at for at, path in enumerate(paths) if path[-1] == "/"]
    ends = zip(starts, [*starts[1:], len(paths)], strict=True)
    places = {paths[start]: (start, end) for start, end in ends if paths[start] in touched}
    new: dict[int, tuple[int, Seen]] = {}  # by where they stand
    for folder in sorted(touched):
        home = folder
        while home and home not in places:  # a new folder stands behind the one that has it
            home = _inside(home)
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
    _ask(paths, numbers)
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


def _asked(paths: list[str]) -> bytes:
    numbers = array("q")
    _ask(paths, numbers)
    return numbers.tobytes()


def _ask(paths: list[str], numbers: "array[int]") -> None:
    add, stat = numbers.extend, os.stat
    for path in paths:
        try:
            it = stat(path)
        except OSError:  # it went, or its folder became a file
            add(GONE)
        else:
            add((it.st_size, it.st_mtime_ns, it.st_ctime_ns))


def _walk(place: str) -> Iterator[Seen]:
    waiting = [place]
    while waiting:
        its, folders = _read(waiting.pop(), NOTHING, frozenset(), frozenset())
        yield its
        waiting += folders


def _read(
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


def _read_again(seen: Seen, folders: AbstractSet[str], stale: AbstractSet[str]) -> Seen:
    """The same with these folders as they are now, and the folders that came in them.

    What is known of other files in them holds, but for the stale ones.
    """
    paths, numbers = seen.paths.copy(), seen.numbers[:]
    starts = [at for at, path in enumerate(paths) if path[-1] == "/"]
    ends = [*starts[1:], len(paths)]
    known = {paths[at] for at in starts}
    had: dict[str, set[str]] = {it: set() for it in folders}  # the folders in each
    for it in known:
        if (inside := _inside(it)) in had:
            had[inside].add(it)
    gone: tuple[str, ...] = ()  # beginnings of what lay in folders that went
    new: list[tuple[int, int, Seen]] = []
    for start, end in zip(starts, ends, strict=True):
        folder = paths[start]
        if gone and folder.startswith(gone):
            new.append((start, end, NOTHING))
        elif folder in folders:
            files = Seen(paths[start + 1 : end], numbers[3 * start + 3 : 3 * end])
            its, there = _read(folder, files, had[folder], stale)
            for it in there - known:
                for inside_it in _walk(it):
                    its = Seen(its.paths + inside_it.paths, its.numbers + inside_it.numbers)
            new.append((start, end, its))
            gone += tuple(had[folder] - there)
    for start, end, its in reversed(new):
        paths[start:end] = its.paths
        numbers[3 * start : 3 * end] = its.numbers
    return Seen(paths, numbers)


def _differing(some: "array[int]", others: "array[int]") -> Iterator[int]:
    """Numbers of the paths whose Stats differ."""
    for block in range(0, len(some), 3 * BLOCK):
        end = block + 3 * BLOCK
        if some[block:end] != others[block:end]:
            for at in range(block, min(end, len(some)), 3):
                if some[at : at + 3] != others[at : at + 3]:
                    yield at // 3


def _inside(path: str) -> str:
    """The folder in which a file or folder lies; "" for the topmost."""
    return path[: path.rfind("/", 0, -1) + 1]
