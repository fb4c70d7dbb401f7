"""The site's pages: people, related posts, and how few of them a new episode touches."""

import re
import shutil
from pathlib import Path

from shows import MEDIA, publish, snapshot


def article(show: Path, slug: str, day: int, front: str) -> None:
    """Write an article of a day in October."""
    text = f"---\ntitle: Zu {slug}\ndate: 2026-10-{day:02}\nguid: {slug}\n{front}\n---\n\nText.\n"
    (show / f"episodes/{slug}.md").write_text(text, "utf-8")


def page(show: Path, url: str) -> str:
    return (show / "site" / url / "index.html").read_text("utf-8")


def test_people_have_pages_with_their_posts(show: Path) -> None:
    person = "{name: Zoë Müßig, url: 'https://www.zoe.example/'}"
    article(show, "eins", 1, f"hosts: [Änne Öz]\nguests: [{person}]")
    article(show, "zwei", 2, "hosts: [Änne Öz]")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    host, guest = page(show, "people/aenne-oez"), page(show, "people/zoe-muessig")
    assert host.index("Zu zwei") < host.index("Zu eins")
    assert "Zu eins" in guest
    assert "Zu zwei" not in guest
    assert '<a href="https://www.zoe.example/">zoe.example</a>' in guest
    assert 'href="/people/zoe-muessig/"' in page(show, "eins")


def test_related_posts_are_older_ones_with_the_same_tags(show: Path) -> None:
    article(show, "a", 1, "tags: [Essen, Suppe]")
    article(show, "b", 2, "tags: [essen]")
    article(show, "c", 3, "tags: [Trinken]")
    article(show, "d", 4, "tags: [Essen, Suppe]")
    publish(show, "build")

    def related(slug: str) -> list[str]:
        _, _, rest = page(show, slug).partition('class="related"')
        section = rest.partition("</section>")[0]
        return [part.partition("/")[0] for part in section.split('href="/')[1:]]

    assert related("d") == ["a", "b", "suppe"]
    assert related("a") == ["suppe"]
    assert related("b") == ["a"]
    assert related("c") == []
    before = snapshot(show / "site")
    article(show, "e", 5, "tags: [Neues]\nhosts: [Änne Öz]")
    publish(show, "build")
    after = snapshot(show / "site")
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed - {".publisher.json"} == {
        "archive/index.html",
        "d/index.html",
        "feed.json",
        "feed/index.xml",
        "index.html",
        "newsletter/index.html",
        "search.json",
        "sitemap.xml",
    }


def test_seasons_have_pages_in_the_order_of_telling(show: Path) -> None:
    for slug, day, season in (("eins", 1, 1), ("zwei", 2, 2), ("drei", 3, 2)):
        article(show, slug, day, f"season: {season}\nepisode: {day}")
        shutil.copy(MEDIA / "ton.mp3", show / f"episodes/{slug}.mp3")
    article(show, "text", 4, "season: 2")
    path = show / "show.toml"
    named = 'seasons = { 2 = "Die Öfen" }\n[apps]'
    path.write_text(path.read_text("utf-8").replace("[apps]", named), "utf-8")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    second = page(show, "seasons/2")
    assert "<h1>Staffel 2: Die Öfen</h1>" in second
    assert second.index("Zu zwei") < second.index("Zu drei")
    assert "Zu text" not in second
    assert "<h1>Staffel 1</h1>" in page(show, "seasons/1")
    assert 'href="/seasons/2/"' in page(show, "archive")
    assert 'href="/seasons/2/"' in page(show, "drei")
    before = snapshot(show / "site")
    article(show, "neu", 5, "season: 2")
    publish(show, "build")
    after = snapshot(show / "site")
    assert before["seasons/2/index.html"] == after["seasons/2/index.html"]


def test_a_show_without_seasons_says_nothing_of_them(show: Path) -> None:
    publish(show, "build")
    assert not (show / "site/seasons").exists()
    assert "seasons" not in page(show, "archive")


def test_a_show_brings_a_font_of_its_own(show: Path) -> None:
    (show / "templates").mkdir(exist_ok=True)
    publish(show, "build")
    first = snapshot(show / "site")
    (show / "templates/serif.woff2").write_bytes(b"wOF2 of the show")
    publish(show, "build")
    both = [first, snapshot(show / "site")]
    names = [next(it for it in files if it.startswith("assets/serif-")) for files in both]
    assert names[0] != names[1]
    assert (show / "site" / names[1]).read_bytes() == b"wOF2 of the show"
    style = next(it for it in both[1] if re.fullmatch(r"assets/style-\w+\.css", it))
    assert names[1].removeprefix("assets/") in (show / "site" / style).read_text("utf-8")
    assert names[1] in page(show, "")


def test_an_archive_without_posts_says_so(show: Path) -> None:
    shutil.rmtree(show / "episodes")
    (show / "episodes").mkdir()
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    assert "<p>Noch ist nichts erschienen.</p>" in page(show, "archive")
