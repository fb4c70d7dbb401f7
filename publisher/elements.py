"""What an article's HTML becomes beyond Markdown: anchors, notes, tables that scroll, figures.

Each function changes a tree in place. `elsewhere` makes the form for feeds and mails, which have
neither the site's styles nor its scripts.
"""

import copy
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from publisher.dialect.words import Words

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
DONE, OPEN = "☑", "☐"

# the kinds of Python-Markdown's admonitions and what GitHub calls them
_KINDS = {
    "hint": "tip",
    "info": "note",
    "attention": "caution",
    "danger": "caution",
    "error": "caution",
}
_ALERT = re.compile(r"\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)", re.IGNORECASE)


def finish(root: "HtmlElement", said: "Words") -> None:
    """All that an article on the site has; `said` are the words of its language."""
    _link_bare_urls(root)
    _anchor_headings(root)
    _make_notes(root, said)
    for image in list(root.iter("img")):
        _caption(image)
    _let_tables_scroll(root, said)
    for code in root.iter("pre"):
        code.set("tabindex", "0")  # else a keyboard cannot scroll it
    for notes in root.xpath('//div[@class="footnote"]'):
        notes.set("role", "doc-endnotes")
        notes.set("aria-label", said.footnotes)


def elsewhere(root: "HtmlElement") -> "HtmlElement | None":
    """A copy for feeds and mails; None if it would be the same."""
    needs = './/input|.//pre|.//*[contains(@class, "scroll")]|.//*[@role="doc-endnotes"]'
    if not root.xpath(needs):
        return None
    root = copy.deepcopy(root)
    for box in list(root.iter("input")):
        mark = DONE if box.get("checked") is not None else OPEN
        label = box.getparent()
        box.tail = f"{mark}{box.tail or ''}"
        box.drop_tag()
        if label is not None and label.tag == "label":
            label.drop_tag()
    for code in root.iter("pre"):
        code.attrib.pop("tabindex", None)
        if code.attrib.pop("class", "") == "highlight":
            for span in list(code.iter("span")):
                span.drop_tag()
    for region in root.xpath('.//div[@class="scroll"]'):
        region.drop_tag()
    for notes in root.xpath('.//*[@role="doc-endnotes"]'):
        notes.attrib.pop("role")
        notes.attrib.pop("aria-label", None)
    return root


# -- links and anchors -------------------------------------------------------------------------


def _link_bare_urls(root: "HtmlElement") -> None:
    for link in list(root.iter("bare-url")):
        if any(it.tag == "a" for it in link.iterancestors()):
            link.drop_tag()
            continue
        url = link.text or ""
        link.tag = "a"
        link.set("href", url if "://" in url else f"http://{url}")


def slug(title: str) -> str:
    """A heading's anchor, umlauts and all: `Größe & Maß` is at `#größe-maß`."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


def _anchor_headings(root: "HtmlElement") -> None:
    taken = set(root.xpath(".//@id"))
    for heading in root.iter(*HEADINGS):
        if heading.get("id"):
            continue
        name = slug(title_of(heading)) or "_1"
        anchor, number = name, 1
        while anchor in taken:
            anchor, number = f"{name}_{number}", number + 1
        taken.add(anchor)
        heading.set("id", anchor)


def title_of(heading: "HtmlElement") -> str:
    """The words of a heading without the numbers of its footnotes."""
    return " ".join("".join(_words(heading)).split())


def _words(element: "HtmlElement") -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not (child.get("id") or "").startswith("fnref"):
            yield from _words(child)
        yield child.tail or ""


# -- blocks ------------------------------------------------------------------------------------


def _make_notes(root: "HtmlElement", said: "Words") -> None:
    """GitHub's alerts (`> [!NOTE]`) and Python-Markdown's admonitions (`!!! note`) are the same."""
    for quote in list(root.iter("blockquote")):
        first = quote[0] if len(quote) else None
        found = _ALERT.match(first.text or "") if first is not None and first.tag == "p" else None
        if first is None or not found or (quote.text or "").strip():
            continue
        quote.tag = "div"
        first.text = (first.text or "")[found.end() :]
        if not first.text.strip() and not len(first):
            first.drop_tree()
        _name_note(quote, found[1].lower(), "", said)
    for block in root.xpath('.//div[starts-with(@class, "admonition ")]'):
        kind, title = block.get("class", "").split()[1], ""
        if len(block) and block[0].get("class") == "admonition-title":
            title = block[0].text_content()
            block[0].drop_tree()
        _name_note(block, kind, "" if title == kind.capitalize() else title, said)


def _name_note(block: "HtmlElement", kind: str, title: str, said: "Words") -> None:
    from lxml.html import builder

    name = _KINDS.get(kind, kind)
    block.set("class", "note" if name == "note" else f"note {name}")
    block.set("role", "note")
    heading = builder.P(builder.STRONG(title or said.notes.get(name) or kind.capitalize()))
    heading.set("class", "note-title")
    heading.tail = "\n"
    block.insert(0, heading)
    block.text = "\n"


def _let_tables_scroll(root: "HtmlElement", said: "Words") -> None:
    """A table wider than the screen scrolls within a region that a keyboard can reach."""
    from lxml.html import builder

    heading, names = "", set()
    for element in list(root.iter("table", *HEADINGS)):
        if element.tag != "table":
            heading = title_of(element)
            continue
        if any(it.tag == "table" for it in element.iterancestors()):
            continue
        caption = element.find("caption")
        about = heading if caption is None else title_of(caption)
        base = f"{said.table}: {about}" if about else said.table
        name, number = base, 1
        while name in names:
            number += 1
            name = f"{base} ({number})"
        names.add(name)
        region = builder.DIV(role="region", tabindex="0")
        region.set("class", "scroll")
        region.set("aria-label", name)
        region.tail, element.tail = element.tail, None
        element.addprevious(region)
        region.append(element)
        for cell in element.iter("th", "td"):
            _class_for_style(cell)
        for cell in element.iterfind("thead/tr/th"):
            cell.set("scope", "col")


def _caption(image: "HtmlElement") -> None:
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


def _class_for_style(cell: "HtmlElement") -> None:
    """Columns are aligned by class, since a strict content policy allows no style attribute."""
    if found := re.fullmatch(r"text-align: (\w+);", cell.get("style", "")):
        del cell.attrib["style"]
        cell.set("class", f"align-{found[1]}")


# -- addresses of people -----------------------------------------------------------------------

# where nobody reads &#64;
_UNREAD = re.compile(
    r"(<script\b.*?</script\s*>|<style\b.*?</style\s*>|<textarea\b.*?</textarea\s*>|<!--.*?-->)",
    re.DOTALL | re.IGNORECASE,
)
_HOST = re.compile(r"@[\w-]+(?:\.[\w-]+)+")


def concealed(html: str) -> str:
    """HTML whose mail addresses are spelt in character references.

    People, screen readers and links see no difference; what harvests `name@host` finds none.
    """
    if not _HOST.search(html):
        return html
    parts = _UNREAD.split(html)
    parts[::2] = map(_conceal, parts[::2])
    return "".join(parts)


def _conceal(text: str) -> str:
    """A pattern that begins with the name would try every word; so each @ is asked what it has."""
    made, done = "", 0
    for host in _HOST.finditer(text):
        start = host.start()
        while start > done and (text[start - 1].isalnum() or text[start - 1] in "_.+%-"):
            start -= 1
        if start < host.start():
            address = "".join(f"&#{ord(it)};" for it in text[start : host.end()])
            made, done = made + text[done:start] + address, host.end()
    return made + text[done:]
