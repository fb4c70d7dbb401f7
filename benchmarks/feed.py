"""How long a feed of 1,000 episodes takes, how much memory, and how much of that is feedgen.

Usage: python benchmarks/feed.py [COUNT]
"""

import random
import resource
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from corpus import WORDS

from publisher import text
from publisher.model import Chapter, Enclosure, Episode, Person, Settings, Source, Transcript
from publisher.outputs import articles, itunes, jsonfeed, rss

RUNS = 5
PAGE = "https://messreihe.example"


def settings() -> Settings:
    """A show, in memory."""
    return Settings(
        Source("show.toml"), "Messreihe", "Eine Show zum Messen.", "de", PAGE, "Publisher",
        "post@messreihe.example", (("Business",),), "cover.jpg", feed_items=None,
        hosts=(Person("Jost Ackermeier", "host"),), seasons={"1": "Grundlagen"},
    )  # fmt: skip


def episode(number: int) -> Episode:
    """An episode with an article of 6 KB, ten chapters and four transcripts."""
    dice = random.Random(number)
    paragraphs = [" ".join(dice.choices(WORDS, k=80)) for _ in range(11)]
    markdown = "\n\n".join(["## Anfang", *paragraphs[:6], "## Ende", *paragraphs[6:]])
    slug, url = f"folge-{number}", f"/folge-{number}/"
    audio = Enclosure(f"/audio/{slug}.mp3", "audio/mpeg", "", 50_000_000, Path(), duration=3600.0)
    kinds = ("text/vtt", "application/x-subrip", "application/json", "text/html")
    return Episode(
        Source(f"episodes/{slug}.md"), slug, url, f"Folge {number}",
        datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number), f"guid-{number}",
        text.article(markdown, "de"), paragraphs[0],
        number=Decimal(number + 1), season=1, enclosure=audio,
        hosts=(Person("Jost Ackermeier", "host"),), guests=(Person("Ilka Birkenrath", "guest"),),
        chapters=tuple(Chapter(n * 300.0, " ".join(dice.choices(WORDS, k=4))) for n in range(10)),
        transcripts=tuple(
            Transcript(f"{url}transcript.{n}", kind, "", 1, Path(), language="de")
            for n, kind in enumerate(kinds)
        ),
    )  # fmt: skip


def seconds_of(function, *arguments) -> float:
    """The median of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak() -> int:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def timed(owner: object, name: str, spent: dict[str, float]) -> None:
    """From now on `spent` counts the seconds inside a function."""
    function = getattr(owner, name)

    def wrapper(*arguments, **named):
        start = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - start

    setattr(owner, name, wrapper)


def feedgen_share(page: itunes.Page) -> float:
    """The part of the time inside feedgen, with what lxml does for it; our own tags taken out."""
    from feedgen.feed import FeedGenerator

    spent: dict[str, float] = {}
    for owner, name in (
        (FeedGenerator, "rss_str"),
        (rss._FeedTags, "extend_rss"),  # noqa: SLF001 - our part has no other name
        (rss._ItemTags, "extend_rss"),  # noqa: SLF001 - the same
        (rss, "item"),
        (rss.text, "linked"),
        (itunes, "feed"),
    ):
        timed(owner, name, spent)
    itunes.feed(page)
    feedgen = spent["rss_str"] - spent["extend_rss"] + spent["item"] - spent["linked"]
    return feedgen / spent["feed"]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    show, episodes = settings(), tuple(episode(n) for n in reversed(range(count)))
    page = itunes.Page(show, None, itunes.URL, episodes)
    before = peak()
    size = len(itunes.feed(page))
    grown = peak() - before
    rows = [("/feed/itunes/", seconds_of(itunes.feed, page), size)]
    newest = articles.Newest(show, None, episodes)
    rows += [
        (module.URL, seconds_of(module.feed, newest), len(module.feed(newest)))
        for module in (articles, jsonfeed)
    ]
    main_only = itunes.Page(show, None, itunes.URL, episodes[:300])
    print(f"{count} episodes in one feed, medians of {RUNS} runs")
    print(f"{'':<22}{'seconds':>9}{'MB':>8}")
    for name, seconds, length in rows:
        print(f"{name:<22}{seconds:>9.3f}{length / 1e6:>8.2f}")
    usual = seconds_of(itunes.feed, main_only)
    print(f"{'newest 300 episodes':<22}{usual:>9.3f}{len(itunes.feed(main_only)) / 1e6:>8.2f}")
    print(f"memory for the first /feed/itunes/: {grown} MB more, {peak()} MB in all")
    print(f"feedgen with lxml's serialising: {feedgen_share(page):.0%} of /feed/itunes/")


if __name__ == "__main__":
    main()
