"""The rows of the memo: values by their keys, and the days on which they were last used."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from publisher import shelf
from publisher.errors import Exit, Failure

KEEP_DAYS = 30  # an entry that no build used for so long goes
REFRESH_DAYS = 7  # an entry's last use is noted this often, so that a build need not write
COMMIT_EVERY = 256  # new entries


class Rows:
    """Those of the file at `path`, which is made anew if it is damaged, or to be `fresh`."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        import sqlite3

        self.path = path
        self._today = int(time.time() // 86400)
        self._uncommitted = 0
        self._unwritten: list[tuple[bytes, shelf.Packed]] | None = None  # a list in a copy of us
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

    def close(self) -> None:
        """Note what was used, and let go what was not for long."""
        import sqlite3

        with suppress(sqlite3.DatabaseError):  # the site is as it should be all the same
            self._table.executemany(
                "UPDATE memo SET used = ? WHERE key = ?",
                [(self._today, key) for key in self._old_but_used],
            )
            oldest = self._today - KEEP_DAYS
            if self._table.execute("DELETE FROM memo WHERE used < ?", (oldest,)).rowcount:
                self._table.execute("DELETE FROM apart WHERE owner NOT IN (SELECT key FROM memo)")
            self._table.commit()
        self._table.close()

    def copied(self) -> list[tuple[bytes, shelf.Packed]]:
        """To be called in a copy of this process: a list that gathers what it remembers.

        It must neither use nor close the connection that it inherits:
        https://www.sqlite.org/howtocorrupt.html, 2.6.
        """
        self._inherited = self._table
        self._table = shelf.opened(self.path)
        self._unwritten = []
        return self._unwritten

    def unpack(self, content: bytes, key: bytes) -> Any:
        """The value that was packed under this key."""
        return shelf.unpack(content, self.path, key)

    def recall(self, keys: list[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys, still packed."""
        known = {}
        for key, used, value in self._found(keys):
            known[key] = value
            if used < self._today - REFRESH_DAYS:
                self._old_but_used.add(key)
        return known

    def recent(self, keys: list[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys but for old entries, still packed."""
        oldest = self._today - REFRESH_DAYS
        return {k: value for k, used, value in self._found(keys) if used >= oldest}

    def remember(self, key: bytes, packed: shelf.Packed) -> None:
        """Keep a value and what was taken out of it."""
        value, apart = packed
        if self._unwritten is not None:
            self._unwritten.append((key, packed))
            shelf.keep(key, apart)
            return
        self._uncommitted += 1
        if self._uncommitted == COMMIT_EVERY:
            self.commit()
        with self._writing():
            self._table.execute(
                "INSERT OR REPLACE INTO memo (key, used, value) VALUES (?, ?, ?)",
                (key, self._today, value),
            )
            self._table.executemany(
                "INSERT OR REPLACE INTO apart (owner, number, value) VALUES (?, ?, ?)",
                [(key, number, it) for number, it in enumerate(apart)],
            )

    def commit(self) -> None:
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
            message = f"cannot write {self.path}: {error}"
            hint = "Free some space, or delete that file. Nothing was changed."
            raise Failure(Exit.DISK, message, hint) from error
        except sqlite3.DatabaseError as error:
            raise shelf.damaged(self.path) from error

    def _found(self, keys: list[bytes]) -> Iterator[tuple[bytes, int, bytes]]:
        import sqlite3

        try:
            yield from shelf.found(self._table, keys)
        except sqlite3.DatabaseError as error:
            raise shelf.damaged(self.path) from error
