"""How long an MP3 plays: every frame is counted, because no header and no estimate is certain.

A frame's length follows from its own header, so that hopping from frame to frame reads three
bytes in some hundred. Headers: ISO/IEC 11172-3 and 13818-3, Layer III. Xing, Info and LAME tags:
http://gabriel.mp3-tech.org/mp3infotag.html
"""

from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

WINDOW = 1 << 22  # bytes in memory at a time
LOOKAHEAD = 1 << 13  # bytes; more than FRAMES_IN_A_ROW of the longest frames, 1441 bytes each
FRAMES_IN_A_ROW = 3  # so many alike are no accident
HEADER = 4  # bytes

_MONO = 3
_KBITS = {  # per second, by the bit rate index; 0 stands for "free" and is not supported
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_HERTZ = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


@dataclass(frozen=True)
class Length:
    """`seconds` is what a full decode yields.

    `announced` is what players will say: the promise of the Xing or VBRI header, or without one
    the file's size over the first frame's bit rate.
    """

    seconds: float
    announced: float


class _Frame(NamedTuple):
    size: int  # bytes
    samples: int
    hertz: int
    kbits: int


class _Promise(NamedTuple):
    """What a Xing, Info or VBRI header says: `silence` is the encoder's delay and padding."""

    frames: int | None
    silence: int  # samples


def _frame(second: int, third: int) -> _Frame:
    version = second >> 3 & 3
    samples = 1152 if version == 3 else 576
    kbits = _KBITS[1 if version == 3 else 2][third >> 4]
    hertz = _HERTZ[version][third >> 2 & 3]
    if not kbits or not hertz:
        return _Frame(0, 0, 0, 0)
    return _Frame(samples // 8 * kbits * 1000 // hertz + (third >> 1 & 1), samples, hertz, kbits)


# The second and third byte of a header say everything about a frame's length. The six second
# bytes are MPEG 2.5, 2 and 1, Layer III, each with and without a checksum.
_FRAMES = {
    second << 8 | third: _frame(second, third)
    for second in (0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB)
    for third in range(256)
}
_SIZES = [_FRAMES[key].size if key in _FRAMES else 0 for key in range(1 << 16)]


def measure(stream: BinaryIO) -> Length:
    """The length of an MP3; ValueError if there are no frames in it."""
    start, end = bounds(stream)
    counts = _count(stream, start, end)
    stream.seek(start)
    first = stream.read(LOOKAHEAD)
    key = _key(first, 0)
    promise = _promise(first)
    if promise:
        counts[key] -= 1
    frames = sum(counts.values())
    if frames < 1:
        raise ValueError("no MPEG audio frames")
    seconds = sum(n * _FRAMES[k].samples / _FRAMES[k].hertz for k, n in counts.items() if n)
    if promise is None:
        return Length(seconds, (end - start) / (_FRAMES[key].kbits * 125))
    silence = promise.silence / _FRAMES[key].hertz
    if promise.frames is None or abs(frames - promise.frames) <= 1:
        # the header belongs to all of this audio: it was neither cut nor joined later
        length = max(seconds - silence, 0.0)
        return Length(length, length)
    announced = promise.frames * _FRAMES[key].samples / _FRAMES[key].hertz - silence
    return Length(seconds, max(announced, 0.0))


def bounds(stream: BinaryIO) -> tuple[int, int]:
    """Where the frames begin and end, without the tags around them; ValueError if there are none.

    Files that begin with junk or with several tags begin at their first frame.
    """
    end = _end_of_audio(stream)
    return _first_frame(stream, end), end


def _end_of_audio(stream: BinaryIO) -> int:
    """Where the frames end: before an ID3v1 tag (128 bytes) and an APEv2 tag."""
    end = stream.seek(0, 2)
    if _read(stream, end - 128, 3) == b"TAG":
        end -= 128
    footer = _read(stream, end - 32, 32)
    if footer.startswith(b"APETAGEX"):
        has_header = footer[23] & 0x80
        end -= int.from_bytes(footer[12:16], "little") + (32 if has_header else 0)
    return max(end, 0)


def _read(stream: BinaryIO, position: int, size: int) -> bytes:
    if position < 0:
        return b""
    stream.seek(position)
    return stream.read(size)


def _window(stream: BinaryIO, position: int, end: int) -> tuple[bytes, int]:
    """A part of the audio, and up to where in it a frame may be looked for.

    The last part is filled up, so that a header can be read at the very end.
    """
    part = _read(stream, position, min(WINDOW, end - position))
    if position + len(part) < end and len(part) == WINDOW:
        return part, len(part) - LOOKAHEAD
    return part + bytes(HEADER), len(part)


def _first_frame(stream: BinaryIO, end: int) -> int:
    position = 0
    while position < end:
        window, limit = _window(stream, position, end)
        at = _resync(window, 0, limit)
        if at < limit:
            return position + at
        position += max(at, 1)
    raise ValueError("no MPEG audio frames")


def _count(stream: BinaryIO, start: int, end: int) -> dict[int, int]:
    """How many whole frames there are of each kind: joined recordings can have several."""
    counts = dict.fromkeys(_FRAMES, 0)
    position = start
    while position < end:
        window, limit = _window(stream, position, end)
        position += max(_count_in(window, limit, counts), 1)
    return counts


def _count_in(window: bytes, limit: int, counts: dict[int, int]) -> int:
    """Count the frames of a window that begins with one; returns where the next one should be."""
    at, size, sizes, full = 0, 0, _SIZES, len(window)
    while at < limit:
        key = window[at + 1] << 8 | window[at + 2]
        if window[at] == 0xFF and (size := sizes[key]):
            if at + size > full:
                return full  # the file was cut off in the middle of its last frame
            counts[key] += 1
            at += size
        else:
            at = _resync(window, at, limit)
    return at


def _resync(window: bytes, at: int, limit: int) -> int:
    """The next place where frames begin, behind any ID3v2 tag or junk; `limit` if none does."""
    while window.startswith(b"ID3", at):
        at += _tag_size(window[at : at + 10])
    while at < limit and not _begins_frames(window, at):
        at = window.find(b"\xff", at + 1, limit)
        if at < 0:
            return limit
    return at


def _tag_size(header: bytes) -> int:
    """The size of an ID3v2 tag in bytes, with its header and footer."""
    size = 0
    for byte in header[6:10]:
        size = size << 7 | byte & 0x7F
    has_footer = len(header) > 5 and header[5] & 0x10
    return size + (20 if has_footer else 10)


def _begins_frames(window: bytes, at: int) -> bool:
    """True if alike frames stand here in a row: a lone header can be an accident."""
    alike = window[at + 1] | 1, window[at + 2] & 0x0C  # version and layer; sample rate
    for number in range(FRAMES_IN_A_ROW):
        if at + HEADER >= len(window):
            return number > 1
        size = _SIZES[_key(window, at)]
        if window[at] != 0xFF or not size:
            return False
        if (window[at + 1] | 1, window[at + 2] & 0x0C) != alike:
            return False
        at += size
    return True


def _key(window: bytes, at: int) -> int:
    return window[at + 1] << 8 | window[at + 2]


def _promise(frame: bytes) -> _Promise | None:
    """Read the header that encoders put into a first, silent frame."""
    if frame[36:40] == b"VBRI":
        return _Promise(int.from_bytes(frame[50:54], "big"), 0)
    is_mono = frame[3] >> 6 == _MONO
    is_version_1 = frame[1] >> 3 & 3 == 3
    at = (21 if is_mono else 36) if is_version_1 else (13 if is_mono else 21)
    if frame[at : at + 4] not in (b"Xing", b"Info"):
        return None
    flags = frame[at + 7]
    at += 8
    frames = int.from_bytes(frame[at : at + 4], "big") if flags & 1 else None
    at += 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2
    lame = frame[at : at + 24]
    if not lame.startswith((b"LAME", b"Lavf", b"Lavc")):
        return _Promise(frames, 0)
    both = int.from_bytes(lame[21:24], "big")  # 12 bits of delay, 12 bits of padding
    return _Promise(frames, (both >> 12) + (both & 0xFFF))
