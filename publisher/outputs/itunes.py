"""The podcast feed at /feed/itunes/ and its archive: what Apple and PSP-1 require.

Sources: Apple's "Podcast RSS feed requirements" and the Podcast Standards Project's PSP-1;
archive pages as RFC 5005, section 4.
"""

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from publisher.errors import Problem
from publisher.fingerprint import Fingerprinted
from publisher.model import Enclosure, Episode, FileCall, Memo, Picture, Settings, Show
from publisher.outputs import notes, podcasting, rss
from publisher.outputs.rss import Tag

URL = "/feed/itunes/"
HEAVY = 1_000_000  # bytes of a compressed feed, which every app loads again and again


@dataclass(frozen=True)
class Page(Fingerprinted):
    """One document of the feed: the main one, or a page of its archive."""

    settings: Settings
    cover: Picture | None
    url: str
    episodes: tuple[Episode, ...]
    older: str = ""
    trailers: tuple[Episode, ...] = ()
    memo: Memo | None = field(default=None, compare=False, repr=False)  # of items

    @property
    def is_archive(self) -> bool:
        """True for a page that older apps do not know, and that never changes."""
        return self.url != URL


def calls(show: Show, memo: Memo) -> Iterator[FileCall]:
    """The feed of the newest episodes that have audio, and the archive of all."""
    for page in pages(show, memo):
        yield page.url, rss.CONTENT_TYPE, feed, (page,)


def pages(show: Show, memo: Memo | None = None) -> Iterator[Page]:
    """The main feed, then full archive pages counted from the oldest episode.

    A page links to the one before it but not to the one after it, which RFC 5005 leaves open:
    so its bytes stay the same, however many episodes follow.
    """
    settings = show.settings
    episodes = tuple(episode for episode in show.episodes if episode.enclosure)
    size = settings.feed_items or max(1, len(episodes))
    count = max(0, math.ceil(len(episodes) / size) - 1)
    older = ["", *(f"{URL}{number}/" for number in range(1, count + 1))]
    main = Page(settings, show.cover, URL, episodes[:size], older[-1], memo=memo)
    yield replace(main, trailers=_trailers(settings, episodes))
    for number in range(1, count + 1):
        end = len(episodes) - (number - 1) * size
        part = episodes[end - size : end]
        yield Page(settings, show.cover, older[number], part, older[number - 1], memo=memo)


def problems(show: Show, memo: Memo) -> Iterator[Problem]:
    """A feed so heavy that apps and listeners' data plans suffer."""
    main = next(pages(show, memo))
    items = rss.items(item, main.settings, main.episodes, memo)
    if sum(it.weight for it in items) < HEAVY:  # together they are lighter still
        return
    size = memo.call(_compressed, main)
    if size > HEAVY:
        settings = show.settings
        line = settings.source.lines.get("feed", 0)
        message = (
            f"the feed has {size / 1_000_000:.1f} MB, compressed; apps load it again and again"
        )
        hint = f"Let it hold fewer than {len(main.episodes)} items: [feed] items = …"
        yield Problem(settings.source.path, line, message, hint, "warning", rule="feed-size")


def _compressed(page: Page) -> int:
    return len(gzip.compress(feed(page), 6, mtime=0))


def _trailers(settings: Settings, episodes: tuple[Episode, ...]) -> tuple[Episode, ...]:
    """The episode that show.toml names, or those that call themselves trailers, newest first."""
    if settings.trailer:
        return tuple(it for it in episodes if it.slug == settings.trailer)
    return tuple(it for it in episodes if it.type == "trailer")


def feed(page: Page) -> bytes:
    """The feed's XML, newest episode first."""
    items = rss.items(item, page.settings, page.episodes, page.memo)
    tags, cover = _channel(page), page.cover
    return rss.document(page.settings, page.url, tags, page.episodes, items=items, cover=cover)


def item(settings: Settings, episode: Episode) -> rss.Item:
    """An episode as it stands in the feed."""
    description = notes.of(episode, settings.url + episode.url)
    tags = _item(settings, episode, episode.enclosure) if episode.enclosure else ()
    return rss.item(settings, episode, description, tags)


def _channel(page: Page) -> Iterator[Tag]:
    settings = page.settings
    if page.is_archive:
        yield Tag("fh:archive")
        yield Tag("atom:link", rel="current", href=settings.url + URL)
    if page.older:
        yield Tag("atom:link", rel="prev-archive", href=settings.url + page.older)
    yield from _apple(settings, page.cover)
    yield from podcasting.channel(settings)
    for it in page.trailers:
        if it.enclosure:
            yield podcasting.trailer(settings, it, it.enclosure)


def _apple(settings: Settings, cover: Picture | None) -> Iterator[Tag]:
    yield Tag("itunes:author", settings.author)
    if settings.subtitle:
        yield Tag("itunes:subtitle", settings.subtitle)
    yield Tag("itunes:type", settings.type)
    yield Tag("itunes:explicit", "true" if settings.explicit else "false")
    if cover:
        yield Tag("itunes:image", href=settings.url + cover.url)
    for names in settings.categories:
        inner = tuple(Tag("itunes:category", text=name) for name in names[1:])
        yield Tag("itunes:category", inside=inner, text=names[0])
    owner = (
        Tag("itunes:name", settings.author),
        Tag("itunes:email", settings.owner_email or settings.email),
    )
    yield Tag("itunes:owner", inside=owner)
    for name in ("block", "complete"):
        if getattr(settings, name):
            yield Tag(f"itunes:{name}", "Yes")
    if settings.new_feed_url:
        yield Tag("itunes:new-feed-url", settings.new_feed_url)


def _item(settings: Settings, episode: Episode, audio: Enclosure) -> Iterator[Tag]:
    yield Tag("itunes:title", episode.title)
    yield Tag("itunes:author", ", ".join(it.name for it in episode.hosts) or settings.author)
    yield Tag("itunes:duration", str(max(1, round(audio.duration))))
    yield Tag("itunes:explicit", "true" if episode.explicit else "false")
    yield Tag("itunes:episodeType", episode.type)
    if episode.subtitle:
        yield Tag("itunes:subtitle", episode.subtitle)
    if episode.image:
        yield Tag("itunes:image", href=settings.url + episode.image.url)
    if number := episode.whole_number:
        yield Tag("itunes:episode", str(number))
    if episode.season:
        yield Tag("itunes:season", str(episode.season))
    yield from podcasting.item(settings, episode)
