"""From the folders of a show to its finished site; and nothing at all if nothing changed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import THEME, stats
from publisher.errors import Problem, PublishError
from publisher.report import Report
from publisher.stats import NONE, Changes, Stats

if TYPE_CHECKING:
    from publisher.live import Live
    from publisher.model import Entry, Episode, Show, TargetSettings, Waiting
    from publisher.site import Outcome

FOLDERS = ("episodes", "pages", "templates")  # what the author writes, beside show.toml
MAIL = "mail"

There = tuple[Stats, Stats]  # what lies in the site's folder and in that of the mails


@dataclass(frozen=True)
class Glance:
    """What an author wants to know of a post while writing; `duration` in seconds."""

    url: str
    slug: str
    path: str
    words: int
    duration: float
    draft: bool
    scheduled: bool
    has_issue: bool


@dataclass(frozen=True)
class Built:
    """A finished site, and what there is to say about it.

    `facts` are what a JSON file remembers of it, and become values when somebody asks for them:
    a run with nothing to do asks for few. `path` is the file that has the list of its files.
    """

    facts: Mapping[str, Any]
    path: Path
    changes: Changes = NONE

    @cached_property
    def listing(self) -> "dict[str, Entry]":
        """All its files by URL."""
        from publisher.model import Entry

        return {url: Entry(*it) for url, it in json.loads(self.path.read_text()).items()}

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

        return Live.parse(self.facts["live"])

    @property
    def assets(self) -> tuple[Path, ...]:
        """The files that it refers to."""
        return tuple(map(Path, self.facts["assets"]))

    @property
    def glances(self) -> tuple[Glance, ...]:
        """Its posts in short; only where drafts are built, too."""
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
        there = stats.below(root / options.folder), stats.below(root / MAIL)
        inputs = _inputs(root, options)  # before reading: what changes meanwhile is built next time
        before = None if options.fresh else _last(root, options, there)
        if before and before.facts["inputs"] == inputs and _is_current(before, now):
            return before
        return _build(root, now, options, (inputs, there), report or Report())


def last(root: Path, options: Options) -> Built | None:
    """What the folder still holds of the last build, however much has changed since."""
    return _last(root, options, (stats.below(root / options.folder), stats.below(root / MAIL)))


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
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(
    root: Path, now: datetime, options: Options, found: tuple[str, There], report: Report
) -> Built:
    from publisher import inspection, memo, outputs, read, site

    inputs, there = found
    settings = read.settings(root)
    table = root / ".cache" / "memo.sqlite"
    report.begins("reading")
    with memo.Memo(table, fresh=options.fresh, jobs=options.jobs, report=report) as remembered:
        ready = inspection.ready(
            root, settings, remembered, now, drafts=options.drafts, with_pictures=options.pictures
        )
        show, templates = ready.show, ready.templates
        if options.drafts and any(it.severity == "error" for it in ready.problems):
            raise PublishError(ready.problems)  # who writes wants to know at once; mails can wait
        report.begins("judging mails")
        problems = sorted([*ready.problems, *outputs.problems(show, templates, remembered)])
        if problems and (options.strict or any(it.severity == "error" for it in problems)):
            raise PublishError(problems)
        _stamp_path(root, options).unlink(missing_ok=True)
        report.begins("writing pages")
        files = outputs.files(show, templates, remembered)
        outcome = site.write(files, root / options.folder, there[0])
        after = outcome.stats, there[1]
        report.begins("writing mails")
        if not options.drafts:
            mails = outputs.mails(show, templates, remembered)
            after = outcome.stats, site.write(mails, root / MAIL, there[1]).stats
    report.begins("remembering")
    facts = _facts(show, problems, options) | {"inputs": inputs, "outputs": stats.digest(*after)}
    return _remembered(root, options, facts, outcome)


# -- a run with nothing to do ------------------------------------------------------------------
#
# One file remembers the last build: fingerprints of the stats of all that went in and came out.
# While they hold, and no post's date has come, building again would write the same bytes.


def _stamp_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.json"


def _listing_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.files.json"


def _inputs(root: Path, options: Options) -> str:
    """The program, and the stats of the theme and of what the author wrote."""
    folders = [stats.below(path) for path in (THEME, *(root / name for name in FOLDERS))]
    settings = stats.of(str(path) for path in [root / "show.toml"] if path.exists())
    flags = f"{options.drafts} {options.strict} {options.pictures}"
    return stats.digest(stats.program(), flags, settings, *folders)


def _last(root: Path, options: Options, there: There) -> Built | None:
    """The last build, if its files are still there; without its list it is none."""
    try:
        facts: dict[str, Any] = json.loads(_stamp_path(root, options).read_text())
        if facts["outputs"] != stats.digest(*there) or not _listing_path(root, options).exists():
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Built(facts, _listing_path(root, options))


def _is_current(before: Built, now: datetime) -> bool:
    """True if no post's date has come or lies ahead again, and nothing that it shows changed."""
    facts = before.facts
    try:
        newest = datetime.fromisoformat(facts["newest"]) if facts["newest"] else None
        is_as_due = (newest is None or newest <= now) and all(
            datetime.fromisoformat(date) > now for _, date in facts["waiting"]
        )
        return is_as_due and facts["shown"] == stats.digest(stats.of(facts["assets"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _facts(show: "Show", problems: list[Problem], options: Options) -> dict[str, Any]:
    from publisher import live
    from publisher.outputs import itunes

    settings = show.settings
    newest = max((it.date for it in show.episodes if not it.scheduled), default=None)
    assets = sorted({str(it.path) for it in (*show.assets, *show.pictures)})
    return {
        "episodes": sum(1 for episode in show.episodes if episode.enclosure),
        "posts": len(show.episodes),
        "waiting": [(post.title, post.date.isoformat()) for post in show.waiting],
        "warnings": [vars(problem) for problem in problems],
        "target": vars(settings.target),
        "url": settings.url,
        "language": settings.language,
        "timezone": settings.timezone,
        "live": live.of(show, itunes.URL).written(),
        "glances": [_glance(post) for post in show.episodes] if options.drafts else [],
        "newest": newest.isoformat() if newest else "",
        "assets": assets,
        "shown": stats.digest(stats.of(assets)),
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


def _remembered(root: Path, options: Options, facts: dict[str, Any], outcome: "Outcome") -> Built:
    listing = {
        url: (it.digest, it.size, it.content_type, it.cache_control, it.redirect)
        for url, it in outcome.listing.items()
    }
    paths = _listing_path(root, options), _stamp_path(root, options)
    for path, content in zip(paths, (listing, facts), strict=True):
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(content, ensure_ascii=False))
        unfinished.replace(path)
    return Built(facts, paths[0], outcome.changes)
