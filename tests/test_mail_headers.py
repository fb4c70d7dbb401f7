"""Each recipient's own mail: its headers byte for byte, whatever titles, names and tokens hold."""

import email
import re
from datetime import UTC, datetime
from email import policy
from email.utils import getaddresses
from html import escape

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail import smtp, subscribers
from publisher.outputs.master import Master

URL = "https://kueche.example/leave?who=%%token%%&list=brief"
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "List-Id", "Precedence", "MIME-Version", "Content-Type", "Content-Language",
]  # fmt: skip

INJECTIONS = [
    "x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example", "x\rBcc: evil@x.example",
    "x\r\n\r\n<script>alert(1)</script>", "=?utf-8?q?a=0d=0aBcc:_evil@x.example?=",
    "=?utf-8?b?YQ0KQmNjOiBldmlsQHguZXhhbXBsZQ==?=", "=?utf-8?q?=0aTo:_all@x.example?= =?x?q?y?=",
    "=?iso-8859-1?q?=0d=0a=0d=0a?=", "=?utf-8?q?unfinished", "?=?=?=", "x\x00Bcc: y", "x\x0bBcc: y",
    "x\x0cBcc: y", "x\x1cBcc: y", "x\x1dBcc: y", "x\x1eBcc: y", "x\x85Bcc: y", "x\u2028Bcc: y",
    "x\u2029Bcc: y", "\x7f\x80\x9f", "\ud800 half", "a,b@x.example", '"quoted" <evil@x.example>',
    "<evil@x.example>", "evil@x.example>,", "(comment)", ";:group:;", "\\", '\\"', '"', "\t tab",
    " ", "x" * 5000, "ü" * 3000, "x " * 3000, "\u202egnp.exe", "\u200b", "🥣" * 200,
    "%%token%%", "%%unsubscribe%%", "%(x)s %s {0} {{ 7*7 }} {% raw %} ${x}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "'><svg onload=alert(1)>", "&lt;script&gt;", "]]>", "-->",
    "<!--", "</td></table><script>", "javascript:alert(1)", ".", "\r\n.\r\n", "From x", "--=_x",
    "QUIT", 'Müller; Söhne, "& Co"',
]  # fmt: skip


def master(**fields):
    title = fields.get("subject", "Die Suppe")
    return Master(**{
        "identity": "https://kueche.example suppe-1",
        "host": "kueche.example",
        "subject": title,
        "sender": "Küche & Keller <brief@kueche.example>",
        "html": f'<html><h1>{escape(title)}</h1><a href="{escape(URL)}">Ab</a></html>',
        "text": f"Ab:\n{URL}\n",
        "date": datetime(2026, 11, 1, 12, tzinfo=UTC),
        "language": "de",
        "unsubscribe": URL,
        **fields,
    })  # fmt: skip


def headers(written):
    """Names and raw values, taken from the bytes: no parser may mend what is wrong."""
    head = written.partition(b"\r\n\r\n")[0].decode("ascii")
    assert not re.search(r"[^\r]\n|\r[^\n]|[^\r\n\x20-\x7e]", head)
    unfolded = head.replace("\r\n ", " ").split("\r\n")
    return [tuple(line.split(": ", 1)) for line in unfolded]


@pytest.mark.parametrize("length", [20, 40, 78, 100, 150, 200])
def test_the_unsubscribe_headers_are_whole_at_any_length(length):
    token = ("aZ09-_.~" * 30)[:length]
    written = master().to("a@x.example", "", token)
    link = f"https://kueche.example/leave?who={token}&list=brief"
    head = written.partition(b"\r\n\r\n")[0]
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in head
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    assert b"\r\nList-Id: <newsletter.kueche.example>\r\n" in head
    mail = email.message_from_bytes(written, policy=policy.default)
    text, html = (part.get_content() for part in mail.iter_parts())
    assert link in text
    assert lxml.html.fromstring(html).xpath("//a/@href") == [link]
    assert not [part.defects for part in mail.walk() if part.defects]


@given(st.text(min_size=1, max_size=60))
def test_any_token_stands_alike_in_header_text_and_html(token):
    token = token.encode("utf-8", "replace").decode()
    written = master().to("a@x.example", "", token)
    link = dict(headers(written))["List-Unsubscribe"].strip("<>")
    mail = email.message_from_bytes(written, policy=policy.default)
    text, html = (part.get_content() for part in mail.iter_parts())
    assert link in text
    assert lxml.html.fromstring(html).xpath("//a/@href") == [link]


def test_there_are_enough_hostile_words():
    assert len(set(INJECTIONS)) >= 50


@pytest.mark.parametrize("words", INJECTIONS, ids=lambda words: ascii(words[:20]))
@pytest.mark.parametrize("place", ["title", "name", "show"])
def test_hostile_words_make_no_header_and_no_active_html(words, place):
    fields = {
        "title": {"subject": words},
        "name": {},
        "show": {"sender": f"{words} <brief@kueche.example>"},
    }[place]
    written = master(**fields).to("a@x.example", words if place == "name" else "Änne", "t")
    found = headers(written)
    assert [name for name, _ in found] == HEADERS
    values = dict(found)
    assert [it for _, it in getaddresses([values["To"]])] == ["a@x.example"]
    assert [it for _, it in getaddresses([values["From"]])] == ["brief@kueche.example"]
    assert max(map(len, written.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(written, policy=policy.compat32)
    assert len(mail.get_payload()) == 2
    html = mail.get_payload(1).get_payload(decode=True).decode()
    tree = lxml.html.fromstring(html)
    assert not tree.xpath("//script | //svg | //img | //@onerror | //@onload")


@pytest.mark.parametrize("words", INJECTIONS, ids=lambda words: ascii(words[:20]))
def test_a_hostile_address_is_none(words):
    for address in (words, f"{words}@x.example", f"a@{words}", f"a@x.example{words}"):
        try:
            parsed = subscribers.parsed(address)
        except ValueError:
            continue
        assert re.fullmatch(r"[!-;=?-~]+@[a-z0-9.-]+", parsed)
        assert len(parsed) <= 254


def test_the_message_id_tells_issue_and_recipient():
    one = master()
    ids = {
        one.message_id("a@x.example"), one.message_id("b@x.example"),
        master(identity="another").message_id("a@x.example"),
    }  # fmt: skip
    assert len(ids) == 3
    assert master(subject="mended").message_id("a@x.example") in ids


def test_a_mailto_link_offers_no_one_click():
    written = master(unsubscribe="mailto:brief@kueche.example?subject=Ab").to("a@x.example")
    values = dict(headers(written))
    assert values["List-Unsubscribe"] == "<mailto:brief@kueche.example?subject=Ab>"
    assert "List-Unsubscribe-Post" not in values


def test_a_master_is_read_as_it_was_written():
    one = master()
    assert Master.parse(one.written()) == one


@given(st.text(alphabet=".\r\nab", max_size=30))
def test_no_body_ends_early(text):
    body = ("x: y\r\n\r\n" + "\r\n".join(text.splitlines())).encode()
    sent = smtp.stuffed(body)
    assert b"\r\n.\r\n" not in sent
    assert sent.endswith(b"\r\n")
    lines = [line.removeprefix(b".") for line in sent.split(b"\r\n")]
    assert b"\r\n".join(lines).removesuffix(b"\r\n") == body.removesuffix(b"\r\n")
