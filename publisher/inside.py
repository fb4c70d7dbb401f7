"""What else a recording carries, for a new episode: its number and its picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.audio import EXTENSIONS, M4A


@dataclass(frozen=True)
class Inside:
    """The track number, 0 if there is none; the picture as it is, `b""` if there is none."""

    number: int = 0
    picture: bytes = b""


def read(path: Path, extension: str) -> Inside:
    """What the tags of an MP3 or M4A (by its `extension`) know; broken tags know nothing."""
    from mutagen import MutagenError

    try:
        return _m4a(path) if extension == EXTENSIONS[M4A] else _mp3(path)
    except MutagenError:
        return Inside()


def _mp3(path: Path) -> Inside:
    """TRCK is `4` or `4/12`, APIC of type 3 the front cover: https://id3.org/id3v2.3.0."""
    from mutagen.id3 import ID3

    tags: Any = ID3(path)  # type: ignore[no-untyped-call]  # mutagen is typed in part
    track = str(tags["TRCK"].text[0]) if "TRCK" in tags else ""
    pictures = sorted(tags.getall("APIC"), key=lambda it: it.type != 3)
    picture = bytes(pictures[0].data) if pictures else b""
    return Inside(_whole(track.partition("/")[0]), picture)


def _m4a(path: Path) -> Inside:
    from mutagen.mp4 import MP4

    tags: Any = MP4(path).tags or {}  # type: ignore[no-untyped-call]  # mutagen is typed in part
    tracks, pictures = tags.get("trkn"), tags.get("covr")
    return Inside(int(tracks[0][0]) if tracks else 0, bytes(pictures[0]) if pictures else b"")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
