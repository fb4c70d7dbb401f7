"""Markdown as HTML and as plain text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import elements, plain
from publisher.model import Article, Heading, Reference

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LINK_ATTRIBUTES = {"a": "href", "img": "src", "audio": "src", "video": "src", "source": "src"}

_MOMENT = re.compile(r'<a class="moment" href="moment:(\d+)">\[([\d:]+)\]</a>')
_PLAIN_MOMENT = re.compile(r"\[([\d:]+)\] <moment:(\d+)>")


def article(markdown: str, language: str, first_line: int = 1) -> Article:
    """Convert an article; `first_line` is the line of its file on which the text begins.

    Links to files and pictures beside the article become references (`ref:0`, `ref:1` …) that
    `linked` fills in once their URLs are known; moments such as [12:34] wait for `with_moments`.
    """
    from lxml import html as lxml_html

    from publisher.dialect import words
    from publisher.dialect.converter import converter

    html = converter(language.partition("-")[0]).reset().convert(markdown)
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    lines = markdown.splitlines()
    without_alt = tuple(
        _line_of(image.get("src", ""), lines, first_line)
        for image in root.iter("img")
        if not (image.get("alt") or "").strip()
    )
    references = tuple(_take_references(root, lines, first_line))
    elements.finish(root, words.of(language))
    other = elements.elsewhere(root)
    return Article(
        html=_inner_html(root),
        elsewhere="" if other is None else _inner_html(other),
        plain=plain.of(root),
        words=len(root.text_content().split()),
        headings=tuple(
            Heading(int(it.tag[1]), it.get("id", ""), elements.title_of(it))
            for it in root.iter(*elements.HEADINGS)
        ),
        references=references,
        pictures_without_alt=without_alt,
        todos=tuple(n for n, line in enumerate(lines, first_line) if "TODO:" in line),
        jumps=tuple(_jumps(root, lines, first_line)),
    )


def linked(article: Article, base: str, *, elsewhere: bool = False) -> str:
    """The article's HTML with its references in place, each URL after `base`.

    `base` is the site's path for pages; its whole address `elsewhere`, in feeds and mails.
    """

    def place(match: re.Match[str]) -> str:
        if match[3]:  # a path of the site, already escaped
            return f' {match[1]}="{escape(base)}{match[3]}"'
        reference = article.references[int(match[2])]
        url = f' {match[1]}="{escape(base + reference.url)}"'
        if reference.picture and reference.width:
            url += f' width="{reference.width}" height="{reference.height}"'
        return url

    html = (elsewhere and article.elsewhere) or article.html
    return re.sub(r' (href|src)="(?:ref:(\d+)|here:([^"]*))"', place, html)


def linked_plain(article: Article, base: str) -> str:
    """The article's plain text with its references as whole addresses."""
    text = re.sub(
        r"<ref:(\d+)>", lambda m: f"<{base}{article.references[int(m[1])].url}>", article.plain
    )
    return text.replace("<here:", f"<{base}")


def with_moments(article: Article, page: str, audio: str, duration: float) -> Article:
    """The article with moments of its recording as links, other times in brackets as text.

    `page` is the path of its page and `audio` that of its recording, `duration` in seconds. On its
    page a moment leads into the recording, where the player takes it up; elsewhere to the page.
    """
    if 'href="moment:' not in article.html:
        return article

    def inside(html: str, start: str) -> str:
        return _MOMENT.sub(
            lambda m: (
                f'<a class="moment" href="here:{start}{m[1]}">{m[2]}</a>'
                if int(m[1]) < duration
                else f"[{m[2]}]"
            ),
            html,
        )

    plain_text = _PLAIN_MOMENT.sub(
        lambda m: f"{m[1]} <here:{page}?t={m[2]}>" if int(m[2]) < duration else f"[{m[1]}]",
        article.plain,
    )
    return replace(
        article,
        html=inside(article.html, f"{escape(audio)}#t="),
        elsewhere=inside(article.elsewhere or article.html, f"{escape(page)}?t="),
        plain=plain_text,
    )


def _take_references(root: "HtmlElement", lines: list[str], first_line: int) -> Iterator[Reference]:
    """Replace each relative link and picture by `ref:n`, and tell where it led."""
    number = 0
    for element in root.iter(*LINK_ATTRIBUTES):
        attribute = LINK_ATTRIBUTES[element.tag]
        target = element.get(attribute)
        if target is None or not _is_relative(target):
            continue
        element.set(attribute, f"ref:{number}")
        line = _line_of(target, lines, first_line)
        yield Reference(target, picture=element.tag == "img", line=line)
        number += 1


def _jumps(root: "HtmlElement", lines: list[str], first_line: int) -> Iterator[tuple[str, int]]:
    """Where the article's links to places of its own page lead, each with its line."""
    for link in root.iter("a"):
        target = link.get("href") or ""
        if target.startswith("#") and not target.startswith(("#fn:", "#fnref")):
            yield target[1:], _line_of(target, lines, first_line)


def _is_relative(target: str) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:  # such as http://[::1
        return False
    return not (parts.scheme or parts.netloc or target.startswith("#"))


def _line_of(target: str, lines: list[str], first_line: int) -> int:
    return next((first_line + n for n, line in enumerate(lines) if target in line), first_line)


def _inner_html(root: "HtmlElement") -> str:
    from lxml import html as lxml_html

    children = (lxml_html.tostring(child, encoding="unicode") for child in root)
    return elements.concealed((root.text or "").lstrip() + "".join(children))
