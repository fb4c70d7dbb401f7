"""A post in short."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Glance:
    """What an author wants to know of a post while writing; `duration` in seconds."""

    url: str
    slug: str
    path: str
    words: int
    duration: float
    draft: bool
    scheduled: bool
    has_issue: bool
