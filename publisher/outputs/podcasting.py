"""The elements of Podcasting 2.0 and of Podlove Simple Chapters 1.2.

https://github.com/Podcastindex-org/podcast-namespace, docs/tags; https://podlove.org/simple-chapters
"""

import re
from collections.abc import Iterator

from publisher import times
from publisher.model import Chapter, Enclosure, Episode, Person, Settings
from publisher.outputs.rss import Tag, rfc2822

LONGEST_TEXT = 128  # characters of most texts in the namespace
LONGEST_DISPLAY = 32

# What authors call a rhythm, and the recurrence rule (RFC 5545) that it means.
RHYTHMS = {
    "FREQ=DAILY": ("daily", "täglich"),
    "FREQ=WEEKLY": ("weekly", "wöchentlich", "every week", "jede woche"),
    "FREQ=WEEKLY;INTERVAL=2": (
        "biweekly", "fortnightly", "every two weeks", "zweiwöchentlich", "alle zwei wochen",
        "14-täglich",
    ),
    "FREQ=MONTHLY": ("monthly", "monatlich", "every month", "jeden monat"),
}  # fmt: skip
_RULE = re.compile(r"\s*(?:RRULE:)?(FREQ=[A-Z]+(?:;[A-Z]+=[^\s;]+)*)\s*", re.IGNORECASE)
_START = re.compile(r"\s*\bDTSTART[:=](\S+)\s*", re.IGNORECASE)
_PLACE = re.compile(r"[\s(]*\b(geo:[-\d.,]+[^\s)]*|osm:([NWR]\d+[^\s)]*))\)?", re.IGNORECASE)


def channel(settings: Settings) -> Iterator[Tag]:
    """What is said of the show as a whole."""
    owner = settings.owner_email or settings.email
    if settings.guid:
        yield Tag("podcast:guid", settings.guid)
    if settings.locked is not None:
        yield Tag("podcast:locked", "yes" if settings.locked else "no", owner=owner)
    yield Tag("podcast:medium", settings.medium)
    for person in settings.hosts:
        yield _person(settings, person, "host")
    for url, text in settings.funding:
        yield Tag("podcast:funding", (text or settings.title)[:LONGEST_TEXT], url=url)
    for purpose, text in settings.txt:
        yield Tag("podcast:txt", text, purpose=purpose)
    yield from _location(settings.location)
    yield from _license(settings.license)
    yield from update_frequency(settings.update_frequency, complete=settings.complete)


def trailer(settings: Settings, episode: Episode, audio: Enclosure) -> Tag:
    """The trailer of the show, or of the season that the episode belongs to."""
    return Tag(
        "podcast:trailer",
        episode.title[:LONGEST_TEXT],
        url=settings.url + audio.url,
        pubdate=rfc2822(episode.date),
        length=str(audio.size),
        type=audio.media_type,
        season=str(episode.season or ""),
    )


def item(settings: Settings, episode: Episode) -> Iterator[Tag]:
    """What is said of one episode; its persons replace the show's, so the hosts stand here too."""
    page = settings.url + episode.url
    for person in episode.hosts:
        yield _person(settings, person, "host")
    for person in episode.guests:
        yield _person(settings, person, "guest")
    if episode.season:
        name = settings.seasons.get(str(episode.season), "")[:LONGEST_TEXT]
        yield Tag("podcast:season", str(episode.season), name=name)
    if episode.number is not None:
        display = episode.display[:LONGEST_DISPLAY]
        number = format(episode.number, "f")
        yield Tag("podcast:episode", number, display=display)
    for it in episode.transcripts:
        kind = it.media_type.partition(";")[0]
        yield Tag("podcast:transcript", url=settings.url + it.url, type=kind, language=it.language)
    if episode.chapters:
        url = page + "chapters.json"
        yield Tag("podcast:chapters", url=url, type="application/json+chapters")
        chapters = (_simple_chapter(settings, chapter) for chapter in episode.chapters)
        yield Tag("psc:chapters", inside=tuple(chapters), version="1.2")
    for bite in episode.soundbites:
        start, duration = f"{bite.start:.3f}", f"{bite.duration:.3f}"
        title = bite.title[:LONGEST_TEXT]
        yield Tag("podcast:soundbite", title, startTime=start, duration=duration)
    yield from _location(episode.location)
    yield from _license(episode.license)


def update_frequency(text: str, *, complete: bool = False) -> Iterator[Tag]:
    """How often episodes come: words, a recurrence rule, or both.

    `wöchentlich` is known by itself; `Jeden ersten Montag FREQ=MONTHLY;BYDAY=1MO` names its rule
    and, if it likes, its beginning: `DTSTART:2026-09-07`.
    """
    if not text:
        return
    rule, start = _RULE.search(text), _START.search(text)
    words = " ".join(_START.sub(" ", _RULE.sub(" ", text)).split())
    known = next((it for it, names in RHYTHMS.items() if words.lower() in names), "")
    rrule = rule[1] if rule else known
    yield Tag(
        "podcast:updateFrequency",
        (words or rrule)[:LONGEST_TEXT],
        rrule=rrule,
        dtstart=start[1] if start else "",
        complete="true" if complete else "",
    )


def _person(settings: Settings, person: Person, role: str) -> Tag:
    return Tag(
        "podcast:person",
        person.name[:LONGEST_TEXT],
        role=person.role or role,
        group=person.group,
        img=absolute(settings.url, person.image),
        href=person.url,
    )


def _simple_chapter(settings: Settings, chapter: Chapter) -> Tag:
    start = times.full(chapter.start)
    href, image = absolute(settings.url, chapter.href), absolute(settings.url, chapter.image)
    return Tag("psc:chapter", start=start, title=chapter.title, href=href, image=image)


def _location(text: str) -> Iterator[Tag]:
    """`Stuttgart (geo:48.78,9.18 osm:R2793104)`: a name, its place on earth and in the map."""
    if not text:
        return
    marks = {"geo": "", "osm": ""}
    for found in _PLACE.finditer(text):
        marks["osm" if found[2] else "geo"] = found[2] or found[1]
    name = " ".join(_PLACE.sub("", text).split()) or text
    yield Tag("podcast:location", name[:LONGEST_TEXT], geo=marks["geo"], osm=marks["osm"])


def _license(text: str) -> Iterator[Tag]:
    """An SPDX identifier such as `cc-by-4.0`, or a name and the address of the licence."""
    if not text:
        return
    words = text.split()
    url = words[-1] if "://" in words[-1] else ""
    name = " ".join(words[:-1]) if url and words[1:] else text
    if not words[1:] and not url:
        name = text.lower()  # an SPDX identifier, which the namespace writes in small letters
    yield Tag("podcast:license", name[:LONGEST_TEXT], url=url)


def absolute(site: str, url: str) -> str:
    """A URL of this site with its host, any other as it is."""
    return site + url if url.startswith("/") else url
