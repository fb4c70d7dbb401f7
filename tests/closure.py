"""Two releases of a small podcast, a visitor who walks it, and faults on the way between them."""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from xml.etree import ElementTree as ET

from servers import HTML, KEY, SECRET, Asked, Site, Store, moto_server, rclone_server

from publisher.errors import Failure
from publisher.model import FOR_EVER
from publisher.targets import open_target, run, s3, s3_client, s3_parts
from publisher.targets.manifest import PRIVATE
from publisher.targets.plan import Plan

RSS = "application/rss+xml; charset=utf-8"
JSON = "application/json+chapters"
VTT = "text/vtt; charset=utf-8"
HOST = "https://podcast.example"
FAULTS = ("kill-before", "kill-after", "503", "reset-before", "reset-after", "half a body")
SMALL_PART = 40_000  # bytes; stands for the 8 MiB of real parts
PODCAST = "{https://podcastindex.org/namespace/1.0}"


# -- the two releases --------------------------------------------------------------------------


def audio(site: Site, slug: str, take: str, size: int = 9_000) -> str:
    """Write a recording; its URL."""
    body = (f"{slug} {take} ".encode() * size)[:size]
    url = f"/audio/{slug}-{hashlib.sha256(body).hexdigest()[:8]}.mp3"
    site.write(url, body, "audio/mpeg", FOR_EVER)
    return url


def release(folder: Path, episodes: dict[str, tuple[str, str]], theme: str) -> Site:
    """A podcast: slug -> take of the recording and text; `theme` changes every page."""
    site = Site(folder)
    style = f"/assets/style-{theme}.css"
    site.write(style, f"b {{ color: {theme} }}".encode(), "text/css", FOR_EVER)
    items, links = [], []
    for slug, (take, text) in episodes.items():
        large = slug == "replaced" and take == "take 2"
        url = audio(site, slug, take, SMALL_PART + 9_000 if large else 9_000)
        chapters, transcript = f"/{slug}/chapters.json", f"/{slug}/transcript.vtt"
        extra = ""
        if slug in ("renamed", "renamed-2"):
            site.write(chapters, json.dumps({"chapters": [slug]}).encode(), JSON)
            extra = f'<podcast:chapters url="{HOST}{chapters}" type="{JSON}"/>'
        if slug == "same":
            site.write(transcript, b"WEBVTT", VTT)
            extra = f'<podcast:transcript url="{HOST}{transcript}" type="{VTT}"/>'
        more = f'<a href="{chapters}">chapters</a>' if "chapters" in extra else ""
        body = f'<link rel="stylesheet" href="{style}"><a href="/">home</a>{text}{more}'
        site.write(f"/{slug}/", f'{body}<audio src="{url}"></audio>'.encode())
        links.append(f'<a href="/{slug}/">{slug}</a>')
        size = site.entries[url].size
        items.append(
            f"<item><guid>{slug[:7]}</guid><link>{HOST}/{slug}/</link>"
            f'<enclosure url="{HOST}{url}" length="{size}" type="audio/mpeg"/>{extra}</item>'
        )
    head = f'<link rel="stylesheet" href="{style}"><a href="/feed/itunes/">feed</a>'
    site.write("/", (head + links[0] + '<a href="/archive/">all</a>').encode())
    site.write("/archive/", (head + "".join(links)).encode())
    feed = f'<rss xmlns:podcast="{PODCAST[1:-1]}"><channel>{"".join(items)}</channel></rss>'
    site.write("/feed/itunes/", feed.encode(), RSS)
    return site


def releases(folder: Path) -> tuple[Site, Site]:
    """V1 and V2: an episode is new, one changed, one renamed, one gone, one has other audio."""
    before = {
        "replaced": ("take 1", "a"),
        "renamed": ("take 1", "b"),
        "gone": ("take 1", "c"),
        "same": ("take 1", "e"),
    }
    after = {
        "new": ("take 1", "d"),
        "replaced": ("take 2", "a"),
        "renamed-2": ("take 1", "b"),
        "same": ("take 1", "e, with one word more"),
    }
    one = release(folder / "1" / "site", before, "red")
    two = release(folder / "2" / "site", after, "blue")
    for site in (one, two):  # one show, built twice
        site.root = folder
        site.texts = run.Texts(folder / ".cache" / "published")
    return one, two


# -- the visitor -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What a visitor gets."""

    body: bytes
    content_type: str


@dataclass
class Visitor:
    """Walks the bucket after each change and notes what is broken."""

    store: Store
    old: Site
    new: Site
    broken: list[str] = field(default_factory=list)
    walks: int = 0
    pages: dict[str, Page] = field(default_factory=dict)

    def arrive(self) -> None:
        """See everything that is there."""
        self.pages = {}
        for key in self.store.all_keys():
            self.see(key)

    def see(self, key: str) -> None:
        """See one file as it is now."""
        try:
            found = self.store.get(key)
            self.pages[key] = Page(found["Body"], found["ContentType"])
        except self.store.client.exceptions.NoSuchKey:
            self.pages.pop(key, None)

    def after(self, asked: Asked) -> None:
        """Look again; for `Proxy.watch`."""
        if asked.key.startswith(PRIVATE) or "partNumber" in asked.query:
            return
        self.see(asked.key)
        self.walk(f"{asked.method} {asked.key}")

    def walk(self, when: str) -> None:
        """From the start page and the feed, wherever they lead."""
        self.walks += 1
        todo, seen = ["index.html", "feed/itunes/index.html"], set()
        while todo:
            key = todo.pop()
            if key in seen:
                continue
            seen.add(key)
            if key not in self.pages:
                self.broken.append(f"after {when}: {key} is missing")
                continue
            page = self.pages[key]
            if page not in self.releases(key):
                self.broken.append(f"after {when}: {key} is of neither release")
            for other, size, kind in links(page.body, page.content_type):
                todo.append(other)
                there = self.pages.get(other)
                if there and size and len(there.body) != size:
                    self.broken.append(f"after {when}: {other} has another length than {size}")
                if there and kind and there.content_type != kind:
                    self.broken.append(f"after {when}: {other} is no {kind}")

    def releases(self, key: str) -> Iterator[Page]:
        """What may lie under a key."""
        url = "/" + key.removesuffix("index.html")
        for site in (self.old, self.new):
            if url in site.entries:
                yield Page(site.body(url), site.entries[url].content_type)


@cache
def links(body: bytes, content_type: str) -> tuple[tuple[str, int, str], ...]:
    """What a page or feed leads to: key, promised length and type."""
    found: list[tuple[str, int, str]] = []
    if content_type == HTML:
        urls = re.findall(r'(?:href|src)="([^"]+)"', body.decode())
        found += [(_key(url), 0, "") for url in urls]
    elif content_type == RSS:
        for it in ET.fromstring(body).iter("item"):
            found.append((_key(it.findtext("link") or ""), 0, HTML))
            names = ("enclosure", f"{PODCAST}chapters", f"{PODCAST}transcript")
            found += [
                (_key(tag.attrib["url"]), int(tag.get("length", 0)), tag.attrib["type"])
                for tag in itertools.chain.from_iterable(map(it.iter, names))
            ]
    return tuple(found)


def _key(url: str) -> str:
    path = url.removeprefix(HOST)[1:]
    return path + "index.html" if path.endswith("/") or not path else path


# -- a run with a fault ------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How a run with a fault went, and the run after it."""

    number: int
    fault: str
    broken: tuple[str, ...]
    walks: int
    resent: int  # bytes of audio that were there already
    orphans: int
    converged: bool
    failure: str
    again: str  # what the run after said, if it failed

    @property
    def fine(self) -> bool:
        return not self.broken and not self.resent and not self.orphans and self.converged


@contextmanager
def quick() -> Iterator[None]:
    """Small parts, and retries that do not wait."""
    patient = SimpleNamespace(sleep=lambda _: None, time=time.time)
    with (
        mock.patch.object(s3, "client", cache(s3_client.client)),  # making one takes long
        mock.patch.object(s3, "LARGE", SMALL_PART),
        mock.patch.object(run, "LARGE", SMALL_PART),
        mock.patch.object(s3_parts, "PART", SMALL_PART),
        mock.patch.object(s3_client, "ATTEMPTS", 2),
        mock.patch("botocore.endpoint.time", patient),
        mock.patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1),
    ):
        yield


def in_process(site: Site, store: Store) -> str:
    """Publish; the failure, if it failed."""
    try:
        site.publish(open_target(store.settings(), site.root))
    except Failure as failure:
        return failure.message
    return ""


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import closure
from publisher.model import TargetSettings
one, two = closure.releases(Path(sys.argv[2]))
site = (one, two)[int(sys.argv[3])]
settings = TargetSettings(sys.argv[4], sys.argv[5], "us-east-1")
sys.stdin.readline()
with closure.quick():
    site.publish(closure.open_target(settings, site.root))
"""


def in_a_process(site: Site, store: Store) -> str:
    """Publish in a process of its own, which the proxy may kill."""
    settings = store.settings()
    which = str(int(site.folder.parent.name) - 1)
    where = [str(Path(__file__).parent), str(site.root), which, settings.url, settings.endpoint]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *where], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        store.proxy.victim = child.pid
        _, said = child.communicate(b"\n")
        store.proxy.victim = 0
    return "" if child.returncode == 0 else f"{child.returncode} {said.decode()[-300:]}"


def trial(
    store: Store,
    sites: tuple[Site, Site],
    fault: tuple[int, str],
    publish: Callable[[Site, Store], str] = in_process,
) -> Outcome:
    """Publish the second site over the first while one request goes wrong; then once more."""
    old, new = sites
    proxy = store.proxy
    visitor = Visitor(store, old, new)
    visitor.arrive()
    proxy.reset()
    proxy.fault, proxy.watch = fault, visitor.after
    try:
        failure = publish(new, store)
        proxy.reset()
        had = {key: len(it.body) for key, it in visitor.pages.items() if key.startswith("audio/")}
        again = in_process(new, store)
        sent = {it.key for it in proxy.asked if it.method in ("PUT", "POST")}
    finally:
        proxy.watch = None
    visitor.walk("the run after")
    return Outcome(
        *fault,
        tuple(visitor.broken),
        visitor.walks,
        sum(had[key] for key in sent & had.keys()),
        orphans(store),
        not again and holds(store, visitor, new),
        failure,
        again,
    )


def holds(store: Store, visitor: Visitor, site: Site) -> bool:
    """True if the site is there, and besides it only what is retired or private."""
    target = open_target(store.settings(), site.root)
    wanted = {target.name(url, entry): url for url, entry in site.entries.items()}
    retired = {it.stored.key for it in target.read_manifest().retired.values()}
    public = {key for key in visitor.pages if not key.startswith(PRIVATE)}
    if target.read_lease().lease.state != "free" or public != wanted.keys() | retired:
        return False
    return all(visitor.pages[key].body == site.body(url) for key, url in wanted.items())


def orphans(store: Store) -> int:
    """Uploads that did not end."""
    from botocore.exceptions import ClientError

    with suppress(ClientError):  # rclone, where there are none
        return len(store.client.list_multipart_uploads(Bucket=store.bucket).get("Uploads", []))
    return 0


def naive(site: Site, store: Store) -> str:
    """Publish as a plain sync does: keys in their order, deletes inline."""
    target = open_target(store.settings(), site.root)
    found, made = site.prepare(target, purge=True)
    for step in sorted(made.steps, key=lambda step: step.key):
        with mock.patch.object(Plan, "phases", lambda _self, it=step: iter([(it,)])):
            run._take(made, found, target, site.folder, (run.no_progress, _Nobody()))  # noqa: SLF001
    return ""


class _Nobody:
    def check(self) -> None:
        """A lease that is never lost."""


@contextmanager
def environment():
    """The credentials of the servers in the tests."""
    os.environ.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    with tempfile.TemporaryDirectory() as folder:
        factory = SimpleNamespace(mktemp=lambda _name: Path(folder))
        moto = moto_server.__wrapped__()
        rclone = rclone_server.__wrapped__(factory)
        try:
            yield next(moto), next(rclone)
        finally:
            moto.close()
            rclone.close()
