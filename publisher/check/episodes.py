"""Rules about an episode's own words and numbers: front matter."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from publisher.check.rule import APPLE, ERROR, P20, RSS, WARNING, at, rule
from publisher.errors import Problem
from publisher.model import Episode, Show

NUMBERED = re.compile(
    r"\W*(?:(?:folge|episode|eps?|nr|no|s\d+\s*e)\.?\s*\d+\b|#\s*\d+|e\d+\b)", re.IGNORECASE
)

LEADING = re.compile(r"(\d+(?:\.\d+)?)\s*[:.|–—-]\s", re.ASCII)


@rule(
    WARNING,
    APPLE,
    why="Apps show the number beside the title; Apple may reject shows that repeat it there.",
    remedy="Take it out of the title; the number belongs in a line such as `episode: 7`.",
)
def title_number(show: Show) -> Iterator[Problem]:
    """An episode's title does not begin with its number."""
    for it in _with_audio(show):
        found = LEADING.match(it.title) if it.number is not None else None
        if NUMBERED.match(it.title) or (found and Decimal(found[1]) == it.number):
            yield at(it.source, "title", f"the title “{it.title}” begins with a number")


@rule(
    WARNING,
    APPLE,
    why="Apps show the show's name beside the title; Apple may reject shows that repeat it there.",
    remedy="Take the show's name out of the title.",
)
def title_show_name(show: Show) -> Iterator[Problem]:
    """An episode's title does not repeat the name of the show; a trailer's may."""
    name = show.settings.title.strip()
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    for it in _with_audio(show):
        if name and it.type != "trailer" and pattern.search(it.title):
            yield at(it.source, "title", f"the title “{it.title}” repeats the show's name")


@rule(
    ERROR,
    APPLE,
    why="Apple plays a serial show by its numbers; without one it has no place in the order.",
    remedy="Write a line such as `episode: 1`, or `type: bonus` if it stands outside the order.",
)
def serial_number(show: Show) -> Iterator[Problem]:
    """Each full episode of a serial show has a number."""
    for it in _serial(show):
        if it.number is None:
            yield at(it.source, "episode", "“episode” is missing; this show is serial")


@rule(
    ERROR,
    APPLE,
    why="Apple orders a serial show by season, then by number.",
    remedy="Write a line such as `season: 1`.",
)
def serial_season(show: Show) -> Iterator[Problem]:
    """Each full episode of a serial show has a season."""
    for it in _serial(show):
        if it.season is None:
            yield at(it.source, "season", "“season” is missing; this show is serial")


@rule(
    ERROR,
    APPLE,
    why="Apple ignores an episode number that is not above 0.",
    remedy="Count from 1; take the line out if the episode has no number.",
)
def episode_number(show: Show) -> Iterator[Problem]:
    """An episode's number is above 0."""
    for it in show.episodes:
        if it.number is not None and it.number <= 0:
            yield at(it.source, "episode", f"“episode” {it.number} is not above 0")


@rule(
    WARNING,
    APPLE,
    why="Apple reads whole numbers only; Podcasting 2.0 apps show the decimal.",
    remedy="Write a whole number, or `type: bonus` for something between two episodes.",
)
def episode_decimal(show: Show) -> Iterator[Problem]:
    """An episode's number is a whole number."""
    for it in show.episodes:
        if it.number is not None and it.number > 0 and it.number % 1:
            yield at(it.source, "episode", f"“episode” {it.number} is not a whole number")


@rule(
    ERROR,
    APPLE,
    why="Apple ignores a season that is not above 0.",
    remedy="Count from 1; take the line out if the show has no seasons.",
)
def season_number(show: Show) -> Iterator[Problem]:
    """A season is above 0."""
    for it in show.episodes:
        if it.season is not None and it.season <= 0:
            yield at(it.source, "season", f"“season” {it.season} is not above 0")


@rule(
    WARNING,
    APPLE,
    why="Apps sort and name episodes by number; two with the same one look like a mistake.",
    remedy="Give the newer one the next number; trailers and bonus episodes may share one.",
    together=True,
)
def number_twice(show: Show) -> Iterator[Problem]:
    """A number stands once in its season."""
    full = [it for it in _with_audio(show) if it.type == "full" and it.number is not None]
    for it, other in _repeated(full, lambda it: (it.season, it.number)):
        message = f"the number {it.number} is also that of {other.source.path}"
        yield at(it.source, "episode", message)


@rule(
    WARNING,
    APPLE,
    why="Apps order episodes by their time; two with the same one stand in any order.",
    remedy="Add a time, such as `date: 2026-09-07 06:00`.",
    together=True,
)
def date_twice(show: Show) -> Iterator[Problem]:
    """No two episodes appear at the same moment."""
    for it, other in _repeated(_with_audio(show), lambda it: it.date):
        yield at(it.source, "date", f"the date is also that of {other.source.path}")


@rule(
    WARNING,
    RSS,
    why="A date long before there were podcasts is a slip, and puts the episode last.",
    remedy="Mend the year.",
)
def date_early(show: Show) -> Iterator[Problem]:
    """Nothing is dated before 1990."""
    for it in show.episodes:
        if it.date.year < 1990:
            yield at(it.source, "date", f"the year {it.date.year} is before there were podcasts")


@rule(
    ERROR,
    RSS,
    why="A guid names one episode for ever; apps show two with the same guid as one (Apple too).",
    remedy="Give the newer one a guid of its own; a published guid never changes.",
    together=True,
)
def one_guid(show: Show) -> Iterator[Problem]:
    """A guid names one post."""
    counts = Counter(it.guid for it in show.episodes)
    posts = [it for it in show.episodes if it.guid and counts[it.guid] > 1]
    posts.sort(key=lambda it: it.source.path, reverse=True)
    for it, other in _repeated(posts, lambda it: it.guid):
        yield at(it.source, "guid", f"the guid {it.guid} is also that of {other.source.path}")


@rule(
    WARNING,
    RSS,
    why="Without a guid of its own the episode gets one from its address. When slug or site "
    "change, it changes too, and every app shows the episode as new.",
    remedy="Run `publish check --fix`: it writes the present one into the front matter.",
)
def derived_guid(show: Show) -> Iterator[Problem]:
    """Each post has a guid in its front matter."""
    for it in show.episodes:
        if it.guid_is_derived:
            yield at(it.source, "guid", "“guid” is missing, so it hangs on the address")


@rule(
    WARNING,
    P20,
    why="Apps take soundbites of 15 to 120 seconds to recommend an episode.",
    remedy="Choose one thought of 15 to 120 seconds.",
)
def soundbite_length(show: Show) -> Iterator[Problem]:
    """A soundbite lasts 15 to 120 seconds."""
    for it in show.episodes:
        for number, bite in enumerate(it.soundbites):
            if not 15 <= bite.duration <= 120:
                message = f"the soundbite lasts {bite.duration:g} seconds"
                yield at(it.source, f"soundbites.{number}", message)


@rule(
    ERROR,
    P20,
    why="There is nothing to hear there.",
    remedy="Mend its start or its duration.",
)
def soundbite_outside(show: Show) -> Iterator[Problem]:
    """A soundbite lies inside the audio."""
    for it in _with_audio(show):
        length = it.enclosure.duration if it.enclosure else 0.0
        for number, bite in enumerate(it.soundbites):
            if bite.start + bite.duration > length + 0.5:
                end = bite.start + bite.duration
                message = f"the soundbite ends at {end:g} s, the audio at {length:.0f} s"
                yield at(it.source, f"soundbites.{number}", message)


def _with_audio(show: Show) -> list[Episode]:
    return [it for it in show.episodes if it.enclosure]


def _serial(show: Show) -> list[Episode]:
    is_serial = show.settings.type == "serial"
    return [it for it in _with_audio(show) if is_serial and it.type == "full"]


def _repeated(
    newest_first: list[Episode], value: Callable[[Episode], object]
) -> Iterator[tuple[Episode, Episode]]:
    """Each episode whose value an older one has already, with that one."""
    first: dict[object, Episode] = {}
    for it in reversed(newest_first):
        other = first.setdefault(value(it), it)
        if other is not it:
            yield it, other


RULES = (
    title_number,
    title_show_name,
    serial_number,
    serial_season,
    episode_number,
    episode_decimal,
    season_number,
    number_twice,
    date_twice,
    date_early,
    one_guid,
    derived_guid,
    soundbite_length,
    soundbite_outside,
)
