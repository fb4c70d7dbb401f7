"""What we wrote down about a target: the one object from which every plan begins."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from publisher.errors import Exit, Failure
from publisher.live import Live
from publisher.model import Entry

PRIVATE = ".publish/"  # what lies below it is no part of the site
MANIFEST_KEY = PRIVATE + "manifest.json"
LEASE_KEY = PRIVATE + "lease.json"
VERSION = 1  # of the manifest's format
KEPT_RELEASES = 10


@dataclass(frozen=True)
class Stored:
    """A file at the target: what it is, its key there, and the ETag it was given.

    An empty ETag is not known; an entry without a digest is there, but not as we know it.
    """

    entry: Entry
    key: str
    etag: str = ""


@dataclass(frozen=True)
class Retired:
    """A file that left the site and stays for slow apps, cached pages and rollback.

    `since` is when it left, `release` the first release without it.
    """

    stored: Stored
    since: str
    release: str


@dataclass(frozen=True)
class Release:
    """One run that changed the site: `id` begins with its time; `note` says how it came about."""

    id: str
    time: str
    create: int
    modify: int
    delete: int
    note: str = ""

    @property
    def key(self) -> str:
        """Where the text that it replaced lies."""
        return f"{PRIVATE}releases/{self.id}.zip"


@dataclass(frozen=True)
class Manifest:
    """All that we put at a target, by URL. What it does not list is not ours to delete.

    `releases` are the last ten, newest first; `live` the feed as subscribers know it.
    `etag` is that of the manifest itself, None where there is none.
    """

    files: Mapping[str, Stored] = field(default_factory=dict)
    retired: Mapping[str, Retired] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
    live: Live = field(default_factory=Live)
    etag: str | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, content: bytes, place: str, etag: str = "") -> "Manifest":
        """The manifest in `content`; `place` says where that was read, for the Failure."""
        try:
            found = json.loads(content)
            version = found["version"]
            if version == VERSION:
                return cls(
                    {url: _stored(values) for url, values in found["files"].items()},
                    {url: _retired(values) for url, values in found.get("retired", {}).items()},
                    tuple(_release(values) for values in found.get("releases", ())),
                    Live.parse(found["live"]) if "live" in found else Live(),
                    etag,
                )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Failure(
                Exit.TARGET,
                f"{place} is damaged",
                "delete it and publish again: every file is compared or sent anew; files that "
                "have left the site since then stay until you delete them by hand",
            ) from None
        raise Failure(
            Exit.TARGET,
            f"{place} has format {version}; this program knows format {VERSION}",
            "publish with the newer program that wrote it",
        )

    def as_bytes(self) -> bytes:
        """Canonical JSON: equal manifests are equal bytes."""
        retired = {
            url: {**_plain(it.stored), "since": it.since, "release": it.release}
            for url, it in self.retired.items()
        }
        content = {
            "version": VERSION,
            "files": {url: _plain(it) for url, it in self.files.items()},
            "retired": retired,
            "releases": [asdict(release) for release in self.releases],
            "live": asdict(self.live),
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode() + b"\n"

    def by_key(self) -> dict[str, tuple[str, Stored]]:
        """All that lies at the target, retired or not: key -> URL and file."""
        retired = {url: it.stored for url, it in self.retired.items()}
        return {it.key: (url, it) for url, it in {**retired, **self.files}.items()}


def _plain(stored: Stored) -> dict[str, Any]:
    values = {"key": stored.key, "etag": stored.etag, **vars(stored.entry)}
    return {name: value for name, value in values.items() if name != "redirect" or value}


def _stored(values: Mapping[str, Any]) -> Stored:
    key, digest, size = values["key"], values["digest"], values["size"]
    content_type, cache_control = values["content_type"], values["cache_control"]
    etag, redirect = values.get("etag", ""), values.get("redirect", "")
    texts = (key, digest, content_type, cache_control, etag, redirect)
    if not key or type(size) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a file")
    return Stored(Entry(digest, size, content_type, cache_control, redirect), key, etag)


def _retired(values: Mapping[str, Any]) -> Retired:
    since = values["since"]
    if datetime.fromisoformat(since).utcoffset() is None:
        raise ValueError("not a moment")
    return Retired(_stored(values), since, str(values["release"]))


def _release(values: Mapping[str, Any]) -> Release:
    made, meant = Release(**values), Release("", "", 0, 0, 0)
    if any(type(value) is not type(getattr(meant, name)) for name, value in asdict(made).items()):
        raise ValueError("not a release")
    return made
