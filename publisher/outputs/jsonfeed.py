"""The feed of all posts as JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from publisher import text
from publisher.model import Apart, Episode, FileCall, Memo, Person, Settings, Show
from publisher.outputs import articles
from publisher.outputs.articles import Newest
from publisher.outputs.podcasting import absolute

URL = "/feed.json"
CONTENT_TYPE = "application/feed+json; charset=utf-8"


def calls(show: Show, memo: Memo) -> Iterator[FileCall]:
    """The feed of the newest posts, with audio or without."""
    yield URL, CONTENT_TYPE, feed, (articles.newest(show, memo),)


def feed(newest: Newest) -> bytes:
    """The feed, newest post first; values that are empty are left out."""
    settings, cover, memo = newest.settings, newest.cover, newest.memo
    calls = [(settings, post) for post in newest.posts]
    items = memo.map(item, calls) if memo else [item(*call) for call in calls]
    content = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": settings.title,
        "home_page_url": settings.url + "/",
        "feed_url": settings.url + URL,
        "description": settings.description,
        "icon": settings.url + cover.url if cover else "",
        "authors": _authors(settings, settings.hosts) or [{"name": settings.author}],
        "language": settings.language,
    }
    start = json.dumps(_given(content), ensure_ascii=False).removesuffix("}")
    return f'{start}, "items": [{", ".join(it().text for it in items)}]}}\n'.encode()


@dataclass(frozen=True)
class Json(Apart):
    """A value as it is written."""

    text: str


def item(settings: Settings, post: Episode) -> Callable[[], Json]:
    """A post as it stands in the feed."""
    content = {
        "id": post.guid,
        "url": settings.url + post.url,
        "title": post.title,
        "content_html": text.linked(post.article, settings.url, elsewhere=True),
        "summary": post.description,
        "image": settings.url + post.image.url if post.image else "",
        "date_published": post.date.isoformat(),
        "authors": _authors(settings, post.hosts + post.guests),
        "tags": list(post.tags),
        "attachments": list(_attachments(settings, post)),
    }
    return Json(json.dumps(_given(content), ensure_ascii=False))


def _attachments(settings: Settings, post: Episode) -> Iterator[dict[str, Any]]:
    if audio := post.enclosure:
        yield {
            "url": settings.url + audio.url,
            "mime_type": audio.media_type,
            "size_in_bytes": audio.size,
            "duration_in_seconds": round(audio.duration),
        }


def _authors(settings: Settings, persons: tuple[Person, ...]) -> list[dict[str, Any]]:
    return [
        _given({"name": it.name, "url": it.url, "avatar": absolute(settings.url, it.image)})
        for it in persons
    ]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; an item needs its content even then."""
    needed = ("content_html",)
    return {key: value for key, value in values.items() if value or key in needed}
