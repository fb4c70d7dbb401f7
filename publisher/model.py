"""The values everything else is made of: a Show is read, Files are written.

All of them are frozen and complete when made. Fields that do not count in comparisons
(`compare=False`) say where a value came from; they are for error messages and copying.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from publisher.errors import Problem
from publisher.fingerprint import Fingerprinted

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """The text file a value was read from: `path` relative to the show, and each key's line.

    A key inside another is `legal.imprint`, the second item of a list `guests.1`.
    """

    path: str
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, key: str) -> int:
        """The line on which `key` stands, or the file's first."""
        return self.lines.get(key, 1)


@dataclass(frozen=True)
class Person:
    """A host or guest; `role` and `group` are the podcast taxonomy's words.

    `image` is a URL: a whole one, or one of this site that begins with `/`.
    """

    name: str
    role: str = ""
    group: str = ""
    image: str = ""
    url: str = ""


@dataclass(frozen=True)
class Asset:
    """A file that is published as it is: `size` in bytes, `digest` the sha256 of its bytes.

    Names under /assets/ and /audio/ hold a part of the digest, so a URL never changes its bytes.
    `made` yields the bytes where they are not those of the file at `path`, but made from it.
    """

    url: str
    media_type: str
    digest: str
    size: int
    path: Path = field(compare=False)
    made: Callable[[], Iterable[bytes]] | None = field(
        default=None, compare=False, repr=False, kw_only=True
    )

    @property
    def body(self) -> "Body":
        """What is published under the URL."""
        return self.made or self.path


@dataclass(frozen=True)
class Picture(Asset):
    """A picture; width and height in pixels, `mode` is Pillow's name of the colour mode.

    `variants` are the same picture as WebP, narrowest first, for browsers to choose from.
    """

    width: int = 0
    height: int = 0
    mode: str = "RGB"
    is_animated: bool = False
    variants: tuple["Picture", ...] = ()


@dataclass(frozen=True)
class Enclosure(Asset):
    """The audio of an episode as it is published; `duration` in seconds.

    `recording` is the sha256 of the author's file, which has other tags. `announced` is the
    duration that its header leads players to believe; `moov_at_end` is an M4A that has to be loaded
    to its end before it plays.
    """

    duration: float = 0.0
    recording: str = field(default="", compare=False)
    announced: float = field(default=0.0, compare=False)
    moov_at_end: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Chapter:
    """A chapter's `start` is in seconds from the beginning; `image` is a URL as a Person's.

    `line` is where it was typed.
    """

    start: float
    title: str
    href: str = ""
    image: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Transcript(Asset):
    """What is said, with its times, in one of the formats that apps load.

    `text` is that of the author's file at `path`, for which the digest stands.
    """

    language: str = ""
    text: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Reference:
    """A relative link or picture in an article, and the site URL that it leads to.

    `url` is empty while unresolved. Width and height, in pixels, and variants are a picture's.
    """

    target: str
    picture: bool
    line: int = field(compare=False)
    url: str = ""
    width: int = 0
    height: int = 0
    variants: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A heading of an article: `level` 2 to 6, `anchor` its id."""

    level: int
    anchor: str
    title: str


@dataclass(frozen=True)
class Article(Fingerprinted):
    """Markdown, converted. `html` marks its n-th reference as `ref:n`; see `text.linked`.

    `elsewhere` is the HTML for feeds and mails where it differs; `jumps` are the places of its own
    page to which it links, each with its line.
    """

    html: str
    plain: str
    words: int
    headings: tuple[Heading, ...]
    references: tuple[Reference, ...]
    pictures_without_alt: tuple[int, ...] = field(default=(), compare=False)  # their lines
    todos: tuple[int, ...] = field(default=(), compare=False)  # lines that say TODO:
    elsewhere: str = ""
    jumps: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    markdown: str = field(default="", compare=False, repr=False)  # as it was typed, to find lines
    first_line: int = field(default=1, compare=False)

    def line_of(self, words: str) -> int:
        """The first line on which these words were typed, 0 if they were not."""
        lines = self.markdown.splitlines()
        return next((n for n, line in enumerate(lines, self.first_line) if words in line), 0)


@dataclass(frozen=True)
class Issue:
    """A newsletter issue: what the inbox shows, and what it gathers: see `digest`.

    `digest` are slugs; `is_new` asks for every post since the last digest.
    """

    subject: str
    preheader: str
    digest: tuple[str, ...] = ()
    is_new: bool = False

    @property
    def gathers(self) -> bool:
        """True if other posts stand in it."""
        return self.is_new or bool(self.digest)


@dataclass(frozen=True)
class Soundbite:
    """A part of the audio worth quoting: `start` and `duration` in seconds."""

    start: float
    duration: float
    title: str = ""


@dataclass(frozen=True)
class Episode(Fingerprinted):
    """A post: an article, and audio if it is a podcast episode (`enclosure`).

    `small_image` is the image as pages show it, `card` the picture of a link to the post; both
    are None until they are made. `guid_is_derived` if the author wrote none; `chapters_path` is
    the file that has the chapters.
    """

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
    transcripts: tuple[Transcript, ...] = ()
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

    @property
    def whole_number(self) -> int | None:
        """The number where only whole ones are allowed: None for 3.5 and for 0."""
        return whole(self.number)


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
class Newsletter:
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


@dataclass(frozen=True)
class Waiting:
    """A post whose date has not come."""

    title: str
    date: datetime


@dataclass(frozen=True)
class Show(Fingerprinted):
    """All that is published; episodes newest first. `problems` were met while reading.

    `pictures` are those inside articles: as the author saved them, until smaller ones are made.
    `icons` show the site among others, the smallest first.
    """

    settings: Settings
    cover: Picture | None
    small_cover: Picture | None
    episodes: tuple[Episode, ...]
    pages: tuple[Page, ...]
    assets: tuple[Asset, ...] = ()  # all that pages and feeds refer to
    pictures: tuple[Picture, ...] = ()
    icons: tuple[Picture, ...] = ()
    waiting: tuple[Waiting, ...] = field(default=(), compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def everything(self) -> tuple["Episode | Page", ...]:
        """All that has a page of its own because the author wrote it."""
        return (*self.episodes, *self.pages)


@dataclass(frozen=True)
class Template:
    """One file of the theme; `path` is where a person finds it."""

    name: str
    source: str
    path: str = field(compare=False)


@dataclass(frozen=True)
class Templates(Fingerprinted):
    """The theme: text templates by name, and files that are copied or read as they are."""

    sources: tuple[Template, ...]
    catalogs: Mapping[str, bytes] = field(default_factory=dict)  # language -> compiled gettext
    fonts: Mapping[str, bytes] = field(default_factory=dict)  # name -> WOFF2

    def source(self, name: str) -> str:
        """The text of one file."""
        return next(it.source for it in self.sources if it.name == name)

    def path(self, name: str) -> str:
        """Where a person finds one file; its name if there is none."""
        return next((it.path for it in self.sources if it.name == name), name)


Body = Path | Callable[[], Iterable[bytes]]

PAGE_CACHE = "public, max-age=300, must-revalidate"
FOR_EVER = "public, max-age=31536000, immutable"  # only where the name changes with the bytes


@dataclass(frozen=True)
class File:
    """One thing that is published, named by its URL path.

    `digest` is the sha256 of the body; `size` its length in bytes. The body is made or opened
    only when somebody needs it. `redirect` is the whole URL to which a server that can shall
    lead instead. `source` names what it came from, for error messages.
    """

    url: str
    digest: str
    size: int
    content_type: str
    cache_control: str = PAGE_CACHE
    redirect: str = ""
    body: Body = field(compare=False, kw_only=True)
    source: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Entry:
    """What a store knows of a File."""

    digest: str
    size: int
    content_type: str
    cache_control: str
    redirect: str = ""


def on_disk(url: str, content_type: str) -> str:
    """The relative path of a URL in a folder: `/feed/itunes/` -> `feed/itunes/index.xml`."""
    if not url.endswith("/"):
        return url[1:]
    is_feed = content_type.startswith("application/rss+xml")
    return url[1:] + ("index.xml" if is_feed else "index.html")


def on_s3(url: str) -> str:
    """The key of a URL in a bucket, which knows one index suffix: `feed/itunes/index.html`."""
    return url[1:] + "index.html" if url.endswith("/") else url[1:]


class Memo(Protocol):
    """Remembers what slow pure functions returned; `memo.py` is the real one."""

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """`function(*arguments)`, from memory if it ran before with equal arguments."""

    def map(
        self, function: Callable[..., T], arguments: Iterable[tuple[object, ...]], few: int = 8
    ) -> list[T]:
        """The same for many arguments, in their order; new ones are worked on in parallel.

        Fewer than `few` new ones are not.
        """

    def file(
        self, url: str, content_type: str, function: Callable[..., bytes], *arguments: object
    ) -> File:
        """The File whose body is `function(*arguments)`, made only if its digest is not known."""
