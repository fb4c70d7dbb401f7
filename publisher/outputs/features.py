"""What a mail asks of the programs that show it, and which of them cannot.

`check/clients.py` has the data; what stands in DECORATION is used by the theme all the same, since
the mail says as much without it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from publisher.check.clients import CLIENTS, SUPPORT

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DECORATION = {
    "css-at-media": "Narrower margins on a phone, a gap above the sheet on a large screen.",
    "css-at-media-prefers-color-scheme": "Dark colours; without them the mail is light.",
    "css-border-radius": "Without it corners are square.",
    "css-border-spacing": "Cells touch by `border-collapse` too.",
    "css-color-scheme": "It belongs to the dark colours.",
    "css-hyphens": "Without it a long word begins a new line.",
    "css-max-height": "It hides the preheader; for Outlook a comment does.",
    "css-overflow": "The same; and a wide table scrolls where it can.",
    "css-overflow-wrap": "It breaks addresses that are longer than a phone is wide.",
    "css-table-layout": "It keeps columns from growing; cells fit without it.",
    "css-white-space": "Long lines of code are wrapped; in Outlook <pre> keeps them as they are.",
    "html-lang": "For voices that read aloud; the Content-Language header says it too.",
    "html-loading-attribute": "Pictures load at once.",
    "html-meta-color-scheme": "It belongs to the dark colours.",
    "html-style": "It holds the at-rules above and nothing else.",
    "html-role": "Where it is lost, voices may announce the layout's tables.",
    "html-semantics": "A figure's picture and its caption follow each other in any element.",
}

# Without these, a text is missing, or one is seen that should not be.
MEANING = {
    "css-background-image", "css-clip-path", "css-display-none", "css-opacity", "css-position",
    "css-transform", "css-visibility", "css-writing-mode",
}  # fmt: skip
# Elements that mail programs drop for safety; the data have no row for them.
DROPPED = ("applet", "canvas", "embed", "frame", "iframe", "script")

_SEMANTIC = (
    "article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark",
    "nav", "section", "summary", "time",
)  # fmt: skip
_ELEMENTS = {
    **dict.fromkeys(_SEMANTIC, "html-semantics"),
    **dict.fromkeys(("ul", "ol", "dl"), "html-lists"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    "map": "html-image-maps",
    "button": "html-button-submit",
    "source": "html-picture",
}  # fmt: skip
_ATTRIBUTES = {"loading": "html-loading-attribute", "srcset": "html-srcset"} | {
    name: f"html-{name}" for name in ("lang", "role", "dir", "align", "valign", "target", "hidden")
}
_SUFFIX = re.compile(r"\.(\w+)(?:[?#]|$)")
_SHORT = (
    "padding",
    "margin",
    "border",
    "list-style",
    "text-decoration",
    "background",
    "font",
    "overflow",
)
_INSIDE = {
    "linear-gradient(": "css-linear-gradient",
    "url(": "css-background-image",
    "var(": "css-variables",
    "calc(": "css-unit-calc",
}


def used(root: "HtmlElement") -> dict[str, str]:
    """The features that a mail uses, each with the first element that does."""
    found: dict[str, str] = {}
    for element in root.iter():
        if isinstance(element.tag, str):
            for feature in _of(element):
                if feature not in found:
                    found[feature] = _shown(element)
    return found


def lacking(feature: str) -> list[str]:
    """The clients that show nothing of a feature; all of them for what is dropped."""
    if feature in DROPPED:
        return list(CLIENTS)
    return [name for name, it in zip(CLIENTS, SUPPORT.get(feature, ""), strict=False) if it == "n"]


def carries_meaning(feature: str) -> bool:
    """True if a reader misses something where it is not shown."""
    return feature in MEANING or (not feature.startswith("css-") and feature not in DECORATION)


def _of(element: "HtmlElement") -> Iterator[str]:
    tag = str(element.tag)
    if tag in DROPPED:
        yield tag
    yield _ELEMENTS.get(tag) or (
        f"html-input-{element.get('type', 'text')}" if tag == "input" else f"html-{tag}"
    )
    yield from (_ATTRIBUTES[name] for name in element.attrib if name in _ATTRIBUTES)
    if tag == "img" and (suffix := _SUFFIX.search(element.get("src", ""))):
        yield "image-" + suffix[1].lower().replace("jpeg", "jpg")
    if tag == "meta" and element.get("name") == "color-scheme":
        yield "html-meta-color-scheme"
    if tag == "style":
        yield from _at_rules(element.text or "")
    yield from _of_styles(element.get("style") or "")


def _at_rules(css: str) -> Iterator[str]:
    for rule in re.findall(r"@media[^{]*", css):
        yield "css-at-media-prefers-color-scheme" if "color-scheme" in rule else "css-at-media"
    if re.search(r"[^-]color-scheme:", css):
        yield "css-color-scheme"


@lru_cache(maxsize=2048)
def _of_styles(style: str) -> tuple[str, ...]:
    pairs = (declaration.lower().partition(":") for declaration in style.split(";"))
    named = ((name.strip(), value.strip()) for name, _, value in pairs if name.strip())
    return tuple(feature for name, value in named for feature in _of_style(name, value))


def _of_style(name: str, value: str) -> Iterator[str]:
    kind = value.partition(" ")[0]
    if name == "display" and kind in ("flex", "grid", "none"):
        yield f"css-display-{kind}"
    elif f"css-{name}" in SUPPORT:
        yield f"css-{name}"
    else:
        yield next(
            (f"css-{short}" for short in _SHORT if name.startswith(f"{short}-")), f"css-{name}"
        )
    yield from (feature for mark, feature in _INSIDE.items() if mark in value)


def _shown(element: "HtmlElement") -> str:
    """What an author would recognise: the address of a picture or video, else the element."""
    return element.get("src") or element.get("href") or f"<{element.tag}"
