"""Files of what functions made: now, or once more when somebody asks for their bodies."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from publisher.model import File, Made, Piece, Spare
from publisher.there import WAITING

LONG = 250_000  # bytes of a body
_NUMBERS = count()


def one(
    url: str, content_type: str, function: Callable[..., bytes], arguments: tuple[object, ...]
) -> tuple[Made]:
    """A file whose body is what a function returns."""
    return (Made(url, content_type, function(*arguments)),)


class Finished(NamedTuple):
    """A file that was made, and all that its File says."""

    url: str
    digest: str
    size: int
    content_type: str
    body: bytes | Spare

    @property
    def facts(self) -> tuple[str, str, int, str]:
        """What is remembered of a file, and what a File begins with."""
        return self[:4]

    def file(self, source: str) -> File:
        """The file itself."""
        body = self.body if isinstance(self.body, Spare) else partial(_whole, self.body)
        return File(*self.facts, body=body, source=source)


def finished(
    folder: Path, function: Callable[..., tuple[Made, ...]], *call: object
) -> tuple[Finished, ...]:
    """What a function made, in whatever process; a long body waits in a file in `folder`."""
    return tuple(_finished(folder, it) for it in function(*call))


def _finished(folder: Path, it: Made) -> Finished:
    body: bytes | Spare = it.body
    if len(it.body) >= LONG:
        body = Spare(folder / f"{os.getpid()}-{next(_NUMBERS)}{WAITING}")
        body.path.write_bytes(it.body)
    digest = hashlib.sha256(it.body).hexdigest()
    return Finished(it.url, digest, len(it.body), it.content_type, body)


def _whole(body: bytes) -> list[bytes]:
    return [body]


class Again:
    """A call that is made again, once, for all its files that are asked for one after another."""

    def __init__(self, function: Callable[..., tuple[Made, ...]], call: tuple[object, ...]) -> None:
        self.function, self.call = function, call

    def part(self, number: int) -> list[bytes]:
        """The body of one of its files."""
        return [_repeated(self)[number].body]


@lru_cache(maxsize=1)
def _repeated(again: Again) -> tuple[Made, ...]:
    return again.function(*again.call)


class Row:
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
        if not self._next:  # let go of all the calls
            next(self._files, None)
