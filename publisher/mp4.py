"""The index (`moov`) of an M4A file with new tags and chapters, and every offset corrected.

Atoms: ISO/IEC 14496-12 and Apple's QuickTime File Format. Tags: the `ilst` of iTunes. Chapters:
Nero's `chpl`, 255 at most, which ffmpeg, VLC and podcast apps read.
"""

import struct
from collections.abc import Callable, Iterator, Sequence

from publisher.model import Chapter

MOST_CHAPTERS = 255
LONGEST_TITLE = 255  # bytes of a chapter's title

_IN_TRACK = (b"trak", b"mdia", b"minf", b"stbl")
_GAPLESS = b"iTunSMPB"  # players cut the encoder's silence by it: a part of the sound, not a tag
_OFFSETS_ELSEWHERE = (b"saio", b"iloc")  # atoms that hold offsets which we do not correct


class UnusualError(ValueError):
    """The index is built in a way that cannot be rewritten safely."""


def moov(
    old: bytes,
    tags: dict[bytes, bytes],
    chapters: Sequence[Chapter],
    position: int,
) -> bytes:
    """The atom with these tags and chapters instead of those that it had.

    `tags` maps names of `ilst` items to their `data` atoms, see `text`, `number` and `picture`.
    `position` is where the atom begins in its file; all behind it moves when it grows.
    """
    udta = _atom(b"udta", _chapter_list(chapters) + _meta(tags, _kept(old)))
    tracks = _chapter_tracks(old) if chapters else frozenset()
    kept = [
        content
        for name, content in atoms(old[8:])
        if name != b"udta" and not (name == b"trak" and _track_id(content) in tracks)
    ]
    if chapters:
        kept = [_without_chapter_reference(atom) for atom in kept]
    new = _atom(b"moov", b"".join(kept) + udta)
    growth = len(new) - len(old)

    def place(offset: int) -> int:
        return offset + growth if offset > position else offset

    return _atom(b"moov", b"".join(_moved(atom, place) for atom in kept) + udta)


def text(value: str) -> bytes:
    """A text as a tag's `data`."""
    return _data(1, value.encode("utf-8", "replace"))


def number(value: int) -> bytes:
    """A track number as a tag's `data`."""
    return _data(0, struct.pack(">HHHH", 0, value, 0, 0))


def picture(media_type: str, content: bytes) -> bytes:
    """A JPEG or PNG as a tag's `data`."""
    return _data(14 if media_type == "image/png" else 13, content)


def atoms(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each atom in a row of them: its name and the whole of it."""
    position = 0
    while position + 8 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        if size < 8 or position + size > len(content):  # 0: up to the end, 1: 64 bits
            raise UnusualError(f"an atom of {size} bytes")
        yield content[position + 4 : position + 8], content[position : position + size]
        position += size


def _atom(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def _data(kind: int, content: bytes) -> bytes:
    return _atom(b"data", struct.pack(">II", kind, 0) + content)


def _meta(tags: dict[bytes, bytes], kept: bytes) -> bytes:
    handler = _atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    items = b"".join(_atom(name, data) for name, data in tags.items())
    return _atom(b"meta", bytes(4) + handler + _atom(b"ilst", items + kept))


def _chapter_list(chapters: Sequence[Chapter]) -> bytes:
    if not chapters:
        return b""
    listed = chapters[:MOST_CHAPTERS]
    rows = []
    for chapter in listed:
        title = chapter.title.encode("utf-8", "replace")[:LONGEST_TITLE]
        title = title.decode("utf-8", "ignore").encode()  # never half a character
        start = round(chapter.start * 1000) * 10_000  # in units of 100 ns
        rows.append(start.to_bytes(8, "big") + bytes([len(title)]) + title)
    return _atom(b"chpl", b"\1\0\0\0" + bytes(4) + bytes([len(listed)]) + b"".join(rows))


def _inside(content: bytes, *path: bytes) -> bytes:
    """What stands in the atom at `path`; nothing if there is none."""
    for name in path:
        content = next((atom[8:] for found, atom in atoms(content) if found == name), b"")
        if name == b"meta" and content[4:8] != b"hdlr":
            content = content[4:]  # ISO gives it a version, QuickTime does not
    return content


def _kept(old: bytes) -> bytes:
    """What the old tags say about the sound itself."""
    items = atoms(_inside(old[8:], b"udta", b"meta", b"ilst"))
    return b"".join(atom for name, atom in items if name == b"----" and _GAPLESS in atom)


# -- chapters as a track of texts, which would contradict ours


def _chapter_tracks(old: bytes) -> frozenset[int]:
    found: set[int] = set()
    for name, track in atoms(old[8:]):
        if name == b"trak":
            listed = _inside(track[8:], b"tref", b"chap")
            found.update(struct.unpack(f">{len(listed) // 4}I", listed[: len(listed) // 4 * 4]))
    return frozenset(found)


def _track_id(track: bytes) -> int:
    header = _inside(track[8:], b"tkhd")
    at = 20 if header[:1] == b"\1" else 12  # the times before it have 64 or 32 bits
    return int.from_bytes(header[at : at + 4], "big")


def _without_chapter_reference(atom: bytes) -> bytes:
    if atom[4:8] != b"trak":
        return atom
    inner = []
    for name, content in atoms(atom[8:]):
        if name == b"tref":
            others = b"".join(it for kind, it in atoms(content[8:]) if kind != b"chap")
            inner.append(_atom(b"tref", others) if others else b"")
        else:
            inner.append(content)
    return _atom(b"trak", b"".join(inner))


# -- offsets


def _moved(atom: bytes, place: Callable[[int], int]) -> bytes:
    """The atom with every chunk's offset put right."""
    name = atom[4:8]
    if name in _IN_TRACK:
        return _atom(name, b"".join(_moved(inner, place) for _, inner in atoms(atom[8:])))
    if name in _OFFSETS_ELSEWHERE:
        raise UnusualError(f"a {name.decode()} atom")
    if name not in (b"stco", b"co64"):
        return atom
    count = int.from_bytes(atom[12:16], "big")
    code = "I" if name == b"stco" else "Q"
    offsets = struct.unpack(f">{count}{code}", atom[16 : 16 + count * (4 if code == "I" else 8)])
    try:
        return _atom(name, atom[8:16] + struct.pack(f">{count}{code}", *map(place, offsets)))
    except struct.error as error:  # past 4 GB
        raise UnusualError("offsets that need more than 32 bits") from error
