"""Pictures without what their cameras and programs wrote into them: where, when, with what.

The pixels are not touched: only those parts of the file go that no browser needs to show it.
Colour profiles stay. Whatever follows the picture's end, such as a phone's video, goes too.
"""

import re


class DamagedError(ValueError):
    """The file ends before the picture does, or is no picture of its kind."""


def stripped(content: bytes) -> bytes:
    """A JPEG, PNG, GIF or WebP without metadata; other content as it is."""
    for start, function in (
        (b"\xff\xd8\xff", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"GIF8", _gif),
        (b"RIFF", _webp),
    ):
        if content.startswith(start):
            return b"".join(function(content))
    return content


# -- JPEG: segments of a marker and, mostly, a length (ITU-T T.81, annex B)

_END, _SCAN = 0xD9, 0xDA
_NO_LENGTH = {0x01, *range(0xD0, 0xD8)}
_NEXT = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)  # inside a scan, FF00 is a mere FF
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # what colours depend on


def _jpeg(content: bytes) -> list[bytes]:
    kept, place = [content[:2]], 2
    while found := _NEXT.search(content, place):
        marker, place = content[found.end() - 1], found.end()
        if marker == _END:
            return [*kept, b"\xff\xd9"]
        if marker in _NO_LENGTH:
            continue
        end = place + int.from_bytes(content[place : place + 2], "big")
        if end > len(content):
            break
        segment = content[place:end]
        is_for_programs = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not is_for_programs or segment[2:].startswith(_KEPT.get(marker, b"\0none")):
            kept += [b"\xff", bytes([marker]), segment]
        place = end
        if marker == _SCAN:
            following = _NEXT.search(content, place)
            place = following.start() if following else len(content)
            kept.append(content[end:place])
    raise DamagedError("is damaged or cut short")


# -- PNG: chunks of a length, a name, content, a checksum (W3C, PNG 3rd edition)

_CHUNKS = set(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split()
)


def _png(content: bytes) -> list[bytes]:
    kept, place = [content[:8]], 8
    while place + 12 <= len(content):
        name = content[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        if name in _CHUNKS:
            kept.append(content[place:end])
        if name == b"IEND":
            return kept
        place = end
    raise DamagedError("is damaged or cut short")


# -- WebP: chunks of a name, a length, content to an even length (RFC 9649)

_EXIF_AND_XMP = 0b1100  # the flags of the first chunk, VP8X, that announce them


def _webp(content: bytes) -> list[bytes]:
    end = 8 + int.from_bytes(content[4:8], "little")
    if content[8:12] != b"WEBP" or end > len(content):
        raise DamagedError("is damaged or cut short")
    kept, place = [], 12
    while place + 8 <= end:
        name, start = content[place : place + 4], place
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
        if name == b"VP8X":
            flags = content[start + 8] & ~_EXIF_AND_XMP
            kept.append(content[start : start + 8] + bytes([flags]) + content[start + 9 : place])
        elif name not in (b"EXIF", b"XMP "):
            kept.append(content[start:place])
    size = 4 + sum(map(len, kept))
    return [b"RIFF", size.to_bytes(4, "little"), b"WEBP", *kept]


# -- GIF: blocks by their first byte (GIF89a specification)

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _PROGRAM = 0xFE, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _gif(content: bytes) -> list[bytes]:
    try:
        place = 13 + _colours(content[10])
        kept = [content[:place]]
        while content[place] != _TRAILER:
            start, kind = place, content[place]
            if kind == _IMAGE:
                place = _after_blocks(content, place + 11 + _colours(content[place + 9]))
            elif kind == _EXTENSION:
                place = _after_blocks(content, place + 2)
            else:
                break
            is_loop = content[start + 3 : start + 14] in _LOOPS
            label = content[start + 1] if kind == _EXTENSION else 0
            if label != _COMMENT and (label != _PROGRAM or is_loop):
                kept.append(content[start:place])
    except IndexError:
        raise DamagedError("is damaged or cut short") from None
    return [*kept, b";"]


def _colours(flags: int) -> int:
    """The length of a table of colours, as its flags tell."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, place: int) -> int:
    while length := content[place]:
        place += 1 + length
    return place + 1
