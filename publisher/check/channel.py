"""Rules about the show itself: what show.toml says."""

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from publisher.check.categories import CATEGORIES
from publisher.check.rule import APPLE, ERROR, OURS, P20, PSP, WARNING, at, did_you_mean, rule
from publisher.errors import Problem
from publisher.model import Show

NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # of podcast:guid
MEDIA = (
    "podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher", "course",
)  # fmt: skip
DESCRIPTION = 4000  # bytes


@rule(
    ERROR,
    APPLE,
    why="Apple rejects a feed whose language is no ISO 639 code; apps choose voices, fonts and "
    "search by it.",
    remedy='Write a code such as "de", "en" or "de-AT".',
)
def language_code(show: Show) -> Iterator[Problem]:
    """The language is an ISO 639 code, perhaps with a region."""
    from babel import Locale, localedata

    typed = show.settings.language
    is_usual = re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", typed)
    if is_usual and localedata.exists(typed.replace("-", "_")):
        return  # so that no names of languages need be loaded
    code, _, region = typed.replace("_", "-").partition("-")
    english = Locale("en")
    known_region = region.rpartition("-")[2]  # zh-Hans-CN: a script may stand between
    is_known = code.lower() in english.languages and "_" not in typed
    if typed and not (is_known and (not region or known_region.upper() in english.territories)):
        hint = f'Write "{found}".' if (found := _language(typed)) else ""
        yield at(show.settings.source, "language", f"“{typed}” is no language code", hint)


def _language(typed: str) -> str:
    """The code that somebody meant who typed `german`, `Deutsch`, `ger` or `de_DE`."""
    from babel import Locale
    from babel.core import get_global

    alias: str = get_global("language_aliases").get(typed.lower(), "")
    if alias:
        return alias
    for names in (Locale("en").languages, Locale("de").languages):
        for code, name in names.items():
            if typed.casefold() in (name.casefold(), code):
                return str(code)
    code = typed.replace("_", "-").partition("-")[0].lower()
    return code if code != typed and code in Locale("en").languages else ""


@rule(
    ERROR,
    APPLE,
    why="Apple rejects a feed without a category of its own list, spelt exactly so; it reads the "
    "first category and its first subcategory, other apps read all.",
    remedy="Apple's list: " + ", ".join(CATEGORIES) + ".",
)
def category(show: Show) -> Iterator[Problem]:
    """The categories and subcategories are Apple's."""
    settings = show.settings
    if not settings.categories and "categories" in settings.source.lines:
        yield at(settings.source, "categories", "“categories” is empty")
    for names in settings.categories:
        name, *subcategories = names or ("",)
        if name not in CATEGORIES:
            hint = did_you_mean(name, CATEGORIES) or _parent(name)
            yield at(settings.source, "categories", f"“{name}” is not in Apple's list", hint)
            continue
        if len(subcategories) > 1:
            hint = f'Write ["{name}", "{subcategories[0]}"] and a list of its own for each other.'
            message = f"“{name}” has more than one subcategory here"
            yield at(settings.source, "categories", message, hint)
        for inner in subcategories:
            if inner not in CATEGORIES[name]:
                known = ", ".join(CATEGORIES[name]) or "none"
                otherwise = f"Subcategories of {name}: {known}."
                hint = did_you_mean(inner, CATEGORIES[name], otherwise)
                message = f"“{inner}” is no subcategory of “{name}”"
                yield at(settings.source, "categories", message, hint)


def _parent(name: str) -> str:
    for parent, children in CATEGORIES.items():
        if name in children:
            return f'It is a subcategory: write ["{parent}", "{name}"].'
    return ""


@rule(
    ERROR,
    PSP,
    why="Apple and PSP-1 allow 4000 bytes; umlauts are two bytes each. Directories reject or cut "
    "longer texts anywhere, even inside a letter.",
    remedy="Shorten it to the few sentences that a listener reads before subscribing.",
)
def show_description(show: Show) -> Iterator[Problem]:
    """The show's description has at most 4000 bytes."""
    size = len(show.settings.description.encode())
    if size > DESCRIPTION:
        message = f"“description” has {size} bytes, {size - DESCRIPTION} too many"
        yield at(show.settings.source, "description", message)


@rule(
    ERROR,
    P20,
    why="podcast:guid names the show for ever, in every app and at every host; apps that read it "
    "expect a UUID.",
    remedy="Take it from your former host's feed, or delete the line: the warning that follows "
    "says which one belongs to this show's address.",
)
def podcast_guid(show: Show) -> Iterator[Problem]:
    """The show's guid is a UUID."""
    guid = show.settings.guid
    if guid and not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", guid):
        yield at(show.settings.source, "guid", f"“guid” “{guid}” is no UUID")


@rule(
    WARNING,
    PSP,
    why="With podcast:guid, apps and directories recognise the show after it has moved.",
    remedy="`publish init` writes it; do so by hand in an older show.",
)
def podcast_guid_missing(show: Show) -> Iterator[Problem]:
    """The show has a guid."""
    settings = show.settings
    if not settings.guid and settings.url:
        feed = settings.url.partition("://")[2].strip("/") + "/feed/itunes"
        hint = f'Write guid = "{uuid.uuid5(NAMESPACE, feed)}" and never change it.'
        yield at(settings.source, "guid", "“guid” is missing: nothing names the show", hint)


@rule(
    ERROR,
    P20,
    why="podcast:medium tells apps how to show and play the feed; a word that they do not know "
    "counts for nothing.",
    remedy="Write one of " + ", ".join(MEDIA) + "; without the line it is podcast.",
)
def medium(show: Show) -> Iterator[Problem]:
    """The medium is one of the podcast namespace's."""
    typed = show.settings.medium
    if typed not in MEDIA:
        message = f"“medium” “{typed}” is not one that apps know"
        yield at(show.settings.source, "medium", message, did_you_mean(typed, MEDIA))


@rule(
    ERROR,
    APPLE,
    why="Apple, Spotify and podcast:locked send the code that proves a show to be yours to this "
    "address; a mail from the newsletter with a malformed sender is refused.",
    remedy='Write it as "name@host.example".',
)
def email(show: Show) -> Iterator[Problem]:
    """E-mail addresses have the form of e-mail addresses."""
    settings = show.settings
    for key, address in (("email", settings.email), ("owner_email", settings.owner_email)):
        if address and not re.fullmatch(
            r"[^@\s<>,;\"]+@[^@\s<>,;\".]+(\.[^@\s<>,;\".]+)+", address
        ):
            yield at(settings.source, key, f"“{key}” “{address}” is no e-mail address")


@rule(
    WARNING,
    PSP,
    why="Apps write the word or the sign themselves; PSP-1 wants the owner alone. The sign and "
    "the year, as in Apple's own example, are left in peace.",
    remedy='Write the owner, such as copyright = "2026 Erika Beispiel".',
)
def copyright_word(show: Show) -> Iterator[Problem]:
    """The copyright line does not say “copyright”."""
    if "copyright" in show.settings.copyright.lower():
        yield at(show.settings.source, "copyright", "“copyright” says “copyright” again")


@rule(
    ERROR,
    APPLE,
    why="new_feed_url sends every subscriber away to another feed, for good. One that leads back "
    "here makes apps go round in circles.",
    remedy="Name the feed that takes over, or delete the line.",
)
def new_feed_url(show: Show) -> Iterator[Problem]:
    """The new feed's address is another one than this feed's."""
    settings = show.settings
    own = f"{settings.url}/feed/itunes"
    if settings.new_feed_url and settings.new_feed_url.rstrip("/") == own:
        yield at(settings.source, "new_feed_url", "“new_feed_url” is this feed's own address")


@rule(
    WARNING,
    APPLE,
    why="`complete` tells Apple that no episode will ever follow; it then stops looking.",
    remedy="Delete the line `complete`, or the posts that wait.",
)
def complete_but_waiting(show: Show) -> Iterator[Problem]:
    """A show that is complete has no posts to come."""
    if show.settings.complete and show.waiting:
        message = f"the show is complete, but “{show.waiting[0].title}” is still to come"
        yield at(show.settings.source, "complete", message)


@rule(
    WARNING,
    APPLE,
    why="Browsers warn of pages without https, and app stores demand it of audio.",
    remedy="Write https:// once your host has a certificate.",
)
def https(show: Show) -> Iterator[Problem]:
    """The site's address begins with https."""
    parts = urlsplit(show.settings.url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
        yield at(show.settings.source, "url", "“url” is http, without encryption")


@rule(
    ERROR,
    OURS,
    why="Links to Apple Podcasts, Overcast, Pocket Casts and Castro are made from this number.",
    remedy="It is the number behind `id` in the show's Apple Podcasts address.",
)
def apple_id(show: Show) -> Iterator[Problem]:
    """The Apple id is a number."""
    typed = show.settings.apps.get("apple", "")
    if typed and not re.fullmatch(r"[0-9]+", typed):
        found = re.search(r"id([0-9]{5,})", typed)
        hint = f"Write apple = {found[1]}." if found else ""
        yield at(show.settings.source, "apps.apple", f"“apps.apple” “{typed}” is no number", hint)


@rule(
    ERROR,
    P20,
    why="podcast:trailer needs audio to play.",
    remedy="Name an episode that is published and has audio, by its slug.",
    together=True,
)
def trailer(show: Show) -> Iterator[Problem]:
    """The trailer is an episode of the show."""
    named = show.settings.trailer
    if not named:
        return
    episodes = [it for it in show.episodes if it.enclosure]
    known = {name for it in episodes for name in (it.slug, it.source.path)}
    if "://" not in named and named not in known:
        hint = did_you_mean(named, (it.slug for it in episodes))
        yield at(show.settings.source, "trailer", f"“trailer” “{named}” is no episode", hint)


RULES = (
    language_code,
    category,
    show_description,
    podcast_guid,
    podcast_guid_missing,
    medium,
    email,
    copyright_word,
    new_feed_url,
    complete_but_waiting,
    https,
    apple_id,
    trailer,
)
