"""The search at /search/: what a browser needs to find posts without a server."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from publisher import transcripts
from publisher.model import Episode, File, Memo, Show, Templates, Transcript
from publisher.outputs import lists
from publisher.outputs.pages import JSON, page
from publisher.outputs.theme import frame

T = TypeVar("T")

URL = "/search/"
POSTS_IN_A_FILE = 500  # some 150 kB, compressed
TRANSCRIPTS_IN_A_FILE = 20  # of an hour: some 500 kB, compressed


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """The page, the index of all posts, and what is said in them, loaded on demand."""
    base = show.settings.base
    spoken = tuple(Said(base + it.url, it.said, it) for it in show.episodes if it.said)
    posts = _named("/search", lists.shards(show.episodes, POSTS_IN_A_FILE) or [()])
    said = _named("/search-transcripts", lists.shards(spoken, TRANSCRIPTS_IN_A_FILE))
    names = {"index": tuple(posts), "said": tuple(said)}
    yield page(memo, templates, frame(show, templates), URL, "search.html", source="", **names)
    for name, shard in posts.items():
        yield memo.file(name, JSON, index, base, shard)
    for name, some in said.items():
        yield memo.file(name, JSON, spoken_index, some)


def _named(name: str, shards: list[tuple[T, ...]]) -> dict[str, tuple[T, ...]]:
    """The newest shard at `NAME.json`, full ones at `NAME-1.json` and so on from the oldest."""
    if not shards:
        return {}
    full = zip(range(len(shards) - 1, 0, -1), shards[1:], strict=True)
    return {f"{name}.json": shards[0]} | {f"{name}-{number}.json": it for number, it in full}


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


@dataclass(frozen=True)
class Said:
    """What is said in a post; the digest of its transcript stands for it."""

    url: str
    digest: str
    post: Episode = field(compare=False)


def spoken_index(said: tuple[Said, ...]) -> bytes:
    """The passages of transcripts by the URL of their post."""
    return _json({it.url: passages(it.post.transcripts[0]) for it in said})


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
