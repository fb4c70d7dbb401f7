"""The sample show with a digest, and its issues as they are sent."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shows import ROOT

from publisher import memo, read
from publisher.model import Show, Templates
from publisher.outputs import newsletter
from publisher.outputs.master import Master

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "aZ09_-.~" * 8  # a token of usual length
DIGEST = """\
---
title: Der Herbst in einer Mail
subtitle: Drei Folgen und zwei Artikel, die man nachholen kann
date: 2026-11-19 06:00
guid: herbst
newsletter: {digest: new}
---

Es war ein voller Herbst. **Wer nur eine Folge hört**, sollte mit dem Preisgespräch beginnen, denn
die [Bedarfsanalyse](bedarfsanalyse.md) versteht man danach doppelt so gut.
"""
KINDS = {"episode": "sales-leader", "article": "messe-checkliste", "digest": "herbst"}


@dataclass(frozen=True)
class Letters:
    """A show as it was read, and its theme."""

    show: Show
    templates: Templates

    def master(self, slug: str) -> Master:
        """One issue."""
        made = newsletter.issue(self.show, self.templates, slug, NOW)
        assert made
        return made


def letters(folder: Path) -> Letters:
    """What lies in the folder."""
    with memo.Memo(folder / ".cache" / "memo.sqlite", jobs=1) as remembered:
        settings = read.settings(folder)
        show = read.show(folder, settings, remembered, NOW)
    return Letters(show, read.templates(folder, settings))


_KEPT = TemporaryDirectory()  # until the tests end: pictures are read when they are shown


@cache
def sample() -> Letters:
    """The sample show, with a digest of all its posts."""
    folder = Path(_KEPT.name)
    for name in ("show.toml", "cover.jpg"):
        shutil.copy(ROOT / name, folder)
    for name in ("episodes", "pages"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "episodes/herbst.md").write_text(DIGEST, "utf-8")
    return letters(folder)
