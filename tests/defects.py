"""Single defects in a show: what an author did, and the one rule that owns it.

A place is a file and a text that stands in the line to be reported; "" is the file as a whole.
"""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from shows import MEDIA, make

Change = Callable[[Path], None]

TOML, SUPPE, SALAT, BROT = "show.toml", "episodes/suppe.md", "episodes/salat.md", "episodes/brot.md"
LONG = "ä" * 2001  # 4002 bytes
FRAME = b"\xff\xfb\x10\xc0" + bytes(100)  # MPEG 1, Layer III: 32 kbit/s, 44.1 kHz, 26 ms
LOUD_FRAME = b"\xff\xfb\xe0\xc0" + bytes(1040)  # the same with 320 kbit/s
NOISE = "```\n" + random.Random(1).randbytes(1_100_000).hex("\n", 40) + "\n```\n\n"
SECOND = 38  # frames
SENTENCE = (
    "Wer gutes Brot backen will, braucht Zeit, Geduld, einen heißen Ofen und ein wenig Übung dazu."
)

MORE_SETTINGS = """\
copyright = "2026 Änne Öz"
hosts = [{ name = "Änne Öz", role = "Host", group = "cast" }]
funding = { url = "https://spende.example", text = "Spenden" }
txt = { purpose = "verify", text = "abc" }
medium = "podcast"
trailer = "suppe"
license = "https://lizenz.example/alles"
location = "Bad Soden"
[apps]
"""

SALAT_TEXT = """\
---
title: "24. Dezember: Salat für \u200fשלום\u200f und 🥗"
date: 2026-09-21 06:00
episode: 2
season: 1
guid: salat-1
description: Grün und gut.
location: Bad Soden (geo:50.14,8.5)
license: CC-BY-4.0
image: salat.jpg
guests:
  - name: Ilse Kraut
    role: guest
    group: cast
    url: https://kraut.example
  - Otto Essig
chapters:
  - start: 00:00
    title: Anfang
  - start: 00:30
    title: Essig
    href: https://essig.example
  - start: 01:00
    title: Öl
soundbites:
  - {start: 10, duration: 20, title: Essig}
aliases: [/alter-salat/]
newsletter:
  digest: [suppe]
---

Zum Salat gehört [die Kruste](brot.md#kruste), siehe [früher](/alter-salat/).

![Ein Kopf Salat](topf.png)
"""

CUES = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n<v Änne Öz>Guten Tag.\n"


def healthy(folder: Path) -> Path:
    """A show that uses much of what rules are about, and breaks none."""
    show = make(folder)
    edit(TOML, "[apps]\n", MORE_SETTINGS)(show)
    edit(BROT, "ohne Ton.\n", "ohne Ton.\n\n## Kruste\n\nSie knackt.\n")(show)
    (show / SALAT).write_text(SALAT_TEXT, "utf-8")
    (show / "episodes/salat.mp3").write_bytes(FRAME * (100 * SECOND))
    Image.new("RGB", (1400, 1400), "green").save(show / "episodes/salat.jpg")
    (show / "episodes/suppe.chapters.txt").write_text("0:00 Wasser\n0:02 Salz\n", "utf-8")
    (show / "episodes/suppe.vtt").write_text(CUES, "utf-8")
    return show


def edit(name: str, old: str, new: str) -> Change:
    """In the file `name`, `old` is replaced by `new`, once."""

    def change(show: Path) -> None:
        content = (show / name).read_text("utf-8")
        assert old in content, f"{old} is not in {name}"
        (show / name).write_text(content.replace(old, new, 1), "utf-8")

    return change


def write(name: str, content: bytes | str) -> Change:
    """The file `name` holds this."""

    def change(show: Path) -> None:
        (show / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def append(name: str, content: str) -> Change:
    """The file `name` goes on like this."""
    return lambda show: (show / name).write_bytes((show / name).read_bytes() + content.encode())  # type: ignore[return-value]


def picture(name: str, mode: str = "RGB", size: tuple[int, int] = (1400, 1400), kind: str = "JPEG") -> Change:  # fmt: skip
    """The file `name` is such a picture, whatever its ending says."""
    return lambda show: Image.new(mode, size).save(show / name, kind)


def moving(name: str) -> Change:
    """The file `name` is a WebP of two pictures, which is published as it is."""
    one, other = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")
    return lambda show: one.save(show / name, "WEBP", save_all=True, append_images=[other])


def both(*changes: Change) -> Change:
    """One defect that takes several steps to make."""

    def change(show: Path) -> None:
        for step in changes:
            step(show)

    return change


def _copy(source: str, to: str) -> Change:
    return lambda show: shutil.copy(show / source, show / to)  # type: ignore[return-value]


def _cut(name: str) -> Change:
    return lambda show: (show / name).write_bytes((show / name).read_bytes()[:60])  # type: ignore[return-value]


def _delete(name: str) -> Change:
    return lambda show: (show / name).unlink()


def _toml(old: str, new: str) -> Change:
    return edit(TOML, old, new)


def _moov_last(show: Path) -> None:
    """Move the index of an M4A behind its audio."""
    content, atoms = (MEDIA / "ton.m4a").read_bytes(), {}
    while content:
        size = int.from_bytes(content[:4], "big")
        atoms[content[4:8]], content = content[:size], content[size:]
    atoms[b"moov"] = atoms.pop(b"moov")
    (show / "episodes/suppe.m4a").write_bytes(b"".join(atoms.values()))
    (show / "episodes/suppe.mp3").unlink()


@dataclass(frozen=True)
class Defect:
    """What was done, the rule that owns it, and the place that is reported."""

    name: str
    change: Change
    rule: str
    path: str
    line: str


COVER_GIF = both(_toml("cover.jpg", "bild.gif"), picture("bild.gif", kind="GIF"))
COVER_PNG = both(_toml("cover.jpg", "bild.png"), picture("bild.png", "RGBA", kind="PNG"))
GUESTS = "  - name: Ilse Kraut"
SERIAL = _toml('copyright = "2026', 'type = "serial"\ncopyright = "2026')
SERIAL_SEASON = both(SERIAL, edit(SUPPE, "episode: 1", "episode: 1\nseason: 1"))
SAME_NUMBER = edit(SUPPE, "episode: 1", "episode: 2\nseason: 1")
SAME_DATE = edit(SALAT, "2026-09-21 06:00", "2026-09-07 06:00")
OLD_DATE = edit(BROT, "2026-09-14", "0201-09-14")

DEFECTS = [
    # what cannot be read
    Defect("show.toml is no TOML", _toml('"de"', "de"), "toml-syntax", TOML, "language"),
    Defect("front matter is no YAML", edit(BROT, "Das Brot", "Das Brot: neu"), "yaml-syntax", BROT, "title"),
    Defect("no front matter", write(BROT, "Nur Text.\n## Kruste\n"), "front-matter", BROT, "Nur Text"),
    Defect("front matter without an end", edit(BROT, "Grundlagen\n---", "Grundlagen"), "front-matter", BROT, "---"),
    Defect("a key twice", edit(BROT, "tags:", "title: Neu\ntags:"), "key-twice", BROT, "title: Neu"),
    Defect("a misspelt key", edit(BROT, "tags:", "tag:"), "unknown-key", BROT, "tag:"),
    Defect("a misspelt key in show.toml", _toml("copyright =", "copyrigth ="), "unknown-key", TOML, "copyrigth"),
    Defect("no title", edit(BROT, "title: Das Brot\n", ""), "missing-key", BROT, "date"),
    Defect("no date", edit(BROT, "date: 2026-09-14\n", ""), "missing-key", BROT, "title"),
    Defect("no e-mail", _toml('email = "post@kueche.example"\n', ""), "missing-key", TOML, "title"),
    Defect("no categories", _toml('categories = [["Arts", "Food"]]\n', ""), "missing-key", TOML, "title"),
    Defect("a person without a name", edit(SALAT, "name: Ilse Kraut", "name:"), "missing-key", SALAT, "- name:"),
    Defect("a chapter without a title", edit(SALAT, "    title: Öl\n", ""), "missing-key", SALAT, "start: 01:00"),
    Defect("an impossible date", edit(BROT, "2026-09-14", "2026-02-30"), "wrong-value", BROT, "date"),
    Defect("explicit: clean", edit(BROT, "tags:", "explicit: clean\ntags:"), "wrong-value", BROT, "clean"),
    Defect("an unknown episode type", edit(SALAT, "season: 1", "type: extra"), "wrong-value", SALAT, "extra"),
    Defect("a word for a number", edit(SALAT, "episode: 2", "episode: zwei"), "wrong-value", SALAT, "zwei"),
    Defect("no number at all", edit(SALAT, "episode: 2", "episode: nan"), "wrong-value", SALAT, "nan"),
    Defect("half a season", edit(SALAT, "season: 1", "season: 1.5"), "wrong-value", SALAT, "1.5"),
    Defect("a chapter's time is none", edit(SALAT, "start: 01:00", "start: 1h"), "wrong-value", SALAT, "1h"),
    Defect("an unknown time zone", _toml("Europe/Berlin", "Berlin"), "wrong-value", TOML, "timezone"),
    Defect("the site's address is none", _toml('url = "https://kueche', 'url = "kueche'), "wrong-value", TOML, "url"),
    Defect("an unknown show type", _toml("copyright =", 'type = "series"\ncopyright ='), "wrong-value", TOML, "series"),
    Defect("a control character in a title", edit(BROT, "Das Brot", '"Das \\x07 Brot"'), "control-character", BROT, "title"),
    Defect("a control character in the text", edit(BROT, "knackt", "kna\x0bckt"), "control-character", BROT, "Sie"),
    Defect("Latin-1", write(BROT, b"---\ntitle: K\xe4se\n---\n"), "not-utf8", BROT, "title"),
    Defect("a slug with umlauts", edit(SALAT, "season: 1", "slug: Größe"), "slug", SALAT, "slug"),
    Defect("a file name that makes no slug", write("episodes/Käse.md", "---\ntitle: K\ndate: 2026-09-01\nguid: k\n---\nKäse.\n"), "slug", "episodes/Käse.md", "title"),
    Defect("a recording that is not there", edit(SALAT, "season: 1", "audio: x.mp3"), "missing-file", SALAT, "audio"),
    Defect("a transcript that is not there", edit(SALAT, "season: 1", "transcript: x.vtt"), "missing-file", SALAT, "transcript"),
    Defect("a cover that is not there", _delete("cover.jpg"), "missing-file", TOML, "cover"),
    Defect("an image that is not there", edit(SALAT, "salat.jpg", "kopf.jpg"), "missing-file", SALAT, "image"),
    Defect("audio without an article", _copy("episodes/suppe.mp3", "episodes/neu.mp3"), "audio-without-article", "episodes/neu.mp3", ""),
    Defect("two recordings", write("episodes/salat.m4a", b"x"), "several-recordings", SALAT, "---"),
    Defect("text for audio", write("episodes/salat.mp3", "Text " * 99), "audio-format", "episodes/salat.mp3", ""),
    Defect("an empty recording", write("episodes/salat.mp3", ""), "audio-format", "episodes/salat.mp3", ""),
    Defect("M4A that is called MP3", write("episodes/salat.mp3", (MEDIA / "ton.m4a").read_bytes()), "audio-format", "episodes/salat.mp3", ""),
    Defect("a WAV file", both(_delete("episodes/salat.mp3"), write("episodes/salat.wav", b"RIFF" + bytes(99))), "audio-format", "episodes/salat.wav", ""),
    Defect("a picture that is cut short", _cut("episodes/topf.png"), "unreadable-picture", "episodes/topf.png", ""),
    Defect("a picture that is none", write("episodes/topf.png", "Text"), "unreadable-picture", "episodes/topf.png", ""),
    Defect("a chapter line without a time", write("episodes/suppe.chapters.txt", "0:00 Wasser\nSalz\n"), "chapter-syntax", "episodes/suppe.chapters.txt", "Salz"),
    Defect("chapter lines in disorder", write("episodes/suppe.chapters.txt", "0:02 Salz\n0:00 Wasser\n"), "chapter-syntax", "episodes/suppe.chapters.txt", "Wasser"),
    Defect("a transcript in Word", edit(SALAT, "season: 1", "transcript: x.docx"), "transcript-format", SALAT, "transcript"),
    Defect("a transcript without its first line", write("episodes/suppe.vtt", CUES[8:]), "transcript-syntax", "episodes/suppe.vtt", "-->"),
    Defect("a cue with SRT's comma", write("episodes/suppe.vtt", CUES.replace("2.000", "2,000")), "transcript-syntax", "episodes/suppe.vtt", "-->"),
    Defect("a transcript without words", write("episodes/suppe.vtt", "WEBVTT\n"), "transcript-syntax", "episodes/suppe.vtt", "WEBVTT"),
    # the show
    Defect("the language in words", _toml('"de"', '"english"'), "language-code", TOML, "language"),
    Defect("a region that is none", _toml('"de"', '"de-XY"'), "language-code", TOML, "language"),
    Defect("a category of former times", _toml('"Arts", "Food"', '"Games & Hobbies"'), "category", TOML, "categories"),
    Defect("a subcategory of another one", _toml('"Food"', '"Management"'), "category", TOML, "categories"),
    Defect("no category in the list", _toml('[["Arts", "Food"]]', "[]"), "category", TOML, "categories"),
    Defect("a long show description", _toml("Wie man gut isst.", LONG), "show-description", TOML, "description"),
    Defect("a guid that is no UUID", _toml("6cc9c904-", "kueche-"), "podcast-guid", TOML, "guid"),
    Defect("no guid of the show", _toml('guid = "6cc9c904-c95e-573f-936f-905288e78efa"\n', ""), "podcast-guid-missing", TOML, "title"),
    Defect("an unknown medium", _toml('"podcast"', '"radio"'), "medium", TOML, "medium"),
    Defect("half an e-mail address", _toml("post@kueche.example", "post@kueche"), "email", TOML, "email"),
    Defect("a sender without an address", _toml("<brief@kueche.example>", ""), "email", TOML, "from"),
    Defect("a copyright that says so", _toml("2026 Änne", "Copyright 2026 Änne"), "copyright-word", TOML, "copyright"),
    Defect("a new feed that is the old one", _toml("copyright =", 'new_feed_url = "https://kueche.example/feed/itunes/"\ncopyright ='), "new-feed-url", TOML, "new_feed_url"),
    Defect("complete, but more to come", both(_toml("copyright =", "complete = true\ncopyright ="), write("episodes/neu.md", "---\ntitle: Neu\ndate: 2027-01-01\nguid: neu\n---\n")), "complete-but-waiting", TOML, "complete"),
    Defect("no encryption", _toml("https://kueche", "http://kueche"), "https", TOML, "url"),
    Defect("an Apple address for the id", _toml("apple = 42", 'apple = "https://podcasts.apple.com/de/podcast/id123456"'), "apple-id", TOML, "apple ="),
    Defect("a trailer that is no episode", _toml('"suppe"', '"supe"'), "trailer", TOML, "trailer"),
    # the law
    Defect("no imprint", _toml('imprint = "pages/impressum.md"\n', ""), "imprint", TOML, "[legal]"),
    Defect("no privacy page", _toml('privacy = "pages/datenschutz.md"\n', ""), "privacy", TOML, "[legal]"),
    Defect("an imprint that is not there", _toml("impressum.md", "imprint.md"), "legal-page", TOML, "imprint"),
    Defect("a privacy page that is a draft", edit("pages/datenschutz.md", "title:", "draft: true\ntitle:"), "legal-page", TOML, "privacy"),
    Defect("no way to unsubscribe", _toml('unsubscribe = "mailto:brief@kueche.example?subject=Abmelden"\n', ""), "unsubscribe", TOML, "[newsletter]"),
    # pictures
    Defect("a small cover", picture("cover.jpg", size=(1399, 1399)), "cover-size", TOML, "cover"),
    Defect("a large cover", picture("cover.jpg", size=(3001, 3001)), "cover-size", TOML, "cover"),
    Defect("a cover that is not square", picture("cover.jpg", size=(1400, 1500)), "cover-size", TOML, "cover"),
    Defect("a GIF for a cover", COVER_GIF, "cover-format", TOML, "cover"),
    Defect("a cover for printing", picture("cover.jpg", "CMYK"), "cover-colour", TOML, "cover"),
    Defect("a grey cover", picture("cover.jpg", "L"), "cover-colour", TOML, "cover"),
    Defect("a transparent cover", COVER_PNG, "cover-colour", TOML, "cover"),
    Defect("a PNG cover that is called JPEG", picture("cover.jpg", kind="PNG"), "picture-type", TOML, "cover"),
    Defect("a small episode picture", picture("episodes/salat.jpg", size=(600, 600)), "episode-image-size", SALAT, "image"),
    Defect("a WebP episode picture", picture("episodes/salat.jpg", kind="WEBP"), "episode-image-format", SALAT, "image"),
    Defect("an episode picture for printing", picture("episodes/salat.jpg", "CMYK"), "episode-image-colour", SALAT, "image"),
    Defect("an episode PNG that is called JPEG", picture("episodes/salat.jpg", kind="PNG"), "picture-type", SALAT, "image"),
    # colours
    Defect("text that cannot be read", append(TOML, '[colors]\ntext = "#999999"\n'), "text-contrast", TOML, "#999999"),
    Defect("links that cannot be read", append(TOML, '[colors]\naccent = "#0b5"\n'), "link-contrast", TOML, "accent ="),
    Defect("lines that cannot be seen", append(TOML, '[colors]\nsignal = "#123456"\n'), "signal-contrast", TOML, "[colors]"),
    # lengths
    Defect("a long title", edit(BROT, "Das Brot", "Brot " * 60), "title-length", BROT, "title"),
    Defect("a long description", edit(SALAT, "Grün und gut.", LONG), "episode-description", SALAT, "description"),
    Defect("a long name", edit(SALAT, "Otto Essig", "O" * 129), "over-128", SALAT, "OOO"),
    Defect("a long funding text", _toml("Spenden", "S" * 129), "over-128", TOML, "funding"),
    Defect("an empty txt", _toml('text = "abc"', 'text = ""'), "txt", TOML, "txt"),
    # people and addresses
    Defect("a German role", edit(SALAT, "role: guest", "role: Gast"), "person-role", SALAT, GUESTS),
    Defect("a misspelt role of a host", _toml('"Host"', '"hots"'), "person-role", TOML, "hosts"),
    Defect("an unknown group", edit(SALAT, "group: cast", "group: guests"), "person-group", SALAT, GUESTS),
    Defect("a person's link without https", edit(SALAT, "https://kraut", "kraut"), "web-address", SALAT, GUESTS),
    Defect("a chapter's link is a script", edit(SALAT, "https://essig.example", "javascript:alert(1)"), "web-address", SALAT, "start: 00:30"),
    Defect("funding without an address", _toml('url = "https://spende.example", ', ""), "web-address", TOML, "funding"),
    Defect("two posts with one slug", edit(SALAT, "season: 1", "slug: brot"), "one-url", SALAT, "slug"),
    Defect("a slug that the site needs", edit(SALAT, "season: 1", "slug: feed"), "free-url", SALAT, "slug"),
    Defect("an alias that leads out", edit(BROT, "tags:", "aliases: [/../brot/]\ntags:"), "alias-form", BROT, "aliases"),
    Defect("an alias with a query", edit(BROT, "tags:", "aliases: ['/?p=123']\ntags:"), "alias-form", BROT, "aliases"),
    Defect("an alias that is taken", edit(BROT, "tags:", "aliases: [/suppe/]\ntags:"), "alias-taken", BROT, "aliases"),
    Defect("an address with umlauts", _toml("https://kueche", "https://küche"), "ascii-url", TOML, "url"),
    Defect("a licence in words", edit(SALAT, "CC-BY-4.0", "CC BY 4.0"), "license-name", SALAT, "license"),
    Defect("a place beyond the pole", edit(SALAT, "geo:50.14", "geo:150.14"), "location", SALAT, "location"),
    # episodes
    Defect("the number in the title", edit(SUPPE, "Die Suppe", "'Folge 1: Suppe'"), "title-number", SUPPE, "title"),
    Defect("its own number first", edit(SUPPE, "Die Suppe", "'01 – Suppe'"), "title-number", SUPPE, "title"),
    Defect("the show's name in the title", edit(SUPPE, "Die Suppe", "'Suppe | Küche & Keller'"), "title-show-name", SUPPE, "title"),
    Defect("serial without a number", both(SERIAL_SEASON, edit(SALAT, "episode: 2\n", "")), "serial-number", SALAT, "---"),
    Defect("serial without a season", SERIAL, "serial-season", SUPPE, "---"),
    Defect("episode 0", edit(SALAT, "episode: 2", "episode: 0"), "episode-number", SALAT, "episode"),
    Defect("episode 2.5", edit(SALAT, "episode: 2", "episode: 2.5"), "episode-decimal", SALAT, "episode"),
    Defect("season 0", edit(SALAT, "season: 1", "season: 0"), "season-number", SALAT, "season"),
    Defect("a number twice", SAME_NUMBER, "number-twice", SALAT, "episode"),
    Defect("a date twice", SAME_DATE, "date-twice", SUPPE, "date"),
    Defect("a slip in the year", OLD_DATE, "date-early", BROT, "date"),
    Defect("a guid twice", edit(SUPPE, "suppe-1", "salat-1"), "one-guid", SUPPE, "guid"),
    Defect("no guid", edit(SUPPE, "guid: suppe-1\n", ""), "derived-guid", SUPPE, "---"),
    Defect("a short soundbite", edit(SALAT, "duration: 20", "duration: 14"), "soundbite-length", SALAT, "duration: 14"),
    Defect("a soundbite past the end", edit(SALAT, "start: 10", "start: 90"), "soundbite-outside", SALAT, "start: 90"),
    # recordings and chapters
    Defect("VBR without a header", write("episodes/salat.mp3", FRAME * (50 * SECOND) + LOUD_FRAME * (50 * SECOND)), "announced-duration", SALAT, "---"),
    Defect("an M4A with its index last", _moov_last, "moov-at-end", SUPPE, "---"),
    Defect("a recording copied twice", both(edit(SUPPE, "guid:", "audio: salat.mp3\nguid:"), _delete("episodes/suppe.mp3")), "audio-twice", SALAT, "---"),
    Defect("chapters of an article", edit(BROT, "tags:", "chapters: ['0:00 Mehl']\ntags:"), "nothing-to-play", BROT, "chapters"),
    Defect("chapters in disorder", edit(SALAT, "start: 01:00", "start: 00:20"), "chapter-order", SALAT, "00:20"),
    Defect("two chapters at one time", edit(SALAT, "start: 01:00", "start: 00:30.0"), "chapter-twice", SALAT, "00:30.0"),
    Defect("a chapter past the end", edit(SALAT, "start: 01:00", "start: 01:41"), "chapter-past-end", SALAT, "01:41"),
    Defect("a chapter line past the end", write("episodes/suppe.chapters.txt", "0:00 Wasser\n0:05 Salz\n"), "chapter-past-end", "episodes/suppe.chapters.txt", "Salz"),
    Defect("no chapter at the beginning", edit(SALAT, "start: 00:00", "start: 00:01"), "chapter-first", SALAT, "00:01"),
    Defect("a feed of 2 MB", both(edit(SALAT, "newsletter:\n  digest: [suppe]", "newsletter: false"), edit(SALAT, "Zum Salat", NOISE + "Zum Salat")), "feed-size", TOML, ""),
    # articles
    Defect("a link to a missing article", edit(SUPPE, "(brot.md)", "(brod.md)"), "dead-link", SUPPE, "brod.md"),
    Defect("a link to a missing page", edit(BROT, "Brot ist", f"{SENTENCE} [Mehl](/mehl/) ist"), "dead-link", BROT, "/mehl/"),
    Defect("a missing picture", edit(SUPPE, "(topf.png", "(pfanne.png"), "dead-link", SUPPE, "pfanne.png"),
    Defect("a link to a missing heading", edit(SALAT, "#kruste", "#krume"), "dead-anchor", SALAT, "krume"),
    Defect("a link to a missing place above", edit(SALAT, "Zum Salat", "Zum [Salat](#salatt)"), "dead-jump", SALAT, "#salatt"),
    Defect("a picture without a description", edit(SALAT, "![Ein Kopf Salat]", "![]"), "picture-alt", SALAT, "![]"),
    Defect("a picture of another site", edit(SALAT, "(topf.png", "(https://elsewhere.example/topf.png"), "from-elsewhere", SALAT, "elsewhere"),
    Defect("an imprint to be filled in", edit("pages/impressum.md", "Herdweg 1", "TODO: Straße"), "todo", "pages/impressum.md", "TODO"),
    # mails
    Defect("an empty subject", edit(SALAT, "digest:", "subject: ''\n  digest:"), "mail-subject", SALAT, "subject"),
    Defect("nothing for the inbox", edit(BROT, "Brot ist ein Artikel ohne Ton.\n\n## Kruste\n\nSie knackt.\n", '<a id="kruste"></a>\n'), "mail-preheader", BROT, "title"),
    Defect("a merge field of a provider", edit(BROT, "Brot ist", "Hallo %%vorname%%, Brot ist"), "placeholder", BROT, "vorname"),
    Defect("a merge field in braces", edit(BROT, "Brot ist", "Hallo {{ name }}, Brot ist"), "placeholder", BROT, "name }}"),
    Defect("a token in the article", edit(BROT, "Brot ist", "%%token%% ist"), "placeholder", BROT, "%%token"),
    Defect("filler", edit(BROT, "Sie knackt.", "Lorem ipsum dolor sit amet."), "placeholder", BROT, "Lorem"),
    Defect("something to do", edit(BROT, "Sie knackt.", "TODO: Wie klingt sie?"), "placeholder", BROT, "TODO"),
    Defect("a merge field in the subject", edit(SALAT, "digest:", "subject: Hallo %%name%%\n  digest:"), "placeholder", SALAT, "subject"),
    Defect("an empty imprint", edit("pages/impressum.md", "Änne Öz  \nHerdweg 1", "## Anbieterin"), "mail-imprint", "pages/impressum.md", "---"),
    Defect("a subject that shouts", edit(BROT, "Das Brot", "DAS BESTE BROT DER WELT"), "mail-spam", BROT, "title"),
    Defect("a subject with two marks", edit(BROT, "Das Brot", "Das Brot! Jetzt!"), "mail-spam", BROT, "title"),
    Defect("an article that shouts", edit(BROT, "Sie knackt.", "SIE KNACKT WIE KEINE ANDERE KRUSTE."), "mail-spam", BROT, "SIE"),
    Defect("very many marks", edit(BROT, "Sie knackt.", "Sie knackt!!!"), "mail-spam", BROT, "knackt!!!"),
    Defect("nothing but a link", edit(BROT, "Brot ist ein Artikel ohne Ton.", "[Hier klicken](https://brot.example/)"), "mail-spam", BROT, "title"),
    Defect("a mail of 100 kB", edit(BROT, "Sie knackt.", f"{SENTENCE}\n\n" * 700), "mail-size", BROT, "title"),
    Defect("a link without a scheme", edit(BROT, "Sie knackt.", f"<a href='//brot.example/'>Sie</a> knackt. {SENTENCE}"), "mail-link", BROT, "//brot"),
    Defect("a link with a scheme of its own", edit(BROT, "Sie knackt.", "<a href='kueche:brot'>Sie</a> knackt, und zwar lauter als alles, was sonst auf einem Tisch liegt."), "mail-link", BROT, "kueche:"),
    Defect("a whole address that leads nowhere", edit(BROT, "Brot ist", f"{SENTENCE} [Mehl](https://kueche.example/mehl/) ist"), "dead-link", BROT, "/mehl/"),
    Defect("a video", edit(BROT, "Sie knackt.", "<video controls></video>"), "mail-feature", BROT, "<video"),
    Defect("a frame", edit(BROT, "Sie knackt.", "<iframe srcdoc='Brot'></iframe>"), "mail-feature", BROT, "<iframe"),
    Defect("a WebP that moves", both(edit(SALAT, "(topf.png)", "(topf.webp)"), moving("episodes/topf.webp")), "mail-feature", SALAT, "topf.webp"),
    Defect("pale words", edit(BROT, "Sie knackt.", "<p style='color:#999'>Sie knackt.</p>"), "mail-contrast", BROT, "knackt"),
    Defect("words that vanish in the dark", edit(BROT, "Sie knackt.", "<p style='color:#333'>Sie knackt.</p>"), "mail-contrast", BROT, "knackt"),
    Defect("a digest of nothing", edit(SALAT, "digest: [suppe]", "digest: [supe]"), "digest", SALAT, "digest"),
]  # fmt: skip
