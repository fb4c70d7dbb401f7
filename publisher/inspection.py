"""A show looked at without building it: `publish check`."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from publisher import check, fix, loudness, memo, outputs, read
from publisher.errors import Problem


def problems(
    root: Path, now: datetime, *, fresh: bool = False, with_loudness: bool = False
) -> list[Problem]:
    """Every problem of what is due at `now`, by file and line."""
    settings = read.settings(root)
    with memo.Memo(_table(root), fresh=fresh) as remembered:
        show = read.show(root, settings, remembered, now)
        templates = read.templates(root, settings)
        found = check.show(show) + outputs.problems(show, templates, remembered)
        if with_loudness:
            found += loudness.problems(root, show, remembered)
    return sorted(found)


def mend(root: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """Write missing guids, those of drafts too; yields each path and what was written there."""
    settings = read.settings(root)
    with memo.Memo(_table(root)) as remembered:
        show = read.show(root, settings, remembered, now, drafts=True)
    yield from fix.guids(root, show)


def _table(root: Path) -> Path:
    return root / ".cache" / "memo.sqlite"
