"""The part of the command line that concerns the target: publish, verify, releases, rollback."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.cli_words import size
from publisher.errors import Exit

if TYPE_CHECKING:
    from publisher.build import Built
    from publisher.model import TargetSettings
    from publisher.targets import Target
    from publisher.targets.cloudfront import Distribution
    from publisher.targets.plan import Plan, Step, Terms
    from publisher.targets.survey import Survey

Say = Callable[[str], None]


@dataclass(frozen=True)
class Deploy:
    """Where to publish, and on which terms."""

    root: Path
    settings: "TargetSettings"
    site_url: str
    accept: tuple[str, ...] = ()
    purge: bool = False
    wait: bool = False
    dry_run: bool = False

    def publish(self, built: "Built", say: Say, *, as_json: bool) -> None:
        """Bring what was built to the target."""
        from publisher import live, targets

        terms = self._terms(live=built.live)
        target = targets.open_target(self.settings, self.root)
        found, made = targets.prepare(
            target, self.root, built.listing, terms, say, patient=not self.dry_run
        )
        sends = {step.url: size(step.sends) for step in made.steps if step.kind != "delete"}
        for line in live.changes(found.base.live, built.live, sends):
            say(f"listeners  {line}")
        if as_json:
            click.echo(json.dumps(made.as_json(), ensure_ascii=False, indent=1))
        if self.dry_run:
            _say_plan(made, self.settings, say)
            targets.refuse_guarded(made, self.accept)
            return
        self._apply(target, found, made, self.root / "site", say)
        self._check(target, made, say)

    def _terms(self, **values: Any) -> "Terms":
        from publisher.targets.plan import Terms

        return Terms(datetime.now(UTC), purge=self.purge, **values)

    def _apply(self, target: "Target", found: "Survey", made: "Plan", site: Path, say: Say) -> None:
        from publisher import targets
        from publisher.targets import run
        from publisher.targets.releases import Texts

        targets.refuse_guarded(made, self.accept)
        if targets.is_done(made, found):
            say(f"published  {self.settings.url}: nothing changed")
            return
        if found.interrupted:
            say("resuming   the last run did not end; what it sent is kept")
        caches = _Caches(self.settings, self.site_url)
        with _progress(made) as progress:
            texts = Texts(self.root / ".cache" / "published")
            run.apply(made, found, target, site, texts, progress=progress, forget=caches.forget)
        if target.note:
            say(f"note       {target.note}")
        what = _sum(made, "sent") if made.steps else "nothing changed"
        say(f"published  {self.settings.url}: {what}")
        caches.report(say, wait=self.wait)

    def _check(self, target: "Target", made: "Plan", say: Say) -> None:
        """Look at what is new as a listener's app does, and at what was amiss the last time."""
        from publisher.targets import after

        place = after.place(self.settings, self.site_url, target)
        amiss = after.Amiss.of(self.root, self.settings)
        looks = after.looks(made, amiss.read())
        if looks and place:
            amiss.write(it.url for it in looks)  # until they are seen to be well
            after.check(looks, place)
            say(f"checked    {place.name}: {len(looks)} addresses answer as promised")
        amiss.write(())

    def roll_back(self, wanted: str, say: Say) -> None:
        """Put an earlier release back."""
        from tempfile import TemporaryDirectory

        from publisher import targets
        from publisher.targets import lease, releases, survey

        target = targets.open_target(self.settings, self.root)
        before = survey.survey(target, {}, lease.me(self.root), say)
        survey.refuse_unpublished(before.base)
        begun = before.lease.lease.release if before.interrupted else ""
        back = releases.back(target, before.base, wanted, begun)
        terms = self._terms(live=back.live, note=f"{releases.BACK_TO}{back.id}")
        found, made = targets.prepare(target, self.root, back.local, terms, before=before)
        sends = {step.url: step.entry for step in made.steps if step.kind != "delete"}
        releases.refuse_missing(back, sends)
        with TemporaryDirectory() as folder:
            back.write(Path(folder))
            self._apply(target, found, made, Path(folder), say)
        say(f"live       release {back.id}; the next `publish` brings the show as it is here")

    def mend(self, now: datetime, say: Say) -> None:
        """Send what is missing or was changed, as it was published; not what is new here."""
        from tempfile import TemporaryDirectory

        from publisher import targets
        from publisher.build import Options, build
        from publisher.targets import lease, releases, survey
        from publisher.targets.releases import Texts

        target = targets.open_target(self.settings, self.root)
        before = survey.survey(target, {}, lease.me(self.root), say)
        local = {url: it.entry for url, it in before.base.files.items()}
        terms = self._terms(live=before.base.live)
        found, made = targets.prepare(target, self.root, local, terms, before=before, whole=True)
        sends = {step.url: step.entry for step in made.steps if step.kind != "delete"}
        texts = Texts(self.root / ".cache" / "published")
        with TemporaryDirectory() as folder:
            lost = releases.gather(sends, texts, self.root / "site", Path(folder))
            if lost:  # perhaps a build makes the same bytes again
                build(self.root, now, Options())
                lost = releases.gather(lost, texts, self.root / "site", Path(folder))
            releases.refuse_lost(lost)
            self._apply(target, found, made, Path(folder), say)


class _Caches:
    """CloudFront, if `[target] cloudfront` names a distribution before the bucket."""

    def __init__(self, settings: "TargetSettings", site_url: str) -> None:
        self.edge = _distribution(settings, site_url)
        self.invalidation, self.count = "", 0

    def forget(self, stale: tuple[str, ...]) -> None:
        if self.edge:
            self.invalidation, self.count = self.edge.forget(stale), len(stale)

    def report(self, say: Say, *, wait: bool) -> None:
        if not self.edge or not self.invalidation:
            return
        say(f"caches     CloudFront {self.edge.id} fetches {self.count} addresses anew")
        if wait:
            self.edge.wait(self.invalidation)
            say("caches     every edge of CloudFront has done so")


def _distribution(settings: "TargetSettings", site_url: str) -> "Distribution | None":
    if not settings.cloudfront or not settings.url.startswith("s3:"):
        return None
    from publisher.targets.cloudfront import Distribution

    return Distribution.of(settings, site_url)


def of(root: Path, url: str | None) -> Deploy:
    """The target of the show in `root`, or the one at `url`."""
    from publisher import read

    settings = read.settings(root)
    return Deploy(root, settings.target.at(url), settings.url)


TO = click.option("--to", "url", metavar="TARGET", help="Instead of [target] of show.toml.")


@click.command()
@TO
@click.pass_obj
def releases(command: Any, url: str | None) -> None:
    """List the last ten releases, newest first."""
    from publisher import targets
    from publisher.targets import survey

    deploy = of(command.root, url)
    manifest = targets.open_target(deploy.settings, command.root).read_manifest()
    survey.refuse_unpublished(manifest)
    for it in manifest.releases:
        counts = {"new": it.create, "changed": it.modify, "gone": it.delete}
        what = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        note = f" ({it.note})" if it.note else ""
        click.echo(f"{it.id}  {it.time}  {what or 'nothing'}{note}")


@click.command()
@click.argument("release", default="")
@TO
@click.option("--accept", multiple=True, metavar="ID", help="Let the guard ID pass.")
@click.pass_obj
def rollback(command: Any, release: str, url: str | None, accept: tuple[str, ...]) -> None:
    """Put RELEASE back, or the one before the last: pages and feeds; no audio is sent."""
    replace(of(command.root, url), accept=accept).roll_back(release, click.echo)


@click.command()
@TO
@click.option("--mend", is_flag=True, help="Send what is missing or was changed, as it was.")
@click.option("--accept", multiple=True, metavar="ID", help="Let the guard ID pass.")
@click.pass_obj
def verify(command: Any, url: str | None, accept: tuple[str, ...], *, mend: bool) -> None:
    """Compare the target with what was published there, by names and bytes."""
    from publisher import targets
    from publisher.targets.survey import drift

    deploy = replace(of(command.root, url), accept=accept)
    found = drift(targets.open_target(deploy.settings, command.root))
    for key, what in found:
        click.echo(f"{what:<10} {key}")
    if found and mend:
        deploy.mend(command.now, click.echo)
    elif found:
        click.echo("hint: `publish verify --mend` puts it right", err=True)
        sys.exit(Exit.CHECK)
    else:
        click.echo(f"verified   {deploy.settings.url}: all is as it was published")


# -- what a person reads -----------------------------------------------------------------------


def _say_plan(plan: "Plan", settings: "TargetSettings", say: Callable[[str], None]) -> None:
    for step in plan.steps:
        say(f"{step.kind:<10} {step.url}  ({step.reason}, {size(step.size)})")
    say(f"would do   {settings.url}: {_sum(plan, 'to send') if plan.steps else 'nothing'}")
    if plan.stale and settings.cloudfront:
        say(f"would tell CloudFront {settings.cloudfront}: {len(plan.stale)} addresses are stale")


@contextmanager
def _progress(plan: "Plan") -> Iterator[Callable[["Step", int], None]]:
    """A bar where a terminal watches; nothing elsewhere, since the summary line follows."""
    if not sys.stdout.isatty():
        yield lambda _step, _done: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    done: dict[str, int] = {}
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("uploading", total=sum(step.sends for step in plan.steps))

        def advance(step: "Step", count: int) -> None:
            if step.kind != "delete":
                done[step.url] = count
                bar.update(task, completed=sum(done.values()), description=step.url[-40:])

        yield advance


def _sum(plan: "Plan", sent: str) -> str:
    it = plan.summary()
    counts = {"new": it.create, "changed": it.modify, "gone": it.delete, "unchanged": it.unchanged}
    what = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{what} ({size(it.bytes)} {sent})"
