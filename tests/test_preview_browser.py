"""The author's desk in real Chromium: pages follow the files, and more is shown beside them."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESKTOP, PHONE
from desks import Running, running
from shows import ROOT

pytestmark = pytest.mark.browser
PAGE = "/sales-leader/"
Look = Callable[..., Any]


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """The sample show, to be written in."""
    for name in ("show.toml", "cover.jpg"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("episodes", "pages"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def desk(show: Path) -> Iterator[Running]:
    with running(show) as it:
        yield it


@pytest.fixture
def look(browser: Any) -> Iterator[Look]:
    """Opens an address; what goes wrong in the page fails the test."""
    contexts, errors = [], []

    def open_page(url: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "de-DE", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda it: errors.append(it))  # noqa: PLW0108 - it sets an attribute
        page.on("console", lambda it: errors.append(it) if it.type == "error" else None)
        page.goto(url)
        page.locator("aside.desk").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "503 (Service Unavailable)")
    texts = [f"{it} {getattr(it, 'location', '')}" for it in errors]
    assert [it for it in texts if not any(map(it.count, (*expected, "/favicon.ico")))] == []


def article(show: Path) -> Path:
    return show / "episodes/sales-leader.md"


def add(path: Path, text: str) -> None:
    path.write_text(f"{path.read_text('utf-8')}\n{text}\n", "utf-8")


def until(page: Any, expression: str) -> None:
    """Until it is true; Playwright's own way needs eval, which the policy forbids."""
    for _ in range(300):
        try:
            if page.evaluate(f"Boolean({expression})"):
                return
        except Exception as error:
            if "navigat" not in str(error) and "destroyed" not in str(error):
                raise
        page.wait_for_timeout(50)
    pytest.fail(f"never: {expression}")


def mark(page: Any) -> None:
    """Leave something that a reload takes away."""
    page.evaluate("window.marked = true")


def is_marked(page: Any) -> bool:
    return page.evaluate("window.marked === true")


def test_a_reload_keeps_what_is_read_and_heard(desk: Running, look: Look, show: Path) -> None:
    add(article(show), "<details><summary>Mehr</summary>Noch ein Satz.</details>")
    page = look(desk.url + PAGE)
    page.locator("details").wait_for(state="attached")
    page.locator("audio").click(position={"x": 5, "y": 5})
    page.evaluate("""async () => {
        const audio = document.querySelector("audio");
        audio.muted = true;
        document.querySelector("details").open = true;
        const speed = document.querySelector(".controls select");
        speed.value = "1.5";
        speed.dispatchEvent(new Event("change", {bubbles: true}));
        audio.currentTime = 40;
        await audio.play();
        scrollTo(0, 900);
    }""")
    mark(page)
    add(article(show), "Ein Satz, der gerade entstand.")
    page.get_by_text("Ein Satz, der gerade entstand.").wait_for(state="attached")
    until(page, "scrollY === 900")
    until(page, "!document.querySelector('audio').paused")
    until(page, "document.querySelector('audio').currentTime > 40")
    assert page.evaluate("document.querySelector('audio').currentTime") < 60
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    assert page.evaluate("document.querySelector('.controls select').value") == "1.5"
    assert page.evaluate("document.querySelector('details').open")
    assert not is_marked(page)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_paused_recording_stays_paused_where_it_was(
    desk: Running, look: Look, show: Path
) -> None:
    page = look(desk.url + PAGE)
    page.evaluate("document.querySelector('audio').currentTime = 33")
    add(article(show), "Neu.")
    page.get_by_text("Neu.", exact=True).wait_for(state="attached")
    until(page, "document.querySelector('audio').currentTime === 33")
    assert page.evaluate("document.querySelector('audio').paused")


def test_styles_are_exchanged_in_the_open_page(desk: Running, look: Look, show: Path) -> None:
    page = look(desk.url + PAGE)
    mark(page)
    (show / "templates").mkdir()
    style = (ROOT / "templates/style.css").read_text("utf-8")
    for color in ("rgb(1, 2, 3)", "rgb(4, 5, 6)"):
        (show / "templates/style.css").write_text(f"{style}\nbody {{ color: {color} }}", "utf-8")
        until(page, f"getComputedStyle(document.body).color === '{color}'")
    until(page, "document.querySelectorAll('link[rel=stylesheet]').length === 1")
    assert is_marked(page)


def test_styles_wait_for_no_build(desk: Running, look: Look, show: Path) -> None:
    page = look(desk.url + PAGE)
    mark(page)
    article(show).write_text(article(show).read_text("utf-8").replace("title:", "titel:", 1))
    page.get_by_role("alert").wait_for()  # nothing can be built from now on
    (show / "templates").mkdir()
    style = (ROOT / "templates/style.css").read_text("utf-8")
    border = "getComputedStyle(document.body).borderTopWidth"
    for width in ("7px", "9px"):
        own = f"{style}\nbody {{ border-top: {width} solid }}"
        (show / "templates/style.css").write_text(own, "utf-8")
        until(page, f"{border} === '{width}'")
    (show / "templates/style.css").unlink()
    until(page, f"{border} === '0px'")
    assert page.get_by_role("alert").is_visible()
    assert is_marked(page)


def test_another_article_does_not_disturb(desk: Running, look: Look, show: Path) -> None:
    page = look(desk.url + "/impressum/")
    mark(page)
    add(article(show), "Woanders.")
    for _ in range(100):
        if desk.said:
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)
    assert desk.said
    assert is_marked(page)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_problems_come_and_go(
    desk: Running, look: Look, show: Path, viewport: dict[str, int]
) -> None:
    page = look(desk.url + PAGE, viewport=viewport)
    mark(page)
    good = article(show).read_text("utf-8")
    article(show).write_text(good.replace("title:", "titel:", 1), "utf-8")
    page.get_by_role("alert").wait_for()
    for text in ("episodes/sales-leader.md:2", "unknown key “titel”", "Did you mean “title”?"):
        assert page.get_by_text(text).first.is_visible()
    box = page.get_by_role("alert").bounding_box()
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= viewport["width"]
    assert page.get_by_role("heading", level=1).count() == 1  # the last good page is still there
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    article(show).write_text(good, "utf-8")
    page.get_by_role("alert").wait_for(state="detached")
    assert page.get_by_text("Alles in Ordnung").is_visible()
    assert is_marked(page)


def test_a_show_that_is_broken_at_the_start_appears(look: Look, show: Path) -> None:
    good = (show / "show.toml").read_text("utf-8")
    (show / "show.toml").write_text(good + "\n[[[", "utf-8")
    with running(show) as it:
        page = look(it.url + PAGE)
        assert page.get_by_role("alert").get_by_text("show.toml:").is_visible()
        (show / "show.toml").write_text(good, "utf-8")
        page.get_by_role("heading", level=1).wait_for()
        page.get_by_role("alert").wait_for(state="detached")


def test_the_bars_links_lead_to_the_mail_and_the_feed(desk: Running, look: Look) -> None:
    page = look(desk.url + PAGE)
    bar = page.get_by_role("complementary", name="Vorschau")
    assert "648 Wörter" in bar.inner_text()
    assert "1:56 zu hören" in bar.inner_text()
    bar.get_by_role("link", name="Mail").click()
    page.get_by_role("heading", name="Die Mail, wie sie ankommt").wait_for()
    frames = [frame for frame in page.frames if frame.parent_frame]
    assert len(frames) == 4
    colors = []
    for frame in frames:
        frame.get_by_role("heading", level=1).wait_for()
        picture = frame.locator("img").first
        assert picture.evaluate("async it => { await it.decode(); return it.naturalWidth }") > 0
        colors.append(
            frame.locator(".sheet").evaluate("it => getComputedStyle(it).backgroundColor")
        )
    assert colors == ["rgb(255, 255, 255)", "rgb(19, 34, 47)"] * 2
    page.locator("aside.desk").get_by_role("link", name="Feed").click()
    page.get_by_role("heading", name="Der Feed, wie Apps ihn lesen").wait_for()
    page.get_by_role("link", name="3. Vom Ingenieur zum Sales Leader").click()
    page.get_by_role("heading", level=1, name="Vom Ingenieur zum Sales Leader").wait_for()


def test_the_mails_view_follows_too(desk: Running, look: Look, show: Path) -> None:
    page = look(desk.url + "/.desk/mail/sales-leader/")
    add(article(show), "Ein Satz für die Mail.")
    page.locator("pre").get_by_text("Ein Satz für die Mail.").wait_for()


def test_what_is_not_out_is_marked(desk: Running, look: Look, show: Path) -> None:
    page = look(desk.url + PAGE)
    assert page.get_by_text("Entwurf", exact=True).count() == 0
    text = "---\ntitle: Neu\ndate: 2026-01-01\nguid: n\ndraft: true\n---\n\nText.\n"
    (show / "episodes/neu.md").write_text(text, "utf-8")
    for _ in range(100):
        if "/neu/" in desk.desk.state.built.listing:
            break
        page.wait_for_timeout(50)
    page.goto(f"{desk.url}/neu/")
    badge = page.locator(".unpublished")
    assert badge.inner_text() == "Entwurf"
    until(page, "getComputedStyle(document.querySelector('.unpublished')).borderStyle === 'solid'")
    page.locator("aside.desk").get_by_text("Entwurf").wait_for()
    page.goto(f"{desk.url}/archive/")
    assert page.locator(".post", has_text="Neu").locator(".unpublished").count() == 1


def test_two_tabs_follow(desk: Running, look: Look, show: Path) -> None:
    one, two = look(desk.url + PAGE), look(desk.url + "/newsletter/sales-leader/")
    add(article(show), "Für beide.")
    one.get_by_text("Für beide.").wait_for(state="attached")
    two.get_by_text("Für beide.").wait_for(state="attached")


def test_many_tabs_leave_connections_for_the_pages(desk: Running, look: Look) -> None:
    """Six streams are all that a browser opens to one address; hidden pages give theirs back."""
    first = look(desk.url + PAGE)
    hide = """Object.defineProperty(document, "hidden", { get: () => true });
        document.dispatchEvent(new Event("visibilitychange"))"""
    first.evaluate(hide)
    for _ in range(7):
        page = first.context.new_page()
        page.goto(desk.url + PAGE)
        page.locator("aside.desk").wait_for()
        page.evaluate(hide)
    last = first.context.new_page()
    last.goto(desk.url + "/", timeout=10_000)
    last.locator("aside.desk").wait_for()


def test_a_restarted_server_is_found_again(look: Look, show: Path) -> None:
    with running(show) as it:
        port = it.port
        page = look(it.url + PAGE)
        mark(page)
    page.get_by_text("Die Vorschau wurde beendet").wait_for()
    with running(show, port):
        page.get_by_text("Die Vorschau wurde beendet").wait_for(state="hidden")
        assert is_marked(page)
    add(article(show), "Inzwischen geschrieben.")
    with running(show, port):
        page.get_by_text("Inzwischen geschrieben.").wait_for(state="attached")


def test_two_hundred_posts_are_followed_in_time(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of some times: what else this computer does is none of the preview's business."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import corpus
    import desk

    corpus.make(tmp_path / "show", 200)
    with running(tmp_path / "show", hurry=True) as it:
        while "/favicon.ico" not in it.desk.state.built.listing:  # the pictures come last
            time.sleep(0.1)
        page = browser.new_page()
        page.goto(f"{it.url}/folge-00100/")
        page.locator("aside.desk").wait_for()
        best = {k: min(v) for k, v in desk.measured(tmp_path / "show", 100, page, it.desk).items()}
        page.close()
    assert best["edit, page reloaded"] <= 1
    assert best["style, shown"] <= 1
    assert best["error, shown"] <= 0.5
