"""Texts of a mail that are hard to read: their colour too near that of their background.

Only what stands in the elements counts, as in the mail programs that know nothing else. The limit
is WCAG 2.2's for text, 1.4.3: https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from publisher import colors
from publisher.colors import Mixed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HIDDEN = re.compile(
    r"display:\s*none|visibility:\s*hidden|max-height:\s*0|font-size:\s*[01](px)?\s*(;|$)"
)
SILENT = ("style", "script", "title", "head", "template")


class Look(NamedTuple):
    """The colours of a text and of what it stands on, red, green, blue from 0 to 255."""

    text: Mixed
    ground: Mixed


DAY = Look((0, 0, 0), (255, 255, 255))
NIGHT = Look((255, 255, 255), (18, 18, 18))


def faint(root: "HtmlElement", start: Look) -> Iterator[tuple[str, float]]:
    """Each text below the limit and its contrast, where nothing is set but `start`."""
    yield from _faint(root, start)


def _faint(element: "HtmlElement", outer: Look) -> Iterator[tuple[str, float]]:
    if not isinstance(element.tag, str) or element.tag in SILENT:
        return
    given = element.get
    found = _inside(given("color", ""), given("bgcolor", ""), given("style", ""), outer)
    if found is None:
        return
    look, ratio = found
    if ratio < colors.READABLE:
        for text in (element.text, *(child.tail for child in element)):
            if words := " ".join((text or "").split()):
                yield words, ratio
    for child in element:
        yield from _faint(child, look)


# a mail has thousands of elements and a few dozen looks


@lru_cache(maxsize=2048)
def _inside(text: str, ground: str, style: str, look: Look) -> tuple[Look, float] | None:
    """The colours inside an element and their contrast; None if nobody sees it.

    They are from its attributes and, stronger, its style.
    """
    if HIDDEN.search(style):
        return None
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.lower().partition(":"))
        if name == "color":
            text = value
        elif name in ("background-color", "background"):
            ground = value
    below = _colour(ground, look.ground) or look.ground
    inside = Look(_colour(text, below) or look.text, below)
    return inside, colors.contrast_of(inside.text, inside.ground)


_WORD = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|hsla?\([^)]*\)|\b[a-z]+\b")


def _colour(value: str, below: Mixed) -> Mixed | None:
    """The first colour that a CSS value names, mixed with what shines through it."""
    for word in _WORD.findall(value.replace("!important", "")):
        found = _parsed(word)
        if found:
            red, green, blue, alpha = found
            mixed = (
                top * alpha + under * (1 - alpha)
                for top, under in zip((red, green, blue), below, strict=True)
            )
            return tuple(mixed)  # type: ignore[return-value]  # three of them
    return None


def _parsed(word: str) -> tuple[float, float, float, float] | None:
    if re.fullmatch(r"#[0-9a-f]{6}", word):  # nearly always
        return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16), 1.0
    if word.startswith("rgb"):
        numbers = [float(it) for it in re.findall(r"[\d.]+", word)]
        if len(numbers) in (3, 4) and "%" not in word:
            return numbers[0], numbers[1], numbers[2], (numbers[3:] or [1.0])[0]
    from PIL import ImageColor

    try:
        found = ImageColor.getrgb(word)
    except ValueError:
        return None
    return found[0], found[1], found[2], (found[3] / 255 if len(found) > 3 else 1.0)
