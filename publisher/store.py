"""Pictures that the program made, kept in the show's .cache/pictures until nobody asks for them.

A job is a dataclass: what it makes depends on the fields that count in its comparison, on Pillow
and on the program's own drawing. So its pieces have names before they are made, and
whatever is missing here is made again. Deleting the folder is always safe.
"""

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from publisher import fingerprint
from publisher.assets import address
from publisher.model import Picture
from publisher.raster import UnreadableError
from publisher.rows import KEEP_DAYS

DRAWING = ("raster", "sizes", "cards", "lettering", "icons")  # the modules that make pixels
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon"}


@dataclass(frozen=True)
class Made:
    """A picture just made, and what it is for."""

    use: str
    suffix: str
    width: int
    height: int
    body: bytes


@dataclass(frozen=True)
class Piece:
    """The same, its bytes left in the store."""

    use: str
    suffix: str
    width: int
    height: int
    digest: str
    size: int


class Job(Protocol):
    """What is to be made; `folder` is the store's."""

    @property
    def folder(self) -> Path: ...

    def make(self) -> list[Made]:
        """The pictures; raster.UnreadableError if the source is damaged."""


@cache
def program() -> str:
    """A fingerprint of Pillow and of the modules that draw."""
    import PIL

    here = Path(__file__).parent
    return fingerprint.of(PIL.__version__, [(here / f"{name}.py").read_bytes() for name in DRAWING])


def key(job: Job) -> str:
    """The name under which the job's pieces are kept."""
    return fingerprint.of(program(), job)


def made(job: Job) -> tuple[Piece, ...]:
    """The job's pieces, made unless they are kept already."""
    return (_kept(job) or _keep(job))[0]


def picture(job: Job, piece: Piece, name: str, path: Path) -> Picture:
    """A piece as it is published; `path` is what a message names as its source."""
    return Picture(
        url=address(name, piece.digest, piece.suffix),
        media_type=TYPES[piece.suffix],
        digest=piece.digest,
        size=piece.size,
        place=str(path),
        width=piece.width,
        height=piece.height,
        made=_Body(job, piece),
    )


def prune(folder: Path, used: Iterable[str]) -> None:
    """Forget what this show has not used for long."""
    names = set(used)
    oldest = time.time() - KEEP_DAYS * 86400
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name not in names and entry.is_file() and entry.stat().st_mtime < oldest:
                    Path(entry.path).unlink()


@dataclass(frozen=True)
class _Body:
    """The bytes of a piece, from the store or made again."""

    job: Job
    piece: Piece

    def __call__(self) -> list[bytes]:
        body = self._found(_kept(self.job))
        if body is None:
            with suppress(UnreadableError):
                body = self._found(_keep(self.job))
        return [body or b""]  # nothing if the source changed: whoever writes it will notice

    def _found(self, kept: "Kept | None") -> bytes | None:
        pieces, content = kept or ((), b"")
        start = 0
        for it in pieces:
            body = content[start : start + it.size]
            if it == self.piece and sha256(body).hexdigest() == it.digest:
                return body
            start += it.size
        return None


Kept = tuple[tuple[Piece, ...], bytes]


def _kept(job: Job) -> Kept | None:
    """One file holds all pieces of a job: a line of facts, then their bytes."""
    try:
        facts, _, content = (job.folder / key(job)).read_bytes().partition(b"\n")
        pieces = tuple(Piece(**it) for it in json.loads(facts))
    except (OSError, ValueError, TypeError):
        return None
    return (pieces, content) if len(content) == sum(it.size for it in pieces) else None


def _keep(job: Job) -> Kept:
    new = job.make()
    pieces = tuple(
        Piece(it.use, it.suffix, it.width, it.height, sha256(it.body).hexdigest(), len(it.body))
        for it in new
    )
    content = b"".join(it.body for it in new)
    path = job.folder / key(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    facts = json.dumps([asdict(it) for it in pieces]).encode()
    unfinished.write_bytes(facts + b"\n" + content)
    unfinished.replace(path)
    return pieces, content
