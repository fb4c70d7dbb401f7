"""Code between fences and raw HTML, taken out before anything else looks at the text.

CommonMark 0.31, sections 4.5 and 4.6. Both may stand in a list item or a quote, with its indent;
what is between fences reaches the page as it was typed, tabs and blank lines too.
"""

import re
from collections.abc import Callable
from html import escape

from markdown import Markdown, util
from markdown.postprocessors import RawHtmlPostprocessor
from markdown.preprocessors import Preprocessor

from publisher.dialect.lines import is_paragraph, marker

TAB = 4

_QUOTE = re.compile(r" {0,3}> ?")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(.*)")
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


class _Walk:
    """One pass over the lines that knows in which items and quotes it is."""

    def __init__(
        self,
        lines: list[str],
        code: Callable[[str, str], str],
        html: Callable[[str], str],
    ) -> None:
        self._lines, self._code, self._html = lines, code, html
        self._open: list[int] = []  # the width of each open item's indent, 0 for a quote
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
        own = self._enter(line, is_below_paragraph=bool(before) and is_paragraph(before))
        start = own + len(line[own:]) - len(line[own:].lstrip(" "))
        content = line[start:]
        is_code = start - own >= TAB  # within HTML such an indent is only a habit
        first = content[:1]
        if not first or first not in "`~<":
            return line
        if is_code and not (first == "<" and self._is_after_html):
            return line
        if (fence := _FENCE.match(content)) and (fence[1][0] == "~" or "`" not in fence[2]):
            return line[:start] + self._fenced(fence, start - own)
        for opening, last in _HTML:
            if opening.match(content):
                return line[:start] + self._raw(content, last)
        if _LONE_TAG.fullmatch(content) and (not before.strip() or before.endswith(util.ETX)):
            return line[:start] + self._raw(content, None)
        return line

    def _enter(self, line: str, *, is_below_paragraph: bool) -> int:
        """Close and open items and quotes as the line does; where its own text begins."""
        at = 0
        is_text = is_below_paragraph  # until an item or a quote ends
        for number, width in enumerate(self._open):
            if width:
                found = " " * width if line.startswith(" " * width, at) else ""
            else:
                found = _quote_at(line, at)
            if not found:
                del self._open[number:]
                is_text = False
                break
            at += len(found)
        while mark := marker(line[at:]) or _quote_at(line, at):
            if isinstance(mark, str):
                self._open.append(0)
                at += len(mark)
            elif is_text and not mark.interrupts:
                break
            else:
                self._open.append(mark.width)
                at = min(len(line), at + mark.width)
        if _OWN_BLOCK.match(line, at):
            self._open.append(TAB)
        return at

    def _inside(self) -> str | None:
        """The next line without what its items and quotes put before it, else as typed.

        None if it is outside of one of them.
        """
        if self._at >= len(self._lines):
            return None
        line = self._lines[self._at]
        for width in self._open:
            if width:
                if line.strip() and _columns(line) < width:
                    return None
                line = _without(line, width)
            else:
                mark = _quote_at(line, 0)
                if not mark:
                    return None
                line = line[len(mark) :]
        return line

    def _fenced(self, fence: re.Match[str], indent: int) -> str:
        close = re.compile(rf" {{0,3}}{re.escape(fence[1][0])}{{{len(fence[1])},}}[ \t]*")
        code = []
        while (line := self._inside()) is not None:
            self._at += 1
            if close.fullmatch(line):
                break
            code.append(_without(line, indent))
        return self._code("".join(f"{line}\n" for line in code), fence[2].strip())

    def _raw(self, content: str, last: re.Pattern[str] | None) -> str:
        html = [_BY_MARKDOWN.sub("", content, count=1)]
        if html[0] != content:  # <div markdown="1">: what is inside is Markdown
            return self._html(html[0])
        while not (last and last.search(html[-1])):
            line = self._inside()
            if line is None or (not last and not line.strip()):
                break
            self._at += 1
            html.append(line)
        return self._html("\n".join(html))


def _tidy(line: str) -> str:
    return line.expandtabs(TAB) if line.strip() else ""


def _quote_at(line: str, at: int) -> str:
    found = _QUOTE.match(line, at)
    return found[0] if found else ""


def _columns(line: str) -> int:
    """How deep the line is indented."""
    expanded = line.expandtabs(TAB)
    return len(expanded) - len(expanded.lstrip(" "))


def _without(line: str, columns: int) -> str:
    """The line without so many columns of its indent; a tab that is cut leaves its other spaces."""
    column = taken = 0
    for character in line:
        if column >= columns or character not in " \t":
            break
        column += TAB - column % TAB if character == "\t" else 1
        taken += 1
    return " " * (column - columns) + line[taken:] if columns else line
