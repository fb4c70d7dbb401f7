"""A folder as a target: for a web server on this computer, a mounted disk, or a look."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings, on_disk
from publisher.targets.plan import MANIFEST_KEY, Manifest

CHUNK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)


class Folder:
    """A Target: keys are paths below `path`. Content type and caching are the web server's."""

    at_once = 1  # a disk is not faster for being asked twice

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, settings: TargetSettings, root: Path) -> "Folder":
        """`file:published` lies beside show.toml, `file:///srv/www` anywhere."""
        path = Path(os.path.abspath(root / _path(settings.url)))  # noqa: PTH100 - keeps symlinks
        show = root.resolve()
        if path.resolve() in (show, *show.parents, show / "site"):
            raise Failure(
                Exit.USAGE,
                f'the target "{settings.url}" is a folder of the show itself',
                'choose one of its own, such as "file:published"',
            )
        return cls(path)

    def name(self, url: str, entry: Entry) -> str:
        """`/feed/itunes/` -> `feed/itunes/index.xml`."""
        return on_disk(url, entry.content_type)

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""
        path = self.path / MANIFEST_KEY
        with _in_words("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return Manifest()
        return Manifest.parse(content, str(path))

    def has(self, key: str, entry: Entry) -> bool:
        """True if these bytes lie there; the file is read only if its size is right."""
        path = self._place(key)
        try:
            if path.is_symlink() or path.stat().st_size != entry.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == entry.digest
        except OSError:
            return False

    def put(self, key: str, path: Path, _entry: Entry, sent: Callable[[int], None]) -> None:
        """Copy the file at `path`, piece by piece."""

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
                    sent(len(piece))

        self._replace(key, pieces())

    def delete(self, key: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        path = self._place(key)
        with _in_words("delete", path):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # the first folder that is not empty ends it
            for folder in path.relative_to(self.path).parents[:-1]:
                (self.path / folder).rmdir()

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now."""
        self._replace(MANIFEST_KEY, iter([manifest.as_bytes()]))

    def _replace(self, key: str, pieces: Iterator[bytes]) -> None:
        """Write beside, then replace: nobody ever reads half a file."""
        path = self._place(key)
        beside = self._place(f"{MANIFEST_KEY}.{os.getpid()}.part")
        with _in_words("write", path):
            try:
                for folder in (beside.parent, path.parent):
                    folder.mkdir(parents=True, exist_ok=True)
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
        reason = "the disk is full" if error.errno in FULL else error.strerror or str(error)
        found = error.filename
        where = "" if found in (None, str(path)) else f" ({found})"
        hint = "make room and publish again" if error.errno in FULL else ""
        raise Failure(Exit.DISK, f"cannot {verb} {path}: {reason}{where}", hint) from error
