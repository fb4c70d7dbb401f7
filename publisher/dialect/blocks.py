"""Lists, quotes and tables where CommonMark and GitHub see them, as blocks of Python-Markdown.

Its own lists want a blank line above them and an indent of four.
"""

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown, util
from markdown.blockprocessors import BlockProcessor, HashHeaderProcessor
from markdown.extensions.def_list import DefListIndentProcessor

from publisher.dialect import lines as of_lines
from publisher.dialect.lines import STASHED, Marker

_TASK = re.compile(r"\[([ xX])\][ \n]+(?=\S)")
_DIVIDER = re.compile(r" {0,3}\|?(?: *:?-+:? *\|)+")
# a line that may begin a list, was taken out by `source`, or divides a table's head
_CANDIDATE = re.compile(
    r"^ {0,3}(?:[-+*]|\d{1,9}[.)])(?: |$)|^ *\x02wzxhzdk:|^ {0,3}\|?[ :-]*-[ :|-]*$", re.MULTILINE
)


def register(md: Markdown) -> None:
    """Put these blocks in the place of Python-Markdown's own."""
    parser, blocks = md.parser, md.parser.blockprocessors
    for name in ("indent", "olist", "ulist", "quote"):
        blocks.deregister(name)
    blocks.register(Structure(parser), "structure", 95)
    blocks.register(Quote(parser), "quote", 65)  # above underlined headings
    blocks.register(Definition(parser), "defindent", 85)
    blocks.register(Heading(parser), "hashheader", 70)


class Definition(DefListIndentProcessor):
    """What is indented below a definition belongs to it; lists have rules of their own."""

    ITEM_TYPES = ["dd"]  # noqa: RUF012 - Markdown's own have this type
    LIST_TYPES = ["dl"]  # noqa: RUF012


class Heading(HashHeaderProcessor):
    """A heading has a space behind its marks: “#Thema” is none."""

    RE = re.compile(
        r"(?:^|\n) {0,3}(?P<level>#{1,6})(?=[ \n]|$)(?P<header>(?:\\.|[^\\\n])*?)(?: #+)? *(?:\n|$)"
    )


class Structure(BlockProcessor):
    """Divides a block where a list, a table or something taken out begins; makes the lists."""

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002 - their signature
        if not _CANDIDATE.search(block) or util.nearing_recursion_limit():
            return False
        lines = block.split("\n")
        at = _division(lines)
        # a table at the beginning is the business of its own processor
        return at is not None and (at > 0 or not _is_table(lines, 0))

    def run(self, parent: Element, blocks: list[str]) -> None:
        lines = blocks.pop(0).split("\n")
        at = _division(lines) or 0
        if at:
            self.parser.parseBlocks(parent, ["\n".join(lines[:at])])
            blocks.insert(0, "\n".join(lines[at:]))
        elif first := of_lines.marker(lines[0]):
            self._list(parent, lines, first, blocks)
        else:
            SubElement(parent, "p").text = lines[0].strip()
            if lines[1:]:
                blocks.insert(0, "\n".join(lines[1:]))

    def _list(self, parent: Element, lines: list[str], first: Marker, blocks: list[str]) -> None:
        while blocks and _may_go_on(blocks[0]):
            lines += ["", *blocks.pop(0).split("\n")]
        found = of_lines.items(lines, first)
        rest = "\n".join(lines[found.length :]).strip("\n")
        if rest:
            blocks[:0] = rest.split("\n\n")
        is_numbered = first.number is not None
        made = SubElement(parent, "ol" if is_numbered else "ul")
        if is_numbered and first.number != 1:
            made.set("start", str(first.number))
        for content in found.contents:
            item = SubElement(made, "li")
            self.parser.state.set("item")
            self.parser.parseChunk(item, "\n".join(content))
            self.parser.state.reset()
            _mark_task(item)
            if not found.is_loose:
                _tighten(item)


class Quote(BlockProcessor):
    """Quotes: two that a blank line divides stay two, and only a paragraph goes on lazily."""

    _START = re.compile(r"^ {0,3}>", re.MULTILINE)

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002 - their signature
        return bool(self._START.search(block)) and not util.nearing_recursion_limit()

    def run(self, parent: Element, blocks: list[str]) -> None:
        lines = blocks.pop(0).split("\n")
        start = next(i for i, line in enumerate(lines) if self._START.match(line))
        if start:
            self.parser.parseBlocks(parent, ["\n".join(lines[:start])])
        inner = []
        end = start
        for end in range(start, len(lines)):
            line = lines[end]
            if self._START.match(line):
                inner.append(re.sub(r"^ {0,3}> ?", "", line))
            elif of_lines.continues(line) and of_lines.is_paragraph(lines[end - 1]):
                inner.append(of_lines.as_text(line))
            else:
                break
        else:
            end += 1
        quote = SubElement(parent, "blockquote")
        self.parser.state.set("blockquote")
        self.parser.parseChunk(quote, "\n".join(inner))
        self.parser.state.reset()
        if lines[end:]:
            blocks.insert(0, "\n".join(lines[end:]))


def _division(lines: list[str]) -> int | None:
    for at, line in enumerate(lines):
        if STASHED.fullmatch(line) or of_lines.begins_list(lines, at) or _is_table(lines, at):
            return at
    return None


def _is_table(lines: list[str], at: int) -> bool:
    if at + 1 >= len(lines) or "|" not in lines[at] or lines[at].startswith("    "):
        return False
    divider = lines[at + 1].rstrip()
    return "|" in divider and bool(_DIVIDER.fullmatch(divider.removesuffix("|") + "|"))


def _may_go_on(block: str) -> bool:
    """True if a block after a blank line may belong to the list above."""
    start = block.lstrip("\n")
    return not start or start[0] == " " or of_lines.marker(start.partition("\n")[0]) is not None


def _mark_task(item: Element) -> None:
    """`[ ]` and `[x]` become a box, and what follows its label."""
    text = item[0] if len(item) and item[0].tag == "p" else None
    found = _TASK.match(text.text or "") if text is not None else None
    if text is None or not found:
        return
    item.set("class", "task")
    words, text.text = (text.text or "")[found.end() :], None
    label = SubElement(text, "label")
    box = SubElement(label, "input", {"type": "checkbox", "disabled": "disabled"})
    if found[1] != " ":
        box.set("checked", "checked")
    box.tail = f" {words}"


def _tighten(item: Element) -> None:
    """Take the paragraphs of an item away, but not what is in them."""
    before: Element | None = None
    for child in list(item):
        if child.tag != "p" or child.attrib:
            before = child
            continue
        place, inner = list(item).index(child), list(child)
        item.remove(child)
        if before is None:
            item.text = (item.text or "") + (child.text or "")
        else:
            before.tail = f"{before.tail or ''}\n{child.text or ''}"
        for offset, it in enumerate(inner):
            item.insert(place + offset, it)
            before = it
