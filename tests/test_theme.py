"""The theme meets long words, other scripts, slanted letters, portraits and paper."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, Sample, Tab, copy_of_sample, hosted
from PIL import Image
from shows import ROOT, publish

pytestmark = pytest.mark.browser
Visit = Callable[..., Tab]
EPISODE = "/sales-leader/"
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3
CODE = "```python\nreturn " + "weit + " * 60 + "breit\n```"
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# the sides of the text in an element, which may be smaller than the element
SIDES = """it => {
    const range = document.createRange();
    range.selectNodeContents(it);
    const box = range.getBoundingClientRect();
    return [box.left, box.right].map(Math.round);
}"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    show = copy_of_sample(tmp_path_factory.mktemp("odd"))
    posts = {
        "a": (LONG, f"{LONG}\n\n`{LONG}`"),
        "b": ("مرحبا", "مرحبا بالعالم.\n\nHallo."),
        "c": ("C", CODE),
        "d": ("D", "Ein *schräges* Wort."),
    }
    for day, (slug, (title, text)) in enumerate(posts.items(), 1):
        front = f"title: {title}\ndate: 2026-08-0{day}\nguid: {slug}\nguests: [{title}]"
        (show / f"episodes/{slug}.md").write_text(f"---\n{front}\n---\n\n{text}\n", "utf-8")
    with hosted(show) as it:
        yield it


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/a/", "/b/", "/archive/", "/"])
def test_a_word_without_end_stays_in_the_window(
    visit: Visit, odd: Sample, path: str, viewport: dict[str, int]
) -> None:
    assert visit(path, at=odd, viewport=viewport).page.evaluate(WIDE) == 0


def test_a_passage_of_another_script_runs_its_own_way(visit: Visit, odd: Sample) -> None:
    page = visit("/b/", at=odd).page
    arabic, german = page.locator(".article p").all()
    box = arabic.bounding_box()
    assert arabic.evaluate(SIDES)[1] == round(box["x"] + box["width"])
    assert german.evaluate(SIDES)[0] == round(box["x"])


def test_titles_of_chapters_stand_in_one_column(visit: Visit) -> None:
    for path in (EPISODE, f"{EPISODE}embed/"):
        page = visit(path).page
        page.locator(".chapters .clock").last.evaluate("it => it.textContent = '1:00:00'")
        titles = page.locator(".chapters .start").evaluate_all(
            f"all => all.map(it => ({SIDES})(it.lastChild)[0])"
        )
        assert len(titles) > 3
        assert len(set(titles)) == 1
    page = visit(EPISODE).page
    more = page.locator(".chapters a:not(.start)").first
    end = more.evaluate(f"it => ({SIDES})(it.previousElementSibling)[1]")
    assert more.bounding_box()["x"] < end + 60  # beside its title, not at the edge


def test_the_transcript_follows_the_article_at_once(visit: Visit) -> None:
    page = visit(EPISODE).page
    page.locator(".article > *").evaluate_all("all => all.slice(1).forEach(it => it.remove())")
    last, after = page.locator(".article > *").bounding_box(), page.locator("#transcript")
    assert page.locator(".facts").last.bounding_box()["y"] > last["y"] + 100  # chapters above it
    assert after.bounding_box()["y"] - last["y"] - last["height"] < 100


def test_on_a_phone_the_menu_is_one_line(visit: Visit) -> None:
    places = (
        visit("/", viewport=PHONE)
        .page.locator(".site-header li")
        .evaluate_all("all => all.map(it => it.offsetTop)")
    )
    assert len(places) == 4
    assert len(set(places)) == 1


def test_paper_shows_all_of_the_code_in_dark_ink(visit: Visit, odd: Sample) -> None:
    keyword = "getComputedStyle(document.querySelector('.highlight .k')).color"
    by_day = visit("/c/", at=odd, color_scheme="light").page.evaluate(keyword)
    page = visit("/c/", at=odd, color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(keyword) == by_day
    assert page.locator("pre").evaluate("it => it.scrollWidth - it.clientWidth") == 0


def fonts(tab: Tab) -> set[str]:
    """The names of the fonts that the page asked for."""
    paths = [urlsplit(url).path for url in tab.asked]
    return {it.rpartition("/")[2].partition("-")[0] for it in paths if it.endswith(".woff2")}


def test_the_italic_is_loaded_where_it_is_needed(visit: Visit, odd: Sample) -> None:
    tab = visit("/d/", at=odd)
    tab.page.evaluate("document.fonts.ready.then(() => 0)")
    assert fonts(tab) == {"serif", "italic"}
    assert tab.page.evaluate("document.fonts.check('italic 16px Text')")
    plain = visit("/b/", at=odd)
    plain.page.evaluate("document.fonts.ready.then(() => 0)")
    assert fonts(plain) == {"serif"}


def test_all_fonts_together_are_small() -> None:
    assert sum(len(it.read_bytes()) for it in (ROOT / "templates").glob("*.woff2")) <= 40_000


def test_a_person_has_a_portrait(show: Path) -> None:
    Image.new("RGB", (1500, 1500), "#468").save(show / "episodes/zoe.jpg")
    person = "{name: Zoë, image: zoe.jpg}"
    elsewhere = "{name: Änne, image: 'https://elsewhere.example/aenne.jpg'}"
    for day, guests in enumerate((person, "Zoë", elsewhere), 1):
        front = f"title: Zu {day}\ndate: 2026-10-0{day}\nguid: g{day}\nguests: [{guests}]"
        (show / f"episodes/p{day}.md").write_text(f"---\n{front}\n---\n\nText.\n", "utf-8")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    page = (show / "site/people/zoe/index.html").read_text("utf-8")
    assert 'class="portrait"' in page
    smallest = page.partition('srcset="')[2].partition(" 192w")[0]
    with Image.open(show / "site" / smallest.removeprefix("/")) as image:
        assert image.width == 192
    assert "<img" not in (show / "site/people/aenne/index.html").read_text("utf-8")


def test_the_sample_shows_its_people(visit: Visit) -> None:
    tab = visit("/people/ilka-birkenrath/")
    picture: Any = tab.page.locator(".portrait img")
    assert picture.evaluate("async it => { await it.decode(); return it.naturalWidth }") > 0
    box = picture.bounding_box()
    assert round(box["width"]) == round(box["height"])
    label = tab.page.locator(".label").first.bounding_box()
    assert label["y"] >= box["y"] + box["height"]
