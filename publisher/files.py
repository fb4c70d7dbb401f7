"""Files of a show: what changes when they do, their texts, their names in messages."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import Problem
from publisher.fields import CONTROL
from publisher.seen import Stat


@dataclass(frozen=True)
class Stamp:
    """A file and what changes when it does: size in bytes, times of its last change.

    Anybody can set `mtime_ns` back, and unpacked archives do; `ctime_ns` is the system's.
    """

    path: Path
    size: int
    mtime_ns: int
    ctime_ns: int


def stamp(path: Path) -> Stamp:
    """The stamp of a file that exists."""
    stat = path.stat()
    return Stamp(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def stats(folder: Path, known: Mapping[str, Stat]) -> dict[str, Stat]:
    """Files in a folder (`a.md`) and in those right below it (`b/index.md`), but hidden ones.

    Each with what its stamp has. `known` are files whose stats were asked already.
    """
    found: dict[str, Stat] = {}
    places = [("", folder)]
    for prefix, place in places:
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_file():
                    name = prefix + entry.name
                    if name not in known:
                        stat = entry.stat()
                        found[name] = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
                    else:
                        found[name] = known[name]
                elif not prefix and entry.is_dir():
                    places.append((f"{entry.name}/", place / entry.name))
    return found


def text(path: Path, root: Path) -> tuple[str, list[Problem]]:
    """A file as text; what is no UTF-8 or cannot stand in a page is a problem with its line."""
    return decoded(path.read_bytes(), relative(path, root))


def decoded(content: bytes, name: str) -> tuple[str, list[Problem]]:
    """The same for the bytes of the file with this name."""
    try:
        found = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "Save it with the encoding UTF-8."
        return "", [Problem(name, line, "the file is not UTF-8 text", hint, rule="not-utf8")]
    hint = "Remove it; no feed or page may contain it."
    lines = ((found.count("\n", 0, it.start()) + 1, ord(it[0])) for it in CONTROL.finditer(found))
    return found, [
        Problem(name, line, f"control character U+{code:04X}", hint, rule="control-character")
        for line, code in lines
    ]


def digest(path: Path) -> str:
    """The sha256 of a file, which need not fit into memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_if_any(path: Path) -> str:
    """The same; "" for what is no file, or nobody may read."""
    try:
        return digest(path)
    except OSError:
        return ""


def relative(path: Path, root: Path) -> str:
    """The path inside the show, or the whole path of a file elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
