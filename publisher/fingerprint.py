"""Equal values have equal fingerprints, in every process and on every machine."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import PurePath
from typing import Any


def of(*values: object) -> str:
    """The sha256 of the values' canonical encoding, as 64 hex digits.

    Dataclasses are encoded by those fields that count in their comparison, so a line number
    kept for error messages (`field(compare=False)`) makes no value new.
    """
    parts: list[bytes] = []
    for value in values:
        _encode(value, parts.append)
    return hashlib.sha256(b"".join(parts)).hexdigest()


@dataclasses.dataclass(frozen=True)
class Fingerprinted:
    """A frozen value that remembers its fingerprint, because many outputs ask for it."""

    def fingerprint(self) -> str:
        known: str | None = self.__dict__.get("_fingerprint")
        if known is None:
            kind: Any = type(self)
            known = of(kind.__name__, *(getattr(self, name) for name in _fields(kind)))
            self.__dict__["_fingerprint"] = known
        return known


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.compare)


def _encode(value: object, add: Callable[[bytes], None]) -> None:
    """Each value as its kind, its length and its content, so that no two values run together."""
    if isinstance(value, str | bytes):
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        add(b"%c%d:" % (115 if isinstance(value, str) else 98, len(content)))
        add(content)
    elif isinstance(value, Fingerprinted):
        add(value.fingerprint().encode())
    elif isinstance(value, tuple | list):
        add(b"(%d:" % len(value))
        for item in value:
            _encode(item, add)
    elif isinstance(value, Mapping):
        _encode(tuple(sorted(value.items())), add)
    elif dataclasses.is_dataclass(value):
        kind: Any = type(value)
        _encode((kind.__name__, *(getattr(value, name) for name in _fields(kind))), add)
    else:
        add(f"{_scalar(value)};".encode())


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool | int | float | Decimal):
        return repr(value)
    if isinstance(value, date):  # datetime too
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    raise TypeError(f"no canonical encoding for {type(value).__name__}")
