"""What lies beside an article: its recording, chapters, transcript and picture."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from publisher import assets, audio, chapters, files, published, transcripts
from publisher.assets import Assets
from publisher.errors import Problem
from publisher.files import Stamp, relative
from publisher.frontmatter import Written
from publisher.model import SILENCE, Chapter, Enclosure, Person, Picture, Spoken, Transcript
from publisher.published import LARGEST_PICTURE, Tags
from publisher.transcripts import FORMATS, Cue

AUDIO = (".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".opus", ".wav", ".flac", ".aiff", ".wma")
PICTURES = (".jpg", ".jpeg", ".png")
TRANSCRIPTS = (".vtt", ".srt")  # the first one is taken: only WebVTT surely names its speakers
CHAPTERS = (".chapters.txt", ".chapters.json")
SMALL_PICTURE = 600  # pixels


@dataclass(frozen=True)
class Recording:
    """A recording that can be published, and what is known of it."""

    stamp: Stamp
    facts: audio.AudioFacts


@dataclass(frozen=True)
class _Formats:
    """Digest and size of a transcript in each format, or why there is none."""

    known: tuple[tuple[str, str, int], ...]
    spoken: Callable[[], Spoken] = SILENCE  # the author's file
    problems: tuple[Problem, ...] = ()


class Beside:
    """The files of one article: those of its stem, or in its own folder."""

    def __init__(self, found: Assets, written: Written) -> None:
        self._assets, self._written, self._source = found, written, written.source
        self._around, self._root = found.around, found.root
        self._memo, self._problems = found.memo, found.problems

    @cached_property
    def _names(self) -> list[str]:
        return self._around.beside(self._source.path)

    @cached_property
    def _folder(self) -> Path:
        return Path(self._source.path).parent

    def recording(self) -> Recording | None:
        """The audio that is named, or the only one; what is wrong with it is a problem."""
        name = self._written.audio or self._only_audio()
        if not name:
            return None
        path, line = self._path(name), self._source.line("audio")
        stamp = self._around.file(path)
        if not stamp:
            message = f"“audio” names {name}, which does not exist"
            hint = f"Put the recording at {self._called(path)}, or mend the name."
            self._complain("missing-file", self._source.path, line, message, hint)
            return None
        facts = self._memo.call(_probed, stamp)
        if not isinstance(facts, audio.AudioFacts):
            self._complain("audio-format", self._called(path), 0, *facts)
            return None
        return Recording(stamp, facts)

    def enclosure(self, slug: str, recording: Recording, tags: Tags) -> Enclosure:
        """The recording as it is published, with these tags."""
        facts, path = recording.facts, recording.stamp.path
        digest, size = self._memo.call(published.measured, recording.stamp, tags)
        url = assets.address(slug, digest, f".{facts.extension}", "audio")
        self._assets.of_post(path)
        return Enclosure(
            url=url,
            media_type=facts.media_type,
            digest=digest,
            size=size,
            place=str(path),
            made=partial(published.copy, str(path), tags),
            duration=facts.duration,
            recording=facts.digest,
            announced=facts.announced,
            moov_at_end=facts.moov_at_end,
        )

    def chapters(self, recording: Recording | None) -> tuple[Chapter, ...]:
        """From the front matter, else from a sidecar, else from the audio's own tags."""
        found = self._written.chapters
        if found is None and (sidecar := self._chapters_sidecar()):
            found = self._chapters_of(sidecar)
        if found is None:
            found = recording.facts.chapters if recording else ()
        return tuple(replace(it, image=self._image(it.image, "chapters")) for it in found)

    def picture(self) -> Picture | None:
        """The episode's own picture: the one that is named, or that has its stem."""
        name = self._written.image
        if not name and not self._source.path.endswith("/index.md"):
            # pictures in an article's folder are the article's; the author names the episode's
            name = next((it for it in self._names if it.endswith(PICTURES)), "")
        return self._assets.picture(name, self._folder, self._source, "image") if name else None

    def picture_inside(self, picture: Picture | None) -> Picture | None:
        """The picture as it is put into the audio, small enough to be sent each time."""
        if picture is None:
            return None
        is_known = picture.media_type in ("image/jpeg", "image/png")
        if is_known and picture.size <= LARGEST_PICTURE:
            return picture
        folder = self._root / ".cache" / "pictures"
        small = self._around.file(assets.thumbnail(picture, SMALL_PICTURE, folder))
        found = self._memo.call(assets.asset, small)
        return found if isinstance(found, Picture) else None

    def persons(self, persons: Iterable[Person], key: str) -> tuple[Person, ...]:
        """The persons, with their pictures published."""
        return tuple(replace(it, image=self._image(it.image, key)) for it in persons)

    def transcripts(self, url: str, language: str) -> tuple[Transcript, ...]:
        """The transcript in each format, beside the page at `url`."""
        found = (it for suffix in TRANSCRIPTS for it in self._names if it.endswith(suffix))
        name = self._written.transcript or next(found, "")
        if not name:
            return ()
        path, line = self._path(name), self._source.line("transcript")
        if path.suffix not in TRANSCRIPTS:
            message = f"“transcript” names {name}, which is no .vtt or .srt file"
            hint = "Export it as WebVTT (.vtt), which can name the speakers, or as .srt."
            self._complain("transcript-format", self._source.path, line, message, hint)
            return ()
        stamp = self._around.file(path)
        if not stamp:
            message = f"“transcript” names {name}, which does not exist"
            hint = f"Put it at {self._called(path)}, or mend the name."
            self._complain("missing-file", self._source.path, line, message, hint)
            return ()
        formats = self._memo.call(_formats, stamp, self._called(path), language)
        self._problems += formats.problems
        self._assets.of_post(path)
        return tuple(
            Transcript(
                url=f"{url}transcript{suffix}",
                media_type=FORMATS[suffix],
                digest=digest,
                size=size,
                place=str(path),
                language=language,
                spoken=formats.spoken,
                made=partial(_body, formats.spoken, path.suffix, suffix, language),
            )
            for suffix, digest, size in formats.known
        )

    def _only_audio(self) -> str:
        named = [name for name in self._names if name.lower().endswith(AUDIO)]
        if len(named) > 1:
            message = f"there are several recordings: {', '.join(named)}"
            hint = "Say which one is published: `audio: " + named[0] + "`."
            self._complain("several-recordings", self._source.path, 1, message, hint)
            return ""
        return named[0] if named else ""

    def chapters_path(self, recording: Recording | None) -> str:
        """The file that has the chapters: the article, a sidecar or the recording."""
        if self._written.chapters is not None:
            return self._source.path
        if sidecar := self._chapters_sidecar():
            return self._called(sidecar)
        return self._called(recording.stamp.path) if recording else ""

    def _chapters_sidecar(self) -> Path | None:
        found = (n for suffix in CHAPTERS for n in self._names if f".{n}".endswith(suffix))
        name = next(found, "")
        return self._path(name) if name else None

    def _chapters_of(self, path: Path) -> tuple[Chapter, ...]:
        stamp = self._around.file(path)
        if not stamp:  # it went just now
            return ()
        found, problems = self._memo.call(_chapters, stamp, self._called(path))
        self._problems += problems
        return found

    def _image(self, name: str, key: str) -> str:
        """The URL of a picture that is named by a URL, or by a file to be published."""
        if "://" in name or name.startswith("/"):
            return name
        picture = self._assets.picture(name, self._folder, self._source, key)
        return picture.url if picture else ""

    def _path(self, name: str) -> Path:
        return self._root / self._folder / name

    def _called(self, path: Path) -> str:
        return relative(path, self._root)

    def _complain(self, rule: str, path: str, line: int, message: str, hint: str) -> None:
        self._problems.append(Problem(path, line, message, hint, rule=rule))


def _probed(file: Stamp) -> audio.AudioFacts | tuple[str, str]:
    """The facts, or the message and hint of why there are none: both are worth remembering."""
    try:
        return audio.probe(file.path)
    except audio.AudioError as error:
        return error.message, error.hint


def _chapters(file: Stamp, name: str) -> tuple[tuple[Chapter, ...], list[Problem]]:
    content, problems = files.decoded(file.path.read_bytes(), name)
    if problems:
        return (), problems
    is_json = file.path.suffix == ".json"
    try:
        found = chapters.parse_json(content) if is_json else chapters.parse_lines(content)
    except chapters.ChapterError as error:
        place = Problem(name, error.line, error.message, error.hint, rule="chapter-syntax")
        return (), [place]
    return found, []


def _formats(file: Stamp, name: str, language: str) -> _Formats:
    content, problems = files.text(file.path, file.path.parent)
    if problems:
        return _Formats((), problems=tuple(replace(it, path=name) for it in problems))
    try:
        cues = transcripts.parse(content, file.path.suffix)
    except transcripts.TranscriptError as error:
        problem = Problem(name, error.line, error.message, error.hint, rule="transcript-syntax")
        return _Formats((), problems=(problem,))
    if not cues:
        hint = "Export it again, or delete it."
        problem = Problem(name, 1, "nothing is said in it", hint, rule="transcript-syntax")
        return _Formats((), problems=(problem,))
    bodies = {suffix: _in_format(cues, suffix, language) for suffix in FORMATS}
    known = tuple((it, assets.digest_of(body), len(body)) for it, body in bodies.items())
    return _Formats(known, Spoken(content))


def _body(spoken: Callable[[], Spoken], source: str, suffix: str, language: str) -> list[bytes]:
    return [_in_format(transcripts.parse(spoken().text, source), suffix, language)]


def _in_format(cues: tuple[Cue, ...], suffix: str, language: str) -> bytes:
    match suffix:
        case ".vtt":
            return transcripts.to_vtt(cues, language)
        case ".srt":
            return transcripts.to_srt(cues)
        case ".json":
            return transcripts.to_json(cues)
    return transcripts.to_html(cues, language)
