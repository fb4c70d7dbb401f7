"""What must happen at a target so that it holds the site: a plan, made without touching it.

The order is what keeps a visitor from ever meeting a broken link: creates, which nothing links
to yet; then modifies, while every file of both releases exists; then deletes, which nothing
reaches any more. Within each, whatever refers comes after what it refers to: feeds last.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from publisher import fingerprint, live
from publisher.errors import Problem, PublishError
from publisher.live import Guard, Live
from publisher.model import FOR_EVER, Entry
from publisher.targets.manifest import (
    KEPT_RELEASES,
    MANIFEST_KEY,
    PRIVATE,
    Manifest,
    Release,
    Retired,
    Stored,
)

KEEP = timedelta(hours=24)  # audio and assets outlive the pages that named them by this at least
MANY_DELETES = 20  # files, and the same in per cent: beyond both, somebody must agree

Kind = Literal["create", "modify", "delete"]
KINDS: tuple[Kind, ...] = ("create", "modify", "delete")

NEW, CHANGED = "new", "changed"
HEADERS_CHANGED, GONE = "headers changed", "no longer in the site"
UNKNOWN, EXPIRED = "not as we left it", "retired long enough"
PURGED = "purged"


@dataclass(frozen=True)
class Step:
    """One thing to do at the target, and why. A delete's `entry` is what lay there.

    `etag` is that of what lies there now: empty where it is not known, None where nothing is.
    """

    kind: Kind
    url: str
    key: str
    reason: str
    entry: Entry
    etag: str | None = None

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
    """Feeds name pages and audio; pages name their chapters, audio and assets; those nothing."""
    if entry.content_type.startswith(("application/rss+xml", "application/feed+json")):
        return 3
    if url in ("/feed.json", "/sitemap.xml"):
        return 3
    if entry.cache_control == FOR_EVER:
        return 0
    return 2 if url.endswith("/") or entry.content_type.startswith("text/html") else 1


@dataclass(frozen=True)
class Summary:
    """A plan in numbers: files by what happens to them, and the bytes to send."""

    create: int
    modify: int
    delete: int
    unchanged: int
    bytes: int


@dataclass(frozen=True)
class Terms:
    """What a plan needs to know besides the files: the time, and what the author asked for.

    `before` is the last complete release, where what lies there now differs from it; `foreign`
    are keys that hold something which is not ours.
    """

    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    live: Live = field(default_factory=Live)
    before: Manifest | None = None
    foreign: frozenset[str] = frozenset()
    purge: bool = False
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """The steps in their order, and the manifest that is true once all of them are done.

    The ETags of what is yet to be sent are missing in it; `apply` fills them in. `stale` are the
    URLs of which a cache on the way may hold something older.
    """

    steps: tuple[Step, ...]
    manifest: Manifest
    guards: tuple[Guard, ...] = ()
    stale: tuple[str, ...] = ()

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
        guards = [asdict(guard) for guard in self.guards]
        summary = asdict(self.summary())
        return {"summary": summary, "steps": steps, "stale": self.stale, "guards": guards}


def plan(
    local: Mapping[str, Entry],
    manifest: Manifest,
    name: Callable[[str, Entry], str],
    terms: Terms | None = None,
) -> Plan:
    """What makes the target that `manifest` describes hold `local`; `name` gives the keys.

    Files are compared by key, because a URL whose content type changes may change its key.
    """
    terms = terms or Terms()
    wanted = {url: Stored(entry, name(url, entry)) for url, entry in local.items()}
    urls = _by_key(wanted)
    there = manifest.by_key()
    sends = [
        _send(url, wanted[url], there[key][1] if key in there else None)
        for key, url in urls.items()
    ]
    steps = [step for step in sends if step]
    files = {url: _unsent(stored, there.get(stored.key)) for url, stored in wanted.items()}
    gone = {
        url: stored
        for key, (url, stored) in there.items()
        if key not in urls and not key.startswith(PRIVATE)
    }
    release = _release(manifest, files, terms)
    releases = ((release,) if release else ()) + manifest.releases
    releases = releases[:KEPT_RELEASES]
    retired, deletes = _leaving(gone, manifest.retired, releases, terms)
    steps = sorted((*steps, *deletes), key=lambda step: (step.phase, step.key))
    if release:
        releases = (_counted(release, steps), *releases[1:])
    made = Manifest(files, retired, releases, terms.live, manifest.etag)
    stale = _stale(steps, terms.before or manifest, files)
    return Plan(tuple(steps), made, tuple(_guards(steps, manifest, terms)), stale)


def _send(url: str, wanted: Stored, there: Stored | None) -> Step | None:
    reason = _reason(wanted.entry, there.entry if there else None)
    if not reason:
        return None
    etag = there.etag if there else None
    return Step("modify" if there else "create", url, wanted.key, reason, wanted.entry, etag)


def _reason(wanted: Entry, there: Entry | None) -> str:
    """Why the file must be sent; empty if it need not."""
    if there is None:
        return NEW
    if not there.digest:
        return UNKNOWN
    if wanted.digest != there.digest:
        return CHANGED
    return HEADERS_CHANGED if wanted != there else ""


def _unsent(wanted: Stored, there: tuple[str, Stored] | None) -> Stored:
    """The file with the ETag that it keeps, if it keeps one."""
    same = there and there[1].entry == wanted.entry
    return replace(wanted, etag=there[1].etag) if there and same else wanted


def _release(manifest: Manifest, files: Mapping[str, Stored], terms: Terms) -> Release | None:
    """A new release, if it differs from the last complete one."""
    before = {url: stored.entry for url, stored in (terms.before or manifest).files.items()}
    after = {url: stored.entry for url, stored in files.items()}
    if before == after:
        return None
    last = manifest.releases[0].id if manifest.releases else ""
    time = terms.now.astimezone(UTC)
    mark = fingerprint.of(last, after)[:6]
    name = f"{time:%Y%m%dT%H%M%SZ}-{mark}"
    return Release(name, f"{time:%Y-%m-%dT%H:%M:%SZ}", 0, 0, 0, terms.note)


def _counted(release: Release, steps: list[Step]) -> Release:
    create, modify, delete = (sum(step.kind == kind for step in steps) for kind in KINDS)
    return replace(release, create=create, modify=modify, delete=delete)


def _stale(steps: list[Step], before: Manifest, files: Mapping[str, Stored]) -> tuple[str, ...]:
    """What a visitor may have seen otherwise since the last run that ended.

    A run between, which did not end, may have changed files that now have no step.
    """
    touched = {step.url for step in steps if step.kind != "create"}
    changed = {
        url for url, it in before.files.items() if url in files and files[url].entry != it.entry
    }
    return tuple(sorted(touched | changed))


def _leaving(
    gone: Mapping[str, Stored],
    retired: Mapping[str, Retired],
    releases: tuple[Release, ...],
    terms: Terms,
) -> tuple[dict[str, Retired], list[Step]]:
    """Of what has left the site: the files that stay for a while, and those to delete."""
    stay: dict[str, Retired] = {}
    deletes = []
    newest = releases[0].id if releases else ""
    for url, stored in gone.items():
        immutable = stored.entry.cache_control == FOR_EVER
        was = retired.get(url) or Retired(stored, terms.now.astimezone(UTC).isoformat(), newest)
        if immutable and not terms.purge and _is_needed(was, releases, terms.now):
            stay[url] = replace(was, stored=stored)
            continue
        reason = PURGED if immutable and terms.purge else EXPIRED if url in retired else GONE
        deletes.append(Step("delete", url, stored.key, reason, stored.entry, stored.etag))
    return stay, deletes


def _is_needed(file: Retired, releases: tuple[Release, ...], now: datetime) -> bool:
    """True while one of the last ten releases has the file, and for a day at least.

    The release before `file.release` had it; that one is kept while `file.release` is not
    the oldest.
    """
    young = now - datetime.fromisoformat(file.since) < KEEP
    return young or any(file.release == release.id for release in releases[: KEPT_RELEASES - 1])


def _guards(steps: list[Step], manifest: Manifest, terms: Terms) -> Iterator[Guard]:
    if not terms.note:  # a rollback says itself what it brings back
        yield from live.breaks(manifest.live, terms.live)
    deletes = sum(step.kind == "delete" and step.reason != EXPIRED for step in steps)
    of = len(manifest.by_key())
    if deletes > MANY_DELETES and deletes * 100 > MANY_DELETES * of:
        yield Guard("deletes", f"this would delete {deletes} of {of} files at the target")
    taken = sorted(step.key for step in steps if step.key in terms.foreign)
    if taken:
        others = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        yield Guard(
            "foreign", f"{taken[0]}{others} at the target would be replaced, and is not ours"
        )


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
