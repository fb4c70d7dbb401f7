"""Files on disk: compare, write beside, replace, remove what is no longer made."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from sys import intern

from publisher import seen
from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.files import digest_if_any
from publisher.model import Batch, Body, Entry, File, Spare, on_disk
from publisher.stats import Changes, Stats
from publisher.there import RECORD

STAGE = ".publisher.new"
CHUNK = 1 << 20  # bytes
NAMES = ("index.html", "index.xml")  # of the file of a URL that ends in a slash

Line = bytes  # of the record: the key of a batch, and what is known of its files


@dataclass(slots=True)
class Known:
    """What is known of a file in the folder; while size and mtime stay, so does the digest."""

    digest: str
    size: int
    content_type: str
    cache_control: str
    redirect: str
    mtime_ns: int

    def __post_init__(self) -> None:
        self.content_type = intern(self.content_type)  # once, however many have it
        self.cache_control = intern(self.cache_control)
        self.redirect = intern(self.redirect)


@dataclass(frozen=True)
class Outcome:
    """What `write` did, and the paths that are not as before."""

    changes: Changes
    touched: tuple[str, ...]


def write(batches: Iterable[Batch], folder: Path, found: Stats | None) -> Outcome:
    """Make `folder` hold exactly the files of these batches.

    `found` is what lies there; None if all is as it was left: then nothing is asked of batches
    that are there. Every new body is finished before the first file is replaced, so a template
    that fails half way, or a disk that fills up, leaves the folder as it was. Dotfiles are not
    ours.
    """
    with _disk_failures(folder):
        _refuse_foreign(folder)
        stage = folder / STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        try:
            return _write(list(batches), folder, stage, found)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def listing(folder: Path) -> dict[str, Entry]:
    """All files that were written to the folder, by URL."""
    return {
        url: Entry(it.digest, it.size, it.content_type, it.cache_control, it.redirect)
        for line in _record(folder).values()
        for url, it in _parsed(line).items()
    }


def _write(batches: list[Batch], folder: Path, stage: Path, found: Stats | None) -> Outcome:
    record = _record(folder)
    if found is None and not record:
        found = seen.look([], [folder]).below(folder)
    kept = {it.key: record[it.key] for it in batches if it.key in record} if found is None else {}
    new = [it for it in batches if it.key not in kept]
    others = (_parsed(line) for key, line in record.items() if key not in kept)
    known = {on_disk(url, it.content_type): it for some in others for url, it in some.items()}
    before = known if found is None else _compared(folder, known, found)
    staged: dict[str, str] = {}  # names of new files, and their URLs
    lines, names = _made(new, before, stage, staged, _unlike(kept, batches))
    gone = sorted(before.keys() - names)
    for name in gone:
        (folder / name).unlink()
    _remove_empty(folder, gone)
    for number, name in enumerate(staged):
        _replace(stage / str(number), folder / name)
    after = {it.key: kept.get(it.key) or lines[it.key] for it in batches}
    if after != record:
        _remember(folder, stage, after)
    changes = Changes(
        created=tuple(url for name, url in staged.items() if name not in before),
        modified=tuple(url for name, url in staged.items() if name in before),
        removed=tuple(gone),
    )
    return Outcome(changes, tuple(f"{folder}/{name}" for name in (RECORD, *staged, *gone)))


def _made(
    new: list[Batch],
    before: Mapping[str, Known],
    stage: Path,
    staged: dict[str, str],
    refuse: Callable[[File], None],
) -> tuple[dict[str, Line], set[str]]:
    """The lines of new batches, and the names of their files; those that differ are staged."""
    lines: dict[str, Line] = {}
    names: set[str] = set()
    wanted = {it.key for it in new}
    for batch in new:
        its: dict[str, Known] = {}
        for file in batch.files(wanted):
            refuse(file)
            name = on_disk(file.url, file.content_type)
            names.add(name)
            was = before.get(name)
            if was and (was.digest, was.size) == (file.digest, file.size):
                mtime_ns = was.mtime_ns
            else:
                mtime_ns = _stage(file, stage / str(len(staged)))
                staged[name] = file.url
            facts = file.digest, file.size, file.content_type, file.cache_control, file.redirect
            its[file.url] = Known(*facts, mtime_ns)
        lines[batch.key] = _line(batch.key, its)
    return lines, names


def _unlike(kept: Mapping[str, Line], batches: list[Batch]) -> Callable[[File], None]:
    """Refuses a file whose URL another one has already."""
    there = _urls(kept.values()) if len(kept) < len(batches) else set()
    sources: dict[str, str] = {}

    def refuse(file: File) -> None:
        url = _place(file.url)
        if url in there or url in sources:
            raise _twice(file, sources[url] if url in sources else _source(url, batches, kept))
        sources[url] = file.source

    return refuse


def _place(url: str) -> str:
    """A URL without the name under which a folder has it: that is no other address."""
    return next((url.removesuffix(it) for it in NAMES if url.endswith(it)), url)


def _twice(file: File, source: str) -> PublishError:
    theme = "the theme"
    message = f"{file.url} is made twice: from {source or theme} and from {file.source or theme}"
    hint = "Give one of them another slug, tag, alias or name."
    return PublishError([Problem(file.source or source or theme, 0, message, hint)])


def _source(url: str, batches: list[Batch], kept: Mapping[str, Line]) -> str:
    """What a file came from that is there already."""
    files = (it for batch in batches if batch.key in kept for it in batch.files(()))
    return next((it.source for it in files if _place(it.url) == url), "")


def _refuse_foreign(folder: Path) -> None:
    if not folder.is_dir() or (folder / RECORD).exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        hint = f"Move them away, or delete the folder {folder.name}/ if nothing in it is needed."
        message = "holds files that the publisher did not make"
        raise PublishError([Problem(f"{folder.name}/", 0, message, hint)])


# -- the record --------------------------------------------------------------------------------
#
# A line a batch: its key, the URLs of its files, and what is known of each, both as JSON. So a
# batch that stays is copied without being read.


def _record(folder: Path) -> dict[str, Line]:
    """What we know of the folder's files since they were written, by the keys of their batches."""
    try:
        lines = (folder / RECORD).read_bytes().split(b"\n")
        return {line[: line.index(b"\t")].decode(): line for line in lines if line}
    except (OSError, ValueError):
        return {}


_FACTS = attrgetter("digest", "size", "content_type", "cache_control", "redirect", "mtime_ns")


def _line(key: str, files: Mapping[str, Known]) -> Line:
    facts = [_FACTS(it) for it in files.values()]
    return b"\t".join([key.encode(), _json(list(files)), _json(facts)])


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _parsed(line: Line) -> dict[str, Known]:
    try:
        _, *rest = line.split(b"\t")
        urls, facts = (json.loads(it) for it in rest)
        return {url: Known(*its) for url, its in zip(urls, facts, strict=True)}
    except (ValueError, TypeError, AttributeError):
        return {}


def _urls(lines: Iterable[Line]) -> set[str]:
    """The URLs of the files of these lines, and the places of those that name their file."""
    found: set[str] = set()
    for line in lines:
        found.update(json.loads(line.split(b"\t", 2)[1]))
    return found | {_place(it) for it in found if it.endswith(NAMES)}


def _remember(folder: Path, stage: Path, record: Mapping[str, Line]) -> None:
    unfinished = stage / "record"
    unfinished.write_bytes(b"".join(it + b"\n" for it in record.values()))
    unfinished.replace(folder / RECORD)


def _compared(folder: Path, record: Mapping[str, Known], found: Stats) -> dict[str, Known]:
    """What lies in the folder, with its digest: remembered, or hashed where it was touched."""
    compared = {}
    for name, (size, mtime_ns, _) in found.items():
        known = record.get(name)
        if known is None or known.size != size or known.mtime_ns != mtime_ns:
            known = Known(digest_if_any(folder / name), size, "", "", "", mtime_ns)
        compared[name] = known
    return compared


# -- files -------------------------------------------------------------------------------------


def _stage(file: File, path: Path) -> int:
    """Finish a file's body; its mtime in ns, which stays when it takes its place."""
    if isinstance(file.body, Spare):
        shutil.move(file.body.path, path)
        return path.stat().st_mtime_ns
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for chunk in _chunks(file.body):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        mtime_ns = os.fstat(out.fileno()).st_mtime_ns
    if digest.hexdigest() != file.digest:
        message = f"{file.source or file.url} changed while it was being read"
        raise Failure(Exit.DISK, message, "Run publish again when nothing writes to it.")
    return mtime_ns


def _chunks(body: Body) -> Iterator[bytes]:
    if not isinstance(body, Path):
        yield from body()
        return
    with body.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _replace(new: Path, path: Path) -> None:
    try:
        new.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.replace(path)
    except IsADirectoryError:  # an empty one, since what was in it went
        path.rmdir()
        new.replace(path)


def _remove_empty(folder: Path, gone: Iterable[str]) -> None:
    for parent in sorted({(folder / name).parent for name in gone}, reverse=True):
        path = parent
        while path != folder and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
            path = path.parent


@contextmanager
def _disk_failures(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message, hint = f"the disk is full while writing {folder}", "Free some space."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message, hint = f"cannot write to {folder}", "Check the folder's permissions."
        else:
            raise
        raise Failure(Exit.DISK, message, f"{hint} Nothing was changed.") from error
