"""The podcast feed at /feed/itunes/: what Apple and PSP-1 require, through feedgen.

Sources: Apple's "Podcast RSS feed requirements" and the Podcast Standards Project's PSP-1.
"""

from collections.abc import Iterator

from publisher.model import Enclosure, Episode, File, Memo, Picture, Settings, Show, Templates
from publisher.outputs import rss
from publisher.outputs.rss import Tag

URL = "/feed/itunes/"


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:  # noqa: ARG001 - one signature for all outputs
    """The feed of the newest episodes that have audio."""
    episodes = tuple(episode for episode in show.episodes if episode.enclosure)
    newest = episodes[: show.settings.feed_items]
    yield memo.file(URL, rss.CONTENT_TYPE, feed, show.settings, show.cover, newest)


def feed(settings: Settings, cover: Picture | None, episodes: tuple[Episode, ...]) -> bytes:
    """The feed's XML, newest episode first."""
    items = (
        rss.Item(settings, episode, tuple(_item(settings, episode, audio)))
        for episode in episodes
        if (audio := episode.enclosure)
    )
    return rss.document(settings, URL, _channel(settings, cover), items, cover)


def _channel(settings: Settings, cover: Picture | None) -> Iterator[Tag]:
    yield Tag("itunes:author", settings.author)
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
    if settings.guid:
        yield Tag("podcast:guid", settings.guid)
    if settings.locked is not None:
        owner_email = settings.owner_email or settings.email
        yield Tag("podcast:locked", "yes" if settings.locked else "no", owner=owner_email)


def _item(settings: Settings, episode: Episode, audio: Enclosure) -> Iterator[Tag]:
    yield Tag("itunes:title", episode.title)
    yield Tag("itunes:duration", str(round(audio.duration)))
    yield Tag("itunes:explicit", "true" if episode.explicit else "false")
    yield Tag("itunes:episodeType", episode.type)
    if episode.subtitle:
        yield Tag("itunes:subtitle", episode.subtitle)
    if episode.image:
        yield Tag("itunes:image", href=settings.url + episode.image.url)
    if episode.number and episode.number == int(episode.number):
        yield Tag("itunes:episode", str(int(episode.number)))
    if episode.season:
        yield Tag("itunes:season", str(episode.season))
    for transcript in episode.transcripts:
        media_type = transcript.media_type.partition(";")[0]
        url = settings.url + transcript.url
        yield Tag("podcast:transcript", url=url, type=media_type, language=transcript.language)
