"""The short description of an item: what apps show beside the play button.

At most 4000 bytes of p and a (Apple's feed requirements, PSP-1), cut at a tag's boundary.
Timestamps become chapters in Spotify and Apple Podcasts if there are three at least and the
first is 00:00:00; it is Spotify's only way to chapters.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from publisher import times
from publisher.model import Chapter, Episode

LONGEST = 4000  # bytes
FEWEST_CHAPTERS = 3
ELLIPSIS = " …"


def of(episode: Episode, page: str) -> str:
    """The author's description, a link to the page, the chapters; as HTML."""
    address = escape(page)
    link = f'<p><a href="{address}">{address}</a></p>'
    half = (LONGEST - len(link.encode())) // 2
    marks = fitting(timestamps(episode.chapters), half) if episode.enclosure else ""
    if marks.count("<p>") < FEWEST_CHAPTERS:
        marks = ""
    left = LONGEST - len((link + marks).encode())
    return paragraphs(episode.description, left) + marks + link


def timestamps(chapters: Sequence[Chapter]) -> Iterator[str]:
    """A paragraph for each chapter, `00:01:15 Title`; none if apps would not read them."""
    seconds = [int(chapter.start) for chapter in chapters]
    if len(set(seconds)) < FEWEST_CHAPTERS or seconds[0]:
        return
    for second, chapter in zip(seconds, chapters, strict=True):
        time = times.full(second).removesuffix(".000")
        yield f"<p>{time} {escape(chapter.title, quote=False)}</p>"


def fitting(blocks: Iterable[str], longest: int) -> str:
    """As many whole blocks as fit into `longest` bytes."""
    taken = ""
    for block in blocks:
        if len((taken + block).encode()) > longest:
            break
        taken += block
    return taken


def paragraphs(text: str, longest: int) -> str:
    """Plain text as paragraphs of at most `longest` bytes; a last one is cut between words."""
    taken = ""
    for paragraph in text.split("\n\n"):
        if not paragraph.strip():
            continue
        block = f"<p>{escape(paragraph.strip(), quote=False)}</p>"
        if len((taken + block).encode()) > longest:
            room = longest - len(taken.encode()) - len(f"<p>{ELLIPSIS}</p>".encode())
            start = _cut(paragraph.strip(), room)
            return f"{taken}<p>{start}{ELLIPSIS}</p>" if start else taken
        taken += block
    return taken


def plain(text: str, longest: int = LONGEST) -> str:
    """Plain text of at most `longest` bytes, cut between words."""
    if len(text.encode()) <= longest:
        return text
    kept = text.encode()[: longest - len(ELLIPSIS.encode())].decode("utf-8", "ignore")
    return (kept.rpartition(" ")[0] or kept) + ELLIPSIS


def _cut(text: str, longest: int) -> str:
    """The beginning of a text as HTML of at most `longest` bytes."""
    kept, size = [], 0
    for character in text:
        piece = escape(character, quote=False)
        size += len(piece.encode())
        if size > longest:
            break
        kept.append(piece)
    start = "".join(kept)
    return start.rpartition(" ")[0] or start
