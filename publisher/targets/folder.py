"""A folder as a target: for a web server on this computer, a mounted disk, or a look."""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings, on_disk
from publisher.targets.lease import Found, Lease, taken
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY, PRIVATE, Manifest
from publisher.targets.survey import Looked, Seen, foreign

CHUNK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)

# where no target may be: builds and sends read from and write to these, and clear some of them
OURS = ("site", "mail", "sent", "episodes", "pages", "templates", ".cache")


class Folder:
    """A Target: keys are paths below `path`. Content type and caching are the web server's."""

    at_once = 1  # a disk is not faster for being asked twice
    conditional: bool | None = None  # a lock is enough
    note = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock: int | None = None

    @classmethod
    def open(cls, settings: TargetSettings, root: Path) -> "Folder":
        """`file:published` lies beside show.toml, `file:///srv/www` anywhere."""
        path = Path(os.path.abspath(root / _path(settings.url)))  # noqa: PTH100 - keeps symlinks
        show = root.resolve()
        place, ours = path.resolve(), {show / name for name in OURS}
        if place in (show, *show.parents) or ours & {place, *place.parents}:
            raise Failure(
                Exit.USAGE,
                f'the target "{settings.url}" is a folder of the show itself',
                'choose one of its own, such as "file:published"',
            )
        if path.exists() and not path.is_dir():
            hint = "move it away, or choose another folder"
            raise Failure(Exit.USAGE, f'the target "{settings.url}" is a file, no folder', hint)
        return cls(path)

    def name(self, url: str, entry: Entry) -> str:
        """`/feed/itunes/` -> `feed/itunes/index.xml`."""
        return on_disk(url, entry.content_type)

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""
        content, place = self.read(MANIFEST_KEY), str(self.path / MANIFEST_KEY)
        return Manifest() if content is None else Manifest.parse(content, place)

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now."""
        self._replace(MANIFEST_KEY, iter([manifest.as_bytes()]))

    def read_lease(self) -> Found:
        """The lease, and its age."""
        content = self.read(LEASE_KEY)
        if content is None:
            return Found(Lease())
        with _in_words("read", self.path / LEASE_KEY):
            age = time.time() - (self.path / LEASE_KEY).stat().st_mtime
        return Found(Lease.parse(content), hashlib.sha256(content).hexdigest(), age)

    def write_lease(self, content: bytes, etag: str | None) -> str:
        """Replace the lease that had `etag`; a lock keeps others out until it is free again."""
        if self.lock is None:
            path = self._place(LEASE_KEY + ".lock")
            with _in_words("write", path):
                path.parent.mkdir(parents=True, exist_ok=True)
                self.lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._unlock()
                raise taken() from None
        try:
            if self.read_lease().etag != etag:
                raise taken()
            self._replace(LEASE_KEY, iter([content]))
        except Failure:
            self._unlock()
            raise
        if Lease.parse(content).state != "held":
            self._unlock()
        return hashlib.sha256(content).hexdigest()

    def _unlock(self) -> None:
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def keys(self) -> dict[str, Seen]:
        """Every file here, ours or not."""
        with _in_words("read", self.path):
            return {
                Path(folder, name).relative_to(self.path).as_posix(): Seen("", 0)
                for folder, _, names in os.walk(self.path)
                for name in names
            }

    def is_taken(self, keys: set[str], among: int) -> bool:  # noqa: ARG002 - one signature
        """True if something lies under one of these keys."""
        return any(os.path.lexists(self.path / key) for key in keys)

    def uploads(self) -> dict[str, tuple[str, ...]]:
        """A copy that did not end leaves nothing that could be gone on with."""
        return {}

    def abort(self, key: str, upload: str) -> None:
        """Nothing to forget."""

    def answer(self, key: str, *, part: bool) -> tuple[int, dict[str, str]]:  # noqa: ARG002 - one signature
        """A folder answers nobody; the web server before it does."""
        return (200 if (self.path / key).is_file() else 404), {}

    def look(self, key: str, candidates: tuple[Entry, ...]) -> Looked | None:
        """What lies under `key`, by its bytes; headers are the web server's, so any will do."""
        if not (self.path / key).is_file():
            return None
        entry = next((it for it in candidates if self._has(key, it)), None)
        return Looked(entry, "", ours=True if entry else None)

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, None if there are none."""
        path = self.path / key
        with _in_words("read", path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def _has(self, key: str, entry: Entry | None) -> bool:
        """True if these bytes lie there; the file is read only if its size is right."""
        path = self._place(key)
        try:
            if entry is None or path.is_symlink() or path.stat().st_size != entry.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == entry.digest
        except OSError:
            return False

    def put(
        self,
        key: str,
        path: Path,
        entry: Entry,
        sent: Callable[[int], None],
        *,
        there: str | None = "",
        unfinished: str = "",  # noqa: ARG002 - there are none
    ) -> str:
        """Copy the file at `path`, piece by piece, unless it lies there already."""

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
                    sent(len(piece))

        if not self._has(key, entry):
            if there is None and self._place(key).is_file():
                raise foreign(str(self._place(key)))
            self._replace(key, pieces())
        return ""

    def delete(self, key: str, there: str | None = "") -> None:  # noqa: ARG002 - as above
        """Remove a file, and the folders that it leaves empty."""
        path = self._place(key)
        with _in_words("delete", path):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # the first folder that is not empty ends it
            for folder in path.relative_to(self.path).parents[:-1]:
                (self.path / folder).rmdir()

    def _replace(self, key: str, pieces: Iterator[bytes]) -> None:
        """Write beside, then replace: nobody ever reads half a file."""
        path = self._place(key)
        beside = self._place(f"{MANIFEST_KEY}.{os.getpid()}.part")
        with _in_words("write", path):
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                (self.path / PRIVATE).mkdir(mode=0o700, exist_ok=True)  # not the web server's
                path.parent.mkdir(parents=True, exist_ok=True)
                with beside.open("wb") as file:
                    file.writelines(pieces)
                beside.replace(path)
            except BaseException:
                with suppress(OSError):
                    beside.unlink()
                raise

    def _place(self, key: str) -> Path:
        """Where a key lies. One that leads out, by itself or by a link, is refused."""
        path = self.path / key
        inside = ".." not in path.parts and path.parent.resolve().is_relative_to(
            self.path.resolve()
        )
        if not inside or path == self.path or not path.is_relative_to(self.path):
            raise Failure(
                Exit.TARGET,
                f'"{key}" leads out of the folder {self.path}',
                f"look for a link on its way, and at {MANIFEST_KEY}",
            )
        return path


def _path(url: str) -> str:
    path = unquote(url.removeprefix("file:"))
    if path.startswith("//"):  # file://host/path; the host is this one
        host, slash, rest = path[2:].partition("/")
        path = slash + rest if host in ("", "localhost") else ""
    if not path or "\0" in path:
        raise Failure(
            Exit.USAGE,
            f'"{url}" names no folder',
            'show.toml: [target] url = "file:published", or "file:///srv/www/show"',
        )
    return path


@contextmanager
def _in_words(verb: str, path: Path) -> Iterator[None]:
    """Tells of a full or refusing disk in a sentence."""
    try:
        yield
    except OSError as error:
        reason, hint = _why(error, path)
        raise Failure(Exit.DISK, f"cannot {verb} {path}: {reason}", hint) from error


def _why(error: OSError, path: Path) -> tuple[str, str]:
    """What is amiss with `path` or on the way to it, and what to do."""
    if error.errno in FULL:
        return "the disk is full", "make room and publish again"
    away = "move it away and publish again"
    if path.is_dir():
        return "a folder lies there", away
    if not path.parent.is_dir():
        blocking = next((it for it in path.parents if it.exists() and not it.is_dir()), None)
        if blocking:
            return f"{blocking} is a file, no folder", away
    found = error.filename
    where = "" if found in (None, str(path)) else f" ({found})"
    return f"{error.strerror or error}{where}", ""
