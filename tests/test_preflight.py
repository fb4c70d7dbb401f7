"""What is said of an issue before it is sent, and that what it uses can be shown."""

import re
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest
from defects import BROT, edit
from letters import KINDS, TOKEN, letters, sample
from shows import ROOT, make, publish

from publisher.check import mails
from publisher.check.clients import CLIENTS, SUPPORT
from publisher.outputs import contrast, features, mail, newsletter, preflight
from publisher.outputs.master import Master


def tree(html):
    return lxml.html.document_fromstring(html)


# -- what mail programs show, by the data of caniemail.com


@pytest.mark.parametrize("kind", KINDS)
def test_no_feature_that_carries_meaning_is_unsupported(kind):
    used = features.used(tree(sample().master(KINDS[kind]).html))
    assert len(used) > 30
    unsupported = {it for it in used if features.lacking(it)}
    assert {it for it in unsupported if features.carries_meaning(it)} == set()
    assert unsupported - features.DECORATION.keys() == set()
    unknown = {it for it in used if it not in SUPPORT and it not in SILENT}
    assert unknown == set()


# neither shown nor styled: what a document consists of, and what has no row in the data
SILENT = {
    "html-html", "html-head", "html-meta", "html-title", "html-a", "html-br", "html-td", "html-tr",
    "html-th", "html-thead", "html-tbody", "html-li", "html-em", "html-tt", "css-color",
}  # fmt: skip


def test_the_list_of_decoration_is_short_and_each_entry_is_used_and_reasoned():
    from test_outputs_mail import rendered

    pages = [rendered(), *(sample().master(slug).html for slug in KINDS.values())]
    used = set().union(*(features.used(tree(it)) for it in pages))
    assert features.DECORATION.keys() - used == set()
    assert all(features.lacking(it) for it in features.DECORATION)
    assert all(len(reason) > 20 for reason in features.DECORATION.values())
    assert len(features.DECORATION) <= 20


def test_the_table_knows_each_client():
    assert CLIENTS == ("GMX", "WEB.DE", "T-Online", "Gmail", "Outlook", "Apple Mail")
    assert {len(it) for it in SUPPORT.values()} == {6}
    assert set("".join(SUPPORT.values())) == set("yan-")
    for place, name in enumerate(CLIENTS):
        assert sum(it[place] != "-" for it in SUPPORT.values()) > 15, name


def test_who_lacks_what():
    assert features.lacking("html-audio") == ["GMX", "WEB.DE", "Gmail", "Outlook"]
    assert features.lacking("iframe") == list(CLIENTS)
    assert features.lacking("html-table") == []


def test_features_are_seen_in_elements_attributes_and_styles():
    html = (
        "<p style='display: flex; border-left-color: red; background: url(x.png)'>"
        "<img src='a.WEBP?x'>"
        "<input type=radio><map></map><s loading=lazy></s><iframe></iframe><!-- <video> --></p>"
    )
    assert features.used(tree(html)).keys() >= {
        "css-display-flex", "css-border", "css-background", "css-background-image", "image-webp",
        "html-input-radio", "html-image-maps", "html-loading-attribute", "iframe",
    }  # fmt: skip
    assert "html-video" not in features.used(tree(html))


# -- contrast


@pytest.mark.parametrize(
    ("html", "ratios"),
    [
        ("<p>black</p>", []),
        ("<p style='color:#999'>grey</p>", [2.8]),
        ("<p style='color:#999;font-size:1px'>hidden</p>", []),
        ("<div style='background:#0b151e url(x.png)'><b>black</b></div>", [1.1]),
        ("<div style='background-color:#000;color:rgb(255,255,255)'><b>white</b></div>", []),
        ("<p style='color: rgba(0,0,0,.3)'>pale</p>", [2.1]),
        ("<font color=silver>silver</font> black", [1.8]),
        ("<table bgcolor=navy><tr><td>black</td></tr></table>", [1.3]),
        ("<p style='color:inherit'>black <i style='color:nonsense'>black</i></p>", []),
    ],
)
def test_faint_texts(html, ratios):
    found = contrast.faint(tree(html), contrast.DAY)
    assert [round(ratio, 1) for _, ratio in found] == ratios


def test_a_mail_at_night_has_its_dark_colours_in_its_elements():
    html = mail.at_night(sample().master(KINDS["episode"]).html)
    assert "background-color: #13222f" in html
    assert list(contrast.faint(tree(html), contrast.NIGHT)) == []


# -- each issue


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_in_the_sample(kind):
    issues = newsletter.letters(sample().show, sample().templates)
    letter = next(it for it in issues if it.post.slug == KINDS[kind])
    assert preflight.findings(sample().templates, letter) == ()


def test_what_is_wrong_in_the_theme_is_said_once(tmp_path):
    show = make(tmp_path / "show")
    css = sample().templates.source("mail.css") + "\n.foot .leave { color: #ddd; }\n"
    (show / "templates").mkdir()
    (show / "templates/mail.css").write_text(css, "utf-8")
    ran = publish(show, "check")
    assert ran.code == 0
    assert re.findall(r"\S+: warning: .*", ran.err) == [
        f"{ROOT}/templates/mail.html: warning: “Abmelden” is hard to read: its contrast is 1.2, not"
        " 4.5 [mail-contrast]"
    ]


def test_an_articles_own_style_is_not_the_themes_fault(tmp_path):
    show = make(tmp_path / "show")
    edit(BROT, "Brot ist", "<style>body { display: none }</style>\n\nBrot ist")(show)
    assert re.findall(r"\S+: warning: .*", publish(show, "check").err) == [
        f"{BROT}:8: warning: “display-none” is not shown by Gmail [mail-feature]"
    ]


def test_a_large_mail_says_what_is_large(tmp_path):
    show = make(tmp_path / "show")
    edit(BROT, "ohne Ton.", "ohne Ton.\n\n" + "Ein Satz mit Ä.\n\n" * 4000)(show)
    ran = publish(show, "check")
    assert ran.code == 1
    found = re.search(r"brot\.md:2: the mail has (\d+) kB, more than 95 kB; most of it, (\d+) kB, "
                      r"is in “article”", ran.err)  # fmt: skip
    assert int(found[1]) > 200
    assert int(found[2]) > 200


def test_an_issue_with_errors_is_not_sent(tmp_path):
    show = make(tmp_path / "show")
    edit("show.toml", "[target]", '[smtp]\nhost = "127.0.0.1"\nport = 1\n\n[target]')(show)
    (show / "subscribers.csv").write_text("email\na@x.example\n")
    edit(BROT, "ohne Ton.", "ohne Ton und <a href='//x.example/'>ohne Ziel</a>, aber mit Kruste.")(
        show
    )
    for options in (["--test", "a@x.example"], ["--yes"], ["--dry-run"]):
        ran = publish(show, "send", "brot", *options)
        assert ran.code == 1
        assert "in the mail the link “//x.example/” leads nowhere" in ran.err
    assert publish(show, "send", "suppe", "--dry-run").code == 0  # another issue is another mail


def test_every_finding_has_its_rule():
    source = Path(preflight.__file__).read_text("utf-8")
    named = set(re.findall(r'"(mail-\w+)"', source))
    assert named == {it.id for it in mails.RULES if not it.function}


def test_warnings_of_an_issue_are_said_when_it_is_tried(tmp_path):
    show = make(tmp_path / "show")
    (show / "subscribers.csv").write_text("email\na@x.example\n")
    edit(BROT, "title: Das Brot", "title: Das Brot! Jetzt!")(show)
    ran = publish(show, "send", "brot", "--dry-run")
    assert ran.code == 0
    assert "brot.md:2: warning: the subject has several exclamation marks" in ran.err
    assert "exclamation" not in publish(show, "send", "suppe", "--dry-run").err


# -- a token is its recipient's alone


def test_a_token_in_an_article_stays_what_it_is(tmp_path):
    show = make(tmp_path / "show")
    edit("show.toml", '"mailto:brief@kueche.example?subject=Abmelden"',
         '"https://kueche.example/leave?who=%%token%%"')(show)  # fmt: skip
    text = "`%%token%%` [x](https://evil.example/?t=%%token%%) ![%%token%%](topf.png)"
    edit(BROT, "ohne Ton.", f"ohne Ton.\n\n{text}")(show)
    master = letters(show).master("brot")
    mine = master.to("a@x.example", "", TOKEN).replace(b"=\r\n", b"").decode()
    own = f"https://kueche.example/leave?who={TOKEN}"
    assert mine.count(TOKEN) == 3  # in the header and in each part
    assert f"List-Unsubscribe: <{own}>" in mine
    assert "https://evil.example/?t=3D%%token%%" in mine
    assert master.mark not in mine
    draft = master.unsent().replace(b"=\r\n", b"").decode()
    assert "leave?who=3D%%token%%" in draft
    assert master.mark not in draft


def test_a_log_of_former_times_is_still_read():
    now = sample().master(KINDS["episode"])
    before = replace(now, mark="%%token%%")
    written = before.written().replace(', "mark": "%%token%%"', "")
    assert "mark" not in written.rpartition('"language"')[2]
    assert Master.parse(written) == before
