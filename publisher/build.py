"""From the folders of a show to its finished site; and nothing at all if nothing changed."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.errors import Problem, PublishError
from publisher.report import Report
from publisher.stats import NONE, Changes
from publisher.there import FOLDERS, LIVE, WAITING, There

if TYPE_CHECKING:
    from publisher.live import Live
    from publisher.model import Entry, Episode, Show, TargetSettings, Waiting
    from publisher.preview.glance import Glance


@dataclass(frozen=True)
class Built:
    """A finished site, and what there is to say about it.

    `facts` are what a JSON file remembers of it, and become values when somebody asks for them:
    a run with nothing to do asks for few. `folder` has the files, and a list of them.
    """

    facts: Mapping[str, Any]
    folder: Path
    changes: Changes = NONE

    @cached_property
    def listing(self) -> "dict[str, Entry]":
        """All its files by URL."""
        from publisher import site

        return site.listing(self.folder)

    @property
    def feed_size(self) -> int:
        """Bytes of the podcast feed."""
        from publisher.model import on_disk
        from publisher.outputs import itunes, rss

        return (self.folder / on_disk(itunes.URL, rss.CONTENT_TYPE)).stat().st_size

    @property
    def episodes(self) -> int:
        """How many posts have audio."""
        return int(self.facts["episodes"])

    @property
    def posts(self) -> int:
        """How many posts there are."""
        return int(self.facts["posts"])

    @property
    def waiting(self) -> "tuple[Waiting, ...]":
        """The posts whose dates have not come."""
        if not self.facts["waiting"]:
            return ()
        from zoneinfo import ZoneInfo

        from publisher.model import Waiting

        zone = ZoneInfo(self.facts["timezone"])
        dates = ((t, datetime.fromisoformat(d)) for t, d in self.facts["waiting"])
        return tuple(Waiting(title, date.astimezone(zone)) for title, date in dates)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is not as it should be, but published all the same."""
        return tuple(Problem(**it) for it in self.facts["warnings"])

    @property
    def target(self) -> "TargetSettings":
        """Where the show goes."""
        from publisher.model import TargetSettings

        return TargetSettings(**self.facts["target"])

    @property
    def url(self) -> str:
        """The address of the site, without a trailing slash."""
        return str(self.facts["url"])

    @property
    def base(self) -> str:
        """The path under which the site lives, '' at the root of its host."""
        from publisher.model import base_of

        return base_of(self.url)

    @property
    def language(self) -> str:
        """The language of the show."""
        return str(self.facts["language"])

    @property
    def live(self) -> "Live":
        """What subscribers see of it."""
        from publisher.live import Live

        return Live.parse(json.loads(self.facts[LIVE]))

    @property
    def assets(self) -> tuple[Path, ...]:
        """The files that it refers to, but those in the author's folders."""
        return tuple(map(Path, self.facts["assets"]))

    @property
    def glances(self) -> "tuple[Glance, ...]":
        """Its posts in short; only where drafts are built, too."""
        from publisher.preview.glance import Glance

        return tuple(Glance(**it) for it in self.facts["glances"])


@dataclass(frozen=True)
class Options:
    """How to build; `folder` is where, relative to the show."""

    folder: str = "site"
    drafts: bool = False
    strict: bool = False
    fresh: bool = False
    jobs: int = 0
    pictures: bool = True  # False: pages show them as the author saved them


def build(root: Path, now: datetime, options: Options, report: Report | None = None) -> Built:
    """Build the show in `root` as it is due at `now`; `report` hears what is being done.

    PublishError with every problem if it has errors, or warnings and `options.strict`.
    """
    with _alone(root):
        there = There(root, options.folder)  # first: what changes meanwhile is built next time
        try:
            before = None if options.fresh else there.facts
            if before and _is_current(before, now, options) and there.is_as_it_was():
                return Built(before, there.site)
            return _again_if_damaged(root, now, options, there, report or Report())
        finally:
            there.close()
            _clear(root / ".cache")


def last(root: Path, options: Options) -> Built | None:
    """What the folder still holds of the last build, however much has changed since."""
    there = There(root, options.folder)
    is_there = there.facts and there.disturbed(there.site) is None
    return Built(there.facts, there.site) if there.facts and is_there else None


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Wait until no other build writes to this show; where there are no file locks, go on."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    if not (root / "show.toml").exists():  # no show: leave nothing behind
        yield
        return
    (root / ".cache").mkdir(exist_ok=True)
    with (root / ".cache" / "build.lock").open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)  # ours alone: no process that we start has it, too
        yield


def _clear(folder: Path) -> None:
    """Remove bodies that nobody needed, or that an interrupted build left."""
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - takes no time
            if name.endswith(WAITING):
                (folder / name).unlink(missing_ok=True)


def _again_if_damaged(
    root: Path, now: datetime, options: Options, there: There, report: Report
) -> Built:
    from publisher import shelf

    try:
        return _build(root, now, options, there, report)
    except shelf.DamagedError:  # it is only a memory
        shelf.forget(shelf.place(root))
        return _build(root, now, options, there, report)


def _build(root: Path, now: datetime, options: Options, there: There, report: Report) -> Built:
    from publisher import inspection, memo, outputs, read, shelf, site

    settings = read.settings(root)
    report.begins("reading")
    table = shelf.place(root)
    with memo.Memo(table, fresh=options.fresh, jobs=options.jobs, report=report) as remembered:
        ready = inspection.ready(
            root,
            settings,
            remembered,
            now,
            drafts=options.drafts,
            with_pictures=options.pictures,
            known=there.inputs.below(root.absolute() / "episodes"),
        )
        show, templates = ready.show, ready.templates
        if options.drafts and any(it.severity == "error" for it in ready.problems):
            raise PublishError(ready.problems)  # who writes wants to know at once; mails can wait
        report.begins("judging mails")
        problems = sorted([*ready.problems, *outputs.problems(show, templates, remembered)])
        if problems and (options.strict or any(it.severity == "error" for it in problems)):
            raise PublishError(problems)
        there.forget()
        report.begins("writing pages")
        batches = outputs.batches(show, templates, remembered)
        outcome = site.write(batches, there.site, there.disturbed(there.site))
        touched = outcome.touched
        report.begins("writing mails")
        if not options.drafts:
            mails = outputs.mails(show, templates, remembered)
            touched += site.write(mails, there.mail, there.disturbed(there.mail)).touched
    report.begins("remembering")
    facts = _facts(root, show, problems, options)
    there.remember(facts, touched)
    return Built(facts, there.site, outcome.changes)


def _is_current(facts: Mapping[str, Any], now: datetime, options: Options) -> bool:
    """True if it was asked for as now, and no post's date has come or lies ahead again."""
    try:
        newest = datetime.fromisoformat(facts["newest"]) if facts["newest"] else None
        is_as_due = (newest is None or newest <= now) and all(
            datetime.fromisoformat(date) > now for _, date in facts["waiting"]
        )
        return is_as_due and facts["asked"] == _asked(options)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _asked(options: Options) -> str:
    return f"{options.drafts} {options.strict} {options.pictures} {sys.version}"


def _facts(root: Path, show: "Show", problems: list[Problem], options: Options) -> dict[str, Any]:
    from publisher import live
    from publisher.outputs import itunes

    settings = show.settings
    newest = next((it.date for it in show.episodes if not it.scheduled), None)
    folders = tuple(f"{root / name}/" for name in FOLDERS)
    named = {it.place for it in (*show.assets, *show.pictures)}.union(show.elsewhere)
    places = {os.path.realpath(it) if "/../" in it else it for it in named}
    assets = sorted(it for it in places if not it.startswith(folders))
    return {
        "episodes": sum(1 for episode in show.episodes if episode.enclosure),
        "posts": len(show.episodes),
        "waiting": [(post.title, post.date.isoformat()) for post in show.waiting],
        "warnings": [vars(problem) for problem in problems],
        "target": vars(settings.target),
        "url": settings.url,
        "language": settings.language,
        "timezone": settings.timezone,
        LIVE: json.dumps(live.written(show, itunes.URL)),
        "glances": [_glance(post) for post in show.episodes] if options.drafts else [],
        "newest": newest.isoformat() if newest else "",
        "assets": assets,
        "asked": _asked(options),
    }


def _glance(post: "Episode") -> dict[str, Any]:
    return {
        "url": post.url,
        "slug": post.slug,
        "path": post.source.path,
        "words": post.article.words,
        "duration": post.enclosure.duration if post.enclosure else 0.0,
        "draft": post.draft,
        "scheduled": post.scheduled,
        "has_issue": post.issue is not None,
    }
