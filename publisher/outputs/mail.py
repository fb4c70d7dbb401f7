"""The two parts of a newsletter mail: its HTML with styles inlined, and its text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from publisher.model import Episode
from publisher.outputs.theme import Frame
from publisher.text import linked_plain
from publisher.times import clock

PICTURE_WIDTH = 552  # the sheet's 600 pixels without its margins
TEXT_WIDTH = 72


# -- the HTML part ---------------------------------------------------------------------------


def inlined(html: str, css: str) -> str:
    """The mail with its styles in the elements; what is inside @media stays a <style>."""
    import css_inline

    rules, media = _divided(css)
    head = f'<style data-css-inline="keep">\n{media}\n</style>\n</head>'
    mail = css_inline.inline(
        html.replace("</head>", head, 1),
        extra_css=rules,
        keep_style_tags=False,
        load_remote_stylesheets=False,
    )
    return _PICTURE.sub(_fitted, mail)


@lru_cache(maxsize=2)
def _divided(css: str) -> tuple[str, str]:
    """The rules of a stylesheet that go into the elements, and those inside @media."""
    rules = _COMMENT.sub("", css)
    return _MEDIA.sub("", rules), "\n".join(_MEDIA.findall(rules))


def at_night(mail: str) -> str:
    """The mail as a program in dark colours shows it: those rules too are in its elements."""
    import css_inline

    rules = "\n".join(found[1] for found in _NIGHT.finditer(mail))
    return css_inline.inline(
        mail, extra_css=rules, keep_style_tags=False, load_remote_stylesheets=False
    )


_NIGHT = re.compile(
    r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}"
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
# css-inline writes each value in double quotes, and leaves a > inside as it is
_PICTURE = re.compile(r'<img(?: [^\s=>"]+(?:="[^"]*")?)*>')
_SIZE = re.compile(r' (width|height)="(\d+)"')


def _fitted(picture: re.Match[str]) -> str:
    """Outlook knows no max-width: a picture's own width must not exceed the sheet."""
    tag = picture[0]
    width = next((int(size[2]) for size in _SIZE.finditer(tag) if size[1] == "width"), 0)
    if width <= PICTURE_WIDTH:
        return tag
    return _SIZE.sub(
        lambda size: f' {size[1]}="{max(1, round(int(size[2]) * PICTURE_WIDTH / width))}"', tag
    )


# -- the text part ---------------------------------------------------------------------------


class Words(Protocol):
    """The reader's language: gettext and the theme's filters for dates and durations."""

    def gettext(self, message: str, /) -> str: ...

    def day(self, date: datetime, /) -> str: ...

    def duration(self, seconds: float, /) -> str: ...


def text_part(
    *,
    site: Frame,
    episode: Episode,
    gathered: Sequence[Episode],
    imprint_text: Sequence[str],
    web_view: str,
    unsubscribe: str,
    words: Words,
) -> str:
    """The mail for those who read plain text: the same parts as mail.html, in its order."""
    _ = words.gettext
    audio = episode.enclosure
    length = f" · {words.duration(audio.duration)}" if audio else ""
    reason = _("You receive this mail because you signed up for the newsletter of %(show)s.")
    links = [
        (_("Listen to the episode"), site.url + episode.url if audio else ""),
        (_("Or in your podcast app"), f"{site.url}/subscribe/" if audio else ""),
        (_("Read in your browser"), web_view),
    ]
    parts = [
        _underlined(episode.title, "="),
        episode.subtitle,
        words.day(episode.date) + length,
        *_addressed(links),
        _chapters(episode, _("Chapters"), site.url + audio.url) if audio else "",
        linked_plain(episode.article, site.url).strip("\n"),
        *_digest(gathered, site.url, words),
        *_addressed([(_("Write a review on Apple Podcasts"), site.review_url if audio else "")]),
        "* * *",
        reason % {"show": site.title},
        *_addressed([(_("Unsubscribe"), unsubscribe)]),
        "\n".join(imprint_text),
        *_addressed((it.title, site.url + it.url) for it in (site.imprint, site.privacy) if it),
    ]
    return wrapped("\n\n".join(filter(None, parts))) + "\n"


def _digest(posts: Sequence[Episode], start: str, words: Words) -> Iterator[str]:
    """The posts that an issue gathers, each with what it is about and where it is."""
    _ = words.gettext
    if posts:
        yield _underlined(_("In this issue"), "=")
    for post in posts:
        audio = post.enclosure
        length = f" · {words.duration(audio.duration)}" if audio else ""
        name = _("Listen to the episode") if audio else _("Read the article")
        about = (words.day(post.date) + length, post.description)
        yield "\n\n".join([_underlined(post.title, "-"), *filter(None, about)])
        yield from _addressed([(name, start + post.url)])


def _underlined(title: str, mark: str) -> str:
    return f"{title}\n{mark * len(title)}"


def _addressed(links: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each link on a line of its own under its name, so that no mail program breaks it."""
    return (f"{name}:\n{url}" for name, url in links if url)


def _chapters(episode: Episode, name: str, recording: str) -> str:
    if not episode.chapters:
        return ""
    times = [clock(chapter.start) for chapter in episode.chapters]
    width = max(map(len, times))
    rows = [
        f"{time:>{width}}  {chapter.title}"
        for time, chapter in zip(times, episode.chapters, strict=True)
    ]
    return "\n".join([_underlined(name, "-"), *rows, "", recording])


# what a line begins with: quote marks, then a list's mark or a chapter's time
_LEAD = re.compile(r"((?:> ?)* *)((?:[-*] |\d+[.] |\[\d+\] |\d+:[\d:]+  )?)(.*)")


def wrapped(text: str) -> str:
    """Lines of at most 72 characters; the rest of an item stands under its text.

    Code stays as it is, and a word is never divided: it may be an address.
    """
    return "\n".join(row for line in text.splitlines() for row in _wrapped(line))


def _wrapped(line: str) -> list[str]:
    if len(line) <= TEXT_WIDTH or not (found := _LEAD.fullmatch(line)):
        return [line]
    lead, mark, content = found.groups()
    if not content.strip("=-"):  # the underline of a heading that is wrapped itself
        return [line[:TEXT_WIDTH]]
    if lead.endswith("    ") and not mark:  # code
        return [line]
    return list(_filled(content, lead + mark, lead + " " * len(mark)))


def _filled(content: str, first: str, later: str) -> Iterator[str]:
    """What `textwrap` makes of it, in a tenth of the time; `first` and `later` begin the rows."""
    text = content.expandtabs().rstrip(" ")
    words = text.lstrip(" ")
    gap = text.removesuffix(words)
    if len(first + gap + words.partition(" ")[0]) > TEXT_WIDTH:
        gap = ""
    row, begin = first + gap + words, len(first + gap)
    while len(row) > TEXT_WIDTH:
        end = row.rfind(" ", begin, TEXT_WIDTH + 1)
        if end < 0:  # a word that is longer than a row
            end = row.find(" ", max(begin, TEXT_WIDTH))
        if end < 0:
            break
        yield row[:end].rstrip(" ")
        row, begin = later + row[end:].lstrip(" "), len(later)
    if words:
        yield row
