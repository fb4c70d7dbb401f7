"""Where a site is published: survey it, plan the steps, then apply them.

A new target is one file beside this one and one entry in `SCHEMES`.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from publisher.errors import Exit, Failure
from publisher.model import FOR_EVER, Entry, TargetSettings
from publisher.targets import survey as surveys
from publisher.targets.lease import me
from publisher.targets.manifest import Manifest
from publisher.targets.plan import Plan, Terms, plan
from publisher.targets.survey import Survey, Surveyed

LARGE = 8 << 20  # bytes; a file from here on is sent alone, by a target that may split it


class Target(Surveyed, Protocol):
    """A place that keeps files by key. Its methods raise Failure, and nothing else.

    `there` is the ETag of what a write replaces: None if there must be nothing, empty if that
    is not known. A write that meets something else is a CONFLICT, unless it is our own bytes.
    """

    @property
    def note(self) -> str:
        """What the author should know of this target, one line or none."""

    def put(
        self,
        key: str,
        path: Path,
        entry: Entry,
        sent: Callable[[int], None],
        *,
        there: str | None = "",
        unfinished: str = "",
    ) -> str:
        """Write the file at `path` with the headers of `entry`; return its ETag.

        `sent` is told of each piece; `unfinished` is an upload to go on with.
        """

    def delete(self, key: str, there: str | None = "") -> None:
        """Remove a key; fine if there is none."""

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, None if there are none."""

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now, in place of the manifest with its ETag."""

    def answer(self, key: str, *, part: bool) -> tuple[int, Mapping[str, str]]:
        """Status and headers of a HEAD, or of a GET of the first two bytes."""

    def abort(self, key: str, upload: str) -> None:
        """Forget an upload that did not end."""


def _folder(settings: TargetSettings, root: Path) -> Target:
    from publisher.targets.folder import Folder

    return Folder.open(settings, root)


def _s3(settings: TargetSettings, root: Path) -> Target:
    from publisher.targets.s3 import Bucket

    return Bucket.open(settings, root)


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


def say_nothing(_line: str) -> None:
    """Tell nobody."""


def prepare(
    target: Target,
    root: Path,
    local: Mapping[str, Entry],
    terms: Terms,
    tell: Callable[[str], None] = say_nothing,
    *,
    whole: bool = False,
    patient: bool = True,
    before: Survey | None = None,
) -> tuple[Survey, Plan]:
    """Look at the target, and plan what makes it hold `local`; `whole` looks at every file.

    `before` is a survey that was made before it was known what to publish. Where a new file would
    meet one that lies there already, everything is looked at.
    """
    if before is None:
        found = surveys.survey(target, local, me(root), tell, whole=whole, patient=patient)
    else:
        found = before
        if before.interrupted or whole:
            found = surveys.look_around(target, local, before)
    made = _plan(found, target, local, terms)
    looked = whole or found.interrupted or found.base.etag is None
    if not looked and _is_taken(made, found, target):
        found = surveys.look_around(target, local, found)
        made = _plan(found, target, local, terms)
    return found, made


def _is_taken(made: Plan, found: Survey, target: Target) -> bool:
    """True if something lies where a new file is to be; names with a fingerprint are ours alone."""
    new = {
        step.key
        for step in made.steps
        if step.kind == "create" and step.entry.cache_control != FOR_EVER
    }
    return bool(new) and target.is_taken(new, len(found.there.by_key()))


def _plan(found: Survey, target: Target, local: Mapping[str, Entry], terms: Terms) -> Plan:
    terms = replace(terms, before=found.base, foreign=found.foreign)
    return plan(local, found.there, target.name, terms)


def is_done(made: Plan, found: Survey) -> bool:
    """True if there is nothing to do: no step, nothing to write down, nothing left behind."""
    return not (
        made.steps
        or found.interrupted
        or found.uploads
        or found.strays
        or made.manifest != found.base
    )


def refuse_guarded(made: Plan, accepted: tuple[str, ...]) -> None:
    """Stop before the first write, if guards ask for it and nobody let them pass."""
    guards = [guard for guard in made.guards if guard.id not in accepted]
    if guards:
        message = "\n".join(guard.message for guard in guards)
        accept = " ".join(f"--accept {shlex.quote(guard.id)}" for guard in guards)
        raise Failure(Exit.GUARD, message, f"nothing was changed; if it is meant, add {accept}")
