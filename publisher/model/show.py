"""A show as it was read: its posts and pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from publisher.errors import Problem
from publisher.fingerprint import Fingerprinted
from publisher.model.parts import (
    Article,
    Asset,
    Chapter,
    Enclosure,
    Issue,
    Person,
    Picture,
    Soundbite,
    Source,
    Transcript,
)
from publisher.model.settings import Settings


@dataclass(frozen=True)
class Episode(Fingerprinted):
    """A post: an article, and audio if it is a podcast episode (`enclosure`).

    `small_image` is the image as pages show it, `card` the picture of a link to the post; both
    are None until they are made. `guid_is_derived` if the author wrote none; `chapters_path` is
    the file that has the chapters, `is_linking` says if its article leads to other files or pages.
    `said` is the digest of the first of its transcripts, empty if there are none; `illustrations`
    are the URLs of the pictures in its article, as the author saved them.
    """

    LATER: ClassVar = ("article", "transcripts")  # read when somebody asks: most runs do for few

    source: Source = field(compare=False)
    slug: str
    url: str
    title: str
    date: datetime
    guid: str
    article: Article
    description: str
    subtitle: str = ""
    number: Decimal | None = None
    display: str = ""  # what apps show instead of the number
    season: int | None = None
    type: str = "full"
    explicit: bool = False
    image: Picture | None = None
    tags: tuple[str, ...] = ()
    hosts: tuple[Person, ...] = ()
    guests: tuple[Person, ...] = ()
    enclosure: Enclosure | None = None
    chapters: tuple[Chapter, ...] = ()
    transcripts: tuple[Transcript, ...] = field(default_factory=tuple)
    aliases: tuple[str, ...] = ()
    draft: bool = False
    scheduled: bool = False  # its date has not come; only the preview has such posts
    issue: Issue | None = None
    location: str = ""
    license: str = ""
    soundbites: tuple[Soundbite, ...] = ()
    small_image: Picture | None = None
    card: Picture | None = None
    guid_is_derived: bool = field(default=False, compare=False)
    chapters_path: str = field(default="", compare=False)
    is_linking: bool = field(default=False, compare=False)
    said: str = field(default="", compare=False)
    illustrations: tuple[str, ...] = field(default=(), compare=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            later = self.__dict__.get("_later") if name in self.LATER else None
            if later is None:
                raise AttributeError(name)
            content, (home,) = later
            self.__dict__.update(home.unpack(content))
            del self.__dict__["_later"]
            return self.__dict__[name]

    @property
    def whole_number(self) -> int | None:
        """The number where only whole ones are allowed: None for 3.5 and for 0."""
        return whole(self.number)

    @property
    def alias_urls(self) -> tuple[str, ...]:
        """Its old addresses as URLs: `old-name` is that of a page, `2019/old.html` of a file."""
        paths = (f"/{alias.strip('/')}" for alias in self.aliases)
        return tuple(it if "." in it.rpartition("/")[2] else f"{it}/" for it in paths)


def whole(number: Decimal | None) -> int | None:
    """A number that is whole and not 0, or None."""
    return int(number) if number and number > 0 and number == int(number) else None


@dataclass(frozen=True)
class Page(Fingerprinted):
    """A standing page: imprint, privacy, about."""

    source: Source = field(compare=False)
    slug: str
    url: str
    title: str
    article: Article
    description: str = ""

    @property
    def is_linking(self) -> bool:
        """True if its article leads to other files or pages."""
        return self.article.is_linking


@dataclass(frozen=True)
class Waiting:
    """A post whose date has not come."""

    title: str
    date: datetime


@dataclass(frozen=True)
class Show(Fingerprinted):
    """All that is published; episodes newest first. `problems` were met while reading.

    `pictures` are those inside articles, `portraits` those of hosts and guests by `Person.image`:
    as the author saved them, until smaller ones are made.
    `icons` show the site among others, the smallest first. `elsewhere` are places of recordings and
    transcripts that do not lie in episodes/.
    """

    settings: Settings
    cover: Picture | None
    small_cover: Picture | None
    episodes: tuple[Episode, ...]
    pages: tuple[Page, ...]
    assets: tuple[Asset, ...] = ()  # all that pages and feeds refer to, but what a post itself has
    pictures: tuple[Picture, ...] = ()
    portraits: Mapping[str, Picture] = field(default_factory=dict)
    icons: tuple[Picture, ...] = ()
    elsewhere: tuple[str, ...] = field(default=(), compare=False)
    waiting: tuple[Waiting, ...] = field(default=(), compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def everything(self) -> tuple["Episode | Page", ...]:
        """All that has a page of its own because the author wrote it."""
        return (*self.episodes, *self.pages)
