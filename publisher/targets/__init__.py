"""Where a site is published: plan the steps, then apply them.

A new target is one file beside this one and one entry in `SCHEMES`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol

from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings, on_disk
from publisher.targets.plan import Manifest, Plan, Step

LARGE = 8 << 20  # bytes; a file from here on is sent alone, by a target that may split it

Progress = Callable[[Step, int], None]  # the step, its bytes done so far; from any thread


class Target(Protocol):
    """A place that keeps files by key. Its methods raise Failure, and nothing else."""

    at_once: int  # how many small files it takes at the same time

    def name(self, url: str, entry: Entry) -> str:
        """The key of a URL here."""

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""

    def has(self, key: str, entry: Entry) -> bool:
        """True if it is certain, and cheaply so, that `entry` lies under `key` already."""

    def put(self, key: str, path: Path, entry: Entry, sent: Callable[[int], None]) -> None:
        """Write the file at `path`, with the headers of `entry`; tell `sent` of each piece."""

    def delete(self, key: str) -> None:
        """Remove a key; fine if there is none."""

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now."""


def _folder(settings: TargetSettings, root: Path) -> Target:
    from publisher.targets.folder import Folder

    return Folder.open(settings, root)


def _s3(settings: TargetSettings, _root: Path) -> Target:
    from publisher.targets.s3 import Bucket

    return Bucket.open(settings)


SCHEMES: Mapping[str, Callable[[TargetSettings, Path], Target]] = {"file": _folder, "s3": _s3}


def open_target(settings: TargetSettings, root: Path) -> Target:
    """The target of a show that lies at `root`; nothing is asked of it yet."""
    hint = 'show.toml: [target] url = "s3://my-bucket/prefix", or "file:published" for a folder'
    if not settings.url:
        raise Failure(Exit.USAGE, "there is no target to publish to", hint)
    scheme = settings.url.partition(":")[0] if ":" in settings.url else ""
    if scheme not in SCHEMES:
        raise Failure(Exit.USAGE, f'"{settings.url}" is not a target', hint)
    return SCHEMES[scheme](settings, root)


def no_progress(_step: Step, _done: int) -> None:
    """A Progress that nobody watches."""


def apply(plan: Plan, target: Target, site: Path, progress: Progress = no_progress) -> None:
    """Take the plan's steps, phase by phase; the files come from the folder `site`.

    A step that fails ends the run before a later phase begins, and leaves the old manifest:
    what it lists still lies there, and what was sent beyond it is sent or found again.
    """

    def take(step: Step) -> None:
        if step.kind == "delete":
            target.delete(step.key)
        elif not target.has(step.key, step.entry):
            path = site / on_disk(step.url, step.entry.content_type)
            target.put(step.key, path, step.entry, _meter(step, progress))
        progress(step, step.size)

    for phase in plan.phases():
        _take_at_once(take, [s for s in phase if s.sends < LARGE], target.at_once)
        for step in phase:
            if step.sends >= LARGE:
                take(step)
    if plan.steps:
        target.write_manifest(plan.manifest)


def _take_at_once(take: Callable[[Step], None], steps: Iterable[Step], at_once: int) -> None:
    """Take the steps in several threads; the first failure drops those that have not begun."""
    pool = ThreadPoolExecutor(at_once)
    try:
        for taken in as_completed([pool.submit(take, step) for step in steps]):
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
