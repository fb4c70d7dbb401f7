"""The feed at /feed/: every post with its full text, for feed readers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from publisher.fingerprint import Fingerprinted
from publisher.model import Episode, FileCall, Memo, Picture, Settings, Show
from publisher.outputs import notes, rss
from publisher.outputs.rss import Tag

URL = "/feed/"


@dataclass(frozen=True)
class Newest(Fingerprinted):
    """The newest posts, with audio or without; `memo` remembers how each stands in a feed."""

    settings: Settings
    cover: Picture | None
    posts: tuple[Episode, ...]
    memo: Memo | None = field(default=None, compare=False, repr=False)


def newest(show: Show, memo: Memo) -> Newest:
    """As many as the show wants in its feeds."""
    posts = show.episodes[: show.settings.feed_items]
    return Newest(show.settings, show.small_cover, posts, memo)


def calls(show: Show, memo: Memo) -> Iterator[FileCall]:
    """The feed of the newest posts."""
    yield URL, rss.CONTENT_TYPE, feed, (newest(show, memo),)


def feed(it: Newest) -> bytes:
    """The feed's XML, newest post first."""
    items = rss.items(item, it.settings, it.posts, it.memo)
    tags = [Tag("podcast:medium", "blog")]
    return rss.document(it.settings, URL, tags, it.posts, items=items, cover=it.cover)


def item(settings: Settings, post: Episode) -> rss.Item:
    """A post as it stands in the feed."""
    return rss.item(settings, post, notes.paragraphs(post.description, notes.LONGEST))
