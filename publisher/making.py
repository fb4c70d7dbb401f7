"""Files of what functions made: now, or once more when somebody asks for their bodies."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import IO

from publisher.model import File, Made, Piece

LONG = 1_000_000  # bytes of a body


def one(
    url: str, content_type: str, function: Callable[..., bytes], arguments: tuple[object, ...]
) -> tuple[Made]:
    """A file whose body is what a function returns."""
    return (Made(url, content_type, function(*arguments)),)


def facts(it: Made) -> tuple[str, str, int, str]:
    """URL, digest, size and type: what is remembered of a file, and what a File begins with."""
    return it.url, hashlib.sha256(it.body).hexdigest(), len(it.body), it.content_type


def body_of(it: Made, folder: Path) -> Callable[[], list[bytes]]:
    """A body until it is written; a long one waits on the disk, in the given folder."""
    if len(it.body) < LONG:
        return partial(_whole, it.body)
    from tempfile import TemporaryFile

    file = TemporaryFile(dir=folder)  # noqa: SIM115 - it goes when nobody needs it
    file.write(it.body)
    return partial(_reread, file)


def _whole(body: bytes) -> list[bytes]:
    return [body]


def _reread(file: IO[bytes]) -> list[bytes]:
    file.seek(0)
    return [file.read()]


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
