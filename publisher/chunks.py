"""Long lists in pieces, so that what was said of a piece can be remembered as a whole."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

USUAL_SIZE = 32  # items; one that changes costs asking for so many


def cut(names: Sequence[str]) -> list[slice]:
    """Where to cut a list whose items have these names.

    The names themselves say it, as in content-defined chunking: with an item more or less, or in
    another place, nearly all pieces stay as they are.
    """
    crc32, size = zlib.crc32, USUAL_SIZE
    codes = (name.encode("utf-8", "surrogateescape") for name in names)
    ends = [at for at, code in enumerate(codes) if not crc32(code) % size and at]
    return [slice(*it) for it in zip([0, *ends], [*ends, len(names)], strict=True)] if names else []


def pieces(items: Sequence[T], names: Iterable[str]) -> Iterator[Sequence[T]]:
    """The items themselves, cut by their names."""
    return (items[it] for it in cut(list(names)))
