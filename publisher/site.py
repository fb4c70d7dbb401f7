"""Files on disk: compare, write beside, replace, remove what is no longer made."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from publisher import stats
from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.model import Body, Entry, File, on_disk
from publisher.stats import Changes, Stats

RECORD = ".publisher.json"  # also the mark of a folder that is ours to write
STAGE = ".publisher.new"
CHUNK = 1 << 20  # bytes

Known = tuple[str, int, int]  # digest, size and mtime: while the latter stay, so does the digest


@dataclass(frozen=True)
class Outcome:
    """What `write` did, all that is in the folder by URL, and the paths that are not as before."""

    changes: Changes
    listing: dict[str, Entry]
    touched: tuple[Path, ...]


def write(files: Iterable[File], folder: Path, found: Stats | None = None) -> Outcome:
    """Make `folder` hold exactly these files; `found` is what lies there, if it is known.

    Every new body is finished before the first file is replaced, so a template that fails half
    way, or a disk that fills up, leaves the folder as it was. Dotfiles are not ours.
    """
    with _disk_failures(folder):
        _refuse_foreign(folder)
        stage = folder / STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        try:
            return _write(files, folder, stage, stats.below(folder) if found is None else found)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _write(files: Iterable[File], folder: Path, stage: Path, found: Stats) -> Outcome:
    record = _record(folder)
    before = _compared(folder, record, found)
    listing: dict[str, Entry] = {}
    after: dict[str, Known] = {}
    staged: dict[str, str] = {}  # names of new files, and their URLs
    for file in files:
        name = on_disk(file.url, file.content_type)
        listing[file.url] = Entry(
            file.digest, file.size, file.content_type, file.cache_control, file.redirect
        )
        known = before.get(name)
        if known is None or known[0] != file.digest or known[1] != file.size:
            _stage(file, stage / str(len(staged)))
            staged[name] = file.url
            known = file.digest, file.size, 0
        after[name] = known
    gone = sorted(before.keys() - after.keys())
    for name in gone:
        (folder / name).unlink()
    _remove_empty(folder, gone)
    for number, name in enumerate(staged):
        stat = _replace(stage / str(number), folder / name)
        after[name] = *after[name][:2], stat.st_mtime_ns
    if after != record:
        _remember(folder, stage, after)
    changes = Changes(
        created=tuple(url for name, url in staged.items() if name not in before),
        modified=tuple(url for name, url in staged.items() if name in before),
        removed=tuple(gone),
    )
    touched = tuple(folder / name for name in (RECORD, *staged, *gone))
    return Outcome(changes, listing, touched)


def _refuse_foreign(folder: Path) -> None:
    if not folder.is_dir() or (folder / RECORD).exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        hint = f"Move them away, or delete the folder {folder.name}/ if nothing in it is needed."
        message = "holds files that the publisher did not make"
        raise PublishError([Problem(f"{folder.name}/", 0, message, hint)])


def _record(folder: Path) -> dict[str, Known]:
    """What we know of the folder's files since they were written."""
    try:
        found = json.loads((folder / RECORD).read_text())
        return {name: (digest, size, mtime) for name, (digest, size, mtime) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _compared(folder: Path, record: Mapping[str, Known], found: Stats) -> dict[str, Known]:
    """What lies in the folder, with its digest: remembered, or hashed where it was touched."""
    compared = {}
    for name, (size, mtime_ns, _) in found.items():
        known = record.get(name)
        if known is None or known[1] != size or known[2] != mtime_ns:
            with (folder / name).open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest(), size, mtime_ns
        compared[name] = known
    return compared


def _stage(file: File, path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for chunk in _chunks(file.body):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != file.digest:
        message = f"{file.source or file.url} changed while it was being read"
        raise Failure(Exit.DISK, message, "Run publish again when nothing writes to it.")


def _chunks(body: Body) -> Iterator[bytes]:
    if not isinstance(body, Path):
        yield from body()
        return
    with body.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _replace(new: Path, path: Path) -> os.stat_result:
    try:
        new.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.replace(path)
    return path.stat()


def _remember(folder: Path, stage: Path, record: Mapping[str, Known]) -> None:
    unfinished = stage / "record"
    unfinished.write_text(json.dumps(record, ensure_ascii=False))
    unfinished.replace(folder / RECORD)


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
