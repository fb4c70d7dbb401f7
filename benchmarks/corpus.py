"""A show of any size, always the same: German prose from a small dictionary and a fixed seed."""

import random
import shutil
import uuid
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = (
    "der die das ein Kunde Angebot Gespräch Größe Lösung Fertigung prüfen führen können über für "
    "Maschine Anlage Bedarf Ausschuss Taktzeit Einkauf Preis Nutzen zeigen fragen hören schätzen "
    "weil wenn aber denn zuerst später häufig möglich nächste Woche gemeinsam Entscheidung Risiko"
).split()
TAGS = ("Vertrieb", "Gesprächsführung", "Angebote", "Führung", "Messe", "Preise", "Planung")
FIRST_DAY = date(2000, 1, 1)

SHOW = """\
title = "Messreihe"
description = "Eine Show zum Messen."
language = "de"
url = "https://messreihe.example"
author = "Publisher"
email = "post@messreihe.example"
categories = [["Business"]]
cover = "cover.jpg"
guid = "b45666cb-bd5e-503e-ba12-3736da6a0222"
timezone = "Europe/Berlin"

[legal]
imprint = "pages/impressum.md"
privacy = "pages/datenschutz.md"

[newsletter]
from = "Messreihe <brief@messreihe.example>"
unsubscribe = "mailto:brief@messreihe.example?subject=Abmelden"

[target]
url = "file:published"
"""


def make(folder: Path, count: int) -> None:
    """Write a show of `count` articles of about 6 KB, none with audio."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("episodes", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "show.toml").write_text(SHOW)
    shutil.copy(ROOT / "cover.jpg", folder / "cover.jpg")
    for page in ("impressum", "datenschutz"):
        (folder / f"pages/{page}.md").write_text(f"---\ntitle: {page.title()}\n---\n\nEin Text.\n")
    for number in range(count):
        add(folder, number)


def add(folder: Path, number: int) -> Path:
    """Write the article with this number."""
    dice = random.Random(number)
    day = FIRST_DAY + timedelta(days=number)
    tags = ", ".join(dice.sample(TAGS, 2))
    guid = uuid.UUID(int=dice.getrandbits(128))
    front = f"title: Folge {number}\ndate: {day}\nguid: {guid}\ntags: [{tags}]"
    path = folder / f"episodes/folge-{number:05}.md"
    path.write_text(f"---\n{front}\n---\n\n{prose(dice)}")
    return path


def prose(dice: random.Random) -> str:
    """Headings, paragraphs with bold and links, lists: about 6 KB of Markdown."""
    blocks = []
    while sum(map(len, blocks)) < 6000:
        kind = dice.random()
        if kind < 0.12:
            blocks.append(f"## {words(dice, 4).title()}")
        elif kind < 0.25:
            blocks.append("\n".join(f"- {words(dice, 8)}" for _ in range(4)))
        elif kind < 0.32:
            blocks.append(
                "\n".join(f"{i}. **{words(dice, 2)}** {words(dice, 9)}" for i in (1, 2, 3))
            )
        else:
            link = f"[{words(dice, 2)}](https://anderswo.example/{dice.randrange(99)})"
            blocks.append(f"{words(dice, 40)}, *{words(dice, 2)}* und {link}. „{words(dice, 12)}“")
    return "\n\n".join(blocks) + "\n"


def words(dice: random.Random, count: int) -> str:
    """So many words."""
    return " ".join(dice.choices(WORDS, k=count))
