"""Code between fences and raw HTML, taken out before anything else looks at the text.

CommonMark 0.31, sections 4.5 and 4.6. Both may stand in a list item or a quote, with its indent;
what is between fences reaches the page as it was typed, tabs and blank lines too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from markdown import Markdown, util
from markdown.postprocessors import RawHtmlPostprocessor
from markdown.preprocessors import Preprocessor

from publisher.dialect.lines import marker

TAB = 4

_QUOTES = re.compile(r"(?: {0,3}> ?)*")
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*)")
# Python-Markdown's own blocks with an indent of four: admonition, footnote, definition
_OWN_BLOCK = re.compile(r"!!! ?\w|\[\^[^\]]+\]:|: {1,3}\S")
_LANGUAGE = re.compile(r"\{? *\.?([\w+#.-]+)")
_BY_MARKDOWN = re.compile(r""" markdown=(?:"\w*"|'\w*'|\w+)""")

# CommonMark's, and those that hold others over several lines
_BLOCK_TAGS = (
    r"address|article|aside|audio|base|basefont|blockquote|body|caption|center|"
    r"col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|"
    r"footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|"
    r"link|main|menu|menuitem|nav|noframes|object|ol|optgroup|option|p|param|"
    r"picture|search|section|summary|svg|table|tbody|td|tfoot|th|thead|title|tr|"
    r"track|ul|video"
)
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = tuple(
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE) if end else None)
    for start, end in (
        (r"<(?:script|pre|style|textarea)(?:[\s>]|$)", r"</(?:script|pre|style|textarea)>"),
        (r"<!--", r"-->"),
        (r"<\?", r"\?>"),
        (r"<![a-z]", r">"),
        (r"<!\[CDATA\[", r"\]\]>"),
        (rf"</?(?:{_BLOCK_TAGS})(?:[\s>]|/>|$)", ""),
    )
)
_LONE_TAG = re.compile(
    r"""<(?:/[a-z][\w-]*\s*|[a-z][\w-]*(?:\s+[\w:@.-]+(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*/?)>\s*""",
    re.IGNORECASE,
)

Highlight = Callable[[str, str], str]


def register(md: Markdown, highlight: Highlight) -> None:
    """Let a converter read its source so; `highlight` makes HTML of code and its language."""
    md.preprocessors.register(Source(md, highlight), "normalize_whitespace", 30)
    md.preprocessors.deregister("html_block")
    md.postprocessors.register(RawHtml(md), "raw_html", 30)


class RawHtml(RawHtmlPostprocessor):
    """What stood alone is a block, whatever its tag is."""

    def isblocklevel(self, html: str) -> bool:
        return html.startswith("<")


class Source(Preprocessor):
    """The lines without tabs and control characters, and with marks for what was taken out."""

    def __init__(self, md: Markdown, highlight: Highlight) -> None:
        super().__init__(md)
        self._highlight = highlight

    def run(self, lines: list[str]) -> list[str]:
        whole = "\n".join(lines).replace(util.STX, "").replace(util.ETX, "")
        whole = whole.replace("\r\n", "\n").replace("\r", "\n")
        if "```" not in whole and "~~~" not in whole and "<" not in whole:
            return [*map(_tidy, whole.split("\n")), "", ""]
        return [*_Walk(whole.split("\n"), self._stash_code, self._stash).lines(), "", ""]

    def _stash(self, html: str) -> str:
        return self.md.htmlStash.store(html)

    def _stash_code(self, code: str, info: str) -> str:
        found = _LANGUAGE.match(info)
        language = found[1] if found else ""
        name = f' class="language-{escape(language)}"' if language else ""
        inner = self._highlight(code, language) if language else ""
        start = f'<pre class="highlight"><code{name}>' if inner else f"<pre><code{name}>"
        return self._stash(f"{start}{inner or escape(code, quote=False)}</code></pre>")


@dataclass
class _Place:
    """Where a line's own text stands: `quotes` deep in quotes, `base` columns behind these."""

    quotes: int
    base: int


class _Walk:
    """One pass over the lines that knows in which items and quotes it is."""

    def __init__(
        self,
        lines: list[str],
        code: Callable[[str, str], str],
        html: Callable[[str], str],
    ) -> None:
        self._lines, self._code, self._html = lines, code, html
        self._items: list[int] = []  # columns at which the open items' texts begin
        self._quotes = 0
        self._at = 0
        self._is_after_html = False

    def lines(self) -> list[str]:
        made: list[str] = []
        while self._at < len(self._lines):
            line = _tidy(self._lines[self._at])
            self._at += 1
            made.append(self._taken_out(line, made[-1] if made else "") if line else "")
            if line:
                self._is_after_html = made[-1].endswith(util.ETX)
        return made

    def _taken_out(self, line: str, before: str) -> str:
        """The line, or what stands for it and those below that belong to the same code or HTML."""
        place, start = self._place(line)
        content = line[start:]
        if content[:1] not in ("`", "~", "<"):
            return line
        if (fence := _FENCE.match(content)) and (fence[2][0] == "~" or "`" not in fence[3]):
            # the indent of the fence itself goes from its lines too
            indent = start - _quotes_end(line) - place.base
            return line[:start] + self._fenced(place, fence, indent)
        for first, last in _HTML:
            if first.match(content):
                return line[:start] + self._raw(place, content, last)
        if _LONE_TAG.fullmatch(content) and (not before.strip() or before.endswith(util.ETX)):
            return line[:start] + self._raw(place, content, None)
        return line

    def _place(self, line: str) -> tuple[_Place, int]:
        """Open and close items as the line does; where it stands, and where its text begins."""
        end = _quotes_end(line)
        quotes = line[:end].count(">")
        if quotes != self._quotes:
            self._items, self._quotes = [], quotes
        own = line[end:]
        indent = len(own) - len(own.lstrip(" "))
        while self._items and indent < self._items[-1]:
            self._items.pop()
        base = self._items[-1] if self._items else 0
        while found := marker(own[base:]):
            base += found.width
            self._items.append(base)
            if found.is_empty:
                break
        rest = own[base:]
        column = len(rest) - len(rest.lstrip(" "))
        if _OWN_BLOCK.match(rest):
            self._items.append(base + TAB)
        if column >= TAB and not (self._is_after_html and rest.lstrip().startswith("<")):
            column = 0  # it is indented code; within HTML an indent is only a habit
        return _Place(quotes, base), end + base + column

    def _inside(self, place: _Place) -> str | None:
        """The next line without its quotes, as typed; None if it is outside of the place."""
        if self._at >= len(self._lines):
            return None
        line = self._lines[self._at]
        if place.quotes:
            found = re.match(rf"(?: {{0,3}}> ?){{{place.quotes}}}", line)
            if not found:
                return None
            line = line[found.end() :]
        if line.strip() and len(_indent(line)) < place.base:
            return None
        return line

    def _fenced(self, place: _Place, fence: re.Match[str], indent: int) -> str:
        close = re.compile(rf" {{0,3}}{re.escape(fence[2][0])}{{{len(fence[2])},}}[ \t]*")
        code = []
        while (line := self._inside(place)) is not None:
            self._at += 1
            line = _without(line, place.base)
            if close.fullmatch(line):
                break
            code.append(_without(line, indent))
        return self._code("".join(f"{line}\n" for line in code), fence[3].strip())

    def _raw(self, place: _Place, content: str, last: re.Pattern[str] | None) -> str:
        html = [_BY_MARKDOWN.sub("", content, count=1)]
        if html[0] != content:  # <div markdown="1">: what is inside is Markdown
            return self._html(html[0])
        while not (last and last.search(html[-1])):
            line = self._inside(place)
            if line is None or (not last and not line.strip()):
                break
            self._at += 1
            html.append(_without(line, place.base))
        return self._html("\n".join(html))


def _tidy(line: str) -> str:
    return line.expandtabs(TAB) if line.strip() else ""


def _quotes_end(line: str) -> int:
    found = _QUOTES.match(line)
    return found.end() if found else 0


def _indent(line: str) -> str:
    expanded = line.expandtabs(TAB)
    return expanded[: len(expanded) - len(expanded.lstrip(" "))]


def _without(line: str, columns: int) -> str:
    """The line without so many columns of its indent; a tab that is cut leaves its other spaces."""
    column = taken = 0
    for character in line:
        if column >= columns or character not in " \t":
            break
        column += TAB - column % TAB if character == "\t" else 1
        taken += 1
    return " " * (column - columns) + line[taken:] if columns else line
