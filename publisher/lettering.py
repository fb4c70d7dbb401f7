"""Titles set in a box: as large as they fit, in lines of like length, words divided if they must.

Pillow's own layout is used, never Raqm: that needs a library which not every system has, and
the same title must become the same picture everywhere.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LEADING = 1.14  # from line to line, as a part of the letters' size
FEWER_LINES = 0.8  # so much smaller the letters may be, if the title then needs fewer lines
DIVIDE = 0.7  # words are divided if the letters would be smaller than this otherwise
LONG_WORD = 11  # letters; shorter words stay whole
VOWEL = re.compile("[aeiouyàâäáåæèéêëìíîïòóôöøœùúûüý]", re.IGNORECASE)
SOFT = "\N{SOFT HYPHEN}"


@dataclass(frozen=True)
class Typeface:
    """A font file; `digest` stands for its content."""

    path: Path = field(compare=False)
    digest: str

    def at(self, size: int) -> "FreeTypeFont":
        """The font in a size, in pixels."""
        return _font(self, size)


@lru_cache(maxsize=64)
def _font(face: Typeface, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.BASIC)


# -- what the font has -------------------------------------------------------------------------


def drawable(text: str, face: Typeface) -> str:
    """The text without what the font cannot draw; '' if letters would be missing in it.

    Emoji and symbols may go, and an accent if the letter under it is known. A title without
    some of its letters would be another one.
    """
    drawn = []
    for character in unicodedata.normalize("NFC", text):
        if character == SOFT or _has(face, character):
            drawn.append(character)
        elif unicodedata.category(character)[0] == "Z":
            drawn.append(" ")
        elif unicodedata.category(character)[0] in "LN":
            plain = unicodedata.normalize("NFKD", character)[0]
            if not _has(face, plain):
                return ""
            drawn.append(plain)
    return " ".join(filter(None, "".join(drawn).split(" ")))


@lru_cache(maxsize=4096)
def _has(face: Typeface, character: str) -> bool:
    if character.isspace():
        return character in " \N{NO-BREAK SPACE}"
    font = face.at(24)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010ffff"))


# -- lines -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """Lines that fit, and the size of their letters in pixels."""

    size: int
    lines: tuple[str, ...]

    @property
    def leading(self) -> int:
        """From one line to the next, in pixels."""
        return round(self.size * LEADING)


@dataclass(frozen=True)
class Room:
    """Where a text goes, in pixels, and the sizes that its letters may have, largest first."""

    width: int
    height: int
    sizes: Sequence[int]


def fitted(text: str, face: Typeface, room: Room, language: str) -> Block:
    """The text in the largest of `sizes` that fits; cut between words if none does.

    Words are divided only where the letters would be much smaller otherwise.
    """
    whole, divided = list(_atoms(text, "")), list(_atoms(text, language))
    plain = _largest(whole, face, room)
    hyphened = _largest(divided, face, room)
    if plain and (not hyphened or plain.size >= DIVIDE * hyphened.size):
        return plain
    if hyphened:
        return hyphened
    words = text.split(" ")
    if len(words) == 1:
        half = text[: max(1, len(text) // 2)]
        return fitted(f"{half} …", face, room, language)
    shorter = " ".join(words[:-2] if words[-1] == "…" else words[:-1]) or words[0][:8]
    smallest = replace(room, sizes=room.sizes[-1:])
    return fitted(f"{shorter.rstrip(' ,;:–-')} …", face, smallest, language)


def _largest(atoms: list["_Atom"], face: Typeface, room: Room) -> Block | None:
    """The largest size that fits; a little smaller where that saves a line."""
    found: Block | None = None
    least = 0.0
    for size in room.sizes:
        if size < least:
            break
        most = int(room.height / (size * LEADING))
        lines = _balanced(atoms, face.at(size), room.width, most)
        if lines and (found is None or len(lines) < len(found.lines)):
            least = least or FEWER_LINES * size
            found = Block(size, tuple(lines))
    return found


@dataclass(frozen=True)
class _Atom:
    """What is never divided, and what follows it: in a line, and at a line's end."""

    text: str
    inside: str = " "
    at_end: str = ""


def _atoms(text: str, language: str) -> Iterator[_Atom]:
    """Words, and the parts of words at hyphens; with a language the syllables of long ones."""
    for word in text.split(" "):
        parts = word.replace("-", "-\0").replace("/", "/\0").split("\0")
        parts = [part for part in parts if part]
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1
            after = " " if is_last else ""
            syllables = _syllables(part, language)
            yield from (_Atom(it, "", "-") for it in syllables[:-1])
            yield _Atom(syllables[-1], after)


def _syllables(word: str, language: str) -> list[str]:
    """Where a word may be divided: as its author says, else as its language does."""
    if SOFT in word:
        return word.split(SOFT)
    if not language or len(word) < LONG_WORD:
        return [word]
    import pyphen

    known = pyphen.language_fallback(language.replace("-", "_"))
    if not known:
        return [word]
    marks = [it for it in pyphen.Pyphen(lang=known).positions(word) if 4 <= it <= len(word) - 4]
    ends = [0, *marks, len(word)]
    syllables: list[str] = []
    for start, end in itertools.pairwise(ends):
        if syllables and not VOWEL.search(word[start:end]):  # the dictionary has Be-da-rf
            syllables[-1] += word[start:end]
        else:
            syllables.append(word[start:end])
    return syllables


def _balanced(atoms: list[_Atom], font: "FreeTypeFont", width: int, most: int) -> list[str] | None:
    """As few lines as possible, of like length; None if more than `most`, or one is too wide."""
    count = len(atoms)
    # best[lines][end]: the cost of setting the first `end` atoms, where its last line begins
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(most):
        reached: dict[int, tuple[float, int]] = {}
        for start, (cost, _before) in best[-1].items():
            for end in range(start + 1, count + 1):
                wide = font.getlength(_line(atoms[start:end]))
                if wide > width:
                    break
                divides = end < count and bool(atoms[end - 1].at_end)
                total = cost + (1 - wide / width) ** 2 + 0.5 * divides
                if end not in reached or total < reached[end][0]:
                    reached[end] = total, start
        best.append(reached)
        if count in reached:
            return _lines(atoms, best)
    return None


def _lines(atoms: list[_Atom], best: list[dict[int, tuple[float, int]]]) -> list[str]:
    lines, end = [], len(atoms)
    for reached in reversed(best[1:]):
        start = reached[end][1]
        lines.append(_line(atoms[start:end]))
        end = start
    return lines[::-1]


def _line(atoms: list[_Atom]) -> str:
    *before, last = atoms
    return "".join(it.text + it.inside for it in before) + last.text + last.at_end
