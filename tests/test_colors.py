"""The colours of a show: what follows from them, and what can be read."""

import re
from pathlib import Path

import pytest
from shows import ROOT, publish

from publisher import colors
from publisher.check import contrast  # noqa: F401 - its rules are tried in defects.py

STYLE = (ROOT / "templates/style.css").read_text("utf-8")


def test_contrast_is_that_of_wcag() -> None:
    assert colors.contrast("#000", "#fff") == pytest.approx(21)
    assert colors.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert colors.contrast("#abc", "#aabbcc") == 1


def test_the_defaults_are_the_themes() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    names = {"background": "paper", "text": "ink"}
    for key, value in colors.DEFAULTS.items():
        name = key.removeprefix("dark_")
        block = dark if key.startswith("dark_") else light
        assert f"--{names.get(name, name)}: {value};" in block, key


def test_every_property_is_one_of_the_theme() -> None:
    for name in re.findall(r"--([\w-]+):", colors.css({"brand": "#123"})):
        assert f"--{name}: " in STYLE, name


@pytest.mark.parametrize(
    "brand", ["#0d2b45", "#f4d35e", "#ffffff", "#000000", "#e63946", "#777777"]
)
def test_what_is_written_on_a_colour_can_be_read(brand: str) -> None:
    it = colors.palette({"brand": brand, "signal": brand, "accent": brand})
    assert colors.contrast(it.on_brand, it.brand) >= 4.5
    assert colors.contrast(it.on_brand_soft, it.brand) >= 4.5
    assert colors.contrast(it.on_signal, it.signal) >= 4.5
    assert colors.contrast(it.dark.accent, it.dark.background) >= 4.5, "derived for the dark"


def test_the_site_takes_the_colours_on_screens_only(show: Path) -> None:
    with (show / "show.toml").open("a") as file:
        file.write('\n[colors]\nbrand = "#123"\naccent = "#0a5c36"\n')
    ran = publish(show, "build")
    assert (ran.code, ran.err) == (0, "")
    (path,) = (show / "site/assets").glob("style-*.css")
    added = path.read_text("utf-8").partition("[colors]")[2]
    light, dark = re.findall(r"@media screen([^{]*)\{:root\{(.*)\}\}", added)
    assert "--brand:#112233;" in light[1]
    assert "--accent:#0a5c36;" in light[1]
    assert "dark" in dark[0]
    assert "--accent:#0a5c36;" not in dark[1]
    assert "@media print" in path.read_text("utf-8")
    assert path.name in (show / "site/index.html").read_text("utf-8")


def test_a_show_without_colours_has_the_themes_stylesheet(show: Path) -> None:
    assert publish(show, "build").code == 0
    (path,) = (show / "site/assets").glob("style-*.css")
    published = re.sub(r"-\w{8}\.woff2", ".woff2", path.read_text("utf-8"))
    assert published == STYLE
