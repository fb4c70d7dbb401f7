"""What must happen at a target so that it holds the site: a plan, made without touching it.

The order is what keeps a visitor from ever meeting a broken link: creates, which nothing links
to yet; then modifies, while every file of both releases exists; then deletes, which nothing
reaches any more. Within each, whatever refers comes after what it refers to: feeds last.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any, Literal

from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.model import FOR_EVER, Entry

MANIFEST_KEY = ".publish/manifest.json"
VERSION = 1  # of the manifest's format

Kind = Literal["create", "modify", "delete"]
KINDS: tuple[Kind, ...] = ("create", "modify", "delete")

NEW, CHANGED = "new", "changed"
HEADERS_CHANGED, GONE = "headers changed", "no longer in the site"


@dataclass(frozen=True)
class Stored:
    """A file at the target: what it is, and the key under which it lies there."""

    entry: Entry
    key: str


@dataclass(frozen=True)
class Manifest:
    """All that we put at a target, by URL. What it does not list is not ours to delete."""

    files: Mapping[str, Stored] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: bytes, place: str) -> "Manifest":
        """The manifest in `content`; `place` says where that was read, for the Failure."""
        try:
            found = json.loads(content)
            version = found["version"]
            if version == VERSION:
                return cls({url: _stored(values) for url, values in found["files"].items()})
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
        files = {url: {"key": it.key, **asdict(it.entry)} for url, it in self.files.items()}
        content = {"version": VERSION, "files": files}
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _stored(values: Mapping[str, Any]) -> Stored:
    key, digest, size = values["key"], values["digest"], values["size"]
    content_type, cache_control = values["content_type"], values["cache_control"]
    texts = (key, digest, content_type, cache_control)
    if not key or type(size) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a file")
    return Stored(Entry(digest, size, content_type, cache_control), key)


@dataclass(frozen=True)
class Step:
    """One thing to do at the target, and why. A delete's `entry` is what lay there."""

    kind: Kind
    url: str
    key: str
    reason: str
    entry: Entry

    @property
    def size(self) -> int:
        """The bytes of the file that is sent or deleted."""
        return self.entry.size

    @property
    def sends(self) -> int:
        """The bytes that go over the wire."""
        return 0 if self.kind == "delete" else self.size

    @property
    def phase(self) -> tuple[int, int]:
        """Steps of one phase may run at once; a phase begins when those before it are done."""
        place = _place(self.url, self.entry)
        return KINDS.index(self.kind), -place if self.kind == "delete" else place


def _place(url: str, entry: Entry) -> int:
    """Feeds refer to pages and audio, pages to audio and assets; those refer to nothing."""
    if entry.content_type.startswith(("application/rss+xml", "application/feed+json")):
        return 2
    if url.endswith("/feed.json"):
        return 2
    return 0 if entry.cache_control == FOR_EVER else 1


@dataclass(frozen=True)
class Summary:
    """A plan in numbers: files by what happens to them, and the bytes to send."""

    create: int
    modify: int
    delete: int
    unchanged: int
    bytes: int


@dataclass(frozen=True)
class Plan:
    """The steps in their order, and the manifest that is true once all of them are done."""

    steps: tuple[Step, ...]
    manifest: Manifest

    def phases(self) -> Iterator[tuple[Step, ...]]:
        """The steps that may run at once, group by group."""
        for _, steps in groupby(self.steps, key=lambda step: step.phase):
            yield tuple(steps)

    def summary(self) -> Summary:
        """What a person wants to know before saying yes."""
        create, modify, delete = (sum(s.kind == kind for s in self.steps) for kind in KINDS)
        unchanged = len(self.manifest.files) - create - modify
        return Summary(create, modify, delete, unchanged, sum(s.sends for s in self.steps))

    def as_json(self) -> dict[str, Any]:
        """The plan for `--json`: plain values that `json.dumps` takes."""
        names = ("kind", "url", "key", "size", "reason")
        steps = [{name: getattr(step, name) for name in names} for step in self.steps]
        return {"summary": asdict(self.summary()), "steps": steps}


def plan(local: Mapping[str, Entry], manifest: Manifest, name: Callable[[str, Entry], str]) -> Plan:
    """What makes the target that `manifest` describes hold `local`; `name` gives the keys.

    Files are compared by key, because a URL whose content type changes may change its key.
    """
    wanted = {url: Stored(entry, name(url, entry)) for url, entry in local.items()}
    urls = _by_key(wanted)
    there = {it.key: (url, it.entry) for url, it in manifest.files.items()}
    steps = [
        Step("modify" if key in there else "create", url, key, reason, wanted[url].entry)
        for key, url in urls.items()
        if (reason := _reason(wanted[url].entry, there[key][1] if key in there else None))
    ]
    steps += [
        Step("delete", url, key, GONE, entry)
        for key, (url, entry) in there.items()
        if key not in urls and key != MANIFEST_KEY
    ]
    return Plan(tuple(sorted(steps, key=lambda step: (step.phase, step.key))), Manifest(wanted))


def _reason(wanted: Entry, there: Entry | None) -> str:
    """Why the file must be sent; empty if it need not."""
    if there is None:
        return NEW
    if wanted.digest != there.digest:
        return CHANGED
    return HEADERS_CHANGED if wanted != there else ""


def _by_key(wanted: Mapping[str, Stored]) -> dict[str, str]:
    """The URL of each key; two files that would lie in one place are a problem."""
    urls = {MANIFEST_KEY: "the manifest"}
    problems = []
    for url, stored in sorted(wanted.items()):
        if stored.key in urls:
            message = f"{url} and {urls[stored.key]} would both be {stored.key} at the target"
            problems.append(Problem("show.toml", 0, message, "rename one of them"))
        urls[stored.key] = url
    if problems:
        raise PublishError(problems)
    return {key: url for key, url in urls.items() if key != MANIFEST_KEY}
