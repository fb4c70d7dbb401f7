"""From the folders of a show to its finished site; and nothing at all if nothing changed."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publisher import THEME, fingerprint, live, memo, site
from publisher.errors import Problem, PublishError
from publisher.live import Live
from publisher.model import Entry, Episode, TargetSettings, Waiting, base_of

FOLDERS = ("episodes", "pages", "templates")  # what the author writes, beside show.toml
MAIL = "mail"

There = tuple[site.Stats, site.Stats]  # what lies in the site's folder and in that of the mails


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
    """A finished site: all its files by URL, and what there is to say about it."""

    listing: dict[str, Entry]
    episodes: int
    posts: int
    changes: site.Changes
    waiting: tuple[Waiting, ...]
    warnings: tuple[Problem, ...]
    target: TargetSettings
    url: str  # of the site, without a trailing slash
    language: str
    live: Live
    assets: tuple[Path, ...] = ()  # the files that it refers to
    glances: tuple[Glance, ...] = ()  # only where drafts are built, too

    @property
    def base(self) -> str:
        """The path under which the site lives, '' at the root of its host."""
        return base_of(self.url)


@dataclass(frozen=True)
class Options:
    """How to build; `folder` is where, relative to the show."""

    folder: str = "site"
    drafts: bool = False
    strict: bool = False
    fresh: bool = False
    jobs: int = 0
    pictures: bool = True  # False: pages show them as the author saved them


def build(root: Path, now: datetime, options: Options) -> Built:
    """Build the show in `root` as it is due at `now`.

    PublishError with every problem if it has errors, or warnings and `options.strict`.
    """
    with _alone(root):
        there = site.stats(root / options.folder), site.stats(root / MAIL)
        inputs = _inputs(root, options)  # before reading: what changes meanwhile is built next time
        if not options.fresh and (built := _unchanged(root, now, options, inputs, there)):
            return built
        return _build(root, now, options, inputs, there)


def _stamp_path(root: Path, options: Options) -> Path:
    return root / ".cache" / f"{Path(options.folder).name}.json"


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


def _build(root: Path, now: datetime, options: Options, inputs: str, there: There) -> Built:
    from publisher import inspection, outputs, read

    settings = read.settings(root)
    table = root / ".cache" / "memo.sqlite"
    with memo.Memo(table, fresh=options.fresh, jobs=options.jobs) as remembered:
        ready = inspection.ready(
            root, settings, remembered, now, drafts=options.drafts, with_pictures=options.pictures
        )
        show, templates = ready.show, ready.templates
        problems = sorted([*ready.problems, *outputs.problems(show, templates, remembered)])
        if problems and (options.strict or any(it.severity == "error" for it in problems)):
            raise PublishError(problems)
        path = _stamp_path(root, options)
        path.unlink(missing_ok=True)
        files = outputs.files(show, templates, remembered)
        outcome = site.write(files, root / options.folder, there[0])
        after = outcome.stats, there[1]
        if not options.drafts:
            mails = outputs.mails(show, templates, remembered)
            after = outcome.stats, site.write(mails, root / MAIL, there[1]).stats
    built = Built(
        listing=outcome.listing,
        episodes=sum(1 for episode in show.episodes if episode.enclosure),
        posts=len(show.episodes),
        changes=outcome.changes,
        waiting=show.waiting,
        warnings=tuple(problems),
        target=settings.target,
        url=settings.url,
        language=settings.language,
        live=live.of(show, outputs.itunes.URL),
        assets=tuple(sorted({it.path for it in (*show.assets, *show.pictures)})),
        glances=tuple(map(_glance, show.episodes)) if options.drafts else (),
    )
    newest = max((it.date for it in show.episodes if not it.scheduled), default=None)
    stamp = _stamp(built, newest) | {"inputs": inputs, "outputs": _outputs(after)}
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp, ensure_ascii=False))
    unfinished.replace(path)
    return built


def _glance(post: Episode) -> Glance:
    return Glance(
        url=post.url,
        slug=post.slug,
        path=post.source.path,
        words=post.article.words,
        duration=post.enclosure.duration if post.enclosure else 0.0,
        draft=post.draft,
        scheduled=post.scheduled,
        has_issue=post.issue is not None,
    )


# -- a run with nothing to do ------------------------------------------------------------------
#
# One file remembers the last build: fingerprints of the stats of all that went in and came out.
# While they hold, and no post's date has come, building again would write the same bytes.


def _unchanged(
    root: Path, now: datetime, options: Options, inputs: str, there: There
) -> Built | None:
    try:
        stamp: dict[str, Any] = json.loads(_stamp_path(root, options).read_text())
        newest = datetime.fromisoformat(stamp["newest"]) if stamp["newest"] else None
        waiting = tuple(Waiting(t, datetime.fromisoformat(d)) for t, d in stamp["waiting"])
        is_as_due = (newest is None or newest <= now) and all(it.date > now for it in waiting)
        if (
            not is_as_due
            or stamp["inputs"] != inputs
            or stamp["assets"] != _stats(map(Path, stamp["asset_paths"]))
            or stamp["outputs"] != _outputs(there)
        ):
            return None
        return _built(stamp)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def last(root: Path, options: Options) -> Built | None:
    """What the folder still holds of the last build, however much has changed since."""
    path = _stamp_path(root, options)
    try:
        stamp: dict[str, Any] = json.loads(path.read_text())
        there = site.stats(root / options.folder), site.stats(root / MAIL)
        return _built(stamp) if stamp["outputs"] == _outputs(there) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _built(stamp: dict[str, Any]) -> Built:
    return Built(
        listing={url: Entry(*values) for url, values in stamp["listing"].items()},
        episodes=stamp["episodes"],
        posts=stamp["posts"],
        changes=site.Changes((), (), ()),
        waiting=tuple(Waiting(t, datetime.fromisoformat(d)) for t, d in stamp["waiting"]),
        warnings=tuple(Problem(**values) for values in stamp["warnings"]),
        target=TargetSettings(**stamp["target"]),
        url=stamp["url"],
        language=stamp["language"],
        live=Live.parse(stamp["live"]),
        assets=tuple(map(Path, stamp["asset_paths"])),
        glances=tuple(Glance(**values) for values in stamp["glances"]),
    )


def _stamp(built: Built, newest: datetime | None) -> dict[str, Any]:
    return {
        "asset_paths": list(map(str, built.assets)),
        "assets": _stats(built.assets),
        "newest": newest.isoformat() if newest else "",
        "waiting": [(post.title, post.date.isoformat()) for post in built.waiting],
        "episodes": built.episodes,
        "posts": built.posts,
        "warnings": [asdict(problem) for problem in built.warnings],
        "target": asdict(built.target),
        "url": built.url,
        "language": built.language,
        "glances": [vars(glance) for glance in built.glances],
        "live": asdict(built.live),
        "listing": {
            url: (it.digest, it.size, it.content_type, it.cache_control, it.redirect)
            for url, it in built.listing.items()
        },
    }


def _inputs(root: Path, options: Options) -> str:
    """The program, and the stats of the theme and of what the author wrote."""
    folders = [_sorted(site.stats(path)) for path in (THEME, *(root / name for name in FOLDERS))]
    settings = _stats(path for path in [root / "show.toml"] if path.exists())
    return fingerprint.of(
        memo.program(), options.drafts, options.strict, options.pictures, settings, folders
    )


def _outputs(there: There) -> str:
    return fingerprint.of([_sorted(it) for it in there])


def _sorted(found: site.Stats) -> str:
    """One text of them all, since there are very many."""
    return "\n".join([f"{name} {a} {b} {c}" for name, (a, b, c) in sorted(found.items())])


def _stats(paths: Iterable[Path]) -> str:
    stats = ((str(path), path.stat()) for path in paths)
    return fingerprint.of([(n, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for n, s in stats])
