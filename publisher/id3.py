"""An ID3v2.3 tag as bytes: what players show of an MP3, with its chapters and its picture.

Written by hand, so that a new version of a library never changes published audio.
ID3v2.3: https://id3.org/id3v2.3.0. Chapters: https://id3.org/id3v2-chapters-1.0.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from publisher.model import Chapter

MOST_CHAPTERS = 255  # the table of contents counts them in one byte

_UTF16 = b"\x01"
_LATIN1 = b"\x00"
_NO_OFFSET = b"\xff\xff\xff\xff"  # chapters are found by time, not by their place in the file
_TOP_LEVEL_ORDERED = b"\x03"
_FRONT_COVER = b"\x03"


def tag(
    texts: dict[str, str],
    chapters: Sequence[Chapter] = (),
    duration: float = 0.0,
    picture: tuple[str, bytes] | None = None,
) -> bytes:
    """The whole tag: `texts` by frame name (`TIT2`), a picture as its MIME type and bytes."""
    frames = [_text(name, text) for name, text in texts.items() if text]
    if picture:
        media_type, content = picture
        head = _LATIN1 + media_type.encode("latin-1") + b"\0" + _FRONT_COVER + b"\0"
        frames.append(_frame("APIC", head + content))
    frames += _chapters(chapters[:MOST_CHAPTERS], duration)
    body = b"".join(frames)
    return b"ID3\x03\x00\x00" + _synchsafe(len(body)) + body


def day(when: date) -> dict[str, str]:
    """A date as ID3v2.3 divides it: the year, then day and month."""
    return {"TYER": f"{when:%Y}", "TDAT": f"{when:%d%m}"}


def _chapters(chapters: Sequence[Chapter], duration: float) -> Iterable[bytes]:
    if not chapters:
        return
    names = [f"chp{number}".encode() + b"\0" for number in range(len(chapters))]
    head = b"toc\0" + _TOP_LEVEL_ORDERED + bytes([len(names)])
    yield _frame("CTOC", head + b"".join(names))
    ends = [*(chapter.start for chapter in chapters[1:]), max(duration, chapters[-1].start)]
    for name, chapter, end in zip(names, chapters, ends, strict=True):
        link = _frame("WXXX", _LATIN1 + b"\0" + _latin1(chapter.href)) if chapter.href else b""
        times = _milliseconds(chapter.start) + _milliseconds(end) + _NO_OFFSET * 2
        yield _frame("CHAP", name + times + _text("TIT2", chapter.title) + link)


def _text(name: str, text: str) -> bytes:
    return _frame(name, _UTF16 + b"\xff\xfe" + text.encode("utf-16-le", "replace"))


def _frame(name: str, content: bytes) -> bytes:
    return name.encode() + len(content).to_bytes(4, "big") + b"\0\0" + content


def _milliseconds(seconds: float) -> bytes:
    return round(seconds * 1000).to_bytes(4, "big")


def _latin1(url: str) -> bytes:
    """A URL in the one character set that ID3 allows it; what is not ASCII is percent-encoded."""
    from urllib.parse import quote

    return quote(url, safe="%/:=&?~#+!$,;'@()*[]").encode("ascii")


def _synchsafe(size: int) -> bytes:
    """A size in four bytes of seven bits each, so that no tag looks like audio."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
