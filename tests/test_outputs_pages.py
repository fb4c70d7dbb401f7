"""The site's pages: people, related posts, and how few of them a new episode touches."""

from pathlib import Path

from shows import publish, snapshot


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
