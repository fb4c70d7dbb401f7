"""The same blocks and inline patterns in less time.

Python-Markdown tries each of its patterns on each piece of text: some forty searches for every
paragraph, most of them in vain. But nearly every pattern needs a certain character (a link its
bracket, a quote its mark), and asking a short string for a character costs next to nothing. So a
pattern is tried only on text that holds a character it needs; what it then makes is the same.

Nor are its blocks tried on lines that can only be prose.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown.blockprocessors import ParagraphProcessor
from markdown.inlinepatterns import LINK_RE, DelimiterProcessor, LinkInlineProcessor
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

if TYPE_CHECKING:
    from markdown import Markdown
    from markdown.util import Registry

# By name of the pattern: it can only match text that holds one of these.
NEEDS: dict[str, tuple[str, ...]] = {
    "backtick": ("`",),
    "backslash_break": ("\\\n",),
    "escape": ("\\",),
    "footnote": ("[^",),
    "reference": ("[",),
    "link": ("](",),
    "image_link": ("![",),
    "image_reference": ("![",),
    "short_reference": ("[",),
    "short_image_ref": ("![",),
    "moment": ("[",),
    "passage": ("]{",),
    "autolink": ("<",),
    "automail": ("<",),
    "linebreak": ("  \n",),
    "html": ("<",),
    "bare_url": ("://", "www.", "Www.", "WWW."),
    "entity": ("&",),
    "deleted": ("~",),
    "em_strong": ("*", "_"),
    "apostrophe": ("'",),
    "smarty-em-dashes": ("---",),
    "smarty-en-dashes": ("--",),
    "smarty-ellipses": ("...",),
    **{f"smarty-quotes-{n}": ("'", '"') for n in range(15)},
}
# These find nothing where no reference is defined.
REFERENCES = ("reference", "image_reference", "short_reference", "short_image_ref")

_APPLY = "_InlineProcessor__applyPattern"  # private there, as is the method replaced below
_Numbered = tuple[int, Any, tuple[str, ...]]  # a pattern, its number and needs


def register(md: "Markdown", smarty: "Registry[Any]") -> None:
    """Let a converter work so; `smarty` has the patterns of its second round."""
    md.parser.blockprocessors.register(PlainLines(md.parser), "plain_lines", 110)
    md.inlinePatterns.register(QuickLink(LINK_RE, md), "link", 160)
    emphasis = QuickEmphasis("*", "strong,em", md)
    emphasis.add("_", "strong,em", smart=True)
    md.inlinePatterns.register(emphasis, "em_strong", 60)
    md.treeprocessors.register(QuickInline(md, md.inlinePatterns), "inline", 20)
    md.treeprocessors.register(QuickInline(md, smarty), "smarty", 6)
    md.is_block_level = cache(md.is_block_level)  # type: ignore[method-assign]  # asked of every element


class QuickInline(InlineProcessor):
    """Python-Markdown's inline processor, which passes over patterns that cannot match."""

    def __init__(self, md: "Markdown", patterns: "Registry[Any]") -> None:
        super().__init__(md)
        self.inlinePatterns = patterns
        self._apply: Callable[..., tuple[str, bool, int]] = getattr(self, _APPLY)
        names = {patterns.get_index_for_name(it): it for it in NEEDS if it in patterns}
        self._patterns = [(at, it, NEEDS[names[at]]) for at, it in enumerate(patterns)]
        self._without_references = [it for it in self._patterns if names[it[0]] not in REFERENCES]
        self._needed = tuple(dict.fromkeys(chain(*(needs for _, _, needs in self._patterns))))
        self._by_marks: dict[tuple[bool, tuple[str, ...]], list[_Numbered]] = {}

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        text = "".join(tree.itertext())
        return super().run(tree, ancestors) if any(it in text for it in self._needed) else tree

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803 - takes the place of `__handleInline`
        if isinstance(data, AtomicString):
            return data
        for at, pattern, needs in self._that_may_match(data):
            start, is_matched = 0, at >= patternIndex
            while is_matched and any(it in data for it in needs):
                data, is_matched, start = self._apply(pattern, data, at, start)
        return data

    def _that_may_match(self, data: str) -> list[_Numbered]:
        """The patterns for a text; few texts differ in the marks that they hold."""
        marks = tuple([it for it in self._needed if it in data])
        key = (bool(self.md.references), marks)
        found = self._by_marks.get(key)
        if found is None:
            usable = self._patterns if self.md.references else self._without_references
            found = self._by_marks[key] = [it for it in usable if set(marks) & set(it[2])]
        return found


class PlainLines(ParagraphProcessor):
    """Lines that all begin with letters are a paragraph: the other blocks need not be tried."""

    _LINES = re.compile(r"[^\W\d_].*(?:\n[^\W\d_].*)*")

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002 - their signature
        return bool(self._LINES.fullmatch(block))


_Made = tuple[Element | str | None, int | None, int | None]


class QuickLink(LinkInlineProcessor):
    """`[words](address)`, as most links are; else Python-Markdown goes through their letters."""

    _USUAL = re.compile(r"""\[([^\[\]]*)\]\(([^\s()<>'"\x02]*)\)""")

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: N802 - Markdown's name
        found = self._USUAL.match(data, m.start())
        if not found:
            return super().handleMatch(m, data)
        link = Element("a", {"href": found[2]})
        link.text = found[1]
        return link, found.start(), found.end()


class QuickEmphasis(DelimiterProcessor):
    """`*words*` and `**words**` with no other mark inside; Python-Markdown pairs the others."""

    _USUAL = re.compile(r"(?<!\*)(\*\*?)(?![\s*])([^*_]*[^*_\s])\1(?!\*)")

    def handleMatch(self, m: re.Match[str], data: str) -> _Made:  # type: ignore[override]  # noqa: N802 - Markdown's name
        found = None if self.regions else self._USUAL.match(data, m.start())
        if not found:
            return super().handleMatch(m, data)
        made = Element("em" if len(found[1]) == 1 else "strong")
        made.text = found[2]
        return made, found.start(), found.end()
