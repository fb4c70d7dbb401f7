"""The send log: who gets an issue and what became of each mail, safe against a crash at any time.

It lies in a folder of its own, since `.cache/` and `mail/` may be deleted and made again; what was
sent cannot be made again.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from publisher.errors import Exit, Failure, Problem
from publisher.mail import State
from publisher.mail.subscribers import Row
from publisher.outputs.master import Master

FOLDER = "sent"
PAGE = 200  # recipients read at a time
_SCHEMA = """
CREATE TABLE IF NOT EXISTS issue (
  number INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL,
  master TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS recipient (
  number INTEGER PRIMARY KEY,
  issue INTEGER NOT NULL REFERENCES issue,
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  token TEXT NOT NULL,
  line INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued',
  reply TEXT NOT NULL DEFAULT '',
  UNIQUE (issue, address)
);
CREATE TEMPORARY TABLE listed (address TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMPORARY TABLE unsubscribed (address TEXT PRIMARY KEY) WITHOUT ROWID;
"""

Complain = Callable[[Problem], None]


@dataclass(frozen=True)
class Recipient:
    """One mail of an issue."""

    number: int
    address: str
    name: str
    token: str
    state: State
    reply: str


@dataclass(frozen=True)
class Frozen:
    """An issue whose sending began: the copy that all recipients get."""

    number: int
    slug: str
    master: Master


@dataclass(frozen=True)
class Lists:
    """Whom to write to and whom not: rows of files, read when they are needed."""

    subscribers: Iterable[Row]
    exclusions: Iterable[Row]


class Log:
    """The log's database. Each change but a `note` is on the disk when its method returns."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the log; without a path it is a scratch that goes with the program."""
        if path:
            path.parent.mkdir(exist_ok=True)
            ignored = path.parent / ".gitignore"
            if not ignored.exists():
                ignored.write_text("# addresses of people\n*\n")
        self._sql = sqlite3.connect(path or "", isolation_level=None)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sql.close()

    def copy(self) -> "Log":
        """A scratch with the same content, to try what would happen."""
        scratch = Log(None)
        self._sql.backup(scratch._sql)
        return scratch

    # -- the audience ---------------------------------------------------------------------

    def issue(self, *, identity: str = "", slug: str = "") -> Frozen | None:
        """The issue with this identity, or the latest under this slug."""
        row = self._sql.execute(
            "SELECT number, slug, master FROM issue WHERE identity = ? OR slug = ? "
            "ORDER BY identity = ? DESC, number DESC",
            (identity, slug, identity),
        ).fetchone()
        return Frozen(row[0], row[1], Master.parse(row[2])) if row else None

    def begun(self, number: int) -> bool:
        """True if somebody has the issue, or may have it."""
        states = self.counts(number)
        return any(states.get(it) for it in ("accepted", "commit", "uncertain"))

    def freeze(self, slug: str, master: Master, lists: Lists, complain: Complain) -> Frozen:
        """Write down the issue and its audience, at once or not at all.

        An issue that nobody has yet is frozen anew.
        """
        with self._transaction():
            before = self.issue(identity=master.identity)
            if before:
                self._sql.execute("DELETE FROM recipient WHERE issue = ?", (before.number,))
                self._sql.execute("DELETE FROM issue WHERE number = ?", (before.number,))
            number = self._sql.execute(
                "INSERT INTO issue (identity, slug, master) VALUES (?, ?, ?)",
                (master.identity, slug, master.written()),
            ).lastrowid
            for row in lists.subscribers:
                self._add(number or 0, row, complain)
            self._exclude(number or 0, lists.exclusions, complain)
        return Frozen(number or 0, slug, master)

    def resume(self, frozen: Frozen, lists: Lists, complain: Complain) -> None:
        """Make ready for another run: nobody gets a mail who left since the audience froze.

        The lists as they are now decide, so a list that was broken for a while harms nobody.
        """
        with self._transaction():
            self._settle(frozen.number)
            self._move(frozen.number, "excluded", "queued", "")
            self._sql.execute("DELETE FROM listed")
            for row in lists.subscribers:
                if row.subscriber:
                    self._sql.execute(
                        "INSERT OR IGNORE INTO listed VALUES (?)", (row.subscriber.address,)
                    )
            self._sql.execute(
                "UPDATE recipient SET state = 'excluded', reply = 'no longer a subscriber' "
                "WHERE issue = ? AND state IN ('queued', 'deferred') "
                "AND address NOT IN (SELECT address FROM listed)",
                (frozen.number,),
            )
            self._exclude(frozen.number, lists.exclusions, complain)

    def joined(self, number: int) -> int:
        """How many came to the list after the audience froze, as `resume` saw it."""
        query = (
            "SELECT count(*) FROM listed WHERE address NOT IN "
            "(SELECT address FROM recipient WHERE issue = ?) "
            "AND address NOT IN (SELECT address FROM unsubscribed)"
        )
        return int(self._sql.execute(query, (number,)).fetchone()[0])

    def settle(self, number: int) -> None:
        """Of mails that were on their way when a run ended, tell those that may have arrived.

        Those whose end had not gone out are queued again; the others are uncertain.
        """
        with self._transaction():
            self._settle(number)

    def _settle(self, number: int) -> None:
        self._move(number, "sending", "queued", "")
        self._move(number, "commit", "uncertain", "the run ended before the server answered")

    def requeue_uncertain(self, number: int) -> None:
        """Let the uncertain have the mail once more, perhaps a second time."""
        with self._transaction():
            self._move(number, "uncertain", "queued", "")

    def _add(self, number: int, row: Row, complain: Complain) -> None:
        if row.problem:
            complain(row.problem)
        if not row.subscriber:
            return
        it = row.subscriber
        done = self._sql.execute(
            "INSERT INTO recipient (issue, address, name, token, line) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (number, it.address, it.name, it.token, row.line),
        )
        if not done.rowcount:
            first = self._sql.execute(
                "SELECT line FROM recipient WHERE issue = ? AND address = ?", (number, it.address)
            ).fetchone()[0]
            complain(row.twice(first))

    def _exclude(self, number: int, exclusions: Iterable[Row], complain: Complain) -> None:
        self._sql.execute("DELETE FROM unsubscribed")
        for row in exclusions:
            if row.problem:
                complain(row.problem)
            if row.subscriber:
                self._sql.execute(
                    "INSERT OR IGNORE INTO unsubscribed VALUES (?)", (row.subscriber.address,)
                )
        self._sql.execute(
            "UPDATE recipient SET state = 'excluded', reply = 'unsubscribed' "
            "WHERE issue = ? AND state IN ('queued', 'deferred') "
            "AND address IN (SELECT address FROM unsubscribed)",
            (number,),
        )

    # -- one mail after the other ---------------------------------------------------------

    def recipients(self, number: int, *states: State) -> Iterator[Recipient]:
        """All in one of these states, a few at a time, so that they may change meanwhile."""
        marks, last = ", ".join("?" * len(states)), 0
        query = (
            "SELECT number, address, name, token, state, reply FROM recipient "  # noqa: S608
            f"WHERE number > ? AND issue = ? AND state IN ({marks}) ORDER BY number LIMIT {PAGE}"
        )
        while rows := self._sql.execute(query, (last, number, *states)).fetchall():
            yield from (Recipient(*row) for row in rows)
            last = rows[-1][0]

    def counts(self, number: int) -> dict[str, int]:
        """How many there are in each state."""
        query = "SELECT state, count(*) FROM recipient WHERE issue = ? GROUP BY state"
        return dict(self._sql.execute(query, (number,)).fetchall())

    def mark(self, number: int, state: State, reply: str = "") -> None:
        """Write down the state of one mail."""
        self._sql.execute(
            "UPDATE recipient SET state = ?, reply = ? WHERE number = ?", (state, reply, number)
        )

    def note(self, number: int, state: State, reply: str = "") -> None:
        """Write down the state of one mail; the next `mark` or `flush` brings it to the disk.

        Only a power cut before that loses it: then the state before stands, as if the power had
        gone a moment earlier. `kill -9` loses nothing.
        """
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self.mark(number, state, reply)
        self._sql.execute("PRAGMA synchronous = FULL")

    def flush(self) -> None:
        """Bring all that was noted to the disk."""
        self._sql.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _move(self, number: int, old: State, new: State, reply: str) -> None:
        self._sql.execute(
            "UPDATE recipient SET state = ?, reply = ? WHERE issue = ? AND state = ?",
            (new, reply, number, old),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")


def path(root: Path) -> Path:
    """Where the log of a show lies."""
    return root / FOLDER / "log.sqlite"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else sends from this show meanwhile; the lock ends with the program, however."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    lock = sqlite3.connect(folder / "lock.sqlite", isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        message = "another publish is sending from this show"
        raise Failure(Exit.CONFLICT, message, "Wait for it to end; --status counts.") from error
    try:
        yield
    finally:
        lock.close()
