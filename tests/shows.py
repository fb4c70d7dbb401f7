"""A small show on disk, and `publish` as a user runs it."""

import contextlib
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from publisher import cli

HERE = Path(__file__).parent
MEDIA = HERE / "media"
ROOT = HERE.parent
NOW = "2026-11-01T12:00:00+00:00"

SHOW = """\
title = "Küche & Keller"
description = "Wie man gut isst."
language = "de"
url = "https://kueche.example"
author = "Änne Öz"
email = "post@kueche.example"
categories = [["Arts", "Food"]]
cover = "cover.jpg"
timezone = "Europe/Berlin"
guid = "6cc9c904-c95e-573f-936f-905288e78efa"
[apps]
apple = 42

[legal]
imprint = "pages/impressum.md"
privacy = "pages/datenschutz.md"

[newsletter]
from = "Küche & Keller <brief@kueche.example>"
unsubscribe = "mailto:brief@kueche.example?subject=Abmelden"

[target]
url = "file:published"
"""

SUPPE = """\
---
title: Die Suppe
date: 2026-09-07 06:00
episode: 1
guid: suppe-1
tags: [Suppe, Grundlagen]
---

Eine gute *Suppe* beginnt mit [Brot](brot.md).

![Ein Topf](topf.png "Der Topf")
"""

BROT = """\
---
title: Das Brot
date: 2026-09-14
guid: brot-1
tags: Grundlagen
---

Brot ist ein Artikel ohne Ton.
"""


@dataclass
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def make(folder: Path) -> Path:
    """Write the small show into a folder."""
    texts = {
        "show.toml": SHOW,
        "episodes/suppe.md": SUPPE,
        "episodes/brot.md": BROT,
        "pages/impressum.md": "---\ntitle: Impressum\n---\n\nÄnne Öz  \nHerdweg 1\n",
        "pages/datenschutz.md": "---\ntitle: Datenschutz\n---\n\nWir merken uns nichts.\n",
    }
    for name, content in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    shutil.copy(MEDIA / "ton.mp3", folder / "episodes/suppe.mp3")
    Image.new("RGB", (40, 30), "brown").save(folder / "episodes/topf.png")
    Image.new("RGB", (1400, 1400), "navy").save(folder / "cover.jpg")
    return folder


def run(*arguments: str) -> Ran:
    """`publish` with these arguments, in this process."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["publish", *arguments]
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    finally:
        sys.argv = before
    return Ran(code, out.getvalue(), err.getvalue())


def publish(folder: Path, *arguments: str) -> Ran:
    """`publish` on the show in `folder`, at a time of its own."""
    return run("-C", str(folder), "--now", NOW, *arguments)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder: its bytes and the time of its last change."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """The small show, not yet published."""
    return make(tmp_path / "show")
