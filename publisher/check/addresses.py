"""Rules about addresses: URLs of the site, and those that lead elsewhere."""

import re
from collections.abc import Iterator
from itertools import groupby
from urllib.parse import urlsplit

from publisher.check.rule import APPLE, ERROR, OURS, P20, WARNING, at, owners, rule
from publisher.errors import Problem
from publisher.model import Episode, Page, Person, Show, Source

RESERVED = (
    "archive", "tags", "people", "subscribe", "newsletter", "search", "feed", "audio", "assets",
)  # fmt: skip
ALIAS = re.compile(r"/?[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*)*/?", re.ASCII)
FILES = (
    "index.html", "404.html", "sitemap.xml", "robots.txt", "feed.json", "feed.css",
    "favicon.ico", "apple-touch-icon.png", "manifest.webmanifest",
)  # fmt: skip
CC = re.compile(r"cc[ -](by(?:[ -](?:nc|sa|nd))*)[ -]?(\d\.\d)?", re.IGNORECASE)
GEO = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:,-?\d+(?:\.\d+)?)?(?:;\S*)?")

Address = tuple[Source, str, str]  # where it was read, its key, what was typed


@rule(
    ERROR,
    OURS,
    why="Of two posts with one address only one could be read.",
    remedy="Give one of them another slug.",
    together=True,
)
def one_url(show: Show) -> Iterator[Problem]:
    """Every post and page has an address of its own."""
    owners: dict[str, Episode | Page] = {}
    others = (it for it in show.everything if owners.setdefault(it.url, it) is not it)
    shared = {it.url for it in others}
    everything = [it for it in show.everything if it.url in shared] if shared else []
    everything.sort(key=lambda it: (it.url, it.source.path))
    for url, group in groupby(everything, lambda it: it.url):
        first, *rest = group
        for other in rest:
            message = f"the slug {url.strip('/')} is also that of {first.source.path}"
            yield at(other.source, "slug", message)


@rule(
    ERROR,
    OURS,
    why="These addresses belong to the archive, the feeds and so on.",
    remedy=f"Choose another slug than: {', '.join(RESERVED)}.",
)
def free_url(show: Show) -> Iterator[Problem]:
    """No post or page takes an address that the site itself uses."""
    for it in show.everything:
        if it.url.strip("/").split("/")[0] in (*RESERVED, *FILES):
            yield at(it.source, "slug", f"the address {it.url} belongs to the site itself")


@rule(
    ERROR,
    OURS,
    why="An alias is the old address of a post; it cannot lead there while something else has it.",
    remedy="Take the alias out, or give the other one another address.",
    together=True,
)
def alias_taken(show: Show) -> Iterator[Problem]:
    """An alias is nobody's present address, and one post's only."""
    moved = [it for it in reversed(show.episodes) if it.aliases]
    owners = {it.url: it.source.path for it in show.everything} if moved else {}
    for it in moved:
        for number, (alias, url) in enumerate(zip(it.aliases, it.alias_urls, strict=True)):
            owner = owners.setdefault(url, it.source.path)
            if owner != it.source.path or url == it.url:
                message = f"the alias {alias} is the address of {owner}"
                yield at(it.source, f"aliases.{number}", message)


@rule(
    ERROR,
    OURS,
    why="At each alias a page is published that leads to the post; a folder cannot hold a query, "
    "and an address of another site is not ours.",
    remedy="Write the path alone, in letters a to z, digits and hyphens: `/old-name/`.",
)
def alias_form(show: Show) -> Iterator[Problem]:
    """An alias is the path of a page."""
    for it in show.episodes:
        for number, alias in enumerate(it.aliases):
            if not ALIAS.fullmatch(alias):
                yield at(it.source, f"aliases.{number}", f"the alias {alias} is no path of a page")


@rule(
    ERROR,
    APPLE,
    why="Apple takes URLs in ASCII only; in others, servers and apps disagree on the spelling. "
    "Slugs and file names are made ASCII by themselves.",
    remedy="Write ae, oe, ue, ss for umlauts.",
)
def ascii_url(show: Show) -> Iterator[Problem]:
    """Addresses of the site are ASCII."""
    settings = show.settings
    for key, url in (("url", settings.url), ("permalink", settings.permalink)):
        if not url.isascii():
            host = urlsplit(url).hostname or ""
            hint = f"Write the host as {host.encode('idna').decode()}." if _is_idn(host) else ""
            yield at(settings.source, key, f"“{key}” “{url}” is not ASCII", hint)


def _is_idn(host: str) -> bool:
    try:
        return not host.isascii() and bool(host.encode("idna"))
    except UnicodeError:
        return False


@rule(
    ERROR,
    P20,
    why="Apps open these addresses; one without http:// or https:// opens nothing, or worse.",
    remedy="Copy the whole address from the browser: it begins with https://.",
)
def web_address(show: Show) -> Iterator[Problem]:
    """Links to other sites are whole web addresses."""
    for source, key, typed in _addresses(show):
        if not _is_web(typed):
            name = re.sub(r"\.\d+", "", key)
            message = f"“{typed}” is no web address" if typed else f"“{name}” has no address"
            yield at(source, key, message)
    for it in show.episodes:
        for chapter in it.chapters:
            if chapter.href and not _is_web(chapter.href):
                message = f"“{chapter.href}”, the link of a chapter, is no web address"
                yield Problem(it.chapters_path or it.source.path, chapter.line, message)


@rule(
    WARNING,
    P20,
    why="Apps recognise a licence by its identifier, and link to it; any other needs an address.",
    remedy='Write an SPDX identifier such as "CC-BY-4.0", or the address of the licence.',
)
def license_name(show: Show) -> Iterator[Problem]:
    """A licence is an identifier or an address."""
    for owner in owners(show):
        typed = owner.license
        if typed and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", typed) and not _is_web(typed):
            found = CC.search(typed)
            hint = ""
            if found:
                words = re.sub(r"[ -]+", "-", found[1]).upper()
                hint = f"Write CC-{words}-{found[2] or '4.0'}."
            yield at(owner.source, "license", f"“{typed}” is no licence that apps know", hint)


@rule(
    ERROR,
    P20,
    why="Maps find a place by `geo:latitude,longitude`; a malformed one leads nowhere.",
    remedy="Write it as geo:52.5163,13.3777: latitude −90 to 90, longitude −180 to 180.",
)
def location(show: Show) -> Iterator[Problem]:
    """A place on the map is a latitude and a longitude."""
    for owner in owners(show):
        for typed in re.findall(r"geo:[^\s)\]>|]*", owner.location):
            found = GEO.fullmatch(typed)
            if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
                yield at(owner.source, "location", f"“{typed}” is no place on the map")


def _is_web(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in typed
    except ValueError:
        return False


def _addresses(show: Show) -> Iterator[Address]:
    settings = show.settings
    for number, (url, _) in enumerate(settings.funding):
        yield settings.source, f"funding.{number}", url
    if settings.new_feed_url:
        yield settings.source, "new_feed_url", settings.new_feed_url
    if settings.newsletter and settings.newsletter.form:
        yield settings.source, "newsletter.form", settings.newsletter.form.action
    for name, url in settings.apps.items():
        if name not in ("apple", "spotify", "deezer"):  # those may be ids
            yield settings.source, f"apps.{name}", url
    yield from _of_people(settings.source, "hosts", settings.hosts)
    for it in show.episodes:
        if "hosts" in it.source.lines:
            yield from _of_people(it.source, "hosts", it.hosts)
        yield from _of_people(it.source, "guests", it.guests)


def _of_people(source: Source, key: str, people: tuple[Person, ...]) -> Iterator[Address]:
    for number, person in enumerate(people):
        if person.url:
            yield source, f"{key}.{number}", person.url
        if "://" in person.image:  # others are files of the show
            yield source, f"{key}.{number}", person.image


RULES = (
    one_url,
    free_url,
    alias_form,
    alias_taken,
    ascii_url,
    web_address,
    license_name,
    location,
)
