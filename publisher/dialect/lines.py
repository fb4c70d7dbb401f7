"""Lines of Markdown: where a list begins, which lines are its items, which lines go on.

CommonMark 0.31, sections 5.2 and 5.3 (https://spec.commonmark.org/0.31.2/#list-items): an item
reaches as far as its lines are indented as deep as its text, or lazily continue its paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

STASHED = re.compile(r" *\x02wzxhzdk:\d+\x03 *")  # a whole line that `source` took out

_MARKER = re.compile(r"( {0,3})([-+*]|(\d{1,9})([.)]))(?:( +)(.*)|$)", re.DOTALL)
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *")
_HEADING = re.compile(r" {0,3}#{1,6}(?: |$)")
_QUOTE = re.compile(r" {0,3}> ?")


@dataclass(frozen=True)
class Marker:
    """What an item begins with: `kind` is `-`, `+`, `*`, `.` or `)`, `width` ends its indent."""

    kind: str
    number: int | None
    width: int
    is_empty: bool

    @property
    def interrupts(self) -> bool:
        """True if it may stand right below a paragraph: “1990. war …” begins no list there."""
        return not self.is_empty and self.number in (None, 1)


def marker(line: str) -> Marker | None:
    """The marker with which a line begins, if it does."""
    found = _MARKER.match(line)
    if not found or _RULE.fullmatch(line):
        return None
    indent, mark, number, delimiter, spaces, content = found.groups()
    is_empty = not (content or "").strip()
    # text that begins 5 columns behind the marker is code, whose indent counts from the first
    gap = 1 if is_empty or len(spaces) > 4 else len(spaces)
    kind = delimiter or mark
    width = len(indent) + len(mark) + gap
    return Marker(kind, int(number) if number else None, width, is_empty)


def begins_list(lines: Sequence[str], at: int) -> Marker | None:
    """The marker of the line, if a list begins there."""
    found = marker(lines[at])
    return found if found and (found.interrupts or not _is_in_paragraph(lines, at)) else None


def _is_in_paragraph(lines: Sequence[str], at: int) -> bool:
    """True if the line stands right below a paragraph, and not below one inside a quote."""
    start = at
    while start and is_paragraph(lines[start - 1]):
        start -= 1
    while start < at and lines[start].startswith("    "):  # no paragraph begins so, but code
        start += 1
    return start < at and not any(_QUOTE.match(line) for line in lines[start:at])


def is_paragraph(line: str) -> bool:
    """True if the line leaves a paragraph open, be it in a quote or an item."""
    while True:
        inner = _MARKER.match(line)
        quote = _QUOTE.match(line)
        if _RULE.fullmatch(line):
            return False
        if inner:
            line = inner[6] or ""
        elif quote:
            line = line[quote.end() :]
        else:
            return bool(line.strip()) and not (STASHED.fullmatch(line) or _HEADING.match(line))


def continues(line: str) -> bool:
    """True if the line can lazily continue a paragraph: it begins no block itself."""
    begins = (_RULE.fullmatch(line), _HEADING.match(line), _QUOTE.match(line), marker(line))
    return not (any(begins) or STASHED.fullmatch(line))


@dataclass(frozen=True)
class Items:
    """A list: the lines of each item without their indent, and how many lines it has in all."""

    first: Marker
    contents: tuple[list[str], ...]
    length: int
    is_loose: bool


def items(lines: Sequence[str], first: Marker, start: int = 0) -> Items:
    """The list that begins on line `start` with the marker `first`."""
    width, blanks, gaps = first.width, 0, False
    contents = [[lines[start][width:]]]
    at = start
    for at in range(start + 1, len(lines)):
        line, item = lines[at], contents[-1]
        if not line.strip():
            blanks += 1
            continue
        other = marker(line)
        is_inside = len(line) - len(line.lstrip(" ")) >= width
        if is_inside and not (blanks and item == [""]):
            item += [""] * blanks
            item.append(line[width:])
        elif other and other.kind == first.kind:
            gaps = gaps or blanks > 0
            width = other.width
            contents.append([line[width:]])
        elif not blanks and continues(line) and is_paragraph(item[-1]):
            item.append(as_text(line))
        else:
            break
        blanks = 0
    else:
        at += 1
    is_loose = gaps or any(_has_gap(item) for item in contents)
    return Items(first, tuple(contents), at - blanks - start, is_loose)


def as_text(line: str) -> str:
    """A line that lazily continues: without its indent, what stands there begins no block."""
    text = line.lstrip(" ")
    found = marker(text)
    if found and found.number is not None:
        return re.sub(r"[.)]", r"\\\g<0>", text, count=1)
    return f"\\{text}" if found or _QUOTE.match(text) or _HEADING.match(text) else text


def _has_gap(lines: list[str]) -> bool:
    """True if a blank line divides two blocks of an item; those of a list inside do not count."""
    if "" not in lines and all(line.strip() for line in lines):
        return False
    at, seen, gap = 0, False, False
    while at < len(lines):
        if not lines[at].strip():
            gap = seen
            at += 1
            continue
        if gap:
            return True
        inner = begins_list(lines, at)
        at += items(lines, inner, at).length if inner else 1
        seen = True
    return False
