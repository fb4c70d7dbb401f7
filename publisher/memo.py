"""Remembers what slow pure functions returned, by the content of their arguments.

The key of an entry is a fingerprint of the program, the function's name and its arguments:
nothing is ever invalidated, old entries are merely not asked for again. Deleting the file is
always safe.

What was said of many small things is remembered once more as a whole, so that a build need not
ask for each. Such an entry is made anew every week, by which its parts are seen to be in use.

`shelf` is the file that holds it all.
"""

import gc
import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from itertools import compress, islice
from pathlib import Path
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar, cast

from publisher import fingerprint, shelf, stats
from publisher.errors import Exit, Failure
from publisher.model import Answer, Ask, Batch, File, Made, Piece, Question
from publisher.report import KINDS, Report

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")

KEEP_DAYS = 30  # an entry that no build used for so long goes
REFRESH_DAYS = 7  # an entry's last use is noted this often, so that a build need not write
COMMIT_EVERY = 256  # new entries
LONG = 1_000_000  # bytes of a body
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
            self._table = shelf.opened(path)
            list(shelf.found(self._table, [b""]))
        except sqlite3.DatabaseError:  # not ours, or damaged: it is only a memory
            shelf.forget(path)
            self._table = shelf.opened(path)
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
        known = self._recall(keys)
        missing = [at for at, key in enumerate(keys) if key not in known]
        new = self._run(shelf.packed, [(function, *calls[at]) for at in missing], few)
        for at, packed in zip(missing, new, strict=True):
            known[keys[at]] = packed[0]
            self._remember(keys[at], packed)
        if missing:
            self._commit()
        return [shelf.unpack(known[key], self._path, key) for key in keys]

    def groups(
        self,
        function: Callable[..., Iterable[T]],
        known: list[tuple[object, ...]],
        *arguments: object,
    ) -> list[T]:
        """What is remembered of groups; `known` stands for each: equal ones have equal values.

        `function(missing, *arguments)` makes those at these places, all at once; it asks this memo
        for their parts.
        """
        keys = self._keys(function, known)
        found = {
            key: value
            for key, used, value in shelf.found(self._table, keys)
            if used >= self._today - REFRESH_DAYS
        }
        missing = [at for at, key in enumerate(keys) if key not in found]
        new = function(missing, *arguments) if missing else ()
        for at, value in zip(missing, new, strict=True):
            packed = shelf.pack(value)
            found[keys[at]] = packed[0]
            self._remember(keys[at], packed)
        return [shelf.unpack(found[key], self._path, key) for key in keys]

    def traced(
        self,
        function: Callable[..., T],
        known: tuple[object, ...],
        ask: Ask,
        *arguments: object,
    ) -> T:
        """`function(ask, *arguments)`, unless all that it asked last time is answered as then.

        `known` stands for the arguments. Questions and answers are scalars and tuples of them.
        """
        (key,) = self._keys(function, [known])
        questions = self._recent(key)
        if questions is not None:
            said = self._recent(_answered(key, questions, [ask(it) for it in questions]))
            if said is not None:
                return cast(T, said[0])
        asked: dict[Question, Answer] = {}

        def asking(question: Question) -> Answer:
            if question not in asked:
                asked[question] = ask(question)
            return asked[question]

        result = function(asking, *arguments)
        self._remember(key, shelf.pack(tuple(asked)))
        its_key = _answered(key, tuple(asked), list(asked.values()))
        self._remember(its_key, shelf.pack((result,)))
        return result

    def batches(
        self,
        function: Callable[..., tuple[Made, ...]],
        shared: tuple[object, ...],
        pieces: Iterable[Piece],
    ) -> list[Batch]:
        """The files that `function` makes of the shared arguments and those of each call."""
        some = list(pieces)
        keys = [it.hex() for it in self._keys(function, [(*shared, *it.known) for it in some])]
        row = _Row(keys, shared, some, partial(self._files, function))
        return [Batch(key, partial(row.files, number)) for number, key in enumerate(keys)]

    def _files(
        self,
        function: Callable[..., tuple[Made, ...]],
        calls: list[tuple[object, ...]],
        sources: Iterable[str],
    ) -> Iterator[list[File]]:
        """The files of each of many calls, in their order.

        Their digests are remembered, their bodies are not: one that is asked for is made again.
        """
        keys = self._keys(function, calls)
        known = self._recall(keys)
        missing = [key not in known for key in keys]
        new = iter(self._run(function, list(compress(calls, missing))))
        for call, key, is_new, source in zip(calls, keys, missing, sources, strict=True):
            if is_new:
                made = next(new)
                facts = tuple(_facts(it) for it in made)
                self._remember(key, shelf.pack(facts))
                bodies = [self._kept(it.body) for it in made]
            else:
                facts = shelf.unpack(known[key], self._path, key)
                again = _Again(function, call)
                bodies = [partial(again.part, number) for number in range(len(facts))]
            yield [
                File(*fact, body=body, source=source)
                for fact, body in zip(facts, bodies, strict=True)
            ]
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
        call = url, content_type, function, arguments
        return next(self._files(_one, [call], [source]))[0]

    def _kept(self, body: bytes) -> Callable[[], list[bytes]]:
        """A body until it is written; a long one waits on the disk, in a file without a name."""
        if len(body) < LONG:
            return partial(_whole, body)
        path = self._path.with_name("body")
        file = path.open("w+b", buffering=0)
        path.unlink()
        file.write(body)
        return partial(_reread, file)

    def _keys(
        self, function: Callable[..., object], calls: Iterable[tuple[object, ...]]
    ) -> list[bytes]:
        name = f"{function.__module__}.{function.__qualname__}"
        return [fingerprint.key(self._program, name, call) for call in calls]

    def _recall(self, keys: list[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys, still packed."""
        known = {}
        for key, used, value in shelf.found(self._table, keys):
            known[key] = value
            if used < self._today - REFRESH_DAYS:
                self._old_but_used.add(key)
        return known

    def _recent(self, key: bytes) -> Any:
        """The value of an entry that is not old, or None."""
        for _, used, value in shelf.found(self._table, [key]):
            if used >= self._today - REFRESH_DAYS:
                return shelf.unpack(value, self._path, key)
        return None

    def _remember(self, key: bytes, packed: shelf.Packed) -> None:
        value, apart = packed
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

            self._pool = ProcessPoolExecutor(self._jobs, initializer=_begins)
        size = max(1, min(32, len(calls) // (4 * self._jobs)))
        pieces = (calls[at : at + size] for at in range(0, len(calls), size))
        return _ahead(self._pool, function, pieces, 4 * self._jobs)


def _ahead(
    pool: "ProcessPoolExecutor",
    function: Callable[..., T],
    pieces: Iterator[list[tuple[object, ...]]],
    count: int,
) -> Iterator[T]:
    """The results in their order; at most `count` pieces are worked on or wait to be taken."""
    waiting = deque(pool.submit(_apply, function, it) for it in islice(pieces, count))
    while waiting:
        yield from waiting.popleft().result()
        waiting.extend(pool.submit(_apply, function, it) for it in islice(pieces, 1))


def _answered(key: bytes, questions: tuple[Question, ...], answers: list[Answer]) -> bytes:
    return fingerprint.key(key, ascii(questions), ascii(answers))  # which are scalars and tuples


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


def _begins() -> None:
    """What a working process does leaves garbage, unlike what the first one reads."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _apply(function: Callable[..., T], calls: list[tuple[object, ...]]) -> list[T]:
    return [function(*call) for call in calls]


# -- files ---------------------------------------------------------------------------------------


def _one(
    url: str, content_type: str, function: Callable[..., bytes], arguments: tuple[object, ...]
) -> tuple[Made]:
    return (Made(url, content_type, function(*arguments)),)


def _facts(it: Made) -> tuple[str, str, int, str]:
    return it.url, hashlib.sha256(it.body).hexdigest(), len(it.body), it.content_type


def _whole(body: bytes) -> list[bytes]:
    return [body]


def _reread(file: BinaryIO) -> list[bytes]:
    file.seek(0)
    return [file.read()]


class _Again:
    """A call that is made again, once, for all its files that are asked for one after another."""

    def __init__(self, function: Callable[..., tuple[Made, ...]], call: tuple[object, ...]) -> None:
        self.function, self.call = function, call

    def part(self, number: int) -> list[bytes]:
        return [_repeated(self)[number].body]


@lru_cache(maxsize=1)
def _repeated(again: _Again) -> tuple[Made, ...]:
    return again.function(*again.call)


class _Row:
    """Batches whose files are made one after another, but as if they were one."""

    def __init__(
        self,
        keys: list[str],
        shared: tuple[object, ...],
        pieces: list[Piece],
        made: Callable[[list[tuple[object, ...]], Iterable[str]], Iterator[list[File]]],
    ) -> None:
        self._keys, self._shared, self._pieces, self._made = keys, shared, pieces, made
        self._files: Iterator[list[File]] = iter(())
        self._next: list[int] = []  # numbers of the batches to come

    def files(self, number: int, wanted: Collection[str]) -> Iterator[File]:
        """The files of one batch."""
        if self._next[:1] != [number]:
            later = range(number + 1, len(self._keys))
            self._next = [number, *(at for at in later if self._keys[at] in wanted)]
            pieces = [self._pieces[at] for at in self._next]
            calls = [(*self._shared, *call) for it in pieces for call in it.calls()]
            self._files = self._made(calls, [source for it in pieces for source in it.sources])
        self._next.pop(0)
        for _ in self._pieces[number].sources:
            yield from next(self._files)
