"""The search at /search/: what a browser needs to find posts without a server."""

import json
from collections.abc import Iterator
from typing import Any

from publisher import transcripts
from publisher.model import Episode, File, Memo, Show, Templates, Transcript
from publisher.outputs.pages import JSON, page
from publisher.outputs.theme import frame

URL = "/search/"
INDEX, SAID = "/search.json", "/search-transcripts.json"


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """The page, the index of all posts, and what is said in them, loaded on demand."""
    base = show.settings.base
    spoken = [(post, post.transcripts[0]) for post in show.episodes if post.transcripts]
    paragraphs = memo.map(passages, [(transcript,) for _, transcript in spoken])
    said = tuple((base + post.url, it) for (post, _), it in zip(spoken, paragraphs, strict=True))
    site = frame(show, templates)
    has = {"has_transcripts": bool(said)}
    yield page(memo, templates, site, URL, "search.html", index=INDEX, said=SAID, **has)
    yield memo.file(INDEX, JSON, index, base, show.episodes)
    if said:
        yield memo.file(SAID, JSON, spoken_index, said)


def passages(transcript: Transcript) -> tuple[tuple[float, str], ...]:
    """What a transcript says, by paragraphs with the second in which each starts."""
    cues = transcripts.parse(transcript.text, transcript.path.suffix)
    return tuple(
        (round(it[0].start, 1), " ".join(" ".join(cue.text for cue in it).split()))
        for it in transcripts.monologues(cues)
    )


def index(base: str, posts: tuple[Episode, ...]) -> bytes:
    """All posts, newest first."""
    return _json([_entry(base, post) for post in posts])


def _entry(base: str, post: Episode) -> dict[str, Any]:
    entry: dict[str, Any] = {"url": base + post.url, "title": post.title}
    entry["summary"] = post.description
    if people := [person.name for person in post.guests]:
        entry["guests"] = people
    if post.tags:
        entry["tags"] = post.tags
    if post.enclosure and post.chapters:
        entry["chapters"] = [(round(it.start, 1), it.title) for it in post.chapters]
    return entry


def spoken_index(said: tuple[tuple[str, tuple[tuple[float, str], ...]], ...]) -> bytes:
    """The passages of all transcripts by the URL of their post."""
    return _json(dict(said))


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
