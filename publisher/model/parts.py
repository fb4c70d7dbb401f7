"""What posts and pages are made of: texts, files, people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from publisher.fingerprint import Fingerprinted


@dataclass(frozen=True)
class Source:
    """The text file a value was read from: `path` relative to the show, and each key's line.

    A key inside another is `legal.imprint`, the second item of a list `guests.1`. `typed` has keys
    and lines in one text, since a show has many of them and few are asked for.
    """

    path: str
    typed: str = ""

    @classmethod
    def of(cls, path: str, lines: Mapping[str, int]) -> Self:
        """A file in which these keys stand on these lines."""
        return cls(path, "\0".join(f"{key}\0{line}" for key, line in lines.items()))

    @property
    def lines(self) -> dict[str, int]:
        """The line of each key."""
        words = self.typed.split("\0") if self.typed else []
        return {key: int(line) for key, line in zip(words[::2], words[1::2], strict=True)}

    def line(self, key: str) -> int:
        """The line on which `key` stands, or the file's first."""
        return self.lines.get(key, 1)


class Apart:
    """A long value, whose place another may take that loads it when called; see `memo`."""

    def __call__(self) -> Self:
        return self


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


Body = Path | Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Asset:
    """A file that is published as it is: `size` in bytes, `digest` the sha256 of its bytes.

    Names under /assets/ and /audio/ hold a part of the digest, so a URL never changes its bytes.
    `made` yields the bytes where they are not those of the file at `place`, but made from it.
    """

    url: str
    media_type: str
    digest: str
    size: int
    place: str = field(compare=False)  # no Path, which takes long to read back
    made: Callable[[], Iterable[bytes]] | None = field(
        default=None, compare=False, repr=False, kw_only=True
    )

    @property
    def path(self) -> Path:
        """The file itself, or that from which it is made."""
        return Path(self.place)

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
class Spoken(Apart):
    """The text of a transcript's file."""

    text: str


SILENCE = Spoken("")


@dataclass(frozen=True)
class Transcript(Asset):
    """What is said, with its times, in one of the formats that apps load.

    `spoken` is the text of the author's file at `path`, for which the digest stands.
    """

    language: str = ""
    spoken: Callable[[], Spoken] = field(default=SILENCE, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The author's file."""
        return self.spoken().text


@dataclass(frozen=True)
class Soundbite:
    """A part of the audio worth quoting: `start` and `duration` in seconds."""

    start: float
    duration: float
    title: str = ""


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


class Heading(NamedTuple):
    """A heading of an article: `level` 2 to 6, `anchor` its id."""

    level: int
    anchor: str
    title: str


@dataclass(frozen=True)
class Texts(Apart):
    """What an article says, in each form, and `markdown` as it was typed, to find lines.

    `elsewhere` is the HTML for feeds and mails where it differs.
    """

    html: str
    elsewhere: str = ""
    plain: str = ""
    markdown: str = ""


@dataclass(frozen=True)
class Moments:
    """Where times such as [12:34] lead: `page` and `audio` are URL paths, `duration` in seconds.

    On its page a moment leads into the recording, where the player takes it up; elsewhere to the
    page. A time behind the end is text.
    """

    page: str
    audio: str
    duration: float


NOWHERE = Moments("", "", 0.0)


@dataclass(frozen=True)
class Article(Fingerprinted):
    """Markdown, converted; its texts, of which `digest` is the fingerprint, load when asked for.

    `html` marks its n-th reference as `ref:n`; see `text.linked`. `summary` is its first paragraph,
    `own` whole addresses of the site in it, `loads` what a browser would load from other sites,
    `jumps` the places of its own page to which it links, each with its line.
    """

    digest: str
    texts: Callable[[], Texts] = field(compare=False, repr=False)
    words: int = 0
    summary: str = ""
    headings: tuple[Heading, ...] = ()
    references: tuple[Reference, ...] = ()
    moments: Moments | None = None  # None: there are none
    pictures_without_alt: tuple[int, ...] = field(default=(), compare=False)  # their lines
    todos: tuple[int, ...] = field(default=(), compare=False)  # lines that say TODO:
    own: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    loads: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    jumps: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    first_line: int = field(default=1, compare=False)

    @property
    def html(self) -> str:
        """The HTML of its page."""
        return self.texts().html

    @property
    def elsewhere(self) -> str:
        """The HTML for feeds and mails."""
        texts = self.texts()
        return texts.elsewhere or texts.html

    @property
    def plain(self) -> str:
        """The text for those who read no HTML."""
        return self.texts().plain

    @property
    def is_linking(self) -> bool:
        """True if it leads to other files or pages of the site."""
        return bool(self.own or self.references)

    def line_of(self, words: str) -> int:
        """The first line on which these words were typed, 0 if they were not."""
        lines = self.texts().markdown.splitlines()
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
