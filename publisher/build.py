"""From the folders of a show to its finished site; and nothing at all if nothing changed."""

import json
import sys
from array import array
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

FOLDERS = ("episodes", "pages", "templates")  # what the author writes, beside show.toml
MAIL = "mail"

Changed = frozenset[str] | None  # paths that are not as they were
NOBODY_KNOWS: Changed = None


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
        there = _There(root, options)  # before reading: what changes meanwhile is built next time
        before = None if options.fresh else there.before
        if before and _is_current(before, now, options) and there.is_as_it_was():
            return before
        return _build(root, now, options, there, report or Report())


def last(root: Path, options: Options) -> Built | None:
    """What the folder still holds of the last build, however much has changed since."""
    there = _There(root, options)
    made = _made(root, options)
    return there.before if there.disturbed(made) is None else None


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


def _build(root: Path, now: datetime, options: Options, there: "_There", report: Report) -> Built:
    from publisher import inspection, memo, outputs, read, site

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
            known=there.inputs.below(root.absolute() / "episodes"),
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
        made, mail = _made(root, options), root.absolute() / MAIL
        batches = outputs.batches(show, templates, remembered)
        outcome = site.write(batches, made, there.disturbed(made))
        touched = outcome.touched
        report.begins("writing mails")
        if not options.drafts:
            mails = outputs.mails(show, templates, remembered)
            touched += site.write(mails, mail, there.disturbed(mail)).touched
    report.begins("remembering")
    facts = _facts(root, show, problems, options)
    there.remember(root, options, facts, touched)
    return Built(facts, made, outcome.changes)


# -- a run with nothing to do ------------------------------------------------------------------
#
# Three files remember the last build: what was said of it, and all that was seen of what went in
# and of what came out. While that is as it was, and no post's date has come, building again would
# write the same bytes.


def _stamp_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.json"


def _made(root: Path, options: Options) -> Path:
    return root.absolute() / options.folder


class _There:
    """What lies there now, and whether it is as the last build left it.

    `before` is that build, if there was one; `inputs` are the program, the theme and what the
    author wrote, of which the `changed` files are not as they were.
    """

    def __init__(self, root: Path, options: Options) -> None:
        home, stamp = root.absolute(), _stamp_path(root, options)
        self._paths = [stamp.with_suffix(it) for it in (".read", ".made")]
        self._places = [home / MAIL, _made(root, options)]
        self.before: Built | None = None
        self.inputs, self.changed = Seen([], array("q")), NOBODY_KNOWS
        try:
            facts: dict[str, Any] = json.loads(stamp.read_text())
            if facts["place"] == str(home):
                outputs = seen.unpack(self._paths[1].read_bytes())
                self._asked: seen.Asked | None = seen.Asked(outputs)  # while we go on
                self.inputs, self.changed = seen.again(seen.unpack(self._paths[0].read_bytes()))
                self.before = Built(facts, self._places[-1])
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._asked = None
        inputs = [PACKAGE, THEME, *(home / name for name in FOLDERS)]
        self.inputs = seen.look([*stats.libraries(), str(home / "show.toml")], map(str, inputs))

    @cached_property
    def made(self) -> tuple[Seen, Changed]:
        """The site and the mails, and which of their files are not as they were."""
        if self._asked:
            return self._asked.result()
        return seen.look([], map(str, self._places)), NOBODY_KNOWS

    def is_as_it_was(self) -> bool:
        """True if nothing that was seen then is another now."""
        return not self.changed and not self.made[1]

    def disturbed(self, folder: Path) -> Stats | None:
        """What lies in a folder that we made; None if it is as we left it."""
        there, changed = self.made
        if changed is None or any(it.startswith(f"{folder}/") for it in changed):
            return there.below(folder)
        return None

    def remember(
        self, root: Path, options: Options, facts: dict[str, Any], touched: tuple[Path, ...]
    ) -> None:
        """Write down what was built, and what lies there since these files were written."""
        others = [str(Path(it).absolute()) for it in facts["assets"]]
        made = seen.after(self.made[0], map(str, touched))
        for path, what in zip(self._paths, (seen.added(self.inputs, others), made), strict=True):
            _write(path, seen.pack(what))
        facts["place"] = str(root.absolute())
        _write(_stamp_path(root, options), json.dumps(facts, ensure_ascii=False).encode())


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


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
