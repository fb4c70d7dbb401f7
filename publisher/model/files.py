"""What a show becomes: files, the theme that makes them, the memory that spares making them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from publisher.errors import Problem
from publisher.fingerprint import Fingerprinted
from publisher.model.parts import Body

PAGE_CACHE = "public, max-age=300, must-revalidate"


FOR_EVER = "public, max-age=31536000, immutable"  # only where the name changes with the bytes


@dataclass(frozen=True)
class Template:
    """One file of the theme; `path` is where a person finds it."""

    name: str
    source: str
    path: str = field(compare=False)


@dataclass(frozen=True)
class Templates(Fingerprinted):
    """The theme: text templates by name, and files that are copied or read as they are.

    `code` is what Jinja2 made of a template, or what is wrong with it; see `theme.compiled`.
    """

    sources: tuple[Template, ...]
    catalogs: Mapping[str, bytes] = field(default_factory=dict)  # language -> compiled gettext
    fonts: Mapping[str, bytes] = field(default_factory=dict)  # name -> WOFF2
    code: Mapping[str, bytes | Problem] = field(default_factory=dict, compare=False, repr=False)

    def source(self, name: str) -> str:
        """The text of one file."""
        return next(it.source for it in self.sources if it.name == name)

    def path(self, name: str) -> str:
        """Where a person finds one file; its name if there is none."""
        return next((it.path for it in self.sources if it.name == name), name)


class Spare(NamedTuple):
    """A file that whoever asks for a body may have for their own."""

    path: Path


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
    body: Body | Spare = field(compare=False, kw_only=True)
    source: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Batch:
    """Files that are made together, of which equal keys tell that they are the same.

    Asking for the `files` makes them. It wants to know the keys of all batches that will be asked
    for their files next, in their order, so that these are made beside each other.
    """

    key: str
    files: Callable[[Collection[str]], Iterable[File]] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Made:
    """A page just made, from which a File becomes."""

    url: str
    content_type: str
    body: bytes


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


class Piece(NamedTuple):
    """Calls of one function, one after another, for which `known` stands.

    Equal ones make the same files. `sources` are what each call's files came from, for messages.
    """

    known: tuple[object, ...]
    calls: Callable[[], Sequence[tuple[object, ...]]]
    sources: Sequence[str]


T = TypeVar("T")
Question = tuple[str, ...]
Answer = object  # scalars, and tuples of them
Ask = Callable[[Question], Answer]


FileCall = tuple[str, str, Callable[..., bytes], tuple[object, ...]]
"""URL, type and what makes the body of a File: a function and its arguments."""


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

    def groups(
        self,
        function: Callable[..., Iterable[T]],
        known: list[tuple[object, ...]],
        *arguments: object,
    ) -> list[T]:
        """What is remembered of groups; `known` stands for each: equal ones have equal values.

        `function(missing, *arguments)` makes those at these places, all at once; it asks this memo
        for their parts.
        """

    def traced(
        self,
        function: Callable[..., T],
        known: tuple[object, ...],
        ask: Ask,
        *arguments: object,
    ) -> T:
        """`function(ask, *arguments)`, unless all that it asked last time is answered as then.

        `known` stands for the arguments. Questions and answers are scalars and tuples of them.
        """

    def batches(
        self,
        function: Callable[..., tuple[Made, ...]],
        shared: tuple[object, ...],
        pieces: Iterable[Piece],
    ) -> list[Batch]:
        """The files that `function` makes of the shared arguments and those of each call."""

    def file(
        self,
        url: str,
        content_type: str,
        function: Callable[..., bytes],
        *arguments: object,
        source: str = "",
    ) -> File:
        """The File whose body is `function(*arguments)`, made only if its digest is not known."""

    def meanwhile(self, calls: Iterable[FileCall]) -> Batch:
        """The files of these calls, which another process begins to make at once."""
