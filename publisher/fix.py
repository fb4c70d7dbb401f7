"""`publish check --fix`: writes into the author's files what only they can keep."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher import frontmatter
from publisher.errors import Exit, Failure
from publisher.model import Episode, Show

_EMPTY = re.compile(r"""guid:[ \t]*(?:""|''|~|null)?[ \t]*(#.*)?""")


def guids(root: Path, show: Show) -> Iterator[tuple[str, str]]:
    """Write each derived guid into its article; yields the paths and what was written."""
    for it in show.episodes:
        if it.guid_is_derived and _write(root / it.source.path, it, show.settings.timezone):
            yield it.source.path, f"guid: {it.guid}"


def with_guid(content: str, guid: str) -> str:
    """The article with a guid as the last line of its front matter, or in the empty line for it.

    Everything else stays as it is: comments, order, and the kind of line ends.
    """
    lines = content.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    for number, line in enumerate(lines[1:], 1):
        if empty := _EMPTY.fullmatch(line.rstrip("\r\n")):
            end = line[len(line.rstrip("\r\n")) :]
            comment = f"  {empty[1]}" if empty[1] else ""
            return "".join([*lines[:number], f"guid: {guid}{comment}{end}", *lines[number + 1 :]])
        if line.rstrip() == "---":
            return "".join([*lines[:number], f"guid: {guid}{newline}", *lines[number:]])
    return content


def _write(path: Path, it: Episode, zone: str) -> bool:
    """Replace the file in one step; False if the guid does not read back with all else equal."""
    before = path.read_bytes().decode("utf-8")
    after = with_guid(before, it.guid)
    place = (it.source.path, it.slug, ZoneInfo(zone))
    old, new = (frontmatter.post(_plain(content), *place) for content in (before, after))
    if new.problems or new != replace(
        old, guid=it.guid, source=new.source, body_line=new.body_line
    ):
        return False
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_bytes(after.encode())
        shutil.copymode(path, unfinished)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        hint = "Make room on the disk, or make the folder writable."
        raise Failure(Exit.DISK, f"cannot write {path}: {error.strerror}", hint) from error
    return True


def _plain(content: str) -> str:
    return content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
