"""Facts out of audio files: what they really are, how long they play, what their tags know."""

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from publisher import mpeg
from publisher.model import Chapter

MP3, M4A = "MP3", "M4A"
MEDIA_TYPES = {MP3: "audio/mpeg", M4A: "audio/x-m4a"}  # as Apple's feed requirements name them
EXTENSIONS = {MP3: "mp3", M4A: "m4a"}  # of what is published: Apple goes by the extension
SUFFIXES = {MP3: (".mp3",), M4A: (".m4a", ".m4b", ".mp4")}  # of what authors may call it

EXPORT = "Export it again as MP3 (mono, 64 to 128 kbit/s) and put it in the place of this file."

_MAGIC = (
    (b"RIFF", "is a WAV file"),
    (b"fLaC", "is a FLAC file"),
    (b"OggS", "is an Ogg file"),
    (b"FORM", "is an AIFF file"),
    (b"\x1aE\xdf\xa3", "is a WebM or Matroska file"),
    (b"PK\x03\x04", "is a ZIP file"),
    (b"<!doctype html", "is a web page"),
    (b"<html", "is a web page"),
)


class AudioError(ValueError):
    """A file is not audio that podcast apps play: one sentence, one remedy."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class AudioFacts:
    """What a file's bytes say, not its name.

    `duration` is in seconds, as a full decode yields them; `announced` is the duration that
    players will read or estimate, other than `duration` in a VBR file without a good header.
    `length` is in bytes, `digest` the sha256. `moov_at_end`: an M4A that has to be loaded to its
    end before it plays. `title`, `artist` and `chapters` are those of the file's own tags.
    """

    media_type: str
    extension: str
    duration: float
    announced: float
    length: int
    digest: str
    title: str = ""
    artist: str = ""
    chapters: tuple[Chapter, ...] = ()
    moov_at_end: bool = False


@dataclass(frozen=True)
class _Tags:
    title: str = ""
    artist: str = ""
    chapters: tuple[Chapter, ...] = ()


def probe(path: Path) -> AudioFacts:
    """Measure an audio file; AudioError if it is not MP3 or M4A, or not whole."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        if not length:
            raise AudioError(f"{path.name} is empty (0 bytes)", EXPORT)
        kind = _kind(stream)
        facts = _m4a(path, stream, length) if kind == M4A else _mp3(path, stream, length)
    if path.suffix.lower() not in SUFFIXES[kind]:
        right = path.with_suffix(f".{EXTENSIONS[kind]}").name
        raise AudioError(f"{path.name} is really {kind} audio", f"Rename it to {right}.")
    return facts


def _kind(stream: BufferedReader) -> str:
    stream.seek(4)
    return M4A if stream.read(4) == b"ftyp" else MP3


def _digest(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _mp3(path: Path, stream: BufferedReader, length: int) -> AudioFacts:
    stream.seek(0)
    head = stream.read(1024)
    if what := _otherwise(head):
        raise _no_audio(path, f"it {what}")
    try:
        measured = mpeg.measure(stream)
    except ValueError as error:
        raise _no_audio(path, "no audio can be found in it") from error
    tags = _id3(path)
    return AudioFacts(
        media_type=MEDIA_TYPES[MP3],
        extension=EXTENSIONS[MP3],
        duration=measured.seconds,
        announced=measured.announced,
        length=length,
        digest=_digest(stream),
        title=tags.title,
        artist=tags.artist,
        chapters=tags.chapters,
    )


def _otherwise(head: bytes) -> str:
    """What a file is, by its first bytes, if that is surely no MP3."""
    beginning = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what in _MAGIC:
        if beginning[: len(magic)].lower() == magic.lower():
            return what
    if re.match(rb"\xff[\xf0\xf1\xf8\xf9]", head):
        return "is AAC audio without the M4A around it"
    is_text = not re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\xff]", head)
    return "begins like a text file" if is_text else ""


def _no_audio(path: Path, reason: str) -> AudioError:
    names = [kind for kind, suffixes in SUFFIXES.items() if path.suffix.lower() in suffixes]
    expected = names[0] if names else "MP3 or M4A"
    return AudioError(f"{path.name} is no {expected} audio: {reason}", EXPORT)


def _id3(path: Path) -> _Tags:
    from mutagen import MutagenError
    from mutagen.id3 import ID3

    try:
        tags: Any = ID3(path)  # type: ignore[no-untyped-call]  # mutagen is typed in part
    except MutagenError:  # none, or broken ones: players play the audio all the same
        return _Tags()
    listed = {name for contents in tags.getall("CTOC") for name in contents.child_element_ids}
    chapters = [
        Chapter(frame.start_time / 1000, title, _chapter_link(frame))
        for frame in tags.getall("CHAP")
        if (not listed or frame.element_id in listed)
        and (title := _first(frame.sub_frames, "TIT2"))
    ]
    return _Tags(_first(tags, "TIT2"), _first(tags, "TPE1"), _by_start(chapters))


def _chapter_link(frame: Any) -> str:
    links = frame.sub_frames.getall("WXXX")
    return str(links[0].url) if links else ""


def _first(tags: Any, key: str) -> str:
    values = tags.get(key)
    return " ".join(str(values[0]).split()) if values else ""


def _by_start(chapters: list[Chapter]) -> tuple[Chapter, ...]:
    return tuple(sorted(chapters, key=lambda chapter: chapter.start))


def _m4a(path: Path, stream: BufferedReader, length: int) -> AudioFacts:
    from mutagen import MutagenError
    from mutagen.mp4 import MP4

    index, audio = _m4a_places(path, stream, length)
    if _is_video(stream, index):
        raise _no_audio(path, "it is a video")
    try:
        found: Any = MP4(path)  # type: ignore[no-untyped-call]  # mutagen is typed in part
    except MutagenError as error:
        raise AudioError(
            f"{path.name} is no M4A audio that can be read: {error}", EXPORT
        ) from error
    duration = _played(stream, index, float(found.info.length))
    if not duration:
        raise AudioError(f"{path.name} does not say how long it is (fragmented M4A)", EXPORT)
    tags = found.tags or {}
    chapters = [
        Chapter(float(chapter.start), " ".join(chapter.title.split()))
        for chapter in found.chapters or ()
    ]
    return AudioFacts(
        media_type=MEDIA_TYPES[M4A],
        extension=EXTENSIONS[M4A],
        duration=duration,
        announced=duration,
        length=length,
        digest=_digest(stream),
        title=_first(tags, "\xa9nam"),
        artist=_first(tags, "\xa9ART"),
        chapters=_by_start(chapters),
        moov_at_end=index > audio,
    )


def _m4a_places(path: Path, stream: BufferedReader, length: int) -> tuple[int, int]:
    """Where the index (`moov`) and the audio (`mdat`) begin; AudioError if they are not whole."""
    places: dict[bytes, int] = {}
    for name, start, end in atoms(stream, length):
        if end > length:
            missing = f"at least {end - length} of its bytes are missing"
            raise AudioError(f"{path.name} is cut off: {missing}", EXPORT)
        places.setdefault(name, start)
    for name, what in ((b"moov", "index"), (b"mdat", "audio")):
        if name not in places:
            raise AudioError(f"{path.name} is cut off: its {what} is missing", EXPORT)
    return places[b"moov"], places[b"mdat"]


def _is_video(stream: BufferedReader, index: int) -> bool:
    """True if a track is video; in files that call themselves M4A those are chapter pictures."""
    stream.seek(8)
    if stream.read(4) in (b"M4A ", b"M4B "):
        return False
    stream.seek(index)
    size = int.from_bytes(stream.read(4), "big")
    return bool(re.search(rb"hdlr.{8}vide", stream.read(size), re.DOTALL))


def _played(stream: BufferedReader, index: int, recorded: float) -> float:
    """Seconds that are played of those recorded: an edit list can leave some out.

    The movie header (`mvhd`) counts the edits, the audio's own header does not; but it counts
    the longest track, which can be one of chapters.
    """
    stream.seek(index)
    end = index + int.from_bytes(stream.read(4), "big")
    for name, start, _ in atoms(stream, end, index + 8):
        if name == b"mvhd":
            stream.seek(start + 8)
            header = stream.read(32)
            is_long = header[0] == 1  # 64-bit times
            scale, length = struct.unpack(
                ">IQ" if is_long else ">II", header[20:] if is_long else header[12:20]
            )
            return min(recorded, length / scale) if scale and length else recorded
    return recorded


def atoms(
    stream: BufferedReader, length: int, position: int = 0
) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the atoms from `position` up to `length`, ISO/IEC 14496-12, 4.2."""
    while position + 8 <= length:
        stream.seek(position)
        head = stream.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        end = position + size if size else length
        yield head[4:8], position, end
        position = max(end, position + 8)
