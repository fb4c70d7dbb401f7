"""Rules about the show's colours: WCAG 2.2, success criteria 1.4.3 and 1.4.11."""

from collections.abc import Iterator

from publisher import colors
from publisher.check.rule import ERROR, OURS, WARNING, at, rule
from publisher.errors import Problem
from publisher.model import Show

VISIBLE = 3.0  # WCAG 2.2, 1.4.11: what is no text, against its ground


@rule(
    ERROR,
    OURS,
    why="Text too near to its ground cannot be read: not in the sun, not with tired eyes.",
    remedy="Take a darker or lighter colour.",
)
def text_contrast(show: Show) -> Iterator[Problem]:
    """The text's colour has a contrast of 4.5 to its background."""
    it = colors.palette(show.settings.colors)
    for prefix, ground in (("", it.light), ("dark_", it.dark)):
        yield from _faint(show, f"{prefix}text", ground.text, f"{prefix}background", ground)


@rule(
    WARNING,
    OURS,
    why="Links that are fainter than the text are overlooked, or cannot be read.",
    remedy="Take a darker or lighter colour.",
)
def link_contrast(show: Show) -> Iterator[Problem]:
    """The links' colour has a contrast of 4.5 to its background."""
    it = colors.palette(show.settings.colors)
    for prefix, ground in (("", it.light), ("dark_", it.dark)):
        yield from _faint(show, f"{prefix}accent", ground.accent, f"{prefix}background", ground)


@rule(
    WARNING,
    OURS,
    why="Dimension lines, and the frame around what the keyboard has reached, vanish in the band.",
    remedy="Take colours that differ more in lightness.",
)
def signal_contrast(show: Show) -> Iterator[Problem]:
    """The signal's colour has a contrast of 3 to the brand's."""
    it = colors.palette(show.settings.colors)
    found = colors.contrast(it.signal, it.brand)
    if show.settings.colors and found < VISIBLE:
        message = f"“signal” {it.signal} on “brand” {it.brand} has a contrast of {found:.1f}"
        yield at(show.settings.source, "colors", f"{message}, less than {VISIBLE:g}")


def _faint(
    show: Show, key: str, value: str, ground_key: str, ground: colors.Ground
) -> Iterator[Problem]:
    """A problem at whichever of the two colours the author gave."""
    found = colors.contrast(value, ground.background)
    given = [it for it in (key, ground_key) if it in show.settings.colors]
    if given and found < colors.READABLE:
        message = (
            f"“{key}” {value} on “{ground_key}” {ground.background} has a contrast of {found:.1f}, "
            f"less than {colors.READABLE}"
        )
        better = colors.readable(value, ground.background)
        hint = f'The nearest colour that can be read: {key} = "{better}".'
        yield at(show.settings.source, f"colors.{given[0]}", message, hint)


RULES = (text_contrast, link_contrast, signal_contrast)
