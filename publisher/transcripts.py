"""Transcripts as text: read from WebVTT and SRT, written in the formats that apps load.

WebVTT: https://www.w3.org/TR/webvtt1/. The others, as podcasts use them:
https://github.com/Podcastindex-org/podcast-namespace, transcripts/transcripts.md
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from publisher import times

FORMATS = {  # in which a transcript is published, at `transcript.vtt` below its post
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
}

VERSION = "1.0.0"  # of JSON transcripts
PARAGRAPH = 60.0  # seconds; a longer monologue goes on in a new paragraph

_NEWLINE = re.compile(r"\r\n|\r|\n")
_VTT_TIME = re.compile(r"(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_SRT_TIME = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[,.](\d{3})")
_VTT_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t\n]+([^>]*)>")
_VTT_TAG = re.compile(r"<[^>]*>")
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font)\b[^>]*>|\{\\an?\d+\}", re.IGNORECASE)
_SRT_SPEAKER = re.compile(r"([^:\n]{1,60}):\s+(?=\S)")
_PARTICLES = {"da", "de", "del", "der", "di", "du", "la", "le", "ten", "van", "von", "zu", "zur"}


class TranscriptError(ValueError):
    """A transcript that cannot be read: `line` counts from 1."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(line, message, hint)
        self.line, self.message, self.hint = line, message, hint

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


@dataclass(frozen=True)
class Cue:
    """What one speaker says from `start` to `end`, both in seconds; lines of `text` as captions."""

    start: float
    end: float
    speaker: str
    text: str


_Lines = list[tuple[int, str]]
_Voices = Callable[[str], Iterable[tuple[str, str]]]


def parse(text: str, suffix: str) -> tuple[Cue, ...]:
    """Read a transcript by the ending of its file's name, `.vtt` or `.srt`."""
    return (parse_vtt if suffix == ".vtt" else parse_srt)(text)


def parse_vtt(text: str) -> tuple[Cue, ...]:
    """Read WebVTT; a cue with several voices becomes several cues of the same time."""
    blocks = list(_blocks(text))
    if not blocks or not re.match(r"WEBVTT(?:[ \t]|$)", blocks[0][0][1]) or blocks[0][0][0] != 1:
        hint = "Write WEBVTT into the first line and leave the second one empty."
        raise TranscriptError(1, "the first line is not WEBVTT", hint)
    _refuse_timing(blocks[0])
    cues = [block for block in blocks[1:] if not _VTT_ASIDE.match(block[0][1])]
    hint = "Write times such as 00:01:15.000 --> 00:01:18.500, with a point and three digits."
    return tuple(cue for block in cues for cue in _cues(block, _VTT_TIME, _vtt_voices, hint))


def parse_srt(text: str) -> tuple[Cue, ...]:
    """Read SRT; what stands like a name before a colon (`Sarah:`) is the speaker of its cue."""
    hint = "Write times such as 00:01:15,000 --> 00:01:18,500, with a comma and three digits."
    blocks = _blocks(text)
    return tuple(cue for block in blocks for cue in _cues(block, _SRT_TIME, _srt_voices, hint))


def _blocks(text: str) -> Iterator[_Lines]:
    """Lines with their numbers, divided by empty lines."""
    block: _Lines = []
    for number, line in enumerate(_NEWLINE.split(text.removeprefix("\ufeff")), 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _cues(block: _Lines, time: re.Pattern[str], voices: _Voices, hint: str) -> Iterator[Cue]:
    """The cues of a block: an optional name or number, the timing, the text."""
    at = next((n for n, (_, line) in enumerate(block[:2]) if "-->" in line), None)
    if at is None:
        number, line = block[0]
        message = f"“{line.strip()[:40]}” is not part of a cue: no timing stands above it"
        raise TranscriptError(number, message, "An empty line ends a cue; take it out. " + hint)
    _refuse_timing(block[at + 1 :])
    start, end = _timing(*block[at], time, hint)
    for speaker, words in voices("\n".join(line.strip() for _, line in block[at + 1 :])):
        if said := _tidy_lines(words):
            yield Cue(start, end, " ".join(speaker.split()), said)


def _refuse_timing(lines: _Lines) -> None:
    for number, line in lines:
        if "-->" in line:
            hint = "Put an empty line above it, and above its name or number if it has one."
            raise TranscriptError(number, "no empty line divides this cue from the one above", hint)


def _timing(number: int, line: str, time: re.Pattern[str], hint: str) -> tuple[float, float]:
    left, _, right = line.partition("-->")
    ends: list[float] = []
    for text in (left.strip(), next(iter(right.split()), "")):
        found = time.fullmatch(text)
        if not found:
            raise TranscriptError(number, f"“{text}” is not a time", hint)
        hours, minutes, seconds, milliseconds = (int(part or 0) for part in found.groups())
        whole = hours * 3600 + minutes * 60 + seconds
        ends.append((whole * 1000 + milliseconds) / 1000)
    start, end = ends
    if end < start:
        raise TranscriptError(number, "the cue ends before it starts", "Correct its second time.")
    return start, end


def _vtt_voices(text: str) -> Iterator[tuple[str, str]]:
    unnamed, *voices = _VOICE.split(text)
    for speaker, words in [("", unnamed), *zip(voices[::2], voices[1::2], strict=True)]:
        yield html.unescape(speaker), html.unescape(_VTT_TAG.sub("", words))


def _srt_voices(text: str) -> Iterator[tuple[str, str]]:
    words = _SRT_TAG.sub("", text)
    speaker = _SRT_SPEAKER.match(words)
    if speaker and _is_name(speaker[1]):
        yield speaker[1], words[speaker.end() :]
    else:
        yield "", words


def _is_name(text: str) -> bool:
    first, *others = text.split(" ")
    return (
        first[:1].isupper()
        and len(others) < 4
        and all(word[:1].isupper() or word in _PARTICLES for word in others)
    )


def _tidy_lines(text: str) -> str:
    """The lines without what would end a cue: empty ones."""
    lines = (" ".join(line.split()) for line in _NEWLINE.split(text))
    return "\n".join(line for line in lines if line)


def to_vtt(cues: Iterable[Cue], language: str = "") -> bytes:
    """Write WebVTT; the language stands in a note, as the format has no place for it."""
    blocks = ["WEBVTT", f"NOTE Language: {language}"] if language else ["WEBVTT"]
    for cue in cues:
        voice = f"<v {html.escape(cue.speaker, quote=False)}>" if cue.speaker else ""
        text = html.escape(_tidy_lines(cue.text), quote=False)
        blocks.append(f"{times.full(cue.start)} --> {times.full(cue.end)}\n{voice}{text}")
    return ("\n\n".join(blocks) + "\n").encode()


def to_srt(cues: Iterable[Cue]) -> bytes:
    """Write SRT, with `Speaker:` before the text of each cue that has one."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        span = f"{times.full(cue.start)} --> {times.full(cue.end)}".replace(".", ",")
        voice = f"{cue.speaker}: " if cue.speaker else ""
        blocks.append(f"{number}\n{span}\n{voice}{_tidy_lines(cue.text)}\n")
    return "\n".join(blocks).encode()


def to_json(cues: Iterable[Cue]) -> bytes:
    """Write a JSON transcript of the podcast namespace, times to the millisecond."""
    segments = []
    for cue in cues:
        segment: dict[str, object] = {"speaker": cue.speaker} if cue.speaker else {}
        segment |= {"startTime": round(cue.start, 3), "endTime": round(cue.end, 3)}
        segments.append(segment | {"body": cue.text})
    content = {"version": VERSION, "segments": segments}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def to_html(cues: Iterable[Cue], language: str = "") -> bytes:
    """Write the HTML transcript of the podcast namespace: who, when and what, by monologue.

    A whole document, as HTML wants it; search engines find the site's own page instead.
    """
    cues = tuple(cues)
    speakers = dict.fromkeys(cue.speaker for cue in cues if cue.speaker)
    lines = [
        "<!doctype html>",
        f'<html lang="{html.escape(language)}">' if language else "<html>",
        '<meta charset="utf-8">',
        '<meta name="robots" content="noindex">',
        f"<title>{html.escape(', '.join(speakers)) or 'Transcript'}</title>",
    ]
    for monologue in monologues(cues):
        first = monologue[0]
        if first.speaker:
            lines.append(f"<cite>{html.escape(first.speaker)}:</cite>")
        lines.append(f'<time datetime="PT{int(first.start)}S">{times.clock(first.start)}</time>')
        words = " ".join(cue.text for cue in monologue).split()
        lines.append(f"<p>{html.escape(' '.join(words))}</p>")
    return "".join(f"{line}\n" for line in lines).encode()


def monologues(cues: Iterable[Cue]) -> list[list[Cue]]:
    """The cues by paragraphs: what one speaker says in one go, at most for a minute or so."""
    found: list[list[Cue]] = []
    for cue in cues:
        first = found[-1][0] if found else None
        if first and first.speaker == cue.speaker and cue.start - first.start < PARAGRAPH:
            found[-1].append(cue)
        else:
            found.append([cue])
    return found
