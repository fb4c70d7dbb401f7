"""Inline syntax beside Python-Markdown's own: bare addresses, strikethrough, moments, languages."""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SubstituteTagInlineProcessor
from markdown.util import AtomicString

_Made = tuple[Element | None, int | None, int | None]

# GitHub's extended autolinks, https://github.github.com/gfm/#autolinks-extension-, and what a
# German sentence puts behind an address
_TRAILING = "?!.,:*_~'\"“”‘’«»„…–;"
_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)*[\w-]+)", re.IGNORECASE)
_ENTITY = re.compile(r"&[A-Za-z0-9]+;$")


def register(md: Markdown) -> None:
    """Add the patterns; their priorities say between which of Python-Markdown's own."""
    patterns = md.inlinePatterns
    patterns.register(
        Moment(r"\[((?:\d{1,2}:[0-5]|\d{0,2})\d:[0-5]\d)\](?![(\[:{])"), "moment", 122
    )
    patterns.register(Passage(r"\[([^\[\]]+)\](?=\{:? *[a-z.#][^}\n]*\})"), "passage", 121)
    patterns.register(SubstituteTagInlineProcessor(r"\\\n", "br"), "backslash_break", 181)
    patterns.register(
        BareUrl(r"(?<![\w/@:.=&-])(?:[hH][tT]{2}[pP][sS]?://|(?:www|Www|WWW)\.)[^\s<>\x02\x03]+"),
        "bare_url",
        85,
    )
    patterns.register(Deleted(r"(?<!~)(~~?)(?![\s~])(.+?)(?<![\s~])\1(?!~)"), "deleted", 65)


class BareUrl(InlineProcessor):
    """An address that stands in the text: `<bare-url>`, a link unless it is inside of one."""

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: ARG002, N802 - Markdown's name
        url = without_trailing(m[0])
        host = _HOST.match(url)
        if not host or "_" in ".".join(host[1].split(".")[-2:]) or host[1].lower() == "www":
            return None, None, None
        made = Element("bare-url")
        made.text = AtomicString(url)
        return made, m.start(), m.start() + len(url)


def without_trailing(url: str) -> str:
    """An address without the punctuation of the sentence in which it stands."""
    while url:
        if entity := _ENTITY.search(url):
            url = url[: entity.start()]
        elif url[-1] in _TRAILING or (url[-1] == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            break
    return url


class Deleted(InlineProcessor):
    """`~~no longer~~`; one tilde only around whole words, since “~50” means “about 50”."""

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: N802 - Markdown's name
        around = data[max(0, m.start() - 1) : m.start()] + data[m.end() : m.end() + 1]
        if len(m[1]) == 1 and any(it.isalnum() for it in around):
            return None, None, None
        made = Element("del")
        made.text = m[2]
        return made, m.start(), m.end()


class Moment(InlineProcessor):
    """`[12:34]`, a moment of the recording: a link once it is known that there is one."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: ARG002, N802 - Markdown's name
        seconds = 0
        for part in m[1].split(":"):
            seconds = seconds * 60 + int(part)
        made = Element("a", {"class": "moment", "href": f"moment:{seconds}"})
        made.text = AtomicString(m[0])
        return made, m.start(), m.end()


class Passage(InlineProcessor):
    """`[text]{lang=en}`: a passage with attributes, which `attr_list` then reads."""

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: ARG002, N802 - Markdown's name
        made = Element("span")
        made.text = m[1]
        return made, m.start(), m.end()
