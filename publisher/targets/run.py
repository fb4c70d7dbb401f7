"""Take the steps of a plan, under a lease, and write down how far that went."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from publisher import fingerprint
from publisher.model import on_disk
from publisher.targets import LARGE, Target
from publisher.targets.lease import Held
from publisher.targets.manifest import PRIVATE, Manifest, Release
from publisher.targets.plan import Plan, Step
from publisher.targets.releases import Texts, Undo, find_text, undo_of, write
from publisher.targets.survey import Survey

Progress = Callable[[Step, int], None]  # the step, its bytes done so far; from any thread


def no_progress(_step: Step, _done: int) -> None:
    """A Progress that nobody watches."""


def no_caches(_stale: tuple[str, ...]) -> None:
    """There are none to tell."""


def apply(
    made: Plan,
    found: Survey,
    target: Target,
    site: Path,
    texts: Texts,
    *,
    progress: Progress = no_progress,
    forget: Callable[[tuple[str, ...]], None] = no_caches,
) -> None:
    """Take the plan's steps, phase by phase; the files come from the folder `site`.

    A step that fails ends the run before a later phase begins. Then `forget` tells caches what is
    stale. The manifest is written last; until then the lease names the keys that are about to
    change, and tells the next run to look for itself.
    """
    release = _new_release(made, found.base)
    lease = replace(found.mine, keys=_unsure(made, found), release=release.id if release else "")
    with Held(target, lease, found.lease.etag) as held:
        if release and found.base.files:
            _keep_old(release, made, found, target, texts)
        etags = _take(made, found, target, site, (progress, held))
        used = {_unfinished(step, found) for step in made.steps}
        for key, ids in found.uploads.items():
            for upload in ids:
                if upload not in used:
                    target.abort(key, upload)
        held.check()
        if made.stale:
            forget(made.stale)
        manifest = _with_etags(made.manifest, etags)
        if manifest != found.base:
            target.write_manifest(manifest)
        kept = {it.key for it in manifest.releases}
        past = {it.key for it in found.base.releases} | set(found.strays)
        for key in sorted(past - kept):
            target.delete(key)
    texts.keep(manifest.files, site)


def _new_release(made: Plan, base: Manifest) -> Release | None:
    newest = made.manifest.releases[:1]
    return newest[0] if newest and newest != base.releases[:1] else None


def _unsure(made: Plan, found: Survey) -> dict[str, str]:
    """The keys whose state the old manifest will not tell, and what is to lie there."""
    sure = found.base.by_key().keys()
    after, before = made.manifest.by_key(), found.there.by_key()
    wanted = {key: fingerprint.of(stored.entry) for key, (_, stored) in after.items()}
    large = {step.key for step in made.steps if step.sends >= LARGE}
    return {
        key: wanted.get(key, "")
        for key in sorted(before.keys() | after.keys())
        if key not in sure or key in large
    }


def _keep_old(release: Release, made: Plan, found: Survey, target: Target, texts: Texts) -> None:
    """Put the text that this release replaces into its zip, before any of it is replaced."""
    broken_off = f"{PRIVATE}releases/{found.lease.lease.release}.zip"
    more: Mapping[str, bytes] = {}
    if broken_off in found.strays and (content := target.read(broken_off)):
        more = Undo.parse(content, broken_off).texts
    undo = undo_of(found.base, made.manifest, find_text(target, texts, more))
    path = texts.folder.with_name("release.zip")
    entry = write(undo, path)
    target.put(release.key, path, entry, lambda _: None)
    path.unlink(missing_ok=True)


def _take(
    made: Plan, found: Survey, target: Target, site: Path, watched: tuple[Progress, Held]
) -> dict[str, str]:
    """All steps, phase by phase; the ETags of what was sent, by key."""
    progress, held = watched
    etags: dict[str, str] = {}

    def take(step: Step) -> None:
        held.check()
        if step.kind == "delete":
            target.delete(step.key, step.etag)
        else:
            path = site / on_disk(step.url, step.entry.content_type)
            meter, upload = _meter(step, progress), _unfinished(step, found)
            etags[step.key] = target.put(
                step.key, path, step.entry, meter, there=step.etag, unfinished=upload
            )
        progress(step, step.size)

    for phase in made.phases():
        _take_at_once(take, [s for s in phase if s.sends < LARGE], target.at_once)
        for step in phase:
            if step.sends >= LARGE:
                take(step)
    return etags


def _unfinished(step: Step, found: Survey) -> str:
    """The upload of the same bytes and headers with which a run before stopped."""
    ids = found.uploads.get(step.key)
    if not ids or step.sends < LARGE:
        return ""
    same = found.lease.lease.keys.get(step.key) == fingerprint.of(step.entry)
    return ids[-1] if same else ""


def _take_at_once(take: Callable[[Step], None], steps: Iterable[Step], at_once: int) -> None:
    """Take the steps in several threads; the first failure drops those that have not begun."""
    pool = ThreadPoolExecutor(at_once)
    try:
        ended, _ = wait([pool.submit(take, step) for step in steps], return_when=FIRST_EXCEPTION)
        for taken in ended:
            taken.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _meter(step: Step, progress: Progress) -> Callable[[int], None]:
    """Sums up the pieces of a step, which several threads may send."""
    lock, done = threading.Lock(), 0

    def sent(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            progress(step, done)

    return sent


def _with_etags(manifest: Manifest, etags: Mapping[str, str]) -> Manifest:
    files = {
        url: replace(it, etag=etags[it.key]) if it.key in etags else it
        for url, it in manifest.files.items()
    }
    return replace(manifest, files=files)
