"""From the folders of a show to its finished site; and nothing at all if nothing changed."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import PACKAGE, THEME, seen, stats
from publisher.errors import Problem, PublishError
from publisher.report import Report
from publisher.seen import Seen
from publisher.stats import NONE, Changes, Stats

if TYPE_CHECKING:
    from publisher.live import Live
    from publisher.model import Entry, Episode, Show, TargetSettings, Waiting
    from publisher.site import Outcome

FOLDERS = ("episodes", "pages", "templates")  # what the author writes, beside show.toml
MAIL = "mail"

Changed = frozenset[str] | None  # paths that are not as they were; None if nobody knows
Found = tuple[Seen, Changed]


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
        """The files that it refers to, but those in the author's folders."""
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
        # before reading: what changes meanwhile is built next time
        before, there, changed = _last(root, options)
        is_same = before is not None and not changed and not options.fresh
        if before and is_same and _is_current(before, now, options):
            return before
        return _build(root, now, options, (there, changed), report or Report())


def last(root: Path, options: Options) -> Built | None:
    """What the folder still holds of the last build, however much has changed since."""
    before, _, changed = _last(root, options)
    made = f"{_places(root, options)[-1]}/"
    return None if changed is None or any(it.startswith(made) for it in changed) else before


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


def _build(root: Path, now: datetime, options: Options, found: Found, report: Report) -> Built:
    from publisher import inspection, memo, outputs, read, site

    there, changed = found
    settings = read.settings(root)
    table = root / ".cache" / "memo.sqlite"
    report.begins("reading")
    with memo.Memo(table, fresh=options.fresh, jobs=options.jobs, report=report) as remembered:
        ready = inspection.ready(
            root,
            settings,
            remembered,
            now,
            drafts=options.drafts,
            with_pictures=options.pictures,
            known=there.below(root.absolute() / "episodes"),
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
        *_, mail, made = _places(root, options)
        batches = outputs.batches(show, templates, remembered)
        outcome = site.write(batches, made, _disturbed(made, there, changed))
        touched = outcome.touched
        report.begins("writing mails")
        if not options.drafts:
            mails = outputs.mails(show, templates, remembered)
            touched += site.write(mails, mail, _disturbed(mail, there, changed)).touched
    report.begins("remembering")
    after = seen.after(there, map(str, touched))
    return _remembered(root, options, _facts(root, show, problems, options), after, outcome)


# -- a run with nothing to do ------------------------------------------------------------------
#
# Two files remember the last build: what was said of it, and all that was seen of what went in
# and came out. While that is as it was, and no post's date has come, building again would write
# the same bytes.


def _stamp_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.json"


def _seen_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.seen"


def _places(root: Path, options: Options) -> list[Path]:
    """Where the program, the theme and what the author wrote lie, and what they become."""
    home = root.absolute()
    written = [home / name for name in FOLDERS]
    return [PACKAGE, THEME, *written, home / MAIL, home / options.folder]


def _last(root: Path, options: Options) -> tuple[Built | None, Seen, Changed]:
    """The last build if there was one, what lies there now, and which files are not as they were.

    Without what was seen of its files it is none.
    """
    places = _places(root, options)
    try:
        facts: dict[str, Any] = json.loads(_stamp_path(root, options).read_text())
        known = seen.unpack(_seen_path(root, options).read_bytes())
        if facts["places"] == list(map(str, places)):
            return Built(facts, places[-1]), *seen.again(known)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    files = [*stats.libraries(), str(root.absolute() / "show.toml")]
    return None, seen.look(files, map(str, places)), None


def _disturbed(folder: Path, there: Seen, changed: Changed) -> Stats | None:
    """What lies in a folder that we wrote; None if it is as we left it."""
    if changed is not None and not any(it.startswith(f"{folder}/") for it in changed):
        return None
    return there.below(folder)


def _is_current(before: Built, now: datetime, options: Options) -> bool:
    """True if it was asked for as now, and no post's date has come or lies ahead again."""
    facts = before.facts
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
    newest = max((it.date for it in show.episodes if not it.scheduled), default=None)
    folders = tuple(f"{root / name}/" for name in FOLDERS)
    paths = {str(it.path) for it in (*show.assets, *show.pictures)}
    assets = sorted(it for it in paths if not it.startswith(folders))
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


def _remembered(
    root: Path, options: Options, facts: dict[str, Any], there: Seen, outcome: "Outcome"
) -> Built:
    facts["places"] = [str(it) for it in _places(root, options)]
    others = [str(Path(it).absolute()) for it in facts["assets"]]
    _write(_seen_path(root, options), seen.pack(seen.added(there, others)))
    _write(_stamp_path(root, options), json.dumps(facts, ensure_ascii=False).encode())
    return Built(facts, _places(root, options)[-1], outcome.changes)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
