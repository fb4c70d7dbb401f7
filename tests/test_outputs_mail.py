"""The newsletter mail: its bytes, its headers, and how it looks without its <style>."""

import email
import gettext
import os
import re
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import jinja2
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from publisher import colors, text
from publisher.model import Chapter, Episode, Issue, Source
from publisher.outputs import mail, message
from publisher.times import clock

TEMPLATES = Path(__file__).parent.parent / "templates"
SITE = "https://b2b-ingenieur.example"
INJECTION = "=?utf-8?q?a=0d=0aBcc:_x@y.de?="
DRAFT_HEADERS = [
    "From", "X-Unsent", "Subject", "Date", "Message-ID", "List-Unsubscribe",
    "List-Unsubscribe-Post", "MIME-Version", "Content-Type", "Content-Language",
]  # fmt: skip

MARKDOWN = """\
Die Beförderung klingt logisch: **Wer am meisten verkauft**, soll das Team führen. Mehr dazu in
der [Bedarfsanalyse](bedarfsanalyse.md).

## Was ein Sales Leader wirklich tut

- **Richtung geben:** Welche Kunden wollen wir gewinnen, und welche ausdrücklich nicht?
- Hindernisse wegräumen
    - Kalkulation, die zwei Wochen dauert und an der niemand schuld sein will, der gefragt wird
    - Formulare
- Menschen ausbilden

> „Wer jeden wichtigen Termin selbst wahrnimmt, hat den teuersten Verkäufer der Firma.“
> – Ilka Birkenrath

### Wo es hakt, und warum das Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikation heißt

1. **Sie denken in Prozessen.** Ein verlorener Auftrag ist ein Fehler mit einer Ursache.
2. Sie messen `vorher` und lesen <https://example.com/eine/sehr/lange/adresse/die/auf/keinem/telefon/in/eine/zeile/passt.html>.

| Tag | Anlass | Weg | Was der Kunde davon hat |
| ---: | --- | --- | --- |
| 2 | Ist alles angekommen? | Telefon | Unklarheiten sind sofort beseitigt |
| 14 | Wer entscheidet noch mit? | Telefon | Hilfe bei der Terminabstimmung |

![Balken > Linien: "83 Prozent" nach dem vierten Kontakt](antworten.png "Was wächst.")

***

    publish send sales-leader --test feedback@b2b-ingenieur.example --dry-run --and-something-long

Fertig.[^1]

[^1]: Mit Fußnote.
"""
URLS = {"bedarfsanalyse.md": "/bedarfsanalyse/", "antworten.png": "/assets/antworten-1234.png"}


class Words:
    """German dates, English words: enough to see where each one goes."""

    def gettext(self, message):
        return gettext.NullTranslations().gettext(message)

    def day(self, date):
        return f"{date:%d.%m.%Y}"

    def duration(self, seconds):
        return f"{seconds / 60:.0f} Min."


def episode(**fields):
    article = text.article(MARKDOWN, "de")
    references = tuple(
        replace(it, url=URLS[it.target], width=1200 * it.picture, height=600 * it.picture)
        for it in article.references
    )
    return Episode(**{
        "source": Source("episodes/sales-leader.md"),
        "slug": "sales-leader",
        "url": "/sales-leader/",
        "title": "Vom Ingenieur zum Sales Leader",
        "subtitle": "Warum der beste Verkäufer selten die beste Führungskraft ist",
        "date": datetime(2026, 10, 5, 6, tzinfo=timezone(timedelta(hours=2))),
        "guid": "5efaad5f",
        "article": replace(article, references=references),
        "description": "Eine Vertriebsleitung verkauft nicht selbst.",
        "enclosure": SimpleNamespace(url="/audio/sales-leader-3f9a12cd.mp3", duration=3140.2),
        "chapters": (
            Chapter(0, "Begrüßung"),
            Chapter(84.834, "Was Ingenieure mitbringen, und warum das im Vertrieb ein Vorteil ist"),
            Chapter(3723, "Fazit"),
        ),
        **fields,
    })  # fmt: skip


def site(**fields):
    return SimpleNamespace(**{
        "title": "B2B-Ingenieur",
        "subtitle": "Technik gut verkaufen",
        "language": "de",
        "url": SITE,
        "author": "Jost Ackermeier",
        "cover": None,
        "small_cover": SimpleNamespace(url="/assets/cover-12345678.jpg", width=600, height=600),
        "copyright": "© 2026 Jost Ackermeier",
        "imprint": SimpleNamespace(title="Impressum", url="/impressum/"),
        "privacy": SimpleNamespace(title="Datenschutz", url="/datenschutz/"),
        "feed_url": f"{SITE}/feed/itunes/",
        "review_url": "https://podcasts.apple.com/podcast/id42?action=write-review",
        **fields,
    })  # fmt: skip


IMPRINT = ("Jost Ackermeier", "Am Reißbrett 7", "01000 Beispielstadt")


def rendered(*, web_view=False, post=None, frame=None, **values):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(gettext.NullTranslations(), newstyle=True)
    environment.filters.update(day=Words().day, clock=clock, duration=Words().duration)
    environment.globals["absolute"] = lambda path: SITE + path
    environment.globals["at"] = lambda path: SITE + path
    post = post or episode()
    given = {
        "site": frame or site(),
        "episode": post,
        "issue": Issue("Der beste Verkäufer?", "Drei Stärken und ein Plan für 90 Tage."),
        "body": Markup(text.linked(post.article, SITE)),
        "gathered": (),
        "imprint_text": IMPRINT,
        "web_view": f"{SITE}/newsletter/sales-leader/",
        "unsubscribe": "" if web_view else "%%unsubscribe%%",
        "is_web_view": web_view,
    }
    html = environment.get_template("mail.html").render(given | values)
    css = (TEMPLATES / "mail.css").read_text("utf-8")
    return mail.inlined(colors.written_out(html, {}), colors.written_out(css, {}))


def composed(**fields):
    return mail.text_part(**{
        "site": site(),
        "episode": episode(),
        "gathered": (),
        "imprint_text": IMPRINT,
        "web_view": f"{SITE}/newsletter/sales-leader/",
        "unsubscribe": "%%unsubscribe%%",
        "words": Words(),
        **fields,
    })  # fmt: skip


def sent(**fields):
    return message.message(**{
        "subject": "Hallo",
        "sender": "B2B-Ingenieur <newsletter@b2b-ingenieur.example>",
        "html": "<p>Grüße</p>\n",
        "text": "Grüße\n",
        "message_id": "<1234@b2b-ingenieur.example>",
        "date": datetime(2026, 10, 5, 6, tzinfo=timezone(timedelta(hours=2))),
        "language": "de",
        "unsubscribe": "https://b2b-ingenieur.example/u?t=1",
        **fields,
    })  # fmt: skip


def parsed(content):
    """A mail as a strict reader sees it."""
    found = email.message_from_bytes(content, policy=policy.default)
    for part in found.walk():
        assert part.defects == []
        for name, value in part.items():
            assert value.defects == (), (name, value)
    return found


def content_of(part):
    return part.get_content().replace("\r\n", "\n")


# -- the message -----------------------------------------------------------------------------


def test_a_draft_has_the_headers_of_a_newsletter_in_a_fixed_order():
    draft = parsed(sent())
    assert draft.keys() == DRAFT_HEADERS
    assert draft["From"].addresses[0].display_name == "B2B-Ingenieur"
    assert draft["From"].addresses[0].addr_spec == "newsletter@b2b-ingenieur.example"
    assert draft["Date"] == "Mon, 05 Oct 2026 06:00:00 +0200"
    assert draft["Message-ID"] == "<1234@b2b-ingenieur.example>"
    assert draft["Content-Language"] == "de"
    assert draft["X-Unsent"] == "1"


def test_a_mail_to_somebody_is_no_draft():
    mail_to_her = parsed(sent(to="Ilka Birkenrath <ilka@example.com>"))
    assert "X-Unsent" not in mail_to_her
    assert mail_to_her["To"].addresses[0].addr_spec == "ilka@example.com"


def test_the_text_part_comes_first_and_both_come_through_unchanged():
    html = rendered()
    plain = composed()
    found = parsed(sent(html=html, text=plain))
    assert found.get_content_type() == "multipart/alternative"
    first, second = found.iter_parts()
    assert [first.get_content_type(), second.get_content_type()] == ["text/plain", "text/html"]
    assert content_of(first) == plain
    assert content_of(second) == html + "\n" * (not html.endswith("\n"))
    assert {part.get_content_charset() for part in (first, second)} == {"utf-8"}


def test_a_date_in_utc_says_so():
    assert parsed(sent(date=datetime(2026, 1, 1, tzinfo=UTC)))["Date"].endswith("+0000")


def test_every_line_ends_with_crlf_and_is_short_enough_for_every_server():
    content = sent(html=rendered(), text=composed())
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    body = content.split(b"\r\n\r\n", 1)[1]
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert content.isascii()


def test_the_same_arguments_make_the_same_bytes_and_others_another_boundary():
    assert sent() == sent()
    first, second = parsed(sent()), parsed(sent(text="Andere Grüße\n"))
    assert first.get_boundary() != second.get_boundary()


def test_a_text_that_holds_the_boundary_does_not_end_the_part():
    boundary = parsed(sent()).get_boundary()
    hostile = f"--{boundary}--\n\n.\nFrom x\n"
    found = parsed(sent(text=hostile))
    assert content_of(next(found.iter_parts())) == hostile
    assert found.keys() == DRAFT_HEADERS


HOSTILE = [
    INJECTION,
    f"Hallo {INJECTION} du",
    f"Grüße {INJECTION}",
    "=?utf-8?b?YQ0KQmNjOiB4QHkuZGU=?=",
    "=?utf-8?q?a?= =?utf-8?q?b?=",
    "=?iso-8859-1?q?=E4?=",
    "=?utf-8?q?unfinished",
    "a=?utf-8?q?b?=c",
    "?==?",
    "Hallo\r\nBcc: x@y.de",
    "Hallo\nBcc: x@y.de",
    "Hallo\rBcc: x@y.de\r\n\r\n<script>",
    "Hallo\u2028Bcc: x@y.de\u2029\x85\x0b\x0c",
    "\x00\x01\x1bHallo\x7f",
    "\ud800 halb \udcff",
    "🎧 Folge 12 👩‍🔧👨‍👩‍👧‍👦",
    "🎧" * 120,
    "sehr lang " * 60,
    "ä" * 400,
    "o" * 1200,
    '"Wollte mal hören", sagt er: „So?“',
    'a "b" \\c\\ (d) <e@f.de>, g; h: [i]',
    "<script>alert(1)</script>",
    "&amp; &lt; %%unsubscribe%% {{ 7*7 }}",
    "  viel   Platz  ",
    "100\u00a0% ‚Preis‘ – 5\u202f€",
    "مرحبا \u202eabc",
    "Subject: To: Bcc:",
    "",
]


def one_line(subject):
    """What a reader must see: the text itself, without line breaks and control characters."""
    whole = re.sub("[\ud800-\udfff]", "\ufffd", subject)
    return re.sub("[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", whole).strip(" ")


@pytest.mark.parametrize("subject", HOSTILE, ids=range(len(HOSTILE)))
def test_a_subject_arrives_as_it_was_written_and_brings_no_header(subject):
    content = sent(subject=subject)
    found = parsed(content)
    assert found["Subject"] == one_line(subject)
    assert found.keys() == DRAFT_HEADERS
    head = content.split(b"\r\n\r\n", 1)[0]
    assert not re.search(rb"(?mi)^bcc", head)
    assert max(map(len, head.split(b"\r\n"))) <= 78


@given(st.text())
def test_any_subject_arrives(subject):
    found = parsed(sent(subject=subject))
    assert found["Subject"] == one_line(subject)
    assert found.keys() == DRAFT_HEADERS


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_arrives_as_it_was_written_and_brings_no_address(name):
    content = sent(sender=f"{name} <a@b.example>")
    found = parsed(content)
    (address,) = found["From"].addresses
    assert address.addr_spec == "a@b.example"
    # Python 3.11 puts blanks between the encoded words of a name; the older reader does not
    raw = email.message_from_bytes(content)["From"].rpartition(" <")[0]
    display_name = str(make_header(decode_header(raw))) if "=?" in raw else address.display_name
    assert display_name == one_line(name)
    assert found.keys() == DRAFT_HEADERS


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("a@b.example", "", "a@b.example"),
        ("<a@b.example>", "", "a@b.example"),
        ('"Müller, Meier & Co." <a@b.example>', "Müller, Meier & Co.", "a@b.example"),
        ("Müller, Meier & Co. <a@b.example>", "Müller, Meier & Co.", "a@b.example"),
        (r'"Der \"Chef\"" <a@b.example>', 'Der "Chef"', "a@b.example"),
        ("Brief <brief@küche.example>", "Brief", "brief@xn--kche-0ra.example"),
        ("Liste <a+b=c@b.example>", "Liste", "a+b=c@b.example"),
    ],
)
def test_a_sender_is_a_name_and_an_address(sender, name, address):
    (found,) = parsed(sent(sender=sender))["From"].addresses
    assert (found.display_name, found.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "sender",
    [
        "", "Nur ein Name", "a@", "@b.example", "a b@c.example", "a..b@c.example", "a@b..example",
        "jörg@b.example", "a@b.example, c@d.example", "a@b.example>\r\nBcc: x@y.de",
        "=?utf-8?q?a=0d=0aBcc:_x?=@y.de", "x <a@b.example> y", f"a@{'x' * 64}.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(sender):
    with pytest.raises(ValueError, match="is no mail address"):
        sent(sender=sender)


@pytest.mark.parametrize("length", range(20, 201, 12))
def test_list_unsubscribe_stays_one_url(length):
    url = f"https://b2b-ingenieur.example/abmelden?token={'aZ9_-' * 40}"[: 45 + length]
    content = sent(unsubscribe=url)
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content
    found = parsed(content)
    assert found["List-Unsubscribe"] == f"<{url}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("unsubscribe", "header"),
    [
        ("mailto:a@b.example?subject=Abmelden", "<mailto:a@b.example?subject=Abmelden>"),
        ("mailto:a@b.example?subject=Newsletter kündigen",
         "<mailto:a@b.example?subject=Newsletter%20k%C3%BCndigen>"),
        ("%%unsubscribe%%", "<%%unsubscribe%%>"),
        ("mailto:a@b.example>\r\nBcc: x@y.de", "<mailto:a@b.example%3E%0D%0ABcc:%20x@y.de>"),
        ("mailto:x?a=?utf-8?q?a=0d=0aBcc:_x@y.de?=",
         "<mailto:x?a=%3Futf-8?q?a=0d=0aBcc:_x@y.de?=>"),
    ],
)  # fmt: skip
def test_only_a_web_address_promises_one_click(unsubscribe, header):
    found = parsed(sent(unsubscribe=unsubscribe))
    assert found["List-Unsubscribe"] == header
    assert "List-Unsubscribe-Post" not in found


def test_without_unsubscribe_there_is_no_such_header():
    assert "List-Unsubscribe" not in parsed(sent(unsubscribe=""))


@pytest.mark.parametrize("fields", [{"message_id": "<a>\r\nBcc: x"}, {"language": "dä"}])
def test_other_headers_are_plain_or_refused(fields):
    with pytest.raises(ValueError, match="cannot hold"):
        sent(**fields)


# -- the text part ---------------------------------------------------------------------------


def test_the_text_part_has_all_that_the_mail_has():
    plain = composed()
    order = [
        "Vom Ingenieur zum Sales Leader\n==============================\n",
        "05.10.2026 · 52 Min.",
        f"Listen to the episode:\n{SITE}/sales-leader/",
        f"Read in your browser:\n{SITE}/newsletter/sales-leader/",
        "Chapters\n--------\n   0:00  Begrüßung\n   1:24  Was Ingenieure",
        "1:02:03  Fazit",
        f"Bedarfsanalyse <{SITE}/bedarfsanalyse/>",
        "signed up for the newsletter of\nB2B-Ingenieur.",
        "Unsubscribe:\n%%unsubscribe%%",
        "Am Reißbrett 7\n01000 Beispielstadt",
        f"Impressum:\n{SITE}/impressum/",
        f"Datenschutz:\n{SITE}/datenschutz/",
    ]
    places = [plain.index(piece.split(" <")[0]) for piece in order]
    assert all(" ".join(piece.split()) in " ".join(plain.split()) for piece in order)
    assert places == sorted(places)


def test_an_article_without_audio_offers_nothing_to_hear():
    plain = composed(episode=episode(enclosure=None), unsubscribe="")
    assert "Listen" not in plain
    assert "Chapters" not in plain
    assert "Min." not in plain
    assert "Unsubscribe" not in plain


def test_lines_of_the_text_part_are_short_unless_they_hold_one_long_word_or_code():
    for line in composed().splitlines():
        is_code = line.startswith("    ")
        assert len(line) <= 72 or is_code or " " not in line.strip("> "), line


def test_wrapping_keeps_marks_and_hangs_the_rest_under_the_text():
    long = "wort " * 20
    assert mail.wrapped(f"- {long}").splitlines()[1].startswith("  wort")
    assert mail.wrapped(f"12. {long}").splitlines()[1].startswith("    wort")
    assert mail.wrapped(f"  - {long}").splitlines()[1].startswith("    wort")
    assert mail.wrapped(f"> > {long}").splitlines()[1].startswith("> > wort")
    assert mail.wrapped(f"    {long}") == f"    {long}"
    title, more, line = mail.wrapped(f"{long}\n{'=' * 100}").splitlines()
    assert (title[:4], more[:4], line) == ("wort", "wort", "=" * 72)


@given(
    st.lists(st.sampled_from(["kurz", "x" * 90, "https://e.example/" + "a-b/" * 30]), min_size=1)
)
def test_wrapping_never_divides_a_word(words):
    assert mail.wrapped(" ".join(words)).split() == words


@given(
    st.sampled_from(["", "- ", "> > ", "  12. ", "1:02:03  ", "> " * 40]),
    st.lists(
        st.sampled_from(["wort", "Wort-Wort", "x" * 66, "x" * 90, " ", "   ", "\t"]), max_size=30
    ),
    st.sampled_from(["", " "]),
)
def test_wrapping_is_what_textwrap_makes_of_it(lead, words, gap):
    rest = lead if ">" in lead else " " * len(lead)
    line = f"{lead}begin {gap.join(words)}"
    usual = textwrap.wrap(
        line.removeprefix(lead),
        72,
        initial_indent=lead,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    assert mail.wrapped(line).splitlines() == (usual if len(line) > 72 else [line])


# -- the HTML part ---------------------------------------------------------------------------


def test_the_mail_stands_on_style_attributes_and_keeps_its_media_queries():
    html = rendered()
    (style,) = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", style)
    assert outside.strip() == ""
    assert style.count("@media") == 3
    assert len(style.encode()) < 16_000  # Gmail drops a longer one
    assert len(html.encode()) < 95_000  # and clips a longer mail
    assert html.index("<meta charset") < 1024


def test_tokens_and_outlooks_comments_survive():
    html = rendered()
    assert 'href="%%unsubscribe%%"' in html
    assert html.count("<!--[if mso]>") == 5
    assert html.count("<![endif]") == html.count("<!--[if")


def test_what_only_outlook_reads_stands_in_comments_and_html_is_free_of_it():
    for html in (rendered(), rendered(web_view=True)):
        open_html = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
        assert "mso" not in open_html
        assert "xmlns" not in open_html


def test_every_address_is_absolute():
    for html in (rendered(), rendered(web_view=True)):
        addresses = set(re.findall(r'(?:href|src)="([^"]*)"', html))
        own = {it for it in addresses if not it.startswith(("https://", "#", "%%unsubscribe%%"))}
        assert own == set()


def test_a_picture_is_never_wider_than_the_sheet_even_in_outlook():
    html = rendered()
    assert 'width="552" height="276"' in html
    assert 'width="64" height="64"' in html
    assert "1200" not in html


@pytest.mark.parametrize("size", ['height="90"', 'width="552" height="1"', 'alt="width=9999"'])
def test_other_pictures_keep_their_size(size):
    assert size in mail.inlined(f"<html><head></head><body><img {size}></body></html>", "")


def test_the_web_view_names_its_page_and_cannot_unsubscribe():
    html = rendered(web_view=True)
    assert f'<link rel="canonical" href="{SITE}/sales-leader/">' in html
    assert "style-src 'unsafe-inline'" in html
    assert "preheader" not in html.replace(".preheader", "")
    assert "nsubscribe" not in html
    assert "You receive" not in html


def test_the_preheader_is_hidden_by_size():
    hidden = re.search(r'<div class="preheader" style="([^"]*)">Drei Stärken', rendered())[1]
    assert "max-height: 0" in hidden
    assert "overflow: hidden" in hidden
    assert "color" not in hidden


def test_an_article_without_audio_has_no_button_and_no_chapters():
    html = rendered(post=episode(enclosure=None))
    assert "Listen" not in html
    assert "Chapters" not in html
    assert "review" not in re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


def test_a_show_may_lack_all_that_is_optional():
    bare = site(small_cover=None, subtitle="", copyright="", imprint=None, privacy=None)
    bare.review_url = ""
    html = rendered(
        frame=bare, imprint_text=(), issue=Issue("Betreff", ""), post=episode(subtitle="")
    )
    assert "<p></p>" not in re.sub(
        r"\s+|<p [^>]*>", lambda m: "<p>" if m[0][0] == "<" else "", html
    )
    assert "Cover of" not in html


def test_hostile_words_stay_words():
    hostile = '"><script>alert(1)</script><!-- {{ 7*7 }} --> & %%unsubscribe%%'
    html = rendered(
        post=episode(title=hostile, subtitle=hostile, chapters=(Chapter(0, hostile),)),
        frame=site(title=hostile, subtitle=hostile, copyright=hostile),
        issue=Issue(hostile, hostile),
        imprint_text=(hostile,),
    )
    assert not lxml.html.document_fromstring(html).xpath("//script")
    assert "49" not in re.sub(r"<style.*?</style>|style=\"[^\"]*\"", "", html, flags=re.DOTALL)
    assert html.count('href="%%unsubscribe%%"') == 1


# -- how it looks ----------------------------------------------------------------------------

FINDINGS = r"""() => {
  const found = [];
  const rgba = css => (css.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, below) => {
    const a = top[3] ?? 1;
    return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a));
  };
  const ground = element => {
    const layers = [];
    for (let it = element; it; it = it.parentElement)
      layers.unshift(rgba(getComputedStyle(it).backgroundColor));
    return layers.reduce((below, top) => over(top, below), CANVAS);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches
    && document.querySelector("meta[name=color-scheme]");
  const CANVAS = dark ? [18, 18, 18] : [255, 255, 255];
  const light = colour => {
    const [r, g, b] = colour.map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const inside = (element, holds) => {
    for (let it = element.parentElement; it; it = it.parentElement) if (holds(it)) return true;
    return false;
  };
  const scrolls = it => getComputedStyle(it).overflowX === "auto";
  const isNothing = it => {
    const box = it.getBoundingClientRect();
    return getComputedStyle(it).overflow === "hidden" && box.width * box.height === 0;
  };
  const hidden = element => isNothing(element) || inside(element, isNothing);
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (nodes.nextNode()) {
    const node = nodes.currentNode, element = node.parentElement;
    if (!node.data.trim() || hidden(element)) continue;
    texts += 1;
    const below = ground(element);
    const [a, b] = [light(over(rgba(getComputedStyle(element).color), below)), light(below)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${node.data.trim()}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    const fits = box.left > -0.5 && box.right < innerWidth + 0.5;
    if (!fits && !hidden(element) && !inside(element, scrolls))
      found.push(`too wide: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const image of document.images)
    if (!image.hasAttribute("alt")) found.push(`no alt: ${image.src}`);
  return [texts, found];
}"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="600">
  <path fill="#0d2b45" d="M0 0h1200v600H0z"/>
</svg>"""


def looked_at(browser, html, *, width, scheme, name="", pictures=None):
    """How many texts a reader sees, and what is wrong with their look; `pictures` by URL path."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)

    def answer(route):
        if route.request.url == f"{SITE}/mail":
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif path := (pictures or {}).get(urlsplit(route.request.url).path):
            route.fulfill(path=path)
        elif route.request.resource_type == "image":
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(f"{SITE}/mail")
    if folder := os.environ.get("MAIL_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    texts, found = page.evaluate(FINDINGS)
    page.close()
    return texts, found


@cache
def whole():
    """The mail as Apple Mail shows it."""
    return rendered()


@cache
def bare():
    """The mail without its <style>, as GMX and WEB.DE show it."""
    return re.sub(r"<style.*?</style>", "", rendered(), flags=re.DOTALL)


@cache
def inside_webmail():
    """The mail's body without its <style>, inside a page that likes other colours."""
    body = re.search(r"<body[^>]*>(.*)</body>", bare(), re.DOTALL)[1]
    return f"<!doctype html><title>Webmail</title><body style='margin:0;color:#fff'>{body}"


@cache
def web_view():
    return rendered(web_view=True)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [700, 600, 360, 320])
@pytest.mark.parametrize("shown", [whole, bare, inside_webmail, web_view])
def test_the_mail_fits_and_can_be_read(browser, shown, width, scheme):
    texts, found = looked_at(browser, shown(), width=width, scheme=scheme, name=shown.__name__)
    assert found == []
    assert texts > 50


@pytest.mark.browser
def test_the_look_finds_what_is_wrong(browser):
    html = (
        "<!doctype html><body><p style='color:#999'>blass</p><p>gut</p>"
        "<img src=/a.png width=700><div style='height:0;overflow:hidden;color:#fff'>weg</div>"
    )
    texts, found = looked_at(browser, html, width=320, scheme="light")
    assert texts == 2
    assert [it.split(":")[0] for it in found] == [
        "contrast 2.85", "the page scrolls sideways", "too wide", "no alt",
    ]  # fmt: skip
