"""RSS 2.0 through feedgen, and through it alone: its traps are known here and nowhere else.

feedgen writes the core elements. Every other element is a `Tag` that two registered extensions
add, because feedgen's own iTunes extension knows only `yes/no/clean` and has no podcast namespace.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from publisher import text
from publisher.model import Apart, Episode, Memo, Picture, Settings
from publisher.outputs import notes

CONTENT_TYPE = "application/rss+xml; charset=utf-8"
NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "psc": "http://podlove.org/simple-chapters",
    "fh": "http://purl.org/syndication/history/1.0",
}
STYLESHEET = "/feed.css"  # always this URL: archive pages outlive the looks of the theme


class Tag:
    """An element of a feed: `Tag("itunes:image", href=…)`; a mere value until it is written.

    Attributes that are empty are left out.
    """

    def __init__(
        self, name: str, content: str = "", /, inside: Iterable["Tag"] = (), **attributes: str
    ) -> None:
        self.name, self.content, self.inside = name, content, inside
        self.attributes = {key: value for key, value in attributes.items() if value}

    def into(self, parent: Any) -> None:
        """Append the element to an lxml element."""
        from lxml import etree

        prefix, _, name = self.name.rpartition(":")
        element = etree.SubElement(
            parent, f"{{{NAMESPACES[prefix]}}}{name}" if prefix else name, self.attributes
        )
        element.text = self.content or None
        for tag in self.inside:
            tag.into(element)


@dataclass(frozen=True)
class Xml(Apart):
    """An element as it stands in a feed: its lines, indented."""

    xml: bytes


@dataclass(frozen=True)
class Item:
    """A post as an element of a feed; written once, since feeds change daily and posts do not.

    `weight` is its size in bytes when compressed by itself.
    """

    weight: int
    element: Callable[[], Xml]


def items(
    write: Callable[[Settings, Episode], Item],
    settings: Settings,
    posts: Iterable[Episode],
    memo: Memo | None,
) -> list[Item]:
    """What `write` makes of each post, remembered where there is a memo."""
    calls = [(settings, post) for post in posts]
    return memo.map(write, calls) if memo else [write(*call) for call in calls]


def document(
    settings: Settings,
    url: str,
    tags: Iterable[Tag],
    posts: Sequence[Episode],
    *,
    items: Iterable[Item],
    cover: Picture | None,
) -> bytes:
    """A feed that lives at `url`; posts and their items in the order given, newest first."""
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.register_extension("tags", _FeedTags, _ItemTags, atom=False, rss=True)
    feed.tags.look(settings.base + STYLESHEET, settings.language)
    feed.title(settings.title)
    feed.description(notes.plain(settings.description))
    feed.language(settings.language)
    feed.link(href=settings.url + url, rel="self", type="application/rss+xml")
    feed.link(href=settings.url + "/", rel="alternate")  # last: feedgen makes it <link>
    feed.generator("publisher")
    if settings.copyright:
        feed.copyright(settings.copyright)
    if cover:
        feed.image(settings.url + cover.url, settings.title, settings.url + "/")
    feed.tags.add(tags)
    # A feed is as old as its newest item, never as this build. Without items any date is a lie,
    # and the beginning of time is the one that nobody believes.
    feed.lastBuildDate(posts[0].date if posts else "1970-01-01T00:00:00Z")
    before, end, after = feed.rss_str(pretty=True).rpartition(b"  </channel>")
    return b"".join([before, *(it.element().xml for it in items), end, after])


def item(settings: Settings, episode: Episode, description: str, tags: Iterable[Tag] = ()) -> Item:
    """A post with its description as HTML, and the elements that RSS does not know."""
    from feedgen.entry import FeedEntry
    from lxml import etree

    entry = FeedEntry()
    entry.register_extension("tags", _ItemTags, atom=False, rss=True)
    entry.title(episode.title)
    entry.link(href=settings.url + episode.url)
    entry.guid(episode.guid, permalink=False)
    entry.published(episode.date)
    # feedgen drops the content of an item that has no description, and the other way round
    entry.description(description or " ")
    html = text.linked(episode.article, settings.url, elsewhere=True) or description or " "
    entry.content(html.replace("]]>", "]]&gt;"), type="CDATA")
    if audio := episode.enclosure:
        entry.enclosure(settings.url + audio.url, str(audio.size), audio.media_type)
    entry.tags.add(tags)
    feed = etree.Element("rss", nsmap=NAMESPACES)  # whose namespaces and indentation are its own
    etree.SubElement(feed, "channel").append(entry.rss_entry())
    lines = etree.tostring(feed, encoding="UTF-8", pretty_print=True).splitlines(keepends=True)
    xml = b"".join(lines[lines.index(b"  <channel>\n") + 1 : -2])
    return Item(len(zlib.compress(xml)), Xml(xml))


def rfc2822(date: datetime) -> str:
    """A date as RSS writes it, in English whatever the system speaks."""
    return format_datetime(date)


class _FeedTags:
    """feedgen asks an extension of the channel for namespaces and for more elements."""

    def __init__(self) -> None:
        self._tags: list[Tag] = []
        self._stylesheet, self._language = "", ""

    def look(self, stylesheet: str, language: str) -> None:
        """What a browser needs to show the feed to a person."""
        self._stylesheet, self._language = stylesheet, language

    def add(self, tags: Iterable[Tag]) -> None:
        self._tags.extend(tags)

    def extend_ns(self) -> dict[str, str]:
        return {it: NAMESPACES[it] for it in ("itunes", "podcast", "psc", "fh")}

    def extend_rss(self, root: Any) -> Any:
        from lxml import etree

        style = f'href="{escape(self._stylesheet)}" type="text/css"'
        root.addprevious(etree.ProcessingInstruction("xml-stylesheet", style))
        root.set("{http://www.w3.org/XML/1998/namespace}lang", self._language)
        for tag in self._tags:
            tag.into(root[0])
        return root


class _ItemTags(_FeedTags):
    """The same for an item."""

    def extend_rss(self, root: Any) -> Any:
        for tag in self._tags:
            tag.into(root)
        return root
