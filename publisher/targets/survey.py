"""What lies at a target: as the manifest says, or, where a run did not end, as is found there."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from publisher.errors import Exit, Failure
from publisher.model import Entry
from publisher.targets.lease import Found as FoundLease
from publisher.targets.lease import Lease, Place, wait
from publisher.targets.manifest import PRIVATE, Manifest, Retired, Stored

ZIPS = f"{PRIVATE}releases/"


@dataclass(frozen=True)
class Seen:
    """A file in a list of the target."""

    etag: str
    size: int


@dataclass(frozen=True)
class Looked:
    """A file that was looked at: the entry that it is, if we know it, and whether it is ours.

    `ours` is None where nothing tells: then it is if a run that did not end was to write it.
    """

    entry: Entry | None
    etag: str
    ours: bool | None


class Surveyed(Place, Protocol):
    """The part of a target that looks."""

    at_once: int

    @property
    def conditional(self) -> bool | None:
        """True if it minds conditions, False if it ignores them, None if nobody asked."""

    def name(self, url: str, entry: Entry) -> str:
        """The key of a URL here."""

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""

    def keys(self) -> Mapping[str, Seen]:
        """Every file below our prefix, ours or not."""

    def is_taken(self, keys: set[str], among: int) -> bool:
        """True if something lies under one of these keys; about `among` files lie here."""

    def uploads(self) -> Mapping[str, tuple[str, ...]]:
        """The uploads that did not end: key -> their ids."""

    def look(self, key: str, candidates: tuple[Entry, ...]) -> Looked | None:
        """What lies under `key`, None if nothing does; it may be one of the candidates."""


@dataclass(frozen=True)
class Survey:
    """`base` is the manifest as it was read, `there` the same corrected by what was found.

    `strays` are private files of runs that did not end.
    """

    base: Manifest
    there: Manifest
    mine: Lease
    lease: FoundLease = field(default_factory=lambda: FoundLease(Lease()))
    interrupted: bool = False
    foreign: frozenset[str] = frozenset()
    uploads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strays: tuple[str, ...] = ()


def survey(
    target: Surveyed,
    local: Mapping[str, Entry],
    mine: Lease,
    tell: Callable[[str], None],
    *,
    whole: bool = False,
    patient: bool = True,
) -> Survey:
    """Look what lies at the target where `local` is to be published.

    Two requests, if the last run ended well and `whole` asks for no more. The lease is read
    first: if it can be taken later, nobody has changed the manifest since. Who only looks need not
    be `patient` until another publisher is done.
    """
    lease = wait(target, mine, tell) if patient else target.read_lease()
    base = target.read_manifest()
    found = Survey(base, base, mine, lease, interrupted=lease.lease.state != "free")
    if found.interrupted or whole or base.etag is None:
        return look_around(target, local, found)
    return found


def look_around(target: Surveyed, local: Mapping[str, Entry], known: Survey) -> Survey:
    """List the target, and look at each file that the manifest does not tell for certain."""
    found = _found(target, local, known.base, known.lease.lease.keys)
    uploads: Mapping[str, tuple[str, ...]] = {}
    if known.interrupted:
        ours = (
            known.base.by_key().keys()
            | known.lease.lease.keys.keys()
            | {target.name(url, entry) for url, entry in local.items()}
        )
        uploads = {key: ids for key, ids in target.uploads().items() if key in ours}
    return replace(
        found,
        mine=known.mine,
        lease=known.lease,
        interrupted=known.interrupted,
        uploads=uploads,
    )


def _found(
    target: Surveyed,
    local: Mapping[str, Entry],
    base: Manifest,
    asked: Mapping[str, str],
) -> Survey:
    seen = target.keys()
    wanted = {target.name(url, entry): (url, entry) for url, entry in local.items()}
    known = base.by_key()
    unsure = {
        key: tuple(
            entry
            for entry in (
                known[key][1].entry if key in known else None,
                wanted[key][1] if key in wanted else None,
            )
            if entry
        )
        for key in (known.keys() | wanted.keys() | asked.keys()) & seen.keys()
        if not (key in known and seen[key].etag and seen[key].etag == known[key][1].etag)
    }
    with ThreadPoolExecutor(target.at_once) as pool:
        looked = dict(zip(unsure, pool.map(target.look, unsure, unsure.values()), strict=True))
    files: dict[str, Stored] = {}
    foreign = set()
    for key in [*(known.keys() & seen.keys()), *(unsure.keys() - known.keys())]:
        url = (known.get(key) or wanted.get(key) or (f"/{key}",))[0]
        url = f"/{key}" if url in files else url  # a file whose type, and so its key, changed
        if key not in unsure:
            files[url] = known[key][1]
        elif it := looked[key]:
            ours = key in known or (key in asked if it.ours is None else it.ours)
            if not ours:
                foreign.add(key)
            if ours or key in wanted:  # what a broken run met is not ours to delete
                files[url] = Stored(it.entry or Entry("", seen[key].size, "", ""), key, it.etag)
    kept = {release.key for release in base.releases}
    return Survey(
        base,
        _corrected(base, files),
        Lease(),
        foreign=frozenset(foreign),
        strays=tuple(key for key in sorted(seen) if key.startswith(ZIPS) and key not in kept),
    )


def foreign(name: str) -> Failure:
    """A new file met one that is not ours: seen only when it was to be written."""
    return Failure(
        Exit.GUARD,
        f"{name} would be replaced, and is not ours",
        "nothing that visitors see was changed; move that file away and publish again, or, if it "
        "is meant, add --accept foreign",
    )


def _corrected(base: Manifest, files: Mapping[str, Stored]) -> Manifest:
    """The manifest with these files; what was retired and is still as it was stays retired."""
    retired: dict[str, Retired] = {
        url: replace(it, stored=files[url])
        for url, it in base.retired.items()
        if url in files and files[url].key == it.stored.key and files[url].entry == it.stored.entry
    }
    live = {url: it for url, it in files.items() if url not in retired}
    return replace(base, files=live, retired=retired)


def refuse_unpublished(manifest: Manifest) -> None:
    """Stop where nothing was ever published: it may be the wrong place."""
    if manifest.etag is None:
        hint = "look at [target] url, or at --to; `publish` writes one"
        raise Failure(Exit.NO_TARGET, "nothing was published there: it has no manifest", hint)


def drift(target: Surveyed) -> list[tuple[str, str]]:
    """What differs from the manifest: key and "missing" or "changed", in the order of keys.

    One request for each thousand files; a file is looked at only where its ETag cannot tell.
    """
    manifest = target.read_manifest()
    refuse_unpublished(manifest)
    known, seen = manifest.by_key(), target.keys()
    found = []
    for key, (_, stored) in sorted(known.items()):
        if key not in seen:
            found.append((key, "missing"))
        elif not seen[key].etag or seen[key].etag != stored.etag:
            looked = target.look(key, (stored.entry,))
            if looked is None or looked.entry is None:
                found.append((key, "changed"))
    return found
