"""What a build does, told while it lasts; the command line makes a bar or a table of it."""

import time
from collections.abc import Callable


class Report:
    """Hears of each part of a build as it begins, and of each new thing made; this one is deaf."""

    def begins(self, part: str) -> None:
        """`part` of the build begins, and the one before it has ended."""

    def made(self, kind: str, count: int, total: int) -> None:
        """The `count`-th of `total` new things of a kind is there."""


# What the functions that are remembered make, in words.
KINDS = {
    "digest": "files read",
    "post": "articles",
    "page": "standing pages",
    "of_post": "posts' pages",
    "sheet": "lists and standing pages",
    "_rendered": "other pages",
    "web_view": "mails on the web",
    "eml": "mails",
    "findings": "mails judged",
    "item": "feed items",
    "feed": "feeds",
    "_probed": "recordings measured",
    "measured": "recordings tagged",
    "_formats": "transcripts",
    "asset": "assets",
    "_chapters": "chapters",
    "index": "search files",
    "spoken_index": "search files",
    "_made": "pictures",
    "_compiled": "templates",
}


class Timings(Report):
    """Sums up the seconds of a build: each moment belongs to what came at its end."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last = clock()
        self._part = "starting"
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def begins(self, part: str) -> None:
        self._passed(self._part)
        self._part = part

    def made(self, kind: str, count: int, total: int) -> None:  # noqa: ARG002 - as the bar wants it
        self._passed(kind)
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def rows(self) -> list[tuple[str, float, int]]:
        """Each part or kind in the order of its beginning, its seconds and how many were made."""
        self.begins("")
        return [(name, it, self.counts.get(name, 0)) for name, it in self.seconds.items()]

    def _passed(self, name: str) -> None:
        now = self._clock()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now
