"""Remembers what slow pure functions returned, by the content of their arguments.

The key of an entry is a fingerprint of the program, the function's name and its arguments:
nothing is ever invalidated, old entries are merely not asked for again. Deleting the file is
always safe.

What was said of many small things is remembered once more as a whole, so that a build need not
ask for each. Such an entry is made anew every week, by which its parts are seen to be in use.

`rows` has the entries, `shelf` is the file that holds them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, compress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar, cast

from publisher import fingerprint, making, shelf, stats
from publisher.model import Answer, Ask, Batch, File, FileCall, Made, Piece, Question
from publisher.report import Report
from publisher.rows import Rows
from publisher.workers import WORTH_A_POOL, Workers

T = TypeVar("T")


class Begun(NamedTuple):
    """What a copy of this process made, and what it would have remembered."""

    made: list[tuple[making.Finished, ...]]
    remembered: list[tuple[bytes, shelf.Packed]]


class Memo:
    """A table of fingerprints and values in one SQLite file; the real `model.Memo`."""

    def __init__(
        self, path: Path, *, fresh: bool = False, jobs: int = 0, report: Report | None = None
    ) -> None:
        self._workers = Workers(jobs, report or Report())
        self._program = stats.program()
        self._rows = Rows(path, fresh=fresh)
        self._folder = path.parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._workers.close(at_once=error is not None)
        self._rows.close()

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
        known = self._rows.recall(keys)
        missing = [at for at, key in enumerate(keys) if key not in known]
        new = self._workers.run(shelf.packed, [(function, *calls[at]) for at in missing], few)
        for at, packed in zip(missing, new, strict=True):
            known[keys[at]] = packed[0]
            self._rows.remember(keys[at], packed)
        if missing:
            self._rows.commit()
        return [self._rows.unpack(known[key], key) for key in keys]

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
        found = self._rows.recent(keys)
        missing = [at for at, key in enumerate(keys) if key not in found]
        new = function(missing, *arguments) if missing else ()
        for at, value in zip(missing, new, strict=True):
            packed = shelf.pack(value)
            found[keys[at]] = packed[0]
            self._rows.remember(keys[at], packed)
        return [self._rows.unpack(found[key], key) for key in keys]

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
        for packed in self._rows.recent([key]).values():
            questions = self._rows.unpack(packed, key)
            its_key = _answered(key, questions, [ask(it) for it in questions])
            for said in self._rows.recent([its_key]).values():
                return cast(T, self._rows.unpack(said, its_key))
        asked: dict[Question, Answer] = {}

        def asking(question: Question) -> Answer:
            if question not in asked:
                asked[question] = ask(question)
            return asked[question]

        result = function(asking, *arguments)
        self._rows.remember(key, shelf.pack(tuple(asked)))
        its_key = _answered(key, tuple(asked), list(asked.values()))
        content, apart = shelf.pack(result)
        self._rows.remember(its_key, (content, apart))
        if apart:
            self._rows.commit()
        return cast(T, self._rows.unpack(content, its_key))  # which takes less memory

    def batches(
        self,
        function: Callable[..., tuple[Made, ...]],
        shared: tuple[object, ...],
        pieces: Iterable[Piece],
    ) -> list[Batch]:
        """The files that `function` makes of the shared arguments and those of each call."""
        some = list(pieces)
        keys = [it.hex() for it in self._keys(function, [(*shared, *it.known) for it in some])]
        row = making.Row(keys, shared, some, partial(self._files, function))
        return [Batch(key, partial(row.files, number)) for number, key in enumerate(keys)]

    def _files(
        self,
        function: Callable[..., tuple[Made, ...]],
        calls: Sequence[tuple[object, ...]],
        sources: Iterable[str],
        begun: "Callable[[], Begun | None] | None" = None,
    ) -> Iterator[list[File]]:
        """The files of each of many calls, in their order; `begun` may have those that are new.

        Their digests are remembered, their bodies are not: one that is asked for is made again.
        """
        keys = self._keys(function, calls)
        known = self._rows.recall(keys)
        missing = [key not in known for key in keys]
        new = self._made(function, compress(calls, missing), begun)
        for call, key, is_new, source in zip(calls, keys, missing, sources, strict=True):
            if is_new:
                made = next(new)
                self._rows.remember(key, shelf.pack(tuple(it.facts for it in made)))
                yield [it.file(source) for it in made]
            else:
                facts = self._rows.unpack(known[key], key)
                again = making.Again(function, call)
                yield [
                    File(*fact, body=partial(again.part, number), source=source)
                    for number, fact in enumerate(facts)
                ]
        if any(missing):
            self._rows.commit()

    def _made(
        self,
        function: Callable[..., tuple[Made, ...]],
        calls: Iterable[tuple[object, ...]],
        begun: "Callable[[], Begun | None] | None",
    ) -> Iterator[tuple[making.Finished, ...]]:
        todo = [(self._folder, function, *call) for call in calls]
        if begun is None:
            return self._workers.run(making.finished, todo)
        there = begun() if todo else None
        if there is None:  # we do it, and no pool: whoever is asked may ask this memo
            return self._workers.run(making.finished, todo, few=len(todo) + 1)
        for key, packed in there.remembered:
            self._rows.remember(key, packed)
        return self._workers.told(making.finished, todo, there.made)

    def meanwhile(self, calls: Iterable[FileCall]) -> Batch:
        """The files of these calls of `file`, which another process begins to make at once."""
        some = list(calls)
        keys = self._keys(making.one, some)
        known = self._rows.recall(keys)
        missing = [call for call, key in zip(some, keys, strict=True) if key not in known]
        begin = partial(self._begun, missing)
        begun = self._workers.begin(begin) if missing else lambda: None
        sources = [""] * len(some)
        return Batch(
            fingerprint.of(keys),
            lambda _: chain.from_iterable(self._files(making.one, some, sources, begun)),
        )

    def _begun(self, calls: list[FileCall]) -> "Begun":
        """What these calls made in a copy of this process."""
        remembered = self._rows.copied()
        self._workers = Workers(1, Report())
        made = [making.finished(self._folder, making.one, *call) for call in calls]
        return Begun(made, remembered)

    def file(
        self,
        url: str,
        content_type: str,
        function: Callable[..., bytes],
        *arguments: object,
        source: str = "",
    ) -> File:
        """The File whose body is `function(*arguments)`, made only if its digest is not known."""
        call: FileCall = url, content_type, function, arguments
        return next(self._files(making.one, [call], [source]))[0]

    def _keys(
        self, function: Callable[..., object], calls: Iterable[tuple[object, ...]]
    ) -> list[bytes]:
        name = f"{function.__module__}.{function.__qualname__}"
        return [fingerprint.key(self._program, name, call) for call in calls]


def _answered(key: bytes, questions: tuple[Question, ...], answers: list[Answer]) -> bytes:
    return fingerprint.key(key, ascii(questions), ascii(answers))  # which are scalars and tuples
