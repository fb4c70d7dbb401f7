"""Remembers what slow pure functions returned, by the content of their arguments.

The key of an entry is a fingerprint of the program, the function's name and its arguments:
nothing is ever invalidated, old entries are merely not asked for again. Deleting the file is
always safe.

`shelf` is the file that holds it all; a build asks for nearly all of it but the long texts.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from itertools import compress, repeat
from pathlib import Path
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from publisher import fingerprint, shelf, stats
from publisher.errors import Exit, Failure
from publisher.model import File, Made
from publisher.report import KINDS, Report

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")

KEEP_DAYS = 30  # an entry that no build used for so long goes
REFRESH_DAYS = 7  # an entry's last use is noted this often, so that a build need not write
COMMIT_EVERY = 256  # new entries
WORTH_A_POOL = 8  # starting processes costs as much as a few articles


class Memo:
    """A table of fingerprints and values in one SQLite file; the real `model.Memo`."""

    def __init__(
        self, path: Path, *, fresh: bool = False, jobs: int = 0, report: Report | None = None
    ) -> None:
        import sqlite3

        self._report = report or Report()

        self._jobs = jobs or cores()
        self._program = stats.program()
        self._today = int(time.time() // 86400)
        self._pool: ProcessPoolExecutor | None = None
        self._path = path
        self._uncommitted = 0
        path.parent.mkdir(exist_ok=True)
        if fresh:
            shelf.forget(path)
        try:
            self._table, self._known = shelf.opened(path)
        except sqlite3.DatabaseError:  # not ours, or damaged: it is only a memory
            shelf.forget(path)
            self._table, self._known = shelf.opened(path)
        last = self._today - REFRESH_DAYS
        old = self._table.execute("SELECT key FROM memo WHERE used < ?", (last,))
        self._old = {key for (key,) in old}
        self._old_but_used: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        import sqlite3

        with suppress(sqlite3.OperationalError):  # the site is as it should be all the same
            self._table.executemany(
                "UPDATE memo SET used = ? WHERE key = ?",
                [(self._today, key) for key in self._old_but_used],
            )
            oldest = self._today - KEEP_DAYS
            if self._table.execute("DELETE FROM memo WHERE used < ?", (oldest,)).rowcount:
                self._table.execute("DELETE FROM apart WHERE owner NOT IN (SELECT key FROM memo)")
            self._table.commit()
        self._table.close()

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """`function(*arguments)`, from memory if it ran before with equal arguments."""
        return self.map(function, [arguments])[0]

    def map(
        self,
        function: Callable[..., T],
        arguments: Iterable[tuple[object, ...]],
        few: int = WORTH_A_POOL,
    ) -> list[T]:
        """The same for many arguments, in their order; new ones are worked on in parallel.

        Fewer than `few` new ones are not.
        """
        calls = list(arguments)
        keys = self._keys(function, calls)
        missing = [at for at, key in enumerate(keys) if key not in self._known]
        new = self._run(shelf.packed, [(function, *calls[at]) for at in missing], few)
        for at, packed in zip(missing, new, strict=True):
            self._remember(keys[at], packed)
        if missing:
            self._commit()
        return [self._recall(key) for key in keys]

    def files(
        self,
        function: Callable[..., tuple[Made, ...]],
        arguments: Iterable[tuple[object, ...]],
        sources: Iterable[str] = repeat(""),
    ) -> Iterator[File]:
        """The files that `function` makes of each of many arguments, in their order.

        Their digests are remembered, their bodies are not: one that is asked for is made again.
        `sources` are what each call's files came from, for messages.
        """
        calls = list(arguments)
        keys = self._keys(function, calls)
        missing = [key not in self._known for key in keys]
        new = iter(self._run(function, list(compress(calls, missing))))
        for call, key, is_new, source in zip(calls, keys, missing, sources, strict=False):
            if is_new:
                made = next(new)
                facts = tuple(_facts(it) for it in made)
                self._remember(key, shelf.pack(facts))
                for fact, it in zip(facts, made, strict=True):
                    yield File(*fact, body=partial(_whole, it.body), source=source)
            else:
                again = _Again(function, call)
                for number, fact in enumerate(self._recall(key)):
                    yield File(*fact, body=partial(again.part, number), source=source)
        if any(missing):
            self._commit()

    def file(
        self,
        url: str,
        content_type: str,
        function: Callable[..., bytes],
        *arguments: object,
        source: str = "",
    ) -> File:
        """The File whose body is `function(*arguments)`, made only if its digest is not known."""
        (file,) = self.files(_one, [(url, content_type, function, arguments)], [source])
        return file

    def _keys(
        self, function: Callable[..., object], calls: Iterable[tuple[object, ...]]
    ) -> list[bytes]:
        name = f"{function.__module__}.{function.__qualname__}"
        return [fingerprint.key(self._program, name, call) for call in calls]

    def _recall(self, key: bytes) -> Any:
        if key in self._old:
            self._old_but_used.add(key)
        return shelf.unpack(self._known[key], self._path, key)

    def _remember(self, key: bytes, packed: shelf.Packed) -> None:
        value, apart = packed
        self._known[key] = value
        self._uncommitted += 1
        if self._uncommitted == COMMIT_EVERY:
            self._commit()
        with self._writing():
            self._table.execute(
                "INSERT OR REPLACE INTO memo (key, used, value) VALUES (?, ?, ?)",
                (key, self._today, value),
            )
            self._table.executemany(
                "INSERT OR REPLACE INTO apart (owner, number, value) VALUES (?, ?, ?)",
                [(key, number, it) for number, it in enumerate(apart)],
            )

    def _commit(self) -> None:
        """Let other processes see what was remembered: they read the texts of articles.

        Until then it takes memory.
        """
        self._uncommitted = 0
        with self._writing():
            self._table.commit()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A full disk ends the build: what cannot be written down cannot be read back."""
        import sqlite3

        try:
            yield
        except sqlite3.OperationalError as error:
            message = f"cannot write {self._path}: {error}"
            hint = "Free some space, or delete that file. Nothing was changed."
            raise Failure(Exit.DISK, message, hint) from error

    def _run(
        self,
        function: Callable[..., T],
        calls: list[tuple[object, ...]],
        few: int = WORTH_A_POOL,
    ) -> Iterator[T]:
        kind = _kind(function, calls[0]) if calls else ""
        for count, result in enumerate(self._results(function, calls, few), 1):
            self._report.made(kind, count, len(calls))
            yield result

    def _results(
        self, function: Callable[..., T], calls: list[tuple[object, ...]], few: int
    ) -> Iterable[T]:
        if self._jobs == 1 or len(calls) < few:
            return (function(*call) for call in calls)
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor

            self._pool = ProcessPoolExecutor(self._jobs)
        chunk = max(1, min(32, len(calls) // (4 * self._jobs)))
        return self._pool.map(_apply, [(function, call) for call in calls], chunksize=chunk)


def _kind(function: Callable[..., object], call: tuple[object, ...]) -> str:
    """What a function makes, in words."""
    inner = [it for it in (function, *call) if isinstance(it, FunctionType)]
    name = inner[-1].__name__  # behind `packed` and `_one`
    return KINDS.get(name, name)


def cores() -> int:
    """How many processes can work at once."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _apply(call: tuple[Callable[..., T], tuple[object, ...]]) -> T:
    function, arguments = call
    return function(*arguments)


# -- files ---------------------------------------------------------------------------------------


def _one(
    url: str, content_type: str, function: Callable[..., bytes], arguments: tuple[object, ...]
) -> tuple[Made]:
    return (Made(url, content_type, function(*arguments)),)


def _facts(it: Made) -> tuple[str, str, int, str]:
    return it.url, hashlib.sha256(it.body).hexdigest(), len(it.body), it.content_type


def _whole(body: bytes) -> list[bytes]:
    return [body]


class _Again:
    """A call that is made again, once, for all its files that are asked for one after another."""

    def __init__(self, function: Callable[..., tuple[Made, ...]], call: tuple[object, ...]) -> None:
        self.function, self.call = function, call

    def part(self, number: int) -> list[bytes]:
        return [_repeated(self)[number].body]


@lru_cache(maxsize=1)
def _repeated(again: _Again) -> tuple[Made, ...]:
    return again.function(*again.call)
