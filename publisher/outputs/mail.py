"""A newsletter mail: its HTML with styles inlined, its text part, its headers and bytes.

It only makes the mail; sending is the business of `mail/`.
"""

import binascii
import hashlib
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import quote

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

    rules = _COMMENT.sub("", css)
    media = "\n".join(_MEDIA.findall(rules))
    head = f'<style data-css-inline="keep">\n{media}\n</style>\n</head>'
    mail = css_inline.inline(
        html.replace("</head>", head, 1),
        extra_css=_MEDIA.sub("", rules),
        keep_style_tags=False,
        load_remote_stylesheets=False,
    )
    return _PICTURE.sub(_fitted, mail)


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
    found = _LEAD.fullmatch(line)
    if len(line) <= TEXT_WIDTH or not found:
        return [line]
    lead, mark, content = found.groups()
    if not content.strip("=-"):  # the underline of a heading that is wrapped itself
        return [line[:TEXT_WIDTH]]
    if lead.endswith("    ") and not mark:  # code
        return [line]
    return textwrap.wrap(
        content,
        TEXT_WIDTH,
        initial_indent=lead + mark,
        subsequent_indent=lead + " " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )


# -- the message -----------------------------------------------------------------------------


def message(
    *,
    subject: str,
    sender: str,
    html: str,
    text: str,
    message_id: str,
    date: datetime,
    language: str,
    unsubscribe: str,
    to: str = "",
    list_id: str = "",
) -> bytes:
    """A mail as its bytes, the same for the same arguments; without `to` it is a draft.

    A person wrote it, so Auto-Submitted would be wrong; `list_id` says that it goes to many.

    The bytes are final: Python before 3.13 must not parse and write them again, since it takes
    a subject that looks like an encoded word for one.

    ValueError if `sender` or `to` is no address, or a header is no plain ASCII text.
    """
    boundary = _boundary(text, html)
    headers = {
        "From": mailbox(sender),
        # mail programs open an unsent mail for editing
        **({"To": mailbox(to, "To")} if to else {"X-Unsent": "1"}),
        "Subject": _text("Subject", subject),
        "Date": format_datetime(date),
        "Message-ID": message_id,
    }
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{_plain_url(unsubscribe)}>"
    if unsubscribe.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if list_id:  # who answers mails by machine leaves lists alone
        headers |= {"List-Id": f"<{list_id}>", "Precedence": "bulk"}
    headers |= {
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        "Content-Language": language,
    }
    head = "".join(_header(name, written) for name, written in headers.items())
    parts = b"".join(
        f"\r\n--{boundary}\r\n".encode() + _part(content, subtype)
        for content, subtype in ((text, "plain"), (html, "html"))
    )
    return head.encode("ascii") + parts + f"\r\n--{boundary}--\r\n".encode()


def _part(content: str, subtype: str) -> bytes:
    """A part in quoted-printable; the email package takes five times as long for it."""
    lines = content.encode("utf-8", "replace").splitlines()
    body = binascii.b2a_qp(b"\n".join(lines) + b"\n", istext=True).replace(b"\n", b"\r\n")
    head = _header("Content-Type", f'text/{subtype}; charset="utf-8"') + _header(
        "Content-Transfer-Encoding", "quoted-printable"
    )
    return head.encode("ascii") + b"\r\n" + body


def _boundary(*parts: str) -> str:
    """A boundary of the content's own; =_ never occurs in quoted-printable text."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
    return f"=_{digest.hexdigest()[:24]}"


def _plain_url(url: str) -> str:
    """A URL that may stand in a header: ASCII, and nothing that looks like an encoded word."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~").replace("=?", "=%3F")


# Python's own header classes are not used: 3.11 and 3.12 decode `=?utf-8?q?a=0d=0aBcc:_x@y.de?=`
# in a subject and write what they found, a header of its own; and they encode any word that is
# longer than a line, which destroys the URL in List-Unsubscribe.


def _header(name: str, written: str) -> str:
    """One header; only what `_text` folded has more than a line."""
    for line in f"{name}: {written}".split("\r\n "):
        if not (line.isascii() and line.isprintable()) or len(line) > 998:
            raise ValueError(f"the header {name} cannot hold {written!r}")
    return f"{name}: {written}\r\n"


def _text(name: str, value: str) -> str:
    """Text as a header holds it: as it is if it is plain and short, else as encoded words."""
    line = _one_line(value)
    is_plain = line.isascii() and "=?" not in line and len(f"{name}: {line}") <= 78
    return line if is_plain else Header(line, "utf-8", 76, name).encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """Text without line breaks and control characters; half characters become `�`."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", whole).strip(" ")


_ATOMS = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"


def mailbox(text: str, name: str = "From") -> str:
    """`Name <address>` as the header `name` holds it.

    ValueError if there is no address in it.
    """
    display, bracket, address = _one_line(text).rpartition("<")
    if bracket:
        address = address.removesuffix(">")
    local, _, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not (re.fullmatch(_ATOMS, local) and re.fullmatch(_DOMAIN, domain)):
        raise ValueError(f"{text!r} is no mail address")
    address, display = f"{local}@{domain}", _unquoted(display.strip())
    return f"{_phrase(name, display)} <{address}>" if display else address


def bare_address(text: str) -> str:
    """The address out of `Name <address>`, in ASCII; ValueError if there is none."""
    return mailbox(text).rpartition("<")[2].removesuffix(">")


def _unquoted(display: str) -> str:
    is_quoted = len(display) > 1 and display[0] == display[-1] == '"'
    return re.sub(r"\\(.)", r"\1", display[1:-1]) if is_quoted else display


def _phrase(name: str, display: str) -> str:
    written = _text(name, display)
    if written != display or re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", display):
        return written
    escaped = re.sub(r'(["\\])', r"\\\1", display)
    return f'"{escaped}"'
