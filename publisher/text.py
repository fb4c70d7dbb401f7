"""Markdown as HTML and as plain text."""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import plain
from publisher.model import Article, Heading, Reference

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from markdown import Markdown

# opening and closing double and single quotes, by language
QUOTES = {"de": "„“‚‘", "fr": "«»‹›", "en": "“”‘’"}

LINK_ATTRIBUTES = {"a": "href", "img": "src", "audio": "src", "video": "src", "source": "src"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def article(markdown: str, language: str, first_line: int = 1) -> Article:
    """Convert an article; `first_line` is the line of its file on which the text begins.

    Links to files and pictures beside the article become references (`ref:0`, `ref:1` …) that
    `linked` fills in once their URLs are known.
    """
    from lxml import html as lxml_html

    converter = _converter(language.partition("-")[0])
    root = lxml_html.fragment_fromstring(converter.reset().convert(markdown), create_parent="div")
    lines = markdown.splitlines()
    without_alt = tuple(
        _line_of(image.get("src", ""), lines, first_line)
        for image in root.iter("img")
        if not (image.get("alt") or "").strip()
    )
    references = tuple(_take_references(root, lines, first_line))
    for image in list(root.iter("img")):
        _with_caption(image)
    for cell in root.iter("th", "td"):
        _with_class_for_style(cell)
    return Article(
        html=_inner_html(root),
        plain=plain.of(root),
        words=len(root.text_content().split()),
        headings=tuple(
            Heading(int(it.tag[1]), it.get("id", ""), it.text_content().strip())
            for it in root.iter(*HEADINGS)
        ),
        references=references,
        pictures_without_alt=without_alt,
        todos=tuple(n for n, line in enumerate(lines, first_line) if "TODO:" in line),
    )


def linked(article: Article, base: str) -> str:
    """The article's HTML with its references in place, each URL after `base`.

    `base` is the site's path for pages, its whole address for feeds and mails.
    """

    def place(match: re.Match[str]) -> str:
        reference = article.references[int(match[2])]
        url = f'{match[1]}="{escape(base + reference.url)}"'
        if reference.picture and reference.width:
            url += f' width="{reference.width}" height="{reference.height}"'
        return url

    return re.sub(r'\b(href|src)="ref:(\d+)"', place, article.html)


def linked_plain(article: Article, base: str) -> str:
    """The article's plain text with its references as whole addresses."""
    return re.sub(
        r"<ref:(\d+)>", lambda m: f"<{base}{article.references[int(m[1])].url}>", article.plain
    )


@cache
def _converter(language: str) -> "Markdown":
    """One converter a language and process: making it takes as long as several articles."""
    from markdown import Markdown
    from markdown.extensions.extra import ExtraExtension
    from markdown.extensions.sane_lists import SaneListExtension
    from markdown.extensions.smarty import SmartyExtension, SubstituteTextPattern
    from markdown.extensions.toc import TocExtension, slugify_unicode

    class Smarty(SmartyExtension):
        """Inside a word ' is an apostrophe, no closing quote; in German these differ."""

        def educateQuotes(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
            super().educateQuotes(md)
            inside = SubstituteTextPattern(r"(?<=\w)'(?=\w)", ("’",), md)
            self.inlinePatterns.register(inside, "apostrophe", 60)

    quotes = QUOTES.get(language, QUOTES["en"])
    names = ("left-double-quote", "right-double-quote", "left-single-quote", "right-single-quote")
    return Markdown(
        extensions=[
            ExtraExtension(),
            SaneListExtension(),
            Smarty(substitutions=dict(zip(names, quotes, strict=True))),
            TocExtension(slugify=slugify_unicode),
        ]
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


def _is_relative(target: str) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:  # such as http://[::1
        return False
    return not (parts.scheme or parts.netloc or target.startswith("#"))


def _line_of(target: str, lines: list[str], first_line: int) -> int:
    return next((first_line + n for n, line in enumerate(lines) if target in line), first_line)


def _with_caption(image: "HtmlElement") -> None:
    """A picture with a title, alone in its paragraph, becomes a figure with that caption."""
    from lxml.html import builder

    paragraph = image.getparent()
    image.set("loading", "lazy")
    caption = image.attrib.pop("title", "")
    is_alone = (
        paragraph is not None
        and paragraph.tag == "p"
        and len(paragraph) == 1
        and not (paragraph.text or "").strip()
        and not (image.tail or "").strip()
    )
    if caption and is_alone and paragraph is not None:
        paragraph.tag = "figure"
        image.tail = None
        paragraph.append(builder.FIGCAPTION(caption))
    elif caption:
        image.set("title", caption)


def _with_class_for_style(cell: "HtmlElement") -> None:
    """Columns are aligned by class, since a strict content policy allows no style attribute."""
    if found := re.fullmatch(r"text-align: (\w+);", cell.get("style", "")):
        del cell.attrib["style"]
        cell.set("class", f"align-{found[1]}")


def _inner_html(root: "HtmlElement") -> str:
    from lxml import html as lxml_html

    children = (lxml_html.tostring(child, encoding="unicode") for child in root)
    return (root.text or "").lstrip() + "".join(children)
