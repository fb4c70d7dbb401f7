"""A newsletter mail as a message: its headers and bytes.

It only makes the mail; sending is the business of `mail/`.
"""

import binascii
import hashlib
import re
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote


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
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"


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
