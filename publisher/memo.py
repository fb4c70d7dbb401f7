"""Remembers what slow pure functions returned, by the content of their arguments.

The key of an entry is a fingerprint of the program, the function's name and its arguments:
nothing is ever invalidated, old entries are merely not asked for again. Deleting the file is
always safe.
"""

import hashlib
import os
import pickle
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from publisher import fingerprint
from publisher.model import File

if TYPE_CHECKING:
    import sqlite3
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")

KEEP_DAYS = 30  # an entry that no build used for so long goes
REFRESH_DAYS = 7  # an entry's last use is noted this often, so that a build need not write
WORTH_A_POOL = 8  # starting processes costs as much as a few articles


def program() -> str:
    """A fingerprint of this program, its interpreter and its installed libraries.

    Installing or upgrading a library touches the folder that holds it; asking each library for
    its version would take longer than a run with nothing to do.
    """
    package = Path(__file__).parent
    stats = [
        (file.relative_to(package), stat.st_size, stat.st_mtime_ns)
        for file in sorted(package.rglob("*.py"))
        for stat in [file.stat()]
    ]
    libraries = Path(sysconfig.get_paths()["purelib"]).stat().st_mtime_ns
    return fingerprint.of(sys.version, libraries, stats)


class Memo:
    """A table of fingerprints and values in one SQLite file; the real `model.Memo`."""

    def __init__(self, path: Path, *, fresh: bool = False, jobs: int = 0) -> None:
        import sqlite3

        self._jobs = jobs or len(os.sched_getaffinity(0))
        self._program = program()
        self._today = int(time.time() // 86400)
        self._pool: ProcessPoolExecutor | None = None
        path.parent.mkdir(exist_ok=True)
        if fresh:
            path.unlink(missing_ok=True)
        self._errors = sqlite3.OperationalError  # busy, or a full disk: the build goes on
        try:
            self._table = _open(path)
        except sqlite3.DatabaseError:  # not ours, or damaged: it is only a memory
            path.unlink()
            self._table = _open(path)

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
        with suppress(self._errors):
            self._table.execute("DELETE FROM memo WHERE used < ?", (self._today - KEEP_DAYS,))
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
        keys = [self._key(function, call) for call in calls]
        values: list[Any] = [self._recall(key) for key in keys]
        missing = [i for i, value in enumerate(values) if value is None]
        new = self._run(function, [calls[i] for i in missing], few)
        for i, value in zip(missing, new, strict=True):
            values[i] = (value,)
            self._remember(keys[i], (value,))
        return [value[0] for value in values]

    def file(
        self, url: str, content_type: str, function: Callable[..., bytes], *arguments: object
    ) -> File:
        """The File whose body is `function(*arguments)`, made only if its digest is not known."""
        key = self._key(function, arguments)
        known: tuple[str, int] | None = self._recall(key)
        if known is None:
            body = function(*arguments)
            known = hashlib.sha256(body).hexdigest(), len(body)
            self._remember(key, known)
            return File(url, known[0], known[1], content_type, body=lambda: [body])
        return File(url, known[0], known[1], content_type, body=lambda: [function(*arguments)])

    def _key(self, function: Callable[..., object], arguments: tuple[object, ...]) -> bytes:
        name = f"{function.__module__}.{function.__qualname__}"
        return bytes.fromhex(fingerprint.of(self._program, name, arguments))

    def _recall(self, key: bytes) -> Any:
        row = self._table.execute("SELECT value, used FROM memo WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        if row[1] < self._today - REFRESH_DAYS:
            with suppress(self._errors):
                self._table.execute("UPDATE memo SET used = ? WHERE key = ?", (self._today, key))
        return pickle.loads(row[0])  # noqa: S301 - we wrote it, in the show's own folder

    def _remember(self, key: bytes, value: object) -> None:
        with suppress(self._errors):
            self._table.execute(
                "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)",
                (key, pickle.dumps(value, pickle.HIGHEST_PROTOCOL), self._today),
            )

    def _run(
        self, function: Callable[..., T], calls: list[tuple[object, ...]], few: int
    ) -> Iterable[T]:
        if self._jobs == 1 or len(calls) < few:
            return [function(*call) for call in calls]
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor

            self._pool = ProcessPoolExecutor(self._jobs)
        chunk = max(1, min(32, len(calls) // (4 * self._jobs)))
        return self._pool.map(_apply, [(function, call) for call in calls], chunksize=chunk)


def _apply(call: tuple[Callable[..., T], tuple[object, ...]]) -> T:
    function, arguments = call
    return function(*arguments)


def _open(path: Path) -> "sqlite3.Connection":
    import sqlite3

    table = sqlite3.connect(path)
    table.execute("PRAGMA synchronous = OFF")  # losing it costs one slow build
    table.execute(
        "CREATE TABLE IF NOT EXISTS memo"
        " (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
    )
    return table
