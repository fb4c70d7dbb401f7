"""A show of any size, always the same: German prose from a small dictionary and a fixed seed.

Every fifth post is an episode with a recording, chapters and a transcript. The same posts can be
written for Hugo and for Pelican, which take the prose, titles, dates, tags and descriptions.
"""

import random
import shutil
import uuid
from dataclasses import dataclass
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
PAGES = ("impressum", "datenschutz")
EPISODE_EVERY = 5  # posts; the others are articles without a recording
RECORDING = ROOT / "tests/media/ton.mp3"  # four seconds
CHAPTERS = "00:00:00.000 Begrüßung\n00:00:01.500 Das Gespräch\n00:00:03.000 Fazit\n"

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


@dataclass(frozen=True)
class Post:
    """An article, or an episode if its number is a multiple of 5."""

    number: int
    day: date
    guid: uuid.UUID
    tags: tuple[str, ...]
    description: str
    markdown: str

    @property
    def title(self) -> str:
        return f"Werkstattgespräch {self.number}"

    @property
    def slug(self) -> str:
        return f"folge-{self.number:05}"

    @property
    def is_episode(self) -> bool:
        return self.number % EPISODE_EVERY == 0


def post(number: int) -> Post:
    """The post with this number."""
    dice = random.Random(number)
    tags = tuple(dice.sample(TAGS, 2))
    guid = uuid.UUID(int=dice.getrandbits(128))
    markdown = prose(dice)
    description = sentence(dice, 14)
    return Post(number, FIRST_DAY + timedelta(days=number), guid, tags, description, markdown)


def make(folder: Path, count: int) -> None:
    """Write a show of `count` posts, all of which are due in 2100."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("episodes", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "show.toml").write_text(SHOW)
    shutil.copy(ROOT / "cover.jpg", folder / "cover.jpg")
    for page in PAGES:
        (folder / f"pages/{page}.md").write_text(f"---\ntitle: {page.title()}\n---\n\nEin Text.\n")
    for number in range(count):
        add(folder, number)


def add(folder: Path, number: int) -> Path:
    """Write the post with this number, an episode with its recording, chapters and transcript."""
    it = post(number)
    path = folder / f"episodes/{it.slug}.md"
    front = {
        "title": it.title,
        "date": it.day,
        "guid": it.guid,
        "tags": f"[{', '.join(it.tags)}]",
        "description": it.description,
    }
    if it.is_episode:
        front["episode"] = number // EPISODE_EVERY + 1
        path.with_suffix(".mp3").write_bytes(RECORDING.read_bytes() + id3v1(it.title))
        path.with_suffix(".chapters.txt").write_text(CHAPTERS)
        path.with_suffix(".vtt").write_text(transcript(number))
    lines = "".join(f"{key}: {value}\n" for key, value in front.items())
    path.write_text(f"---\n{lines}---\n\n{it.markdown}")
    return path


def id3v1(title: str) -> bytes:
    """The tag at the end of an MP3 that makes each recording another: https://id3.org/ID3v1."""
    return b"TAG" + title.encode("latin-1").ljust(125, b"\0")


def for_hugo(it: Post) -> str:
    """The same post as Hugo reads it."""
    front = f"title: {it.title}\ndate: {it.day}\ntags: [{', '.join(it.tags)}]"
    return f"---\n{front}\ndescription: {it.description}\n---\n\n{it.markdown}"


def for_pelican(it: Post) -> str:
    """The same post as Pelican reads it."""
    front = f"Title: {it.title}\nDate: {it.day}\nTags: {', '.join(it.tags)}\nSlug: {it.slug}"
    return f"{front}\nSummary: {it.description}\n\n{it.markdown}"


def transcript(number: int) -> str:
    """What two people say in a recording, as WebVTT."""
    dice = random.Random(f"transcript {number}")
    cues = (
        f"00:00:{at:06.3f} --> 00:00:{at + 0.4:06.3f}\n"
        f"<v {dice.choice(('Jost', 'Ilka'))}>{sentence(dice, 12)}"
        for at in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
    )
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


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


def sentence(dice: random.Random, count: int) -> str:
    """So many words, as a sentence."""
    text = words(dice, count)
    return f"{text[0].upper()}{text[1:]}."
