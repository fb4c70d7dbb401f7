"""The configured Markdown: one a language and process, since making it takes its time."""

import string
from functools import cache

from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.admonition import AdmonitionExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.smarty import SmartyExtension, SubstituteTextPattern
from markdown.extensions.tables import TableExtension

from publisher.dialect import blocks, inline, quick, source, words
from publisher.dialect.code import highlighted

_SMART = ("left-double-quote", "right-double-quote", "left-single-quote", "right-single-quote")


class _Smarty(SmartyExtension):
    """Inside a word ' is an apostrophe, no closing quote; in German these differ."""

    def educateQuotes(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        super().educateQuotes(md)
        inside = SubstituteTextPattern(r"(?<=\w)'(?=\w)", ("’",), md)
        self.inlinePatterns.register(inside, "apostrophe", 60)


@cache
def converter(language: str, *, is_quick: bool = True) -> Markdown:
    """The converter for a language; `.reset()` it before each article.

    `is_quick` tries a pattern only where it can match; the HTML is the same without.
    """
    said = words.of(language)
    smarty = _Smarty(substitutions=dict(zip(_SMART, said.quotes, strict=True)))
    md = Markdown(
        extensions=[
            AbbrExtension(),
            AdmonitionExtension(),
            AttrListExtension(),
            DefListExtension(),
            FootnoteExtension(BACKLINK_TITLE=said.back),
            TableExtension(),
            smarty,
        ]
    )
    md.ESCAPED_CHARS = list(string.punctuation)  # as CommonMark has it
    source.register(md, highlighted)
    blocks.register(md)
    inline.register(md)
    if is_quick:
        quick.register(md, smarty.inlinePatterns)
    return md
