"""Markdown as HTML and as plain text."""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import elements, fingerprint, plain
from publisher.model import NOWHERE, Article, Heading, Moments, Reference, Texts

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LINK_ATTRIBUTES = {"a": "href", "img": "src", "audio": "src", "video": "src", "source": "src"}

SUMMARY = 200  # characters of a description that the author did not write

# how a block of plain text begins that is a quote, a list, code or a rule, or how a heading ends
_NO_PARAGRAPH = re.compile(r"\A(?:> |- |\d+\. |    |\* \* \*)|\n(?:=+|-+)\Z")
_LOADED = re.compile(
    r"<(?:img|iframe|video|audio|source|track|script|embed|input)\b[^>]*?\s(?:src|poster)="
    r'"((?:https?:)?//[^"]+)"',
    re.IGNORECASE,
)
_MOMENT = re.compile(r'<a class="moment" href="moment:(\d+)">\[([\d:]+)\]</a>')
_PLAIN_MOMENT = re.compile(r"\[([\d:]+)\] <moment:(\d+)>")


def article(markdown: str, language: str, first_line: int = 1, site: str = "") -> Article:
    """Convert an article; `first_line` is the line of its file on which the text begins.

    Links to files and pictures beside the article become references (`ref:0`, `ref:1` …) that
    `linked` fills in once their URLs are known, and so it does with moments such as [12:34].
    `site` is the address of the site.
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
    elsewhere = "" if other is None else _inner_html(other)
    texts = Texts(_inner_html(root), elsewhere, plain.of(root), markdown)
    return Article(
        digest=fingerprint.of(texts.html, texts.elsewhere, texts.plain),
        texts=texts,
        words=len(root.text_content().split()),
        summary=summary(texts.plain),
        headings=tuple(
            Heading(int(it.tag[1]), it.get("id", ""), elements.title_of(it))
            for it in root.iter(*elements.HEADINGS)
        ),
        references=references,
        moments=NOWHERE if 'href="moment:' in texts.html else None,
        pictures_without_alt=without_alt,
        todos=tuple(n for n, line in enumerate(lines, first_line) if "TODO:" in line),
        own=tuple(_own(texts.html, site, lines, first_line)),
        loads=tuple(_loads(texts.html, site, lines, first_line)),
        jumps=tuple(_jumps(root, lines, first_line)),
        first_line=first_line,
    )


def summary(text: str) -> str:
    """The first paragraph, cut between words: without addresses, notes, deleted words."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    paragraphs = (block for block in blocks if not _NO_PARAGRAPH.search(block))
    first = next(paragraphs, blocks[0] if blocks else "")
    words = " ".join(re.sub(r" <[^>]*>|\[\d+\]|~~.+?~~", "", first).split())
    if len(words) <= SUMMARY:
        return words
    return words[:SUMMARY].rpartition(" ")[0] + " …"


def linked(article: Article, base: str, *, elsewhere: bool = False) -> str:
    """The article's HTML with its references and moments in place, each URL after `base`.

    `base` is the site's path for pages; its whole address `elsewhere`, in feeds and mails.
    """
    return placed(article, article.elsewhere if elsewhere else article.html, base, elsewhere)


def placed(article: Article, html: str, base: str, elsewhere: bool = False) -> str:
    """The same for HTML that was made of the article's."""

    def place(match: re.Match[str]) -> str:
        if match[3]:  # a path of the site, already escaped
            return f' {match[1]}="{escape(base)}{match[3]}"'
        reference = article.references[int(match[2])]
        url = f' {match[1]}="{escape(base + reference.url)}"'
        if reference.picture and reference.width:
            url += f' width="{reference.width}" height="{reference.height}"'
        return url

    return re.sub(
        r' (href|src)="(?:ref:(\d+)|here:([^"]*))"',
        place,
        _with_moments(html, article.moments, elsewhere=elsewhere),
    )


def _with_moments(html: str, moments: Moments | None, *, elsewhere: bool) -> str:
    """Moments as links to paths of the site (`here:`), other times in brackets as text."""
    if moments is None:
        return html
    start = f"{escape(moments.page)}?t=" if elsewhere else f"{escape(moments.audio)}#t="
    return _MOMENT.sub(
        lambda m: (
            f'<a class="moment" href="here:{start}{m[1]}">{m[2]}</a>'
            if int(m[1]) < moments.duration
            else f"[{m[2]}]"
        ),
        html,
    )


def linked_plain(article: Article, base: str) -> str:
    """The article's plain text with its references and moments as whole addresses."""
    text = re.sub(
        r"<ref:(\d+)>", lambda m: f"<{base}{article.references[int(m[1])].url}>", article.plain
    )
    moments = article.moments
    if moments is None:
        return text
    return _PLAIN_MOMENT.sub(
        lambda m: (
            f"{m[1]} <{base}{moments.page}?t={m[2]}>"
            if int(m[2]) < moments.duration
            else f"[{m[1]}]"
        ),
        text,
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


def _own(html: str, site: str, lines: list[str], first_line: int) -> Iterator[tuple[str, int]]:
    """Links that were written as whole addresses of the site: their paths and lines."""
    for whole in re.findall(rf'\bhref="{re.escape(site)}(/[^"]*)"', html) if site else ():
        yield unescape(whole), _line_of(site + unescape(whole), lines, first_line)


def _loads(html: str, site: str, lines: list[str], first_line: int) -> Iterator[tuple[str, int]]:
    """What a page would load from other sites, with its lines."""
    own = re.compile(rf"{re.escape(site)}(/|$)")
    for found in _LOADED.findall(html) if "//" in html else ():
        address = unescape(found)
        if not site or not own.match(address):
            yield address, _line_of(address, lines, first_line)


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
