"""Lighthouse, axe and the Nu HTML checker find nothing in the sample show.

`python benchmarks/audit.py` prints the same as a table.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import judges
import pytest
from browsing import DESKTOP, PHONE, Sample, Tab

pytestmark = pytest.mark.browser
MORE = ("/subscribe/", "/sales-leader/transcript/", "/sales-leader/embed/", "/impressum/")


@pytest.fixture(scope="module", autouse=True)
def installed() -> Path:
    """The judges; CI has to have them."""
    try:
        return judges.tools()
    except judges.ToolMissingError as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") == "true" else pytest.skip(str(missing))


@pytest.fixture(scope="module")
def base(sample: Sample) -> Iterator[str]:
    with judges.served(sample.show) as address:
        yield address


def test_lighthouse_gives_full_marks(base: str) -> None:
    full = {"accessibility": 100, "best-practices": 100, "seo": 100}
    amiss = {
        path: score
        for path, score in judges.lighthouse(base, *judges.PAGES).items()
        if score["performance"] < 98 or score | full != score
    }
    assert amiss == {}


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("path", [*judges.PAGES, *MORE])
def test_axe_finds_nothing(visit: Callable[..., Tab], path: str, look: str) -> None:
    viewport = DESKTOP if look == "light" else PHONE
    tab = visit(path, viewport=viewport, color_scheme=look, bypass_csp=True)
    assert judges.axe(tab.page) == []


def test_the_checker_of_html_finds_nothing(sample: Sample) -> None:
    site = sample.show / "site"
    assert judges.nu(site) == []


def test_the_checker_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><html lang=en><title>x</title><p><div></p>")
    (tmp_path / "b.css").write_text("p { colour: red }")
    found = judges.nu(tmp_path)
    assert any("a.html" in it for it in found)
    assert any("b.css" in it for it in found)
