"""The published copy of a recording: its audio untouched, around it the tags of the show.

The author's file is only read. The copy is made in a stream, so audio never fills the memory,
and its bytes depend on nothing but the recording and the tags.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from pathlib import Path

from publisher import audio, id3, mp4, mpeg
from publisher.files import Stamp
from publisher.model import Chapter, Picture

CHUNK = 1 << 20  # bytes
LARGEST_PICTURE = 300_000  # bytes; every listener loads it with every episode


@dataclass(frozen=True)
class Tags:
    """What the published audio says of itself: its episode's own facts.

    Nothing of the show is among them but `album` and `artist`, which `[audio]` in show.toml
    sets for this purpose alone: a new name or cover of the show sends no audio again.
    """

    title: str
    day: date
    duration: float
    album: str = ""
    artist: str = ""
    number: int | None = None
    chapters: tuple[Chapter, ...] = ()
    picture: Picture | None = None


def measured(recording: Stamp, tags: Tags) -> tuple[str, int]:
    """The sha256 of the copy and its length in bytes."""
    digest, size = hashlib.sha256(), 0
    for chunk in copy(recording.path, tags):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def copy(place: str | Path, tags: Tags) -> Iterator[bytes]:
    """The bytes of the copy of the file in that place."""
    with Path(place).open("rb") as stream:
        head = stream.read(8)
        yield from _m4a(stream, tags) if head[4:] == b"ftyp" else _mp3(stream, tags)


def _mp3(stream: BufferedReader, tags: Tags) -> Iterator[bytes]:
    """A new tag, then every frame; tags at the end (ID3v1, APE) could contradict it and go."""
    texts = {
        "TIT2": tags.title,
        "TALB": tags.album,
        "TPE1": tags.artist,
        "TRCK": str(tags.number) if tags.number else "",
        **id3.day(tags.day),
    }
    picture = (tags.picture.media_type, _bytes(tags.picture)) if tags.picture else None
    start, end = mpeg.bounds(stream)
    yield id3.tag(texts, tags.chapters, tags.duration, picture)
    yield from _part(stream, start, end)


def _m4a(stream: BufferedReader, tags: Tags) -> Iterator[bytes]:
    """The file with a new index; one that is built too unusually for that stays as it is."""
    length = stream.seek(0, 2)
    start, end = next(
        (begin, stop) for name, begin, stop in audio.atoms(stream, length) if name == b"moov"
    )
    stream.seek(start)
    old = stream.read(end - start)
    try:
        new = mp4.moov(old, _m4a_tags(tags), tags.chapters, start)
    except mp4.UnusualError:
        new = old
    yield from _part(stream, 0, start)
    yield new
    yield from _part(stream, end, length)


def _m4a_tags(tags: Tags) -> dict[bytes, bytes]:
    texts = {
        b"\xa9nam": tags.title,
        b"\xa9alb": tags.album,
        b"\xa9ART": tags.artist,
        b"\xa9day": tags.day.isoformat(),
    }
    items = {name: mp4.text(value) for name, value in texts.items() if value}
    if tags.number and tags.number < 1 << 16:
        items[b"trkn"] = mp4.number(tags.number)
    if tags.picture:
        items[b"covr"] = mp4.picture(tags.picture.media_type, _bytes(tags.picture))
    return items


def _bytes(picture: Picture) -> bytes:
    return b"".join(picture.made()) if picture.made else picture.path.read_bytes()


def _part(stream: BufferedReader, start: int, end: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < end and (chunk := stream.read(min(CHUNK, end - start))):
        start += len(chunk)
        yield chunk
