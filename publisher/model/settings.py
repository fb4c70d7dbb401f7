"""Who the show is and where it goes, as show.toml says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from publisher.errors import Problem
from publisher.fingerprint import Fingerprinted
from publisher.model.parts import Person, Source


@dataclass(frozen=True)
class Form:
    """A sign-up form: where it posts, its hidden fields, the name of the address field.

    `honeypots` are fields that people do not see and machines fill in.
    """

    action: str
    fields: Mapping[str, str]
    address: str = "email"
    honeypots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Newsletter(Fingerprinted):
    """`[newsletter]` of show.toml."""

    sender: str
    form: Form | None = None
    unsubscribe: str = ""
    subscribers: str = "subscribers.csv"


@dataclass(frozen=True)
class Smtp:
    """`[smtp]` of show.toml; the password comes from the environment."""

    host: str
    port: int = 587
    user: str = ""
    per_minute: int = 600  # mails


@dataclass(frozen=True)
class TargetSettings:
    """`[target]` of show.toml."""

    url: str = ""
    endpoint: str = ""
    region: str = ""
    cloudfront: str = ""
    check: Literal["public", "endpoint", "off"] = "public"

    def at(self, url: str | None) -> "TargetSettings":
        """The same with another URL, which is not where the public looks."""
        if not url or url == self.url:
            return self
        check = "endpoint" if self.check == "public" else self.check
        return replace(self, url=url, cloudfront="", check=check)


@dataclass(frozen=True)
class Settings(Fingerprinted):
    """Who the show is and where it goes: show.toml, each key under its own name."""

    source: Source = field(compare=False)
    title: str
    description: str
    language: str
    url: str  # without a trailing slash
    author: str
    email: str
    categories: tuple[tuple[str, ...], ...]
    cover: str
    subtitle: str = ""
    explicit: bool = False
    type: str = "episodic"
    guid: str = ""
    permalink: str = "/{slug}/"
    timezone: str = "UTC"
    copyright: str = ""
    hosts: tuple[Person, ...] = ()
    funding: tuple[tuple[str, str], ...] = ()  # (url, text)
    locked: bool | None = None
    owner_email: str = ""
    medium: str = "podcast"
    license: str = ""
    location: str = ""
    txt: tuple[tuple[str, str], ...] = ()  # (purpose, text)
    update_frequency: str = ""
    trailer: str = ""  # a slug
    seasons: Mapping[str, str] = field(default_factory=dict)  # number -> name
    new_feed_url: str = ""
    complete: bool = False
    block: bool = False
    colors: Mapping[str, str] = field(default_factory=dict)
    album: str = ""
    artist: str = ""
    feed_items: int | None = 300  # None: all
    apps: Mapping[str, str] = field(default_factory=dict)
    imprint: str = ""
    privacy: str = ""
    newsletter: Newsletter | None = None
    smtp: Smtp | None = None
    target: TargetSettings = field(default_factory=TargetSettings, compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def base(self) -> str:
        """The path under which the site lives, '' at the root of its host."""
        return base_of(self.url)


def base_of(url: str) -> str:
    """The path of a site's address, '' at the root of its host."""
    path = url.partition("://")[2].partition("/")[2]
    return f"/{path}" if path else ""
