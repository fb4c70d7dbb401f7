"""Each mistake gives one message with file, line and remedy, and changes nothing."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shows import MEDIA, NOW, publish, run, snapshot

from publisher.errors import Exit

Mistake = Callable[[Path], None]


def edit(name: str, old: str, new: str) -> Mistake:
    """In the file `name`, `old` is replaced by `new`."""

    def make(show: Path) -> None:
        content = (show / name).read_text("utf-8")
        assert old in content
        (show / name).write_text(content.replace(old, new), "utf-8")

    return make


def write(name: str, content: bytes | str) -> Mistake:
    """The file `name` holds this."""

    def make(show: Path) -> None:
        (show / name).parent.mkdir(parents=True, exist_ok=True)
        (show / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return make


SUPPE, BROT, TOML = "episodes/suppe.md", "episodes/brot.md", "show.toml"
EXPORT = "Export it again as MP3 (mono, 64 to 128 kbit/s) and put it in the place of this file."

MISTAKES: dict[str, tuple[Mistake, str]] = {
    "broken TOML": (
        edit(TOML, 'language = "de"', "language = de"),
        "show.toml:3: not valid TOML: Invalid value\n"
        "  hint: See https://toml.io for the notation; texts stand in double quotes.\n",
    ),
    "broken YAML": (
        edit(BROT, "title: Das Brot", "title: Das Brot: ein Lob"),
        "episodes/brot.md:2: not valid YAML: mapping values are not allowed in this context\n"
        "  hint: A text with a colon, # or quotes in it needs quotes around it.\n",
    ),
    "unknown key in show.toml": (
        edit(TOML, "author =", "autor ="),
        "show.toml:1: “author” is missing\n"
        "  hint: Write who makes the show.\n"
        "show.toml:5: unknown key “autor”\n"
        "  hint: Did you mean “author”?\n",
    ),
    "unknown key in a table": (
        edit(TOML, "imprint =", "imprnt ="),
        "show.toml:15: unknown key “legal.imprnt”\n"
        "  hint: Did you mean “imprint”?\n",
    ),
    "permalink that leads out": (
        edit(TOML, 'language = "de"', 'language = "de"\npermalink = "/../{slug}/"'),
        "show.toml:4: “permalink” “/../{slug}/” makes no address\n"
        "  hint: It begins and ends with / and contains {slug}; {year}, {month}, {day} may stand "
        "too.\n",
    ),
    "link to a file that is no part of the site": (
        edit(SUPPE, "(brot.md)", "(../show.toml)"),
        "episodes/suppe.md:9: the link leads to ../show.toml, which is no part of the site "
        "(show.toml)\n"
        "  hint: Only files in episodes/ and pages/ are published; move it there if it is meant.\n",
    ),
    "colour that is none": (
        edit(TOML, "[apps]", '[colors]\nbrand = "dunkelblau"\n[apps]'),
        "show.toml:12: “colors.brand” “dunkelblau” is no colour\n"
        '  hint: Write it as "#0d2b45": red, green and blue in two digits each.\n',
    ),
    "cover that is no picture": (
        edit(TOML, '"cover.jpg"', '"show.toml"'),
        "show.toml:8: “cover” names show.toml, which is no picture\n"
        "  hint: Name a JPEG or PNG file.\n",
    ),
    "slug that is a file of the site": (
        edit(SUPPE, "episode: 1", "slug: index.html"),
        "episodes/suppe.md:4: the address /index.html/ belongs to the site itself\n"
        "  hint: Choose another slug than: archive, tags, people, subscribe, newsletter, search, "
        "feed, audio, assets.\n",
    ),
    "template that divides by zero": (
        write("templates/tag.html", "<h1>\n{{ 1 / 0 }}\n"),
        "templates/tag.html:2: the template fails: division by zero\n"
        "  hint: Mend it, or delete your copy to use the default theme's.\n",
    ),
    "newsletter sender without an address": (
        edit(TOML, "<brief@kueche.example>", ""),
        "show.toml:19: “newsletter.from” “Küche & Keller” holds no mail address\n"
        '  hint: Write it as "Name <address@host>".\n',
    ),
    "unknown key in front matter": (
        edit(BROT, "tags: Grundlagen", "tag: Grundlagen"),
        "episodes/brot.md:5: unknown key “tag”\n"
        "  hint: Did you mean “tags”?\n",
    ),
    "missing date": (
        edit(BROT, "date: 2026-09-14\n", ""),
        "episodes/brot.md:2: “date” is missing\n"
        "  hint: Write a line such as `date: 2026-09-07`.\n",
    ),
    "impossible date": (
        edit(BROT, "2026-09-14", "2026-02-30"),
        "episodes/brot.md:3: “date” “2026-02-30” is not a date such as 2026-09-07 or "
        "2026-09-07 06:00\n"
        "  hint: Write a date such as 2026-09-07 or 2026-09-07 06:00.\n",
    ),
    "audio named but missing": (
        edit(SUPPE, "episode: 1", "audio: supe.mp3"),
        "episodes/suppe.md:4: “audio” names supe.mp3, which does not exist\n"
        "  hint: Put the recording at episodes/supe.mp3, or mend the name.\n",
    ),
    "text renamed to .mp3": (
        write("episodes/suppe.mp3", "Das ist nur Text. " * 100),
        "episodes/suppe.mp3: suppe.mp3 is no MP3 audio: it begins like a text file\n"
        f"  hint: {EXPORT}\n",
    ),
    "empty MP3": (
        write("episodes/suppe.mp3", b""),
        f"episodes/suppe.mp3: suppe.mp3 is empty (0 bytes)\n  hint: {EXPORT}\n",
    ),
    "audio without an article": (
        write("episodes/salat.mp3", (MEDIA / "ton.mp3").read_bytes()),
        "episodes/salat.mp3: there is no article for it\n"
        '  hint: Write one: publish new --audio "episodes/salat.mp3" "TITLE"\n',
    ),
    "missing title": (
        edit(BROT, "title: Das Brot\n", ""),
        "episodes/brot.md:2: “title” is missing\n  hint: Write a line `title: …`.\n",
    ),
    "empty title": (
        edit(BROT, "title: Das Brot", 'title: ""'),
        "episodes/brot.md:2: “title” is empty\n  hint: Write a line `title: …`.\n",
    ),
    "title with a control character": (
        edit(BROT, "title: Das Brot", 'title: "Das \\x07 Brot"'),
        "episodes/brot.md:2: “title” “Das \\x07 Brot” has a control character\n"
        "  hint: Remove it; no feed or page may contain it.\n",
    ),
    "control character in the text": (
        edit(BROT, "Brot ist", "Brot\x00 ist"),
        "episodes/brot.md:8: control character U+0000\n"
        "  hint: Remove it; no feed or page may contain it.\n",
    ),
    "two episodes with one slug": (
        edit(SUPPE, "episode: 1", "slug: brot"),
        "episodes/suppe.md:4: the slug brot is also that of episodes/brot.md\n"
        "  hint: Give one of them another slug.\n",
    ),
    "two episodes with one guid": (
        edit(SUPPE, "guid: suppe-1", "guid: brot-1"),
        "episodes/suppe.md:5: the guid brot-1 is also that of episodes/brot.md\n"
        "  hint: Give the newer one a guid of its own; a published guid never changes.\n",
    ),
    "slug that the site needs": (
        edit(SUPPE, "episode: 1", "slug: archive"),
        "episodes/suppe.md:4: the address /archive/ belongs to the site itself\n"
        "  hint: Choose another slug than: archive, tags, people, subscribe, newsletter, search, "
        "feed, audio, assets.\n",
    ),
    "slug that makes no address": (
        edit(SUPPE, "episode: 1", "slug: Große Suppe"),
        "episodes/suppe.md:4: “Große Suppe” makes no address\n"
        "  hint: Use small letters a to z, digits and hyphens: `slug: grosse-suppe`.\n",
    ),
    "link to an article that is not there": (
        edit(SUPPE, "(brot.md)", "(brod.md)"),
        "episodes/suppe.md:9: the link leads to brod.md, which does not exist\n"
        "  hint: Mend the path, or take the link out until that article is published.\n",
    ),
    "link to a draft": (
        edit(BROT, "tags: Grundlagen", "draft: true"),
        "episodes/suppe.md:9: the link leads to brot.md, which is not published yet\n"
        "  hint: Mend the path, or take the link out until that article is published.\n",
    ),
    "picture that is not there": (
        edit(SUPPE, "(topf.png", "(pfanne.png"),
        "episodes/suppe.md:11: the picture leads to pfanne.png, which does not exist\n"
        "  hint: It would have to be episodes/pfanne.png; mend the path or add the file.\n",
    ),
    "picture that is none": (
        write("episodes/topf.png", "kein Bild"),
        "episodes/topf.png: is no picture that can be read\n"
        "  hint: Save it again as JPEG or PNG.\n",
    ),
    "cover that is not there": (
        edit(TOML, "cover.jpg", "bild.jpg"),
        "show.toml:8: “cover” names bild.jpg, which does not exist\n"
        "  hint: Put the picture at bild.jpg.\n",
    ),
    "template with a syntax error": (
        write("templates/tag.html", "<h1>\n{% if tag %}\n"),
        "templates/tag.html:2: the template is wrong: Unexpected end of template. Jinja was "
        "looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that "
        "needs to be closed is 'if'.\n"
        "  hint: Mend it, or delete your copy to use the default theme's.\n",
    ),
    "template with an undefined name": (
        write("templates/tag.html", "<h1>\n{{ tagg.name }}\n"),
        "templates/tag.html:2: the template fails: 'tagg' is undefined\n"
        "  hint: Mend the name; docs/themes.md lists what each template knows.\n",
    ),
    "template that includes nothing": (
        write("templates/tag.html", "\n{% include 'nix.html' %}\n"),
        "templates/tag.html: the template nix.html does not exist\n"
        "  hint: Mend the name in extends, include or import.\n",
    ),
    "file that is not UTF-8": (
        write(BROT, "---\ntitle: Käse\ndate: 2026-09-14\n---\n".encode("latin-1")),
        "episodes/brot.md:2: the file is not UTF-8 text\n"
        "  hint: Save it with the encoding UTF-8.\n",
    ),
    "no front matter": (
        write(BROT, "Nur Text.\n"),
        "episodes/brot.md:1: there is no front matter\n"
        "  hint: Begin the file with a line ---, lines such as `title: …`, and a line ---.\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_changes_nothing(name: str, show: Path) -> None:
    assert publish(show).code == 0
    before = snapshot(show / "site"), snapshot(show / "published"), snapshot(show / "mail")
    make, message = MISTAKES[name]
    make(show)
    ran = publish(show)
    assert ran.err == message
    assert ran.code == 1
    assert before == (
        snapshot(show / "site"),
        snapshot(show / "published"),
        snapshot(show / "mail"),
    )


def test_all_problems_at_once(show: Path) -> None:
    for name in ("missing title", "empty MP3", "unknown key in a table"):
        MISTAKES[name][0](show)
    ran = publish(show)
    assert [line.partition(":")[0] for line in ran.err.splitlines() if "hint:" not in line] == [
        "episodes/brot.md",
        "episodes/suppe.mp3",
        "show.toml",
    ]


def test_no_show_in_the_folder(tmp_path: Path) -> None:
    ran = run("-C", str(tmp_path))
    assert ran.code == 1
    assert ran.err == (
        f"{tmp_path / 'show.toml'}: there is no show here\n"
        "  hint: Go to the show's folder, name it with -C DIR, or make one: publish init DIR\n"
    )


def test_a_show_without_episodes_is_no_empty_show(show: Path) -> None:
    publish(show)
    before = snapshot(show / "published")
    (show / "episodes").rename(show / "folgen")
    ran = publish(show)
    assert ran.code == 1
    assert "episodes/: there is no such folder\n  hint: " in ran.err
    assert before == snapshot(show / "published")


def test_two_runs_at_once_take_turns(show: Path) -> None:
    command = [sys.executable, "-m", "publisher", "-C", str(show), "--now", NOW, "build"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(run.communicate()[1], run.returncode) for run in runs] == [(b"", 0)] * 4


def test_what_cannot_be_read_is_said_in_a_sentence(show: Path) -> None:
    (show / "mail").write_text("keine Mappe")
    ran = publish(show)
    assert ran.code == Exit.DISK
    assert "Traceback" not in ran.err
    assert "  hint: " in ran.err


def test_a_site_folder_of_somebody_else_is_refused(show: Path) -> None:
    (show / "site").mkdir()
    (show / "site" / "wichtig.html").write_text("von Hand")
    ran = publish(show)
    assert ran.code == 1
    assert ran.err == (
        "site/: holds files that the publisher did not make\n"
        "  hint: Move them away, or delete the folder site/ if nothing in it is needed.\n"
    )
    assert (show / "site" / "wichtig.html").read_text() == "von Hand"


HOSTILE = "“A & B” <script>alert('1')</script> ]]> 🎉 &amp; \u200fעברית"


def test_a_hostile_title_stays_text(show: Path) -> None:
    from lxml import etree, html

    edit(BROT, "title: Das Brot", f"title: '{HOSTILE.replace(chr(39), chr(39) * 2)}'")(show)
    edit(SUPPE, "title: Die Suppe", f"title: '{HOSTILE.replace(chr(39), chr(39) * 2)}'")(show)
    ran = publish(show)
    assert (ran.code, ran.err) == (0, "")
    site = show / "site"
    for name in ("feed/itunes/index.xml", "feed/index.xml"):
        titles = [it.text for it in etree.parse(site / name).iter("title")]
        assert HOSTILE in titles
    page = html.fromstring((site / "brot/index.html").read_text("utf-8"))
    assert HOSTILE in page.xpath("string(//h1)")
    (data,) = page.xpath("//script[@type='application/ld+json']")
    assert json.loads(data.text)["@graph"][0]["headline"] == HOSTILE
    assert all("alert" not in (it.text or "") for it in page.iter("script") if it is not data)
