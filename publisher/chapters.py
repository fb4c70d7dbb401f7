"""Chapters as text: the lines that authors type, and the JSON that podcast apps load.

JSON chapters 1.2: https://github.com/Podcastindex-org/podcast-namespace, chapters/jsonChapters.md
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from publisher.fields import seconds
from publisher.model import Chapter

VERSION = "1.2.0"

_LINE = re.compile(r"(?P<start>\S+)\s+(?:[-–—]\s+)?(?P<title>.*?)(?:\s*<(?P<href>\w+:[^<>\s]+)>)?")
_NEWLINE = re.compile(r"\r\n|\r|\n")


class ChapterError(ValueError):
    """Chapters that cannot be read: `line` counts from 1 (0: the text as a whole)."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(line, message, hint)
        self.line, self.message, self.hint = line, message, hint

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


def parse_lines(text: str) -> tuple[Chapter, ...]:
    """Read lines such as `00:01:15.000 Title <https://link>`, `1:15 Title` or `15 Title`."""
    chapters: list[Chapter] = []
    for number, line in enumerate(_NEWLINE.split(text.removeprefix("\ufeff")), 1):
        if not line.strip():
            continue
        chapter = _chapter(line.strip(), number)
        if chapters and chapter.start <= chapters[-1].start:
            message = f"“{chapter.title}” does not start later than the chapter above it"
            raise ChapterError(number, message, "Put the lines in the order of their times.")
        chapters.append(chapter)
    return tuple(chapters)


def _chapter(line: str, number: int) -> Chapter:
    hint = "Write a time and a title, such as `00:01:15 What engineers ask first`."
    found = _LINE.fullmatch(line)
    if not found or not found["title"]:
        raise ChapterError(number, f"“{line}” is not a time and a title", hint)
    try:
        start = seconds(found["start"])
    except ValueError as error:
        raise ChapterError(number, f"“{found['start']}” is not a time", hint) from error
    return Chapter(start, _tidy(found["title"]), found["href"] or "", line=number)


def parse_json(text: str) -> tuple[Chapter, ...]:
    """Read JSON chapters, earliest first, without the silent ones (`"toc": false`)."""
    hint = "See https://podcasting2.org for the format, or write lines such as `1:15 Title`."
    try:
        content = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise ChapterError(error.lineno, f"not valid JSON: {error.msg}", hint) from error
    items = content.get("chapters") if isinstance(content, dict) else None
    if not isinstance(items, list):
        raise ChapterError(0, "there is no list named “chapters”", hint)
    found = [_json_chapter(item, number) for number, item in enumerate(items, 1)]
    return tuple(sorted((c for c in found if c), key=lambda chapter: chapter.start))


def _json_chapter(item: Any, number: int) -> Chapter | None:
    fields = item if isinstance(item, dict) else {}
    start = fields.get("startTime")
    if isinstance(start, bool) or not isinstance(start, int | float) or not 0 <= start < math.inf:
        hint = "Write the seconds from the beginning, such as 75 or 75.5."
        raise ChapterError(0, f"chapter {number} has no “startTime” in seconds", hint)
    if fields.get("toc") is False:
        return None
    title, href, image = (_text(fields.get(key)) for key in ("title", "url", "img"))
    if not title:
        hint = 'Write a title, or `"toc": false` if it is not to be listed.'
        raise ChapterError(0, f"chapter {number} has no title", hint)
    return Chapter(float(start), title, href, image)


def _text(value: object) -> str:
    # JSON can spell half a character (a lone surrogate), which UTF-8 cannot write
    return _tidy(value).encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _tidy(text: str) -> str:
    return " ".join(text.split())


def to_json(chapters: Iterable[Chapter]) -> bytes:
    """Write JSON chapters: the same bytes for the same chapters, times to the millisecond."""
    items = []
    for chapter in chapters:
        start = round(chapter.start, 3)
        item: dict[str, object] = {"startTime": int(start) if start.is_integer() else start}
        item["title"] = chapter.title
        if chapter.href:
            item["url"] = chapter.href
        if chapter.image:
            item["img"] = chapter.image
        items.append(item)
    content = {"version": VERSION, "chapters": items}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
