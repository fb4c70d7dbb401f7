"""An article's tree as plain text, for the text part of a mail."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def of(root: "HtmlElement") -> str:
    """The text of an article: blocks divided by blank lines, links followed by their address."""
    return "\n\n".join(_blocks(root)) + "\n"


def _blocks(root: "HtmlElement") -> Iterator[str]:
    """The blocks of an article as text: headings underlined, lists with their marks."""
    if text := (root.text or "").strip():
        yield _one_line(text)
    for block in root:
        if not isinstance(block.tag, str):  # a comment
            continue
        text = "\n".join(_block(block))
        if text.strip():
            yield text


def _block(block: "HtmlElement") -> Iterable[str]:
    line = _one_line(_inline(block))
    match block.tag:
        case "h1" | "h2":
            return [line, "=" * len(line)]
        case "h3" | "h4" | "h5" | "h6":
            return [line, "-" * len(line)]
        case "ul" | "ol" | "dl":
            return _list(block)
        case "blockquote":
            inner = "\n\n".join(_blocks(block))
            return [f"> {row}".rstrip() for row in inner.splitlines()]
        case "pre":
            return [f"    {row}" for row in block.text_content().splitlines()]
        case "table":
            return [
                " | ".join(_one_line(_inline(cell)) for cell in row.iter("th", "td"))
                for row in block.iter("tr")
            ]
        case "hr":
            return ["* * *"]
        case "div" | "section" | "article" | "figure" | "details":
            return ["\n\n".join(_blocks(block))]
        case _:
            return [line]


def _list(block: "HtmlElement") -> Iterator[str]:
    start = int(block.get("start", "1")) if block.get("start", "1").isdigit() else 1
    for number, item in enumerate(block, start):
        mark = f"{number}. " if block.tag == "ol" else "- "
        own = [_one_line(_inline(item, skip=("ul", "ol")))]
        nested = [row for child in item if child.tag in ("ul", "ol") for row in _list(child)]
        rows = own + nested
        yield mark + rows[0]
        yield from (" " * len(mark) + row for row in rows[1:])


def _inline(element: "HtmlElement", skip: tuple[str, ...] = ()) -> str:
    """The text of an element; a link is followed by its address, a picture is its description."""
    parts = [_unbroken(element.text)]
    for child in element:
        if child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(f"[{child.get('alt')}]" if child.get("alt") else "")
        elif isinstance(child.tag, str) and child.tag not in skip:
            inner = _inline(child, skip)
            address = child.get("href", "") if child.tag == "a" else ""
            is_shown = (
                not address or address.startswith("#") or address in (inner, f"mailto:{inner}")
            )
            parts.append(inner if is_shown else f"{inner} <{address}>")
        parts.append(_unbroken(child.tail))
    return "".join(parts)


def _unbroken(text: str | None) -> str:
    """Only <br> breaks a line; how the author wrapped the source does not count."""
    return (text or "").replace("\n", " ")


def _one_line(text: str) -> str:
    return "\n".join(" ".join(row.split()) for row in text.strip().split("\n") if row.strip())
