"""Long lists over several pages, numbered so that a new post leaves nearly all of them alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from publisher.model import Episode
from publisher.outputs.theme import Link

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One page of a list; `number` is 0 for the newest posts, which names all other `pages`."""

    url: str
    posts: tuple[Episode, ...]
    number: int
    newer: Link | None
    older: Link | None
    pages: tuple[Link, ...]


def parts(posts: tuple[Episode, ...], url: str, numbered: str, size: int) -> Iterator[Part]:
    """The newest posts at `url`, then full pages at `numbered`, counted from the oldest post.

    A numbered page never changes but for its link to the next one, however many posts follow.
    """
    count = max(0, math.ceil(len(posts) / size) - 1)
    links = tuple(Link(str(it), f"{numbered}{it}/") for it in range(1, count + 1))
    yield Part(url, posts[:size], 0, None, links[-1] if links else None, links[::-1])
    for number, link in enumerate(links, 1):
        end = len(posts) - (number - 1) * size
        yield Part(
            url=link.url,
            posts=posts[end - size : end],
            number=number,
            newer=links[number] if number < count else Link("", url),
            older=links[number - 2] if number > 1 else None,
            pages=(),
        )


def shards(items: tuple[T, ...], size: int) -> list[tuple[T, ...]]:
    """All items, the newest first, once: at most `size` new ones, then full shards.

    They are cut from the oldest on, so that a full one never changes.
    """
    if not items:
        return []
    rest = len(items) % size or size
    cuts = [0, *range(rest, len(items) + 1, size)]
    return [items[start:end] for start, end in pairwise(cuts)]
