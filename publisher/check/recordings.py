"""Rules about the audio and the chapters in it."""

from collections.abc import Iterator

from publisher.check.rule import APPLE, ERROR, P20, PSC, WARNING, Rule, at, rule
from publisher.errors import Problem
from publisher.model import Chapter, Enclosure, Episode, Show

LOUDNESS, TOLERANCE, PEAK = -16.0, 3.0, -1.0  # LUFS, LU, dBTP


@rule(
    WARNING,
    APPLE,
    why="The header of this variable bit rate file is missing or wrong: players show another "
    "length, and jumps to chapters land elsewhere.",
    remedy="Export it with a constant bit rate, or mend it: "
    "ffmpeg -i old.mp3 -map 0:a -c copy -write_xing 1 new.mp3",
)
def announced_duration(show: Show) -> Iterator[Problem]:
    """The audio's header announces its real duration."""
    for it, audio in _audio(show):
        if audio.announced and abs(audio.announced - audio.duration) > max(
            2.0, 0.02 * audio.duration
        ):
            message = (
                f"{audio.path.name} plays {audio.duration:.0f} s, "
                f"but players will say {audio.announced:.0f} s"
            )
            yield at(it.source, "audio", message)


@rule(
    WARNING,
    APPLE,
    why="The index of this M4A stands at its end, so an app has to load all of it before it plays.",
    remedy="Move it to the front: ffmpeg -i old.m4a -c copy -movflags +faststart new.m4a",
)
def moov_at_end(show: Show) -> Iterator[Problem]:
    """An M4A has its index at the beginning."""
    for it, audio in _audio(show):
        if audio.moov_at_end:
            message = f"{audio.path.name} starts to play only when it is loaded to its end"
            yield at(it.source, "audio", message)


@rule(
    WARNING,
    APPLE,
    why="Apple ignores an episode whose audio is another's; most often a file was copied twice.",
    remedy="Put the right recording in its place.",
    together=True,
)
def audio_twice(show: Show) -> Iterator[Problem]:
    """Each episode has audio of its own."""
    first: dict[str, Episode] = {}
    for it, audio in reversed(list(_audio(show))):
        other = first.setdefault(audio.recording, it)
        if other is not it:
            message = f"the audio is the same as that of {other.source.path}"
            yield at(it.source, "audio", message)


@rule(
    WARNING,
    P20,
    why="Chapters and soundbites are places in a recording; without one nobody sees them.",
    remedy="Put the recording beside the article, or take them out.",
    together=True,
)
def nothing_to_play(show: Show) -> Iterator[Problem]:
    """Only an episode with audio has chapters or soundbites."""
    if any(problem.rule in ("audio-format", "several-recordings") for problem in show.problems):
        return  # the recording is there, and reported
    for it in show.episodes:
        if it.enclosure or not (it.chapters or it.soundbites):
            continue
        lines = it.source.lines
        for key in ("chapters", "soundbites") if "audio" not in lines else ():
            if getattr(it, key) and key in lines:
                yield at(it.source, key, f"there are {key}, but there is no recording")


@rule(
    ERROR,
    PSC,
    why="Players take the chapters in the order in which they stand, and jump to wrong places.",
    remedy="Put the chapters in the order of their times.",
)
def chapter_order(show: Show) -> Iterator[Problem]:
    """Chapters stand in the order of their times."""
    for it, above, chapter in _pairs(show):
        if chapter.start < above.start:
            yield _at(it, chapter, f"“{chapter.title}” starts before the chapter above it")


@rule(
    ERROR,
    PSC,
    why="Of two chapters at the same time, players show only one.",
    remedy="Correct the time of one, or take one out.",
)
def chapter_twice(show: Show) -> Iterator[Problem]:
    """No two chapters start at the same time."""
    for it, above, chapter in _pairs(show):
        if chapter.start == above.start:
            yield _at(it, chapter, f"“{chapter.title}” starts when the chapter above it does")


@rule(
    ERROR,
    PSC,
    why="A chapter behind the end cannot be played; some apps then refuse all chapters.",
    remedy="Correct its time, or take it out.",
)
def chapter_past_end(show: Show) -> Iterator[Problem]:
    """Chapters start before the audio ends."""
    for it, audio in _audio(show):
        for chapter in it.chapters:
            if chapter.start >= audio.duration:
                end = f"at {chapter.start:g} s, the audio ends at {audio.duration:.0f} s"
                yield _at(it, chapter, f"“{chapter.title}” starts {end}")


@rule(
    WARNING,
    APPLE,
    why="Apple and Spotify take timestamps for chapters only if the first is 00:00:00.",
    remedy="Begin with a chapter at 00:00:00, such as the greeting.",
)
def chapter_first(show: Show) -> Iterator[Problem]:
    """The first chapter starts at 0."""
    for it, _ in _audio(show):
        first = min(it.chapters, key=lambda chapter: chapter.start, default=None)
        if first and first.start > 0:
            yield _at(it, first, f"the first chapter starts at {first.start:g} s, not at 0")


def _audio(show: Show) -> Iterator[tuple[Episode, Enclosure]]:
    return ((it, it.enclosure) for it in show.episodes if it.enclosure)


def _pairs(show: Show) -> Iterator[tuple[Episode, Chapter, Chapter]]:
    for it in show.episodes:
        for above, chapter in zip(it.chapters, it.chapters[1:], strict=False):
            yield it, above, chapter


def _at(it: Episode, chapter: Chapter, message: str) -> Problem:
    return Problem(it.chapters_path or it.source.path, chapter.line, message)


# Asked for with `publish check --loudness`, since only a full decode tells.

loudness = Rule(
    "loudness",
    WARNING,
    APPLE,
    "The audio's loudness is −16 LUFS, 3 more or less.",
    "Listeners set the volume once. A quieter episode cannot be understood in a car, a louder one "
    "hurts, and apps that even it out do so badly.",
    "Export it again at −16 LUFS, or: "
    "ffmpeg -i old.wav -af loudnorm=I=-16:TP=-1.5:LRA=11 -ar 44100 new.mp3",
)
true_peak = Rule(
    "true-peak",
    WARNING,
    APPLE,
    "The audio's true peak is at most −1 dBTP.",
    "Peaks above −1 dBTP crackle when a phone decodes them.",
    "Export it again with a limiter at −1 dBTP.",
)


def loud(path: str, measured: float, peak: float) -> Iterator[Problem]:
    """What is wrong with a recording's loudness, in LUFS, and its true peak, in dBTP."""
    if abs(measured - LOUDNESS) > TOLERANCE:
        word = "louder" if measured > LOUDNESS else "quieter"
        message = f"the audio has {measured:g} LUFS, {word} than {LOUDNESS:g}"
        yield Problem(path, 0, message, loudness.remedy, WARNING, loudness.id)
    if peak > PEAK:
        message = f"the audio's true peak is {peak:g} dBTP, above {PEAK:g}"
        yield Problem(path, 0, message, true_peak.remedy, WARNING, true_peak.id)


RULES = (
    announced_duration,
    moov_at_end,
    audio_twice,
    nothing_to_play,
    chapter_order,
    chapter_twice,
    chapter_past_end,
    chapter_first,
    loudness,
    true_peak,
)
