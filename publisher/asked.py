"""What is no longer as it was seen.

Reading a folder costs more than asking after a file whose name is known. So each path is asked
after, and only a folder that says that it changed is read again.
"""

from array import array
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import partial

from publisher import seen
from publisher.forked import Forked, can_fork
from publisher.seen import NOTHING, Seen

BLOCK = 512  # paths that are compared at once
MANY = 5_000  # paths, for which starting another process pays
PATIENT = 19  # as nice as a process can be


class Asked:
    """The same places as they are now; of many files others ask meanwhile.

    Another process for half of them, or two for all, where these shall give way to us: threads
    would not be faster, and a process needs nothing but the system.
    """

    def __init__(self, before: Seen, *, is_patient: bool = False) -> None:
        self._before = before
        count = len(before.paths)
        middle = count // 2
        parts = [(0, middle), (middle, count)] if is_patient else [(middle, count)]
        if count < MANY or not can_fork():
            parts = []
        self._ours = parts[0][0] if parts else count  # so many we ask ourselves
        nice = PATIENT if is_patient else 0
        self._others = [
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
        now = Seen(before.paths, numbers)
        if folders:
            now = _read_again(now, folders, changed)
            changed |= set(before.paths) ^ set(now.paths)
        return now, frozenset(it for it in changed if it[-1] != "/")

    def close(self) -> None:
        """Ask no further."""
        while self._others:
            self._others.pop()[2].close()

    def _numbers(self) -> "array[int]":
        paths, numbers = self._before.paths, array("q")
        seen.ask(paths[: self._ours], numbers)
        others, self._others = self._others, []
        for start, end, copy in others:
            found = copy.result()
            if found is None:
                seen.ask(paths[start:end], numbers)
            else:
                numbers.frombytes(found)
        return numbers


def _asked(paths: list[str]) -> bytes:
    numbers = array("q")
    seen.ask(paths, numbers)
    return numbers.tobytes()


def _read_again(before: Seen, folders: AbstractSet[str], stale: AbstractSet[str]) -> Seen:
    """The same with these folders as they are now, and the folders that came in them.

    What is known of other files in them holds, but for the stale ones.
    """
    paths, numbers = before.paths.copy(), before.numbers[:]
    starts = [at for at, path in enumerate(paths) if path[-1] == "/"]
    ends = [*starts[1:], len(paths)]
    known = {paths[at] for at in starts}
    had: dict[str, set[str]] = {it: set() for it in folders}  # the folders in each
    for it in known:
        if (inside := seen.folder_of(it)) in had:
            had[inside].add(it)
    gone: tuple[str, ...] = ()  # beginnings of what lay in folders that went
    new: list[tuple[int, int, Seen]] = []
    for start, end in zip(starts, ends, strict=True):
        folder = paths[start]
        if gone and folder.startswith(gone):
            new.append((start, end, NOTHING))
        elif folder in folders:
            files = Seen(paths[start + 1 : end], numbers[3 * start + 3 : 3 * end])
            its, there = seen.read_folder(folder, files, had[folder], stale)
            for it in there - known:
                for inside_it in seen.walk(it):
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
