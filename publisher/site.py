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

from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.model import Body, Entry, File, on_disk

RECORD = ".publisher.json"  # also the mark of a folder that is ours to write
STAGE = ".publisher.new"
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Changes:
    """What `write` did, as URLs in the order of the files, and names that went."""

    created: tuple[str, ...]
    modified: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.created or self.modified or self.removed)


@dataclass(frozen=True)
class _Known:
    """What we remember of a file on disk: while size and time stay, so does the digest."""

    digest: str
    size: int
    mtime_ns: int


def write(files: Iterable[File], folder: Path) -> tuple[Changes, dict[str, Entry]]:
    """Make `folder` hold exactly these files; return what changed, and all that is there by URL.

    Every new body is finished before the first file is replaced, so a template that fails half
    way, or a disk that fills up, leaves the folder as it was. Dotfiles are not ours.
    """
    with _disk_failures(folder):
        _refuse_foreign(folder)
        stage = folder / STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        try:
            return _write(files, folder, stage)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _write(files: Iterable[File], folder: Path, stage: Path) -> tuple[Changes, dict[str, Entry]]:
    before = _compared(folder)
    listing: dict[str, Entry] = {}
    names: dict[str, File] = {}
    staged: dict[str, Path] = {}
    for file in files:
        name = on_disk(file.url, file.content_type)
        names[name] = file
        facts = (file.digest, file.size, file.content_type, file.cache_control, file.redirect)
        listing[file.url] = Entry(*facts)
        known = before.get(name)
        if known is None or known.size != file.size or known.digest != file.digest:
            staged[name] = stage / str(len(staged))
            _stage(file, staged[name])
    gone = sorted(before.keys() - names.keys())
    for name in gone:
        (folder / name).unlink()
    _remove_empty(folder, gone)
    for name, path in staged.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    _remember(folder, names, before, staged)
    changes = Changes(
        created=tuple(names[name].url for name in staged if name not in before),
        modified=tuple(names[name].url for name in staged if name in before),
        removed=tuple(gone),
    )
    return changes, listing


def stats(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below a folder but hidden ones: its relative name and stat, in no order."""
    open_folders = [(str(folder), "")]
    while open_folders:
        path, prefix = open_folders.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    open_folders.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    yield prefix + entry.name, entry.stat()


def _refuse_foreign(folder: Path) -> None:
    if not folder.is_dir() or (folder / RECORD).exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        hint = f"Move them away, or delete the folder {folder.name}/ if nothing in it is needed."
        message = "holds files that the publisher did not make"
        raise PublishError([Problem(f"{folder.name}/", 0, message, hint)])


def _compared(folder: Path) -> dict[str, _Known]:
    """What lies in the folder, with its digest: remembered, or hashed where it was touched."""
    try:
        remembered = {
            name: _Known(*values)
            for name, values in json.loads((folder / RECORD).read_text()).items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        remembered = {}
    found = {}
    for name, stat in stats(folder):
        known = remembered.get(name)
        if not known or (known.size, known.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            known = _Known(digest, stat.st_size, stat.st_mtime_ns)
        found[name] = known
    return found


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


def _remember(
    folder: Path,
    names: Mapping[str, File],
    before: Mapping[str, _Known],
    staged: Mapping[str, Path],
) -> None:
    record = {}
    for name, file in names.items():
        is_new = name in staged
        mtime_ns = (folder / name).stat().st_mtime_ns if is_new else before[name].mtime_ns
        record[name] = (file.digest, file.size, mtime_ns)
    content = json.dumps(record, ensure_ascii=False, indent=0)
    path = folder / RECORD
    if not path.exists() or path.read_text() != content:
        unfinished = folder / STAGE / "record"
        unfinished.write_text(content)
        unfinished.replace(path)


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
