"""A show before it becomes a site: read, judged, its pictures made; and `publish check`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from publisher import check, memo, outputs, read, shelf
from publisher.errors import Problem
from publisher.model import Memo, Settings, Show, Templates
from publisher.outputs import theme
from publisher.seen import Stat


@dataclass(frozen=True)
class Ready:
    """A show from which outputs can be made, with the theme to make them and all that is wrong."""

    show: Show
    templates: Templates
    problems: tuple[Problem, ...]


def ready(
    root: Path,
    settings: Settings,
    remembered: Memo,
    now: datetime,
    *,
    drafts: bool = False,
    with_pictures: bool = True,
    known: Mapping[str, Stat] = MappingProxyType({}),
) -> Ready:
    """The show in `root` as it is due at `now`, with errors too: an output may know more of them.

    With its pictures in either case, so that what is remembered of mails holds while an error is
    being mended. `known` as in `read.show`.
    """
    show = read.show(root, settings, remembered, now, drafts=drafts, known=known)
    templates = read.templates(root, settings)
    found = check.show(show)
    if with_pictures:
        from publisher import pictures

        show, damaged = pictures.prepared(root, show, templates, remembered)
        found += damaged
    templates = theme.compiled(show, templates, remembered)
    return Ready(show, templates, tuple(dict.fromkeys(found)))


def problems(
    root: Path, now: datetime, *, fresh: bool = False, with_loudness: bool = False
) -> list[Problem]:
    """Every problem of what is due at `now`, by file and line."""
    settings = read.settings(root)
    with memo.Memo(shelf.place(root), fresh=fresh) as remembered:
        it = ready(root, settings, remembered, now)
        found = [*it.problems, *outputs.problems(it.show, it.templates, remembered)]
        if with_loudness:
            from publisher import loudness

            found += loudness.problems(root, it.show, remembered)
    return sorted(found)


def mend(root: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """Write missing guids, those of drafts too; yields each path and what was written there."""
    from publisher import fix

    settings = read.settings(root)
    with memo.Memo(shelf.place(root)) as remembered:
        show = read.show(root, settings, remembered, now, drafts=True)
    yield from fix.guids(root, show)
