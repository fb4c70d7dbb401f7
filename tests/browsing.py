"""The sample show as it is published, and a real browser to look at it."""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from shows import ROOT

from publisher import build, serve

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@dataclass
class Sample:
    """A show on disk, its site, and where that is served."""

    show: Path
    url: str
    listing: dict[str, Any]

    def text(self, url: str) -> str:
        """One published file."""
        name = url[1:] + "index.html" if url.endswith("/") else url[1:]
        return (self.show / "site" / name).read_text("utf-8")


@dataclass
class Tab:
    """A page of the browser, and all that it asked for."""

    page: Any
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def audio(self) -> list[str]:
        """Requests for recordings."""
        return [url for url in self.asked if urlsplit(url).path.startswith("/audio/")]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        wish = "Chromium is missing: install it (apt-get install chromium) to test the browser"
        pytest.fail(wish) if os.environ.get("CI") == "true" else pytest.skip(wish)
    from playwright.sync_api import sync_playwright

    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), chromium_sandbox=False, args=[*quiet, "--no-first-run"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    show = copy_of_sample(tmp_path_factory.mktemp("sample"))
    with hosted(show) as found:
        yield found


def copy_of_sample(folder: Path) -> Path:
    """The sample show without what was built of it."""
    show = folder / "show"
    for name in ("episodes", "pages"):
        shutil.copytree(ROOT / name, show / name)
    for name in ("show.toml", "cover.jpg"):
        shutil.copy(ROOT / name, show)
    return show


@contextlib.contextmanager
def hosted(show: Path) -> Iterator[Sample]:
    """A show, built and served."""
    listing = build.build(show, datetime(2026, 11, 20, tzinfo=UTC), build.Options()).listing
    server = serve.server(show / "site", lambda: listing, "", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Sample(show, f"http://127.0.0.1:{server.server_port}", listing)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def visit(browser: Any, sample: Sample) -> Iterator[Callable[..., Tab]]:
    """Opens an address of the sample in a fresh browser profile; no page may fail in silence."""
    with contextlib.ExitStack() as stack:
        tabs = []

        def open_tab(url: str, *, at: Sample = sample, **options: Any) -> Tab:
            context = browser.new_context(**{"viewport": DESKTOP, "locale": "de-DE", **options})
            stack.callback(context.close)
            tab = Tab(context.new_page())
            tabs.append(tab)
            tab.page.set_default_timeout(8000)
            tab.page.on("request", lambda it: tab.asked.append(it.url))
            tab.page.on("pageerror", lambda it: tab.errors.append(str(it)))
            tab.page.on(
                "console",
                lambda it: tab.errors.append(it.text) if it.type == "error" else None,
            )
            tab.page.goto(at.url + url)
            return tab

        yield open_tab
        for tab in tabs:
            assert tab.errors == []
            here = urlsplit(tab.page.url)
            own = (f"{here.scheme}://{here.netloc}/", "data:", "blob:")
            assert all(url.startswith(own) for url in tab.asked)
