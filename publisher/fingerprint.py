"""Equal values have equal fingerprints, in every process and on every machine."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from operator import attrgetter
from pathlib import PurePath
from types import FunctionType
from typing import Any, Generic, TypeVar

_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
_KNOWN = attrgetter("_fingerprint")


def of(*values: object) -> str:
    """The sha256 of the values' canonical encoding, as 64 hex digits.

    That is what `ascii` writes of them, once all that is no scalar or tuple has become one.
    Dataclasses are encoded by those fields that count in their comparison, so a line number
    kept for error messages (`field(compare=False)`) makes no value new.
    """
    return hashlib.sha256(ascii(_plain(values)).encode()).hexdigest()


def key(*values: object) -> bytes:
    """The same in half the length, for tables of many."""
    return hashlib.sha256(ascii(_plain(values)).encode()).digest()[:16]


@dataclasses.dataclass(frozen=True)
class Fingerprinted:
    """A frozen value that remembers its fingerprint, because many outputs ask for it."""

    def fingerprint(self) -> str:
        known: str | None = self.__dict__.get("_fingerprint")
        if known is None:
            known = self.__dict__["_fingerprint"] = key(_content(self)).hex()
        return known

    def __getstate__(self) -> dict[str, Any]:
        """What is not as usual: for all else the class has the value."""
        self.fingerprint()  # whoever reads it back need not count again
        kind: Any = type(self)
        usual = _defaults(kind)
        return {key: it for key, it in self.__dict__.items() if usual.get(key, usual) is not it}


K = TypeVar("K", bound=Fingerprinted)
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, eq=False)
class Keyed(Generic[K]):
    """A value as the key of an `lru_cache`, in which its fingerprint stands for it."""

    value: K

    def __hash__(self) -> int:
        return hash(self.value.fingerprint())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.value.fingerprint() == other.value.fingerprint()


@dataclasses.dataclass(frozen=True, eq=False)
class Itself(Generic[T]):
    """A value as the key of an `lru_cache`, which knows it again by its identity alone."""

    value: T

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.value is other.value


@cache
def _defaults(kind: Any) -> dict[str, object]:
    """The defaults of a dataclass that its instances share."""
    fields = dataclasses.fields(kind)
    return {it.name: it.default for it in fields if it.default is not dataclasses.MISSING}


def _content(value: object) -> tuple[object, ...]:
    kind: Any = type(value)
    return (kind.__name__, *map(_plain, _fields(kind)(value)))


@cache
def _fields(kind: Any) -> Callable[[object], tuple[object, ...]]:
    names = [field.name for field in dataclasses.fields(kind) if field.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _plain(value: object) -> object:
    """The value as scalars and tuples, whose spelling tells them apart."""
    kind: Any = type(value)
    return value if kind in _PLAIN else _encoder(kind)(value)


@cache
def _encoder(kind: Any) -> Callable[[Any], object]:
    """How values of a type become scalars and tuples; asked once, since there are many values."""
    if issubclass(kind, Fingerprinted):
        return Fingerprinted.fingerprint
    if dataclasses.is_dataclass(kind):
        return _content
    for its_kind, encode in _ENCODERS.items():
        if issubclass(kind, its_kind):
            return encode
    raise TypeError(f"no canonical encoding for {kind.__name__}")


def _sequence(values: Sequence[object]) -> tuple[object, ...]:
    if values and isinstance(values[0], Fingerprinted):
        with suppress(AttributeError):  # where one was not asked yet, or is of another kind
            return tuple(map(_KNOWN, values))
    encode = {kind: _encoder(kind) for kind in set(map(type, values)) - _PLAIN}
    if not encode:
        return tuple(values)
    return tuple([encode[kind](it) if (kind := type(it)) in encode else it for it in values])


_ENCODERS: dict[type, Callable[[Any], object]] = {
    tuple: _sequence,
    list: _sequence,
    str: str.__str__,  # Markup
    Mapping: lambda it: tuple((name, _plain(it[name])) for name in sorted(it)),
    Decimal: lambda it: ("Decimal", str(it)),
    date: lambda it: ("date", it.isoformat()),  # datetime too
    PurePath: lambda it: ("path", it.as_posix()),
    FunctionType: lambda it: ("function", f"{it.__module__}.{it.__qualname__}"),
}
