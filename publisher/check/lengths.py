"""Rules about texts that apps cut."""

from collections.abc import Iterator

from publisher.check.rule import APPLE, ERROR, P20, WARNING, at, owners, rule
from publisher.errors import Problem
from publisher.model import Episode, Show, Source

TITLE = 255  # bytes
DESCRIPTION = 4000  # bytes
NAME = 128  # characters
TXT = 4000  # characters

Text = tuple[Source, str, str]  # where it was read, its key, the text


@rule(
    WARNING,
    APPLE,
    why="Apple cuts titles at 255 bytes, and screens show some 40 letters.",
    remedy="Shorten it; what does not fit belongs into the subtitle.",
)
def title_length(show: Show) -> Iterator[Problem]:
    """Titles and subtitles have at most 255 bytes."""
    for owner in owners(show):
        for key in ("title", "subtitle"):
            size = len(str(getattr(owner, key)).encode())
            if size > TITLE:
                yield at(owner.source, key, f"“{key}” has {size} bytes, more than {TITLE}")


@rule(
    WARNING,
    APPLE,
    why="Apple and PSP-1 allow 4000 bytes; the feed's description is cut at the end of a "
    "paragraph or word. The article itself is published whole.",
    remedy="Shorten it to what persuades a listener; the article says the rest.",
)
def episode_description(show: Show) -> Iterator[Problem]:
    """An episode's description has at most 4000 bytes."""
    for it in show.episodes:
        size = len(it.description.encode())
        if size > DESCRIPTION:
            message = f"“description” has {size} bytes and is cut to {DESCRIPTION}"
            yield at(it.source, "description", message)


@rule(
    WARNING,
    P20,
    why="The podcast namespace allows 128 characters for names and labels; directories cut more.",
    remedy="Shorten it.",
)
def over_128(show: Show) -> Iterator[Problem]:
    """Names, places, licences and labels have at most 128 characters."""
    for source, key, text in _labels(show):
        if len(text) > NAME:
            name = key.partition(".")[0]
            message = f"“{name}” has {len(text)} characters, more than {NAME}"
            yield at(source, key, message)


@rule(
    ERROR,
    P20,
    why="podcast:txt proves to a service that the feed is yours; nothing, or a cut text, proves "
    "nothing. It may have 4000 characters.",
    remedy="Copy the text again from the service that asks for it.",
)
def txt(show: Show) -> Iterator[Problem]:
    """A txt record says something, in at most 4000 characters."""
    source = show.settings.source
    for number, (_, text) in enumerate(show.settings.txt):
        if not text:
            yield at(source, f"txt.{number}", "“txt” has no text")
        elif len(text) > TXT:
            yield at(source, f"txt.{number}", f"“txt” has {len(text)} characters, more than {TXT}")


def _labels(show: Show) -> Iterator[Text]:
    settings = show.settings
    for number, (_, text) in enumerate(settings.funding):
        yield settings.source, f"funding.{number}", text
    for number, (purpose, _) in enumerate(settings.txt):
        yield settings.source, f"txt.{number}", purpose
    for number, person in enumerate(settings.hosts):
        yield settings.source, f"hosts.{number}", person.name
    for key in ("license", "location", "update_frequency"):
        yield settings.source, key, getattr(settings, key)
    for it in show.episodes:
        yield from _labels_of(it)


def _labels_of(it: Episode) -> Iterator[Text]:
    for key in ("license", "location"):
        yield it.source, key, getattr(it, key)
    for key, people in (("hosts", it.hosts), ("guests", it.guests)):
        for number, person in enumerate(people if key in it.source.lines else ()):
            yield it.source, f"{key}.{number}", person.name
    for number, bite in enumerate(it.soundbites):
        yield it.source, f"soundbites.{number}", bite.title


RULES = (title_length, episode_description, over_128, txt)
