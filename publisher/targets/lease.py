"""One publisher at a time: an object at the target that says who is at work, and until when.

A lease is no fence, so every write is conditional as well. It is released by being rewritten,
never by being deleted: one that was left behind tells the next run that this one did not end.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from publisher.errors import Exit, Failure

EXPIRY = 60.0  # seconds without a sign of life, after which a lease may be taken over
RENEWAL = 20.0
LOOK_AGAIN = 5.0

State = Literal["free", "held", "failed"]


@dataclass(frozen=True)
class Lease:
    """Who publishes. `keys` are those whose state the manifest does not tell: key -> fingerprint.

    `token` is new for each run, `beat` for each renewal, so that no two leases are equal bytes.
    """

    state: State = "free"
    owner: str = ""
    host: str = ""
    pid: int = 0
    token: str = ""
    beat: int = 0
    release: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: bytes) -> "Lease":
        """The lease in `content`; what is no lease counts as one left behind."""
        try:
            made = cls(**json.loads(content))
        except (ValueError, TypeError):
            return cls("failed")
        meant = asdict(cls())
        is_one = all(type(value) is type(meant[name]) for name, value in asdict(made).items())
        return made if is_one else cls("failed")

    def as_bytes(self) -> bytes:
        """JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"

    def may_be_taken(self, me: "Lease", age: float) -> bool:
        """True if nobody is at work: released, expired, or left by a dead process of ours."""
        if self.state != "held" or age >= EXPIRY:
            return True
        mine = (self.owner, self.host) == (me.owner, me.host)
        return mine and (self.pid == me.pid or not _is_alive(self.pid))


@dataclass(frozen=True)
class Found:
    """A lease as it was read: its ETag (None: there is none), and its age by the target's clock."""

    lease: Lease
    etag: str | None = None
    age: float = 0.0


class Place(Protocol):
    """Where a lease is kept."""

    def read_lease(self) -> Found:
        """The lease there."""

    def write_lease(self, content: bytes, etag: str | None) -> str:
        """Replace the lease that had `etag`, and return the new one's; CONFLICT if it changed."""


def me(root: Path) -> Lease:
    """The lease of this run; the show in `root` remembers under which name it publishes."""
    path = root / ".cache" / "owner"
    try:
        owner = path.read_text("ascii").strip()
    except (OSError, ValueError):
        owner = ""
    if not owner:
        owner = secrets.token_hex(8)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(owner + "\n", "ascii")
        except OSError as error:
            raise Failure(Exit.DISK, f"cannot write {path}: {error.strerror}") from error
    return Lease("held", owner, socket.gethostname(), os.getpid(), secrets.token_hex(8))


def wait(place: Place, mine: Lease, tell: Callable[[str], None]) -> Found:
    """The lease at the target, once nobody is at work there.

    One that shows no sign of life is waited for until it expires; one that does means that
    somebody else publishes just now, and that what we built may be out of date.
    """
    first = found = place.read_lease()
    began = time.monotonic()
    while not found.lease.may_be_taken(mine, found.age):
        left = EXPIRY - max(found.age, time.monotonic() - began)
        if found is first:
            tell(f"waiting    for {_who(found.lease)}, {left:.0f} s at most")
        time.sleep(max(0.0, min(LOOK_AGAIN, left)))
        found = place.read_lease()
        if found.etag != first.etag:
            raise taken(first.lease)
        if time.monotonic() - began >= EXPIRY:
            break
    return found


def taken(lease: Lease | None = None) -> Failure:
    """Somebody else is at work."""
    who = _who(lease) if lease else "somebody else"
    return Failure(
        Exit.CONFLICT,
        f"{who} publishes to this target just now; nothing was changed",
        "when that is done, publish again: your site may need what the other one brought",
    )


def _who(lease: Lease) -> str:
    return f"process {lease.pid} on {lease.host}"


class Held:
    """A lease that is ours until the block ends; a thread keeps it alive."""

    def __init__(self, place: Place, lease: Lease, etag: str | None) -> None:
        self.place, self.lease = place, lease
        try:
            self.etag = place.write_lease(lease.as_bytes(), etag)
        except Failure as failure:
            raise taken() if failure.code == Exit.CONFLICT else failure from failure
        self.alive, self.failure = time.time(), None
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._renew, daemon=True)

    failure: Failure | None

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ends.set()
        self.thread.join()
        if error is None:
            self._rewrite(replace(self.lease, state="free", keys={}))
        elif self.failure is None:
            try:
                self._rewrite(replace(self.lease, state="failed"))
            except Failure:
                return  # it expires; the first failure is the one to tell

    def check(self) -> None:
        """CONFLICT if the lease is ours no more: this computer slept, or was cut off."""
        if self.failure and self.failure.code == Exit.CONFLICT:
            raise self.failure
        if time.time() - self.alive > EXPIRY:  # the wall clock runs on while a computer sleeps
            raise Failure(
                Exit.CONFLICT,
                "the target was out of reach for a minute; another publisher may be at work",
                "publish again; it goes on where this run stopped",
            )

    def _renew(self) -> None:
        while not self.ends.wait(RENEWAL):
            began = time.time()
            try:
                self._rewrite(replace(self.lease, beat=self.lease.beat + 1))
                self.alive = began
            except Failure as failure:
                if failure.code == Exit.CONFLICT:
                    self.failure = failure
                    return

    def _rewrite(self, lease: Lease) -> None:
        self.etag = self.place.write_lease(lease.as_bytes(), self.etag)
        self.lease = lease


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
