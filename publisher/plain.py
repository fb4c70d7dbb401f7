"""An article's tree as plain text, for the text part of a mail."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

WIDTH = 72  # characters; a wider table becomes a list

_BLOCKS = frozenset(
    ("address", "article", "aside", "audio", "blockquote", "dd", "details", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
     "header", "hr", "iframe", "main", "nav", "ol", "p", "pre", "section", "summary", "table",
     "ul", "video")
)  # fmt: skip
_SILENT = ("script", "style", "template", "source", "track")


def of(root: "HtmlElement") -> str:
    """The text of an article: blocks divided by blank lines, links followed by their address."""
    return "\n\n".join(_blocks(root)) + "\n"


def _blocks(root: "HtmlElement") -> Iterator[str]:
    """The blocks of an element as text: headings underlined, lists with their marks."""
    inline = [_unbroken(root.text)]
    for child in root:
        if child.tag in _BLOCKS:
            if text := _one_line("".join(inline)):
                yield text
            text = "\n".join(_block(child))
            if text.strip():
                yield text
            inline = []
        else:
            inline.append(_piece(child))
        inline.append(_unbroken(child.tail))
    if text := _one_line("".join(inline)):
        yield text


def _block(block: "HtmlElement") -> Iterable[str]:
    match block.tag:
        case "h1" | "h2":
            return _underlined(block, "=")
        case "h3" | "h4" | "h5" | "h6":
            return _underlined(block, "-")
        case "ul" | "ol":
            return _list(block)
        case "blockquote" | "div" if block.tag != "div" or block.get("role") == "note":
            return _quoted(block)
        case "dd":
            return _indented("\n\n".join(_blocks(block)).splitlines(), "  ")
        case "pre":
            return [f"    {row}".rstrip() for row in block.text_content().splitlines()]
        case "table":
            return _table(block)
        case "hr":
            return ["* * *"]
        case _:
            return ["\n\n".join(_blocks(block))]


def _underlined(heading: "HtmlElement", mark: str) -> list[str]:
    line = _one_line(_inline(heading))
    return [line, mark * len(line)]


def _quoted(block: "HtmlElement") -> Iterable[str]:
    inner = "\n\n".join(_blocks(block))
    return (f"> {row}".rstrip() for row in inner.splitlines())


def _list(block: "HtmlElement") -> Iterator[str]:
    start = int(block.get("start", "1")) if block.get("start", "1").isdigit() else 1
    for number, item in enumerate(block.iterchildren("li"), start):
        if (item.get("id") or "").startswith("fn:"):
            mark = f"[{number}] "
        else:
            mark = f"{number}. " if block.tag == "ol" else "- "
        gap = "\n\n" if len(item.findall("p")) > 1 else "\n"
        rows = gap.join(_blocks(item)).splitlines() or [""]
        yield (mark + rows[0]).rstrip()
        yield from _indented(rows[1:], " " * len(mark))


def _indented(rows: Iterable[str], lead: str) -> Iterator[str]:
    return ((lead + row).rstrip() for row in rows)


def _table(table: "HtmlElement") -> Iterable[str]:
    """Columns under each other where they fit; else each row as an item that names its cells."""
    rows = [
        [" ".join(_inline(cell).split()) for cell in row.iter("th", "td")]
        for row in table.iter("tr")
    ]
    caption = table.find("caption")
    yield from [_one_line(_inline(caption))] if caption is not None else []
    columns = max((len(row) for row in rows), default=0)
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(columns)]
    if sum(widths) + 3 * (columns - 1) <= WIDTH:
        for number, row in enumerate(rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            yield " | ".join(cells).rstrip()
            if not number and table.find("thead") is not None:
                yield "-|-".join("-" * width for width in widths)
        return
    names = rows[0] if table.find("thead") is not None else [""] * columns
    for row in rows[1:] if any(names) else rows:
        named = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip(names, row, strict=False)
            if cell
        ]
        yield from (f"{'  ' if i else '- '}{cell}" for i, cell in enumerate(named))


def _inline(element: "HtmlElement") -> str:
    """The text of an element; a link is followed by its address, a picture is its description."""
    parts = [_unbroken(element.text)]
    for child in element:
        parts += [_piece(child), _unbroken(child.tail)]
    return "".join(parts)


def _piece(child: "HtmlElement") -> str:
    match child.tag:
        case "br":
            return "\n"
        case "img":
            return f"[{child.get('alt')}]" if child.get("alt") else ""
        case "input" if child.get("type") == "checkbox":
            return "☐" if child.get("checked") is None else "☑"
        case "del" | "s":
            return f"~~{_inline(child)}~~"
        case "sup" if (child.get("id") or "").startswith("fnref"):
            return f"[{child.text_content()}]"
        case "a":
            return _link(child)
        case str() if child.tag not in _SILENT:
            return _inline(child)
        case _:  # a comment
            return ""


def _link(link: "HtmlElement") -> str:
    if link.get("class") == "footnote-backref":
        return ""
    inner, address = _inline(link), link.get("href", "")
    is_shown = not address or address.startswith("#")
    same = (inner, f"mailto:{inner}", f"http://{inner}")
    return inner if is_shown or address in same else f"{inner} <{address}>"


def _unbroken(text: str | None) -> str:
    """Only <br> breaks a line; how the author wrapped the source does not count."""
    return (text or "").replace("\n", " ")


def _one_line(text: str) -> str:
    if "\n" not in text:  # nearly always
        return " ".join(text.split())
    return "\n".join(" ".join(row.split()) for row in text.split("\n") if row.strip())
