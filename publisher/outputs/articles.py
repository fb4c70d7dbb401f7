"""The feed at /feed/: every post with its full text, for feed readers."""

from collections.abc import Iterator

from publisher.model import Episode, File, Memo, Picture, Settings, Show, Templates
from publisher.outputs import notes, rss
from publisher.outputs.rss import Tag

URL = "/feed/"


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:  # noqa: ARG001 - one signature for all outputs
    """The newest posts, with audio or without."""
    newest = show.episodes[: show.settings.feed_items]
    yield memo.file(URL, rss.CONTENT_TYPE, feed, show.settings, show.small_cover, newest)


def feed(settings: Settings, cover: Picture | None, posts: tuple[Episode, ...]) -> bytes:
    """The feed's XML, newest post first."""
    items = (
        rss.Item(settings, post, notes.paragraphs(post.description, notes.LONGEST))
        for post in posts
    )
    return rss.document(settings, URL, [Tag("podcast:medium", "blog")], items, cover)
