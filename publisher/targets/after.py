"""After the upload: see that the new episodes answer as podcast apps need them to.

Apple asks for byte ranges (206) and for a HEAD that tells length and type; see its "Podcast
hosting requirements".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from publisher import fingerprint
from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings
from publisher.targets import Target
from publisher.targets.manifest import Stored
from publisher.targets.plan import Plan

PATIENCE = 20  # seconds
AT_ONCE = 32  # what the browsers of a few visitors ask


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the headers with small letters."""

    status: int
    headers: Mapping[str, str]


Ask = Callable[[str, str, bool], Answer]  # URL of the site, key, and if a part of it will do


@dataclass(frozen=True)
class Place:
    """From where to look, and how to ask there."""

    name: str
    ask: Ask
    hint: str


@dataclass(frozen=True)
class Look:
    """One address to look at."""

    url: str
    key: str
    entry: Entry
    audio: bool


def looks(made: Plan, again: Iterable[str] = ()) -> list[Look]:
    """Each new enclosure, and, if there are any, the feed and the newest page.

    Those of the URLs `again` that are still part of the site come first.
    """
    enclosures = set(made.manifest.live.enclosures.values())
    files = made.manifest.files
    sent = [step.url for step in made.steps if step.kind != "delete"]
    urls = [url for url in again if url in files]
    if audio := [url for url in sent if url in enclosures]:
        pages = (url for url in sent if _is(files[url], "text/html"))
        feeds = (url for url in sent if _is(files[url], "application/rss+xml"))
        urls += [*audio, *islice(pages, 1), *islice(feeds, 1)]
    return [
        Look(url, files[url].key, files[url].entry, audio=url in enclosures)
        for url in dict.fromkeys(urls)
    ]


def _is(file: Stored, content_type: str) -> bool:
    return file.entry.content_type.startswith(content_type)


class Amiss:
    """The addresses that did not answer as promised, for the next run to look at again.

    Deleting the file is always safe.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, root: Path, settings: TargetSettings) -> "Amiss":
        """Those of a target of the show in `root`."""
        mark = fingerprint.of(settings.url, settings.endpoint)[:12]
        return cls(root / ".cache" / f"amiss-{mark}.txt")

    def read(self) -> list[str]:
        """Their URLs; none, if all was well."""
        try:
            return self.path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return []

    def write(self, urls: Iterable[str]) -> None:
        """Remember these, and no others."""
        lines = "".join(f"{url}\n" for url in urls)
        with suppress(OSError):  # it is only a memory
            if lines:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(lines, "utf-8")
            else:
                self.path.unlink(missing_ok=True)


def place(settings: TargetSettings, site_url: str, target: Target) -> Place | None:
    """Where `[target] check` wants us to look; None if nowhere."""
    where = settings.check
    if where == "off" or not settings.url.startswith("s3:"):
        return None
    if where == "endpoint":
        hint = "look at the bucket; `publish verify --mend` sends what is not as it should be"
        return Place(settings.endpoint or settings.url, _endpoint(target), hint)
    hint = (
        f"does {site_url} lead to {settings.url}? look at DNS and CDN; "
        '[target] check = "endpoint" or "off" in show.toml looks elsewhere or not at all'
    )
    return Place(site_url, _public(site_url), hint)


def check(wanted: list[Look], at: Place) -> None:
    """CHECK with all that is amiss, after everything was looked at."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda look: list(_amiss(look, at.ask)), wanted)
        amiss = [problem for problems in found for problem in problems]
    if amiss:
        more = f", and {len(amiss) - 1} more" if len(amiss) > 1 else ""
        raise Failure(Exit.CHECK, f"published, but {amiss[0]}{more} ({at.name})", at.hint)


def _amiss(look: Look, ask: Ask) -> Iterator[str]:
    head = ask(look.url, look.key, False)
    if head.status != 200:
        yield f"{look.url} answers {head.status or 'nothing'}"
        return
    if not look.audio:
        return
    length, wanted = head.headers.get("content-length"), str(look.entry.size)
    if length != wanted:
        yield f"{look.url} promises {length} bytes instead of {wanted}"
    if head.headers.get("content-type") != look.entry.content_type:
        yield f"{look.url} has the type {head.headers.get('content-type')}"
    digest = head.headers.get("x-amz-meta-sha256", look.entry.digest)
    if digest != look.entry.digest:
        yield f"{look.url} holds other bytes than were sent"
    part = ask(look.url, look.key, True)
    if part.status != 206 and "content-range" not in part.headers:  # rclone sends it with 200
        yield f"{look.url} answers {part.status} to a request for a part of it instead of 206"


def _public(site_url: str) -> Ask:
    def ask(url: str, _key: str, part: bool) -> Answer:
        request = Request(  # noqa: S310 - the site's own address
            site_url + quote(url, safe="/%"), method="GET" if part else "HEAD"
        )
        request.add_header("User-Agent", "publisher")
        if part:
            request.add_header("Range", "bytes=0-1")
        try:
            with urlopen(request, timeout=PATIENCE) as found:  # noqa: S310 - as above
                headers = {name.lower(): value for name, value in found.headers.items()}
                return Answer(found.status, headers)
        except HTTPError as error:
            return Answer(error.code, {})
        except (URLError, HTTPException, OSError):
            return Answer(0, {})

    return ask


def _endpoint(target: Target) -> Ask:
    def ask(_url: str, key: str, part: bool) -> Answer:
        status, headers = target.answer(key, part=part)
        return Answer(status, headers)

    return ask
