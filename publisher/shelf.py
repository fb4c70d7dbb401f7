"""The file of the memo: values by their keys, and what is long in them apart.

A value is pickled without its long texts (`model.Apart`); promises take their place when it is
read, and fetch them from the file, in whatever process that is. A value may have promises of
others in it. Of a post what it names in `LATER` stays packed until somebody asks for it.
"""

import copyreg
import io
import os
import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from publisher.errors import Exit, Failure
from publisher.model import Apart, Episode

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 60  # seconds to wait for another process that writes
AT_ONCE = 500  # keys in one question


class DamagedError(Failure):
    """The file is not as it was written; it is only a memory, and can be made anew."""


def damaged(path: Path) -> DamagedError:
    """What to say where nobody makes it anew."""
    message = f"{path} was deleted or damaged while it was being read"
    return DamagedError(Exit.DISK, message, "Delete it, and run publish again.")


Packed = tuple[bytes, tuple[bytes, ...]]  # a value, and what was taken out of it


def place(root: Path) -> Path:
    """Where the file of the show in `root` is."""
    return root / ".cache" / "memo.sqlite"


def pack(value: object) -> Packed:
    """A value as bytes, without what shall lie apart."""
    content = io.BytesIO()
    pickler = _Pickler(content)
    pickler.dump(value)
    return content.getvalue(), tuple(pickler.apart)


def packed(function: Callable[..., object], *arguments: object) -> Packed:
    """The same for what a function returns, so that the work is done where it is called."""
    return pack(function(*arguments))


class _Pickler(pickle.Pickler):
    """Takes what shall lie apart out of a value, and leaves its number; of others', whose it is."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.apart: list[bytes] = []

    def persistent_id(self, it: object) -> "int | tuple[bytes, int] | bytes | None":
        if isinstance(it, Promise):
            return it.owner, it.number
        if isinstance(it, Home):
            return it.owner
        if not isinstance(it, Apart):
            return None
        self.apart.append(pickle.dumps(it, pickle.HIGHEST_PROTOCOL))
        return len(self.apart) - 1

    def reducer_override(self, it: object) -> Any:
        """A post whose `LATER` are packed by themselves, so that nothing of it is done by hand."""
        if not isinstance(it, Episode):
            return NotImplemented
        state = it.__getstate__()
        if "_later" not in state:
            content = io.BytesIO()
            pickler = _Pickler(content)
            pickler.apart = self.apart
            pickler.dump({name: state.pop(name) for name in it.LATER})
            state["_later"] = content.getvalue(), _HERE
        return copyreg.__newobj__, (Episode,), state  # type: ignore[attr-defined]


def unpack(content: bytes, path: Path, owner: bytes) -> Any:
    """The value again; `owner` is the key under which the file at `path` has what lies apart."""
    try:
        return _Unpickler(io.BytesIO(content), path, owner).load()
    except Exception as error:  # what is no pickle can raise anything
        raise damaged(path) from error


class _Unpickler(pickle.Unpickler):
    """Puts a promise where something was taken out; we wrote it, in the show's own folder."""

    def __init__(self, file: io.BytesIO, path: Path, owner: bytes) -> None:
        super().__init__(file)
        self._path, self._owner = path, owner

    def persistent_load(self, it: "int | tuple[bytes, int] | bytes") -> "Promise | Home":
        if isinstance(it, bytes):
            return Home(self._path, it or self._owner)
        owner, number = (self._owner, it) if isinstance(it, int) else it
        return Promise(self._path, owner, number)


class Home(NamedTuple):
    """The value in which something is packed by itself."""

    path: Path
    owner: bytes

    def unpack(self, content: bytes) -> Any:
        """What is packed there."""
        return unpack(content, *self)


_HERE = (Home(Path(), b""),)  # the value being packed; in a tuple, which a pickle writes but once


class Promise(NamedTuple):
    """A long value that is still in the file."""

    path: Path
    owner: bytes
    number: int

    def __call__(self) -> Any:
        return _read(self)


@lru_cache(maxsize=8)
def _read(it: Promise) -> Any:
    try:
        content = _KEPT.get((it.owner, it.number)) or _fetched(it)
        return pickle.loads(content)  # noqa: S301 - we wrote it, in the show's own folder
    except Exception as error:  # there is no such file, row or pickle
        raise damaged(it.path) from error


def _fetched(it: Promise) -> bytes:
    reader = _reader(it.path, it.path.stat().st_ino, os.getpid())
    question = "SELECT value FROM apart WHERE owner = ? AND number = ?"
    (content,) = reader.execute(question, (it.owner, it.number)).fetchone()
    return bytes(content)


_KEPT: dict[tuple[bytes, int], bytes] = {}


def keep(owner: bytes, apart: tuple[bytes, ...]) -> None:
    """Keep promises of this process that are not in the file yet."""
    _KEPT.update({(owner, number): it for number, it in enumerate(apart)})


@lru_cache(maxsize=2)
def _reader(path: Path, inode: int, process: int) -> "sqlite3.Connection":  # noqa: ARG001 - another file, another process
    import sqlite3

    # SQLite itself lets one thread in at a time
    return sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)


def opened(path: Path) -> "sqlite3.Connection":
    """The file; sqlite3.DatabaseError if it is none."""
    import sqlite3

    table = sqlite3.connect(path, timeout=PATIENCE)
    table.execute("PRAGMA synchronous = OFF")  # losing it costs one slow build
    table.execute("PRAGMA cache_spill = OFF")  # what is not committed locks nobody out
    table.execute(
        "CREATE TABLE IF NOT EXISTS memo"
        " (key BLOB PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL)"
    )
    table.execute("CREATE INDEX IF NOT EXISTS used ON memo (used)")
    table.execute(
        "CREATE TABLE IF NOT EXISTS apart"
        " (owner BLOB, number INTEGER, value BLOB NOT NULL, PRIMARY KEY (owner, number))"
    )
    return table


def found(table: "sqlite3.Connection", keys: list[bytes]) -> Iterator[tuple[bytes, int, bytes]]:
    """Of these keys those that are there, with the day of their last use and their values.

    sqlite3.DatabaseError if the file is damaged.
    """
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        marks = ", ".join("?" * len(some))
        yield from table.execute(f"SELECT key, used, value FROM memo WHERE key IN ({marks})", some)  # noqa: S608 - only marks


def forget(path: Path) -> None:
    """Delete the file, and what an interrupted write left beside it."""
    for name in (path.name, f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
