"""How each kind of issue looks: an episode, an article, a digest, in a real browser.

With MAIL_SCREENSHOTS=FOLDER the pictures are kept for a person to look at.
"""

import email
import re
from dataclasses import replace
from email import policy
from urllib.parse import urlsplit

import lxml.html
import pytest
from letters import KINDS, TOKEN, sample
from shows import ROOT
from test_outputs_mail import looked_at

from publisher import colors, read

LOOKS = {
    "styled": lambda html: html,
    "bare": lambda html: re.sub(r"(?s)<style.*?</style>", "", html),
}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 360, 320])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_issue_fits_and_can_be_read(browser, kind, look, width, scheme):
    html = LOOKS[look](sample().master(KINDS[kind]).html)
    name = f"{kind}-{look}"
    pictures = {it.url: it.path for it in sample().show.assets if "image" in it.media_type}
    texts, found = looked_at(
        browser, html, width=width, scheme=scheme, name=name, pictures=pictures
    )
    assert found == []
    assert texts > 20


PALETTES = {
    "green": {"brand": "#0a5c36", "signal": "#f4d35e", "accent": "#0a5c36"},
    "pale": {"brand": "#f4d35e", "signal": "#0d2b45", "accent": "#e63946", "text": "#333333"},
    "night": {"background": "#101418", "text": "#eeeeee", "accent": "#7fd1ae", "brand": "#222222"},
    "grey": {"dark_background": "#3a3a3a", "dark_text": "#ffffff", "signal": "#777777"},
}


def in_colours(palette):
    settings = replace(sample().show.settings, colors=PALETTES[palette])
    return replace(sample(), templates=read.templates(ROOT, settings))


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("palette", PALETTES)
def test_a_mail_has_the_colours_of_the_show_and_can_be_read(browser, palette, look, scheme):
    for slug in ("sales-leader", "herbst"):
        html = in_colours(palette).master(slug).html
        _, found = looked_at(
            browser, LOOKS[look](html), width=360, scheme=scheme, name=f"{slug}-{palette}-{look}"
        )
        assert found == []


def test_no_colour_of_the_theme_is_left_in_a_mail_of_other_colours():
    theme = "".join(sample().templates.source(it) for it in ("mail.html", "mail.css"))
    own = {it: f"#{n}{n}{n}{n}{n}{n}" for n, it in enumerate(colors.DEFAULTS, 1)}
    settings = replace(sample().show.settings, colors=own)
    mail = replace(sample(), templates=read.templates(ROOT, settings)).master("herbst").html
    assert "var(" not in mail
    ours, theirs = (set(re.findall(r"#[0-9a-f]{6}", it)) for it in (theme, mail))
    assert ours & theirs <= {"#ffffff"}, "white is also what can be read on a dark button"


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_opens_without_defects_and_its_text_has_every_link(kind):
    written = sample().master(KINDS[kind]).to("ilka@x.example", "Ilka Müller", TOKEN)
    mail = email.message_from_bytes(written, policy=policy.default)
    assert [part.defects for part in mail.walk() if part.defects] == []
    assert [it.defects for part in mail.walk() for it in part.values() if it.defects] == []
    plain, html = (part.get_content() for part in mail.iter_parts())
    links = lxml.html.fromstring(html).xpath("//a/@href")
    assert len(links) > 8
    # the text names each chapter's time, and the recording once
    assert {it for it in links if it.partition("#t=")[0] not in plain} == set()


def test_a_digest_shows_each_post_with_its_picture_summary_and_link():
    master = sample().master("herbst")
    tree = lxml.html.fromstring(master.html)
    posts = [it for it in sample().show.episodes if it.slug != "herbst"]
    heads = tree.xpath("//td[contains(@class, 'about')]/h3/a")
    assert [it.text for it in heads] == [it.title for it in posts]
    assert [urlsplit(it.get("href")).path for it in heads] == [it.url for it in posts]
    for post in posts:
        assert post.description in " ".join(tree.text_content().split())
        assert f"{post.title}\n{'-' * len(post.title)}"[:72] in master.text
    pictures = tree.xpath("//td[contains(@class, 'picture')]//img")
    assert len(pictures) == len(posts)
    assert all(it.get("alt") and it.get("width") == "80" for it in pictures)
    assert master.html.count("Anhören") == sum(1 for it in posts if it.enclosure)
