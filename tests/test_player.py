"""The player in real Chromium: with JavaScript, and all that works without it."""

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, Sample, Tab, copy_of_sample, hosted
from shows import ROOT

pytestmark = pytest.mark.browser
EPISODE = "/sales-leader/"
Visit = Callable[..., Tab]

PLAY = """async () => {
    const audio = document.querySelector("audio");
    const started = new Promise(done =>
        audio.addEventListener("playing", () => done(audio.currentTime), { once: true }));
    await audio.play();
    return started;
}"""


def time(tab: Tab) -> float:
    return tab.page.evaluate("document.querySelector('audio').currentTime")


def wait(tab: Tab, expression: str) -> None:
    """Until the expression is true; Playwright's own way needs eval, which the policy forbids."""
    for _ in range(160):
        if tab.page.evaluate(f"(audio => Boolean({expression}))(document.querySelector('audio'))"):
            return
        tab.page.wait_for_timeout(50)
    pytest.fail(f"never: {expression}")


def is_playing(tab: Tab) -> None:
    wait(tab, "!audio.paused && audio.readyState > 2")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_nothing_is_loaded_or_stored_before_play(
    visit: Visit, viewport: dict[str, int], has_script: bool
) -> None:
    tab = visit(EPISODE + "?t=60", viewport=viewport, java_script_enabled=has_script)
    tab.page.wait_for_timeout(500)
    assert tab.audio() == []
    assert tab.page.context.storage_state() == {"cookies": [], "origins": []}
    if has_script:
        script = "[localStorage.length, sessionStorage.length, indexedDB.databases()]"
        assert tab.page.evaluate(script)[:2] == [0, 0]
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert tab.page.evaluate(wide) == 0


@pytest.mark.parametrize(
    ("link", "seconds"),
    [
        ("?t=60", 60),
        ("?t=1m5s", 65),
        ("?t=65s", 65),
        ("?t=1:05", 65),
        ("?t=0:01:05.5", 65.5),
        ("#t=60,90", 60),
        ("#t=npt:62", 62),
        ("?t=", 0),
        ("?t=x", 0),
        ("?t=-5", 0),
    ],
)
def test_a_link_to_a_moment_starts_there(visit: Visit, link: str, seconds: float) -> None:
    tab = visit(EPISODE + link)
    assert tab.audio() == []
    assert abs(tab.page.evaluate(PLAY) - seconds) < 0.5


def test_a_part_ends_where_it_should(visit: Visit) -> None:
    tab = visit(EPISODE + "#t=60,61")
    tab.page.evaluate(PLAY)
    wait(tab, "audio.paused")
    assert abs(time(tab) - 61) < 0.5
    tab.page.evaluate("location.hash = 't=70'")  # a link that is clicked in the open page
    wait(tab, "audio.currentTime === 70")


def test_a_chapter_starts_and_is_marked(visit: Visit) -> None:
    tab = visit(EPISODE + "?t=30")
    current = tab.page.locator(".chapters [aria-current]")
    assert "Was ein Sales Leader tut" in current.inner_text()
    tab.page.get_by_role("link", name="Was Ingenieure mitbringen").click()
    is_playing(tab)
    assert abs(time(tab) - 51.304) < 1
    assert current.count() == 1
    assert "Was Ingenieure mitbringen" in current.inner_text()
    assert urlsplit(tab.page.url).path == EPISODE


def test_skip_speed_and_keys(visit: Visit) -> None:
    tab = visit(EPISODE + "?t=30")
    page = tab.page
    page.get_by_role("button", name="15 Sekunden vor").click()
    assert time(tab) == 45
    page.get_by_role("button", name="15 Sekunden zurück").click()
    page.keyboard.press("j")
    assert time(tab) == 15
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert time(tab) == 0
    page.keyboard.press("l")
    assert time(tab) == 15
    assert tab.audio() == []
    page.get_by_label("Tempo").select_option("1.5")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    page.keyboard.press(">")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.75
    page.keyboard.press("k")
    is_playing(tab)
    assert abs(time(tab) - 15) < 1
    page.keyboard.press("k")
    wait(tab, "audio.paused")


def test_keys_elsewhere_are_left_alone(visit: Visit) -> None:
    tab = visit(EPISODE + "?t=30")
    tab.page.keyboard.press("l")
    tab.page.get_by_label("E-Mail-Adresse").press("l")
    assert time(tab) == 30


def test_a_moment_is_shared(visit: Visit) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    tab = visit(EPISODE + "?t=1:05", permissions=rights)
    tab.page.get_by_role("button", name="Diese Stelle teilen").click()
    tab.page.get_by_text("Link kopiert").wait_for()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://b2b-ingenieur.example/sales-leader/?t=65"


def test_a_moment_is_shared_where_no_page_may_copy(visit: Visit) -> None:
    tab, shown = visit(EPISODE + "?t=65"), []
    tab.page.on("dialog", lambda it: (shown.append(it.default_value), it.dismiss()))
    tab.page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error()))")
    tab.page.get_by_role("button", name="Diese Stelle teilen").click()
    assert shown == ["https://b2b-ingenieur.example/sales-leader/?t=65"]


def test_the_transcript_follows_and_is_clicked(visit: Visit) -> None:
    tab = visit(EPISODE)
    tab.page.get_by_role("link", name="mitlesen").click()
    tab.page.get_by_text("Im ersten Monat zuhören").click()
    is_playing(tab)
    current = tab.page.locator(".said [aria-current]")
    assert "Im ersten Monat zuhören" in current.inner_text()
    tab.page.evaluate("document.querySelector('.said').scrollTop = 0")
    tab.page.evaluate("document.querySelector('audio').playbackRate = 8")
    tab.page.get_by_text("Bis zum nächsten Mal").and_(current).wait_for()
    assert tab.page.evaluate("document.querySelector('.said').scrollTop") > 0
    tab.page.locator(".said a").first.click()
    assert time(tab) < 30  # eight seconds of it pass in one


def test_the_transcript_is_searched(visit: Visit) -> None:
    tab = visit(EPISODE)
    tab.page.get_by_role("link", name="mitlesen").click()
    tab.page.get_by_label("Im Transkript suchen").fill("HELDENTATEN")
    assert tab.page.locator(".said p:visible").count() == 1
    assert tab.page.get_by_role("status").inner_text() == "Stellen: 1"
    tab.page.get_by_label("Im Transkript suchen").fill("gibt es nicht")
    assert tab.page.get_by_role("status").inner_text() == "Nichts gefunden"
    tab.page.get_by_label("Im Transkript suchen").fill("")
    assert tab.page.locator(".said p:visible").count() > 9


def test_the_lock_screen_knows_the_episode(visit: Visit) -> None:
    tab = visit(EPISODE)
    tab.page.evaluate(PLAY)
    shown = "(m => [m.title, m.artist, m.artwork.length])(navigator.mediaSession.metadata)"
    assert tab.page.evaluate(shown) == ["Vom Ingenieur zum Sales Leader", "B2B-Ingenieur", 1]


def test_without_javascript_all_is_there(visit: Visit, sample: Sample) -> None:
    tab = visit(EPISODE, java_script_enabled=False)
    assert tab.page.locator("audio[controls]").is_visible()
    assert tab.page.locator(".controls").count() == 0
    assert tab.page.get_by_role("searchbox").count() == 0
    link = tab.page.get_by_role("link", name="Was Ingenieure mitbringen").get_attribute("href")
    assert link.endswith("#t=51.304")
    assert urlsplit(link).path in sample.listing
    tab.page.get_by_role("link", name="mitlesen").click()
    tab.page.get_by_text("Bis zum nächsten Mal").wait_for()
    assert urlsplit(tab.page.url).path == EPISODE + "transcript/"
    assert tab.page.locator("audio[controls]").is_visible()


def test_a_transcript_that_does_not_come_is_said_so(visit: Visit) -> None:
    tab = visit(EPISODE)
    tab.page.route("**/transcript/", lambda it: it.fulfill(status=503))
    tab.page.get_by_role("link", name="mitlesen").click()
    link = tab.page.get_by_role("link", name="lässt sich nicht laden")
    link.wait_for()
    tab.errors.clear()  # the browser's own, about the answer
    tab.page.unroute("**/transcript/")
    link.click()
    tab.page.get_by_label("Im Transkript suchen").wait_for()


def test_the_page_of_a_transcript_plays_and_is_searched(visit: Visit) -> None:
    tab = visit(EPISODE + "transcript/")
    tab.page.get_by_label("Im Transkript suchen").fill("heldentaten")
    assert tab.page.locator(".said p:visible").count() == 1
    assert tab.audio() == []
    tab.page.get_by_text("nicht in Heldentaten").click()
    is_playing(tab)


def test_the_player_at_home(visit: Visit) -> None:
    tab = visit("/")
    tab.page.get_by_role("button", name="15 Sekunden vor").click()
    assert time(tab) == 15
    assert tab.audio() == []


def test_an_article_without_audio_has_no_player(visit: Visit) -> None:
    tab = visit("/messe-checkliste/")
    assert tab.page.locator("audio").count() == 0
    assert not any("player" in url for url in tab.asked)


def weights(tab: Tab) -> dict[str, int]:
    """Bytes of the page, its styles and scripts as the browser got them, each with gzip."""
    sizes = {}
    for url in dict.fromkeys(tab.asked):
        if (path := urlsplit(url).path).endswith((".js", ".css", "/")):
            body = tab.page.request.get(url).body()
            sizes[path] = len(gzip.compress(body, 9, mtime=0))
    return sizes


def is_light(sizes: dict[str, int]) -> bool:
    print(sizes)
    assert sum(size for path, size in sizes.items() if path.endswith(".js")) <= 4096
    assert sum(size for path, size in sizes.items() if path.endswith(".css")) <= 6144
    return sum(sizes.values()) <= 25_000


def test_the_weight_of_an_episode(visit: Visit) -> None:
    assert is_light(weights(visit(EPISODE)))


def test_an_hour_of_talk_weighs_no_more(visit: Visit, tmp_path: Path) -> None:
    """Nine thousand words, a cue for every ten: they come when somebody wants to read them."""
    dice = random.Random(1)
    show = copy_of_sample(tmp_path)
    path = show / "episodes/sales-leader.md"
    words = re.findall(r"\w+", path.read_text("utf-8"))
    cues = ["WEBVTT"]
    for number in range(900):
        start, end = (
            f"{t // 3600}:{t // 60 % 60:02}:{t % 60:02}.000" for t in (number * 4, number * 4 + 4)
        )
        who = "Jost Ackermeier" if number % 20 < 5 else "Ilka Birkenrath"
        text = " ".join(dice.choices(words, k=10)) + ("" if number < 899 else " Heureka")
        cues.append(f"{start} --> {end}\n<v {who}>{text}")
    path.with_suffix(".vtt").write_text("\n\n".join(cues) + "\n", "utf-8")
    with hosted(show) as long:
        tab = visit(EPISODE, at=long)
        assert is_light(weights(tab))
        assert "Heureka" not in long.text(EPISODE)
        tab.page.get_by_role("link", name="mitlesen").click()
        tab.page.get_by_label("Im Transkript suchen").fill("heureka")
        assert tab.page.locator(".said p:visible").count() == 1
        assert tab.audio() == []


def test_the_catalog_is_compiled() -> None:
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    folder = ROOT / "templates/locale"
    with (folder / "de.po").open("rb") as po, (folder / "de.mo").open("rb") as mo:
        source, compiled = read_po(po), read_mo(mo)
    for message in source:
        if message.id:
            assert list(compiled.get(message.id).string) == list(message.string), message.id


def test_every_text_of_the_theme_is_translated() -> None:
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po

    with (ROOT / "templates/locale/de.po").open("rb") as po:
        catalog = read_po(po)
    found = extract_from_dir(
        ROOT / "templates",
        [("**.html", "jinja2.ext.babel_extract")],
        {"**.html": {"trimmed": "true"}},
    )
    missing = [
        (name, text)
        for name, _, text, *_ in found
        if not (catalog.get(text if isinstance(text, str) else text[0]) or None)
    ]
    assert missing == []
