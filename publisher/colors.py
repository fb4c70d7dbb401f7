"""The colours of a show: `[colors]` of show.toml, all that follows from them, their contrast.

Contrast is WCAG 2.2's: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.fingerprint import Fingerprinted

READABLE = 4.5  # WCAG 2.2, 1.4.3: text against its ground
DEFAULTS = {  # what each colour is in the theme's style.css
    "brand": "#0d2b45",
    "signal": "#ff8a1f",
    "accent": "#a34700",
    "background": "#fdfcfa",
    "text": "#1a2631",
    "dark_accent": "#ffa552",
    "dark_background": "#0b151e",
    "dark_text": "#e3e9ee",
}
HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

RGB = tuple[int, int, int]
Mixed = tuple[float, float, float]


@dataclass(frozen=True)
class Ground:
    """What is written on: the ground, its text and its links; each as `#rrggbb`."""

    background: str
    text: str
    accent: str


@dataclass(frozen=True)
class Palette(Fingerprinted):
    """The colours of bands, buttons and share cards, and of pages in light and in darkness."""

    brand: str
    signal: str
    light: Ground
    dark: Ground

    @property
    def on_brand(self) -> str:
        """White or black."""
        return _best(self.brand, "#ffffff", "#000000")

    @property
    def on_brand_soft(self) -> str:
        """For what matters less."""
        return readable(mixed(self.on_brand, self.brand, 0.2), self.brand)

    @property
    def brand_line(self) -> str:
        """The grid on the brand's bands."""
        return mixed(self.brand, self.on_brand, 0.06)

    @property
    def on_signal(self) -> str:
        """The letters of buttons."""
        is_fit = contrast(self.brand, self.signal) >= READABLE
        return self.brand if is_fit else _best(self.signal, "#ffffff", "#000000")


def palette(given: Mapping[str, str]) -> Palette:
    """The colours of a show; a link's colour in darkness follows from the one in light."""
    of = {**DEFAULTS, **{key: full(value) for key, value in given.items() if HEX.fullmatch(value)}}
    light = Ground(of["background"], of["text"], of["accent"])
    dark = Ground(of["dark_background"], of["dark_text"], of["dark_accent"])
    if "accent" in given and "dark_accent" not in given:
        dark = replace(dark, accent=readable(light.accent, dark.background))
    return Palette(of["brand"], of["signal"], light, dark)


def css(given: Mapping[str, str]) -> str:
    """What the stylesheet ends with, so that the theme takes these colours; '' for none.

    For screens only: paper has colours of its own.
    """
    if not given:
        return ""
    it = palette(given)
    bands = {
        "brand": it.brand,
        "brand-line": it.brand_line,
        "on-brand": it.on_brand,
        "on-brand-soft": it.on_brand_soft,
        "signal": it.signal,
        "on-signal": it.on_signal,
    }
    light = "".join(f"--{name}:{value};" for name, value in {**bands, **_ground(it.light)}.items())
    dark = "".join(f"--{name}:{value};" for name, value in _ground(it.dark).items())
    return (
        "\n/* [colors] of show.toml */\n"
        f"@media screen{{:root{{{light}}}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def written_out(source: str, given: Mapping[str, str]) -> str:
    """Each `var(--name, default)` as a colour: mail programs know no variables."""
    values = _of_mails(palette(given)) if given else {}
    return _VARIABLE.sub(lambda found: values.get(found[1], found[2]), source)


_VARIABLE = re.compile(r"var\(--([a-z-]+),\s*(#[0-9a-f]{6})\)")


def _of_mails(it: Palette) -> dict[str, str]:
    """A mail is a sheet of paper on a tinted ground; in darkness the sheet is the lighter one."""
    ground = replace(it.dark, background=mixed(it.dark.background, it.dark.text, 0.06))
    light, dark = _sheet(it.light), _sheet(ground) | {"tint": it.dark.background}
    return {
        **light,
        **{f"dark-{name}": value for name, value in dark.items()},
        "head": readable(it.brand, it.light.background),
        "signal": it.signal,
        "on-signal": it.on_signal,
    }


def _sheet(it: Ground) -> dict[str, str]:
    """Its colours, each to be read on paper and on the tint beside it."""
    found = _ground(it)
    text = {name: readable(found[name], found["tint"]) for name in ("ink", "soft")}
    return found | text | {"accent": readable(it.accent, it.background)}


def _ground(it: Ground) -> dict[str, str]:
    return {
        "paper": it.background,
        "tint": mixed(it.background, it.text, 0.05),
        "line": mixed(it.background, it.text, 0.16),
        "ink": it.text,
        "soft": readable(mixed(it.text, it.background, 0.25), it.background),
        "accent": it.accent,
        "field": mixed(it.text, it.background, 0.4),
    }


# -- one colour --------------------------------------------------------------------------------


def full(value: str) -> str:
    """`#0b5` as `#00bb55`."""
    digits = value.lstrip("#").lower()
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


def rgb(value: str) -> RGB:
    """A colour as its three parts, 0 to 255."""
    red, green, blue = bytes.fromhex(full(value)[1:])
    return red, green, blue


def mixed(one: str, other: str, part: float) -> str:
    """`one` with a part of `other`, 0 to 1."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + bytes(round(a + (b - a) * part) for a, b in pairs).hex()


def contrast(one: str, other: str) -> float:
    """1 (equal) to 21 (black and white)."""
    return contrast_of(rgb(one), rgb(other))


def contrast_of(one: Mixed, other: Mixed) -> float:
    """The same for red, green and blue, 0 to 255, which need not be whole."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Mixed) -> float:
    parts = (part / 255 for part in colour)
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _best(ground: str, *candidates: str) -> str:
    return max(candidates, key=lambda it: contrast(it, ground))


def readable(value: str, ground: str) -> str:
    """The shade of a colour nearest to it that can be read on this ground."""
    return next(it for it in _shades(value, ground) if contrast(it, ground) >= READABLE)


def _shades(value: str, ground: str) -> Iterator[str]:
    end = _best(ground, "#ffffff", "#000000")
    return (mixed(value, end, step / 50) for step in range(51))
