"""What axe cannot see of WCAG 2.2 AA: keys, focus, sizes, motion, and the window's width."""

from collections.abc import Callable
from itertools import pairwise

import judges
import pytest
from browsing import DESKTOP, PHONE, Sample, Tab

pytestmark = pytest.mark.browser
Visit = Callable[..., Tab]
EVERY = (*judges.PAGES, "/subscribe/", "/seasons/1/", "/sales-leader/transcript/")

FOCUSED = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect();
    const style = getComputedStyle(it);
    const name = it.ariaLabel || it.labels?.[0]?.textContent || it.textContent || it.name;
    return {
        name: name.trim().replace(/\\s+/g, " "),
        tag: it.localName,
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        inside: box.top >= 0 && box.bottom <= innerHeight && box.right > 0,
    };
}"""

# 2.5.8: 24 by 24 px, but for links in a line of text and for what the browser draws itself
SMALL = """() => [...document.querySelectorAll("a, button, input, select, summary")].filter(it => {
    const box = it.getBoundingClientRect();
    if (!box.width || it.type === "hidden" || it.type === "checkbox" || it.closest(".trap, .skip"))
        return false;
    const isInText = it.matches(":is(p, li, td, figcaption, blockquote) a") &&
        getComputedStyle(it).display === "inline";
    return !isInText && (box.width < 24 || box.height < 24);
}).map(it => it.outerHTML.slice(0, 80))"""

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def walk(tab: Tab, steps: int) -> list[dict]:
    """What has the focus after each press of the tab key; each is seen to have it."""
    stops = []
    for _ in range(steps):
        tab.page.keyboard.press("Tab")
        stop = tab.page.evaluate(FOCUSED)
        assert stop["outlined"] or stop["tag"] == "audio", stop
        assert stop["inside"], stop
        stops.append(stop)
    return stops


@pytest.mark.parametrize("path", EVERY)
def test_structure_and_sizes(visit: Visit, path: str) -> None:
    tab = visit(path, viewport=PHONE)
    page = tab.page
    assert page.locator("html").get_attribute("lang") == "de"
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1, landmark
    assert page.locator("h1").count() == 1
    headings = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]"
    levels = page.evaluate(headings + ".map(it => Number(it.localName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("width", [320, 2560])
@pytest.mark.parametrize("path", EVERY)
def test_nothing_is_wider_than_the_window(visit: Visit, path: str, width: int) -> None:
    tab = visit(path, viewport={"width": width, "height": 700})
    assert tab.page.evaluate(WIDE) == 0


def test_the_skip_link_is_first_and_leads_to_the_content(visit: Visit) -> None:
    tab = visit("/sales-leader/")
    (first,) = walk(tab, 1)
    assert first["name"] == "Zum Inhalt springen"
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("location.hash") == "#main"
    (after,) = walk(tab, 1)
    assert after["tag"] == "audio", "the menu is skipped"


def test_the_player_is_walked_and_used_with_keys_alone(visit: Visit) -> None:
    tab = visit("/sales-leader/?t=30")
    page = tab.page
    names = []
    while "Diese Stelle teilen" not in names:
        assert len(names) < 30, names
        names += [it["name"] for it in walk(tab, 1)]
        if names[-1].startswith("+15"):
            page.keyboard.press("Space")
        if names[-1].startswith("Tempo"):
            page.keyboard.press("ArrowDown")
    audio = page.evaluate(
        "(it => [it.currentTime, it.playbackRate])(document.querySelector('audio'))"
    )
    assert audio == [45, 1.25]
    stops = walk(tab, 1)
    assert "Begrüßung" in stops[0]["name"], "chapters follow the player"
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('audio').currentTime") < 5


def test_the_transcript_is_opened_and_searched_with_keys_alone(visit: Visit) -> None:
    tab = visit("/sales-leader/")
    tab.page.locator(".open").focus()
    tab.page.keyboard.press("Enter")
    tab.page.get_by_label("Im Transkript suchen").wait_for()
    assert tab.page.evaluate(FOCUSED)["tag"] == "input", "the focus goes along"
    tab.page.keyboard.type("heldentaten")
    assert tab.page.get_by_role("status").inner_text() == "Stellen: 1"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "said"


def test_the_search_is_used_with_keys_alone(visit: Visit) -> None:
    tab = visit("/search/")
    tab.page.keyboard.type("fuehrung")
    tab.page.locator(".results a").first.wait_for()
    tab.page.keyboard.press("ArrowDown")
    stop = tab.page.evaluate(FOCUSED)
    assert (stop["tag"], stop["outlined"]) == ("a", True)


def test_nothing_moves_by_itself(visit: Visit, sample: Sample) -> None:
    """No animation, no transition: there is nothing to reduce."""
    tab = visit("/sales-leader/", viewport=DESKTOP, reduced_motion="no-preference")
    assert tab.page.evaluate("document.getAnimations().length") == 0
    style = next(url for url in sample.listing if url.startswith("/assets/style-"))
    written = sample.text(style)
    assert not [it for it in ("animation", "transition", "smooth") if it in written]


def test_long_words_are_hyphenated(visit: Visit) -> None:
    tab = visit("/sales-leader/", viewport={"width": 320, "height": 700})
    hyphens = "it => getComputedStyle(it).hyphens"
    assert tab.page.locator("h1").evaluate(hyphens) == "auto"
    assert tab.page.locator(".article p").first.evaluate(hyphens) == "auto"


def test_the_address_of_the_feed_is_copied_or_selected(visit: Visit) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    feed = "https://b2b-ingenieur.example/feed/itunes/"
    tab = visit("/subscribe/", permissions=rights)
    tab.page.get_by_role("button", name="Kopieren").click()
    tab.page.get_by_role("button", name="Kopiert").wait_for()
    assert tab.page.evaluate("navigator.clipboard.readText()") == feed
    assert tab.page.locator(".apps a").count() >= 8
    plain = visit("/subscribe/", java_script_enabled=False)
    assert plain.page.get_by_role("button").count() == 0
    assert plain.page.locator("#feed").input_value() == feed
