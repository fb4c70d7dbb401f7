"""What subscribers see: the live feed in a few words, and the guard that compares two of them.

A changed guid makes every app show an episode as new; a lost one takes it away from everybody who
subscribed. So the manifest keeps this table, and a run that would break it stops before its first
write, unless each break is accepted by its id.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.model import Show


@dataclass(frozen=True)
class Item:
    """An episode in the feed; `url` is its audio's, empty for an article without audio.

    `recording` is the sha256 of the author's file, whose tags the published audio exchanges.
    """

    title: str
    url: str = ""
    recording: str = field(default="", compare=False)


@dataclass(frozen=True)
class Live:
    """A feed as subscribers know it: its address, its podcast:guid, its items by guid."""

    feed: str = ""
    guid: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Live":
        """Back from what `written` or `asdict` made of it."""
        items = {guid: Item(**item) for guid, item in values["items"].items()}
        texts = [it for item in items.values() for it in (item.title, item.url, item.recording)]
        texts += values["feed"], values["guid"]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("not a feed")
        return cls(values["feed"], values["guid"], items)

    @property
    def enclosures(self) -> dict[str, str]:
        """The URL of the audio by guid, of those items that have audio."""
        return {guid: item.url for guid, item in self.items.items() if item.url}


@dataclass(frozen=True)
class Guard:
    """A reason to ask before the first write; `--accept ID` lets it pass."""

    id: str
    message: str


def written(show: Show, feed: str) -> dict[str, Any]:
    """The table of a show whose podcast feed lives at the URL path `feed`, as `asdict` writes it.

    Each build makes one, and only an upload wants the values.
    """
    items = {
        post.guid: {"title": post.title, "url": it.url, "recording": it.recording}
        if (it := post.enclosure)
        else {"title": post.title}
        for post in show.episodes
    }
    return {"feed": show.settings.url + feed, "guid": show.settings.guid, "items": items}


def breaks(before: Live, after: Live) -> Iterator[Guard]:
    """What would hurt those who subscribed; nothing before the first feed was published.

    An item that moved from the main feed to an archive page is still an item.
    """
    known = {guid for guid in before.enclosures if guid in after.items}
    if before.feed and before.feed != after.feed:
        message = f"the feed moves from {before.feed} to {after.feed}: subscribers stay behind"
        yield Guard("feed-url", f"{message} unless the old address redirects")
    if before.guid and before.guid != after.guid:
        now = after.guid or "none"
        yield Guard("podcast-guid", f"the show's guid changes from {before.guid} to {now}")
    for guid in before.enclosures.keys() - known:
        yield _gone(guid, before.items[guid], before, after)
    for guid in known - after.enclosures.keys():
        yield Guard(f"audio:{guid}", f"“{before.items[guid].title}” loses its audio")
    fewer = len(before.enclosures) - len(after.enclosures)
    if fewer > 0:
        message = f"the feed would have fewer episodes: {len(after.enclosures)} instead of"
        yield Guard("fewer-episodes", f"{message} {len(before.enclosures)}")


def changes(before: Live, after: Live, sends: Mapping[str, str]) -> Iterator[str]:
    """What subscribers will notice, a line each; nothing before the first feed.

    `sends` says in words how large the files are that have to be sent, by URL.
    """
    for guid, item in after.items.items() if before.feed else ():
        was = before.items.get(guid)
        if was is None or (item.url and not was.url):
            yield f"{'new episode' if item.url else 'new article'}: “{item.title}”"
            continue
        if was.title != item.title:
            yield f"new title: “{was.title}” is now “{item.title}”"
        if was.url != item.url and item.url:
            sent = sends.get(item.url, "nothing")
            yield (
                f"replaced audio: “{item.title}” plays {item.url} "
                f"({sent} to send: {_why_replaced(was, item)})"
            )


def _why_replaced(was: Item, now: Item) -> str:
    if not was.recording:
        return "another recording, or other tags"
    if was.recording != now.recording:
        return "another recording"
    return "the same recording with another title, date, number, chapters, picture or address"


def _gone(guid: str, item: Item, before: Live, after: Live) -> Guard:
    new = after.items.keys() - before.items.keys()
    same = (it for it in sorted(new) if item.title == after.items[it].title)
    now = next(same, "") or next((it for it in sorted(new) if item.url == after.items[it].url), "")
    if now:
        return Guard(f"guid:{guid}", f"the guid of “{item.title}” changes from {guid} to {now}")
    return Guard(f"guid:{guid}", f"“{item.title}” vanishes from the feed (guid {guid})")
