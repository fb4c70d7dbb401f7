"""The same inline patterns in less time.

Python-Markdown tries each of its patterns on each piece of text: some forty searches for every
paragraph, most of them in vain. But nearly every pattern needs a certain character (a link its
bracket, a quote its mark), and asking a short string for a character costs next to nothing. So a
pattern is tried only on text that holds a character it needs; what it then makes is the same.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
    "link": ("[",),
    "image_link": ("![",),
    "image_reference": ("![",),
    "short_reference": ("[",),
    "short_image_ref": ("![",),
    "moment": ("[",),
    "passage": ("[",),
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


_APPLY = "_InlineProcessor__applyPattern"  # private there, as is the method replaced below


class QuickInline(InlineProcessor):
    """Python-Markdown's inline processor, which passes over patterns that cannot match."""

    def __init__(self, md: "Markdown", patterns: "Registry[Any]") -> None:
        super().__init__(md)
        self.inlinePatterns = patterns
        self._apply: Callable[..., tuple[str, bool, int]] = getattr(self, _APPLY)
        needs = {patterns.get_index_for_name(it): NEEDS[it] for it in NEEDS if it in patterns}
        self._patterns = [(it, needs.get(at)) for at, it in enumerate(patterns)]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803 - takes the place of `__handleInline`
        if isinstance(data, AtomicString):
            return data
        for at in range(patternIndex, len(self._patterns)):
            pattern, needs = self._patterns[at]
            start, is_matched = 0, True
            while is_matched and (not needs or any(it in data for it in needs)):
                data, is_matched, start = self._apply(pattern, data, at, start)
        return data
