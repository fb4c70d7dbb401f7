"""Markdown as authors know it from GitHub, on pages, elsewhere and as plain text."""

import email
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from shows import ROOT, publish

from publisher import elements, text
from publisher.dialect.converter import converter
from publisher.dialect.inline import without_trailing
from publisher.dialect.quick import NEEDS
from publisher.model import Moments

# markdown-it-py keeps to CommonMark; GitHub's own renderer adds tables and strikethrough
GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def html(markdown: str, language: str = "de") -> str:
    return text.article(markdown, language).html


def bare(made: str) -> str:
    """HTML without what does not count: line breaks between blocks, classes and ids."""
    made = re.sub(r' (?:class|id|tabindex|role|aria-\w+|scope|style)="[^"]*"', "", made)
    blocks = "li|ul|ol|p|blockquote|pre|h[1-6]|hr|div|table|thead|tbody|tr|th|td|details|summary"
    made = re.sub(rf"\s*(</?(?:{blocks})\b[^>]*>)\s*", r"\1", re.sub(r"\s+", " ", made))
    made = re.sub(r"\s*(</?(?:pre|code)>)", r"\1", made)
    made = made.replace("<s>", "<del>").replace("</s>", "</del>")
    return made.replace(" />", ">").replace("&quot;", '"').replace("</div>", "")


def same_as_github(markdown: str) -> None:
    ours = bare(converter("de").reset().convert(markdown))
    assert ours == bare(GITHUB.render(markdown)), markdown


# -- blocks ------------------------------------------------------------------------------------

BLOCKS = {
    "a list below a paragraph": "Was hilft:\n- fragen\n- zuhören",
    "a numbered list below a paragraph": "Was hilft:\n1. fragen\n2. zuhören",
    "prose that begins with a year": "Das war im Jahr\n1990. Ein Jahr, das zählt.",
    "an empty item below a paragraph": "Text\n*\nmehr Text",
    "two spaces nest": "- a\n  - b\n    - c\n- d",
    "three spaces nest under a number": "1. a\n   - b\n   - c\n2. d",
    "two spaces do not nest under a number": "1. a\n  - b",
    "four spaces nest": "- a\n    - b\n        - c",
    "a paragraph after a list": "- a\n- b\n\nEin Absatz.",
    "a line that lazily continues": "- a\nweiter\n- b",
    "a paragraph within an item": "- a\n\n  mehr\n- b",
    "one blank line makes the list loose": "- a\n\n- b\n- c",
    "a blank line in an inner list leaves the outer one tight": "- a\n  - b\n\n    c\n- d",
    "another mark is another list": "- a\n- b\n* c\n\n1. d\n1) e",
    "a list begins with its number": "7. a\n8. b",
    "a fence in an item, indented by two": "- a\n  ```\n  x\n    y\n  ```\n- b",
    "a fence in an item, indented by three": "1. a\n\n   ~~~\n   x\n\n   y\n   ~~~\n\n2. b",
    "a fence right behind the mark": "- ```\n  x\n  ```",
    "a fence in a quote": "> ```\n> x\n>\n> y\n> ```",
    "a fence below a paragraph": "Text\n```\n- kein Punkt\n```\nText",
    "a fence that never ends": "```\n- a\n\n1. b",
    "a longer fence": "````\n```\n````",
    "code by indent keeps its marks": "Text\n\n    - a\n    ```\n    b\n",
    "a quote in an item": "- > a\n  > b\n- c",
    "a list in a quote": "> - a\n> - b\n>   - c",
    "two quotes": "> a\n\n> b",
    "a list below a quote": "> a\n- b",
    "a rule is no list": "Text\n\n* * *\n\n- - -",
    "a heading needs a space": "#Thema\n\n# Thema #",
    "a table below a paragraph": "Text\n| a | b |\n|---|---|\n| c | ~~d~~ |",
    "HTML until a blank line": "<details>\n<summary>Mehr</summary>\n\n**Text**\n\n</details>",
    "HTML in an item": "- a\n\n  <div>\n  <b>b</b>\n  </div>\n\n  c",
    "HTML with blank lines in pre": "<pre>\na\n\n- b\n</pre>",
    "a comment": "a\n\n<!-- - x\n\n- y -->\n\nb",
    "a tag alone": "<custom-tag>\n**a**\n</custom-tag>",
    "escapes": r"\- a \* b \~\~c\~\~ \<b\> 1\. d",
    "a hard break": "a  \nb\\\nc",
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_what_github_makes_of_them(name: str) -> None:
    same_as_github(BLOCKS[name])


LINES = st.sampled_from(
    ["- a", "* b", "1. c", "2. d", "1) e", "  - f", "    - g", "      - h", "> - i", "Text",
     "  Text", "", "", "- - j", "# Titel"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=7))
def test_any_list_is_what_github_makes_of_it(lines: list[str]) -> None:
    same_as_github("\n".join(lines))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["- ", "1. ", "> "]), max_size=3),
    st.lists(
        st.text(st.characters(categories=("L", "P", "S", "Zs", "N")) | st.just("\t"), max_size=12),
        max_size=6,
    ),
)
def test_what_is_between_fences_never_changes(marks: list[str], code: list[str]) -> None:
    first = "".join(marks)
    rest = "".join(mark if mark == "> " else " " * len(mark) for mark in marks)
    code = [line for line in code if not line.lstrip().startswith("~~~~~~")]
    lines = [f"{first}~~~~~~", *(rest + line for line in code), f"{rest}~~~~~~"]
    made = lxml_html.fragment_fromstring(html("\n".join(lines)), create_parent="div")
    (found,) = made.iter("code")
    assert (found.text or "") == "".join(f"{line}\n" for line in code)


# -- addresses ---------------------------------------------------------------------------------

URLS = {
    "https://example.com/a_b_c": "https://example.com/a_b_c",
    "https://example.com.": "https://example.com",
    "https://example.com/?q=1!?": "https://example.com/?q=1",
    "https://example.com/a_(b)": "https://example.com/a_(b)",
    "https://example.com/a)": "https://example.com/a",
    "https://example.com/a&hl;": "https://example.com/a",
    "https://example.com/x--y/~z/": "https://example.com/x--y/~z/",
    "https://bücher.example/größe": "https://bücher.example/größe",
    "https://example.com/“": "https://example.com/",
    "https://example.com/*": "https://example.com/",
}


@pytest.mark.parametrize("typed", URLS)
def test_an_address_ends_before_the_punctuation(typed: str) -> None:
    assert without_trailing(typed) == URLS[typed]
    made = lxml_html.fragment_fromstring(html(f"Siehe {typed} dort"), create_parent="div")
    assert [unquote(it.get("href")) for it in made.iter("a")] == [URLS[typed]]
    assert [it.text for it in made.iter("a")] == [URLS[typed]]


def test_www_and_brackets_and_emphasis() -> None:
    assert '(<a href="http://www.example.de">www.example.de</a>)' in html("(www.example.de)")
    assert '<strong><a href="https://x.de/">https://x.de/</a></strong>' in html("**https://x.de/**")
    assert "„<a href" in html('"https://x.de/" sagte er')


@pytest.mark.parametrize(
    "markdown",
    [
        "`https://x.de`",
        "```\nhttps://x.de\n```",
        '<span title="https://x.de">a</span>',
        "xhttps://x.de",
        "www.",
        "http://",
        "https://a_b.c_d",
        "post@www.example.com",
    ],
)
def test_no_link_where_none_is_meant(markdown: str) -> None:
    assert "<a" not in html(markdown)


@pytest.mark.parametrize(
    "markdown",
    ['<a href="https://x.de">https://x.de</a>', "[https://x.de](https://x.de)", "<https://x.de>",
     '[Text www.x.de](https://x.de "www.x.de")'],
)  # fmt: skip
def test_a_link_holds_no_link(markdown: str) -> None:
    assert html(markdown).count("<a ") == 1


@pytest.mark.parametrize("markdown", ["post@example.com", "<post@example.com>",
                                      "[Mail](mailto:post@example.com)"])  # fmt: skip
def test_mail_addresses_are_not_for_harvesters(markdown: str) -> None:
    article = text.article(f"Schreiben Sie an {markdown}!", "de")
    assert "@" not in article.html
    assert "example.com" not in article.html
    made = lxml_html.fragment_fromstring(article.html)
    assert "post@example.com" in (made.text_content() + "".join(made.xpath(".//@href")))
    assert ("<a" in article.html) == ("<" in markdown or "[" in markdown)
    assert "post@example.com" in article.plain


def test_a_script_keeps_its_at_sign() -> None:
    assert '"a@b.de"' in html('<script>\nlet a = "a@b.de";\n</script>')


PLAINLY = re.compile(
    r"<(script|style|textarea)\b.*?</\1\s*>|<!--.*?-->"
    r"|(?P<address>[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)",
    re.DOTALL | re.IGNORECASE,
)
MARKS = ["<script>", "</Script >", "<!--", "-->", "<style a>", "</style>", "<b>", "a.b@c-d.de"]


@given(st.lists(st.sampled_from([*MARKS, *"ab.@@-_+%é² \n"])).map("".join))
def test_addresses_are_found_as_by_one_pattern(markup: str) -> None:
    def spelt(found: re.Match[str]) -> str:
        return "".join(f"&#{ord(it)};" for it in found["address"] or "") or found[0]

    assert elements.concealed(markup) == PLAINLY.sub(spelt, markup)


# -- inline ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "made"),
    [
        ("~~alt~~ neu", "<del>alt</del> neu"),
        ("~alt~ neu", "<del>alt</del> neu"),
        ("~~**a** b~~", "<del><strong>a</strong> b</del>"),
        ("**~~a~~**", "<strong><del>a</del></strong>"),
        ("etwa ~50 bis ~60 Stück", "etwa ~50 bis ~60 Stück"),
        ("~/a und ~/b", "~/a und ~/b"),
        ("`~~a~~`", "<code>~~a~~</code>"),
        ("[call]{lang=en}", '<span lang="en">call</span>'),
        ("[*cold* call]{lang=en}", '<span lang="en"><em>cold</em> call</span>'),
        ("*call*{: lang=en}", '<em lang="en">call</em>'),
        ('"so", sagte er', "„so“, sagte er"),
        ("Das geht's an", "Das geht’s an"),
        ("10:30 Uhr [siehe](https://x.de)", '10:30 Uhr <a href="https://x.de">siehe</a>'),
        ("<kbd>Strg</kbd> &amp; x<sub>2</sub>", "<kbd>Strg</kbd> &amp; x<sub>2</sub>"),
    ],
)
def test_inline(markdown: str, made: str) -> None:
    assert html(markdown) == f"<p>{made}</p>"


def test_tasks_have_labels() -> None:
    made = html("- [ ] **offen**\n- [x] fertig\n  - darunter\n- [ ]\n- [y] nichts\n")
    boxes = lxml_html.fragment_fromstring(made, create_parent="div").xpath(".//input")
    assert [box.get("checked") is not None for box in boxes] == [False, True]
    assert all(box.get("disabled") is not None for box in boxes)
    assert [box.getparent().text_content().strip() for box in boxes] == ["offen", "fertig"]
    assert [box.getparent().tag for box in boxes] == ["label", "label"]
    assert "<li>[y] nichts</li>" in made


@pytest.mark.parametrize(
    ("markdown", "kind", "title"),
    [
        ("> [!NOTE]\n> Text", "note", "Hinweis"),
        ("> [!tip]\n>\n> Text", "note tip", "Tipp"),
        ("> [!WARNING]\n> Text", "note warning", "Warnung"),
        ("!!! note\n    Text", "note", "Hinweis"),
        ('!!! danger "Hochspannung"\n    Text', "note caution", "Hochspannung"),
    ],
)
def test_notes_of_both_kinds_are_the_same(markdown: str, kind: str, title: str) -> None:
    inside = f'<p class="note-title"><strong>{title}</strong></p>\n<p>Text</p>'
    assert f'<div class="{kind}" role="note">\n{inside}' in html(markdown)


def test_notes_speak_english_in_other_languages() -> None:
    assert "<strong>Caution</strong>" in html("> [!CAUTION]\n> Texte", "fr")
    assert "<blockquote>" in html("> [!NOTHING]\n> Text")


def test_headings_have_anchors_with_umlauts() -> None:
    article = text.article(
        "## Größe & Maß\n\n## Größe & Maß\n\n## Ein[^1] Öl {#oel}\n\n[^1]: x", "de"
    )
    assert [it.anchor for it in article.headings] == ["größe-maß", "größe-maß_1", "oel"]
    assert article.headings[2].title == "Ein Öl"


def test_tables_scroll_within_a_region_of_their_own_name() -> None:
    made = html("## Preise\n\n|a|b|\n|-|-:|\n|1|2|\n\n|a|b|\n|-|-|\n|1|2|\n")
    regions = lxml_html.fragment_fromstring(made, create_parent="div").xpath(".//*[@role='region']")
    assert [it.get("aria-label") for it in regions] == ["Tabelle: Preise", "Tabelle: Preise (2)"]
    assert {it.get("tabindex") for it in regions} == {"0"}
    assert 'class="align-right"' in made
    assert "style" not in made


def test_a_picture_with_a_title_is_a_figure() -> None:
    made = html('![Ein Topf](topf.png "Der Topf")\n\nIm Text ![Topf](topf.png "Topf").')
    assert made.count("<figcaption>Der Topf</figcaption>") == made.count("<figure>") == 1
    assert 'title="Topf"' in made


def test_code_has_colours_where_its_language_is_known() -> None:
    assert '<pre class="highlight" tabindex="0"><code class="language-python"><span class="k">' in (
        html("```python\nreturn 1\n```")
    )
    assert '<pre tabindex="0"><code class="language-unbekannt">&lt;b&gt;' in html(
        "```unbekannt\n<b>\n```"
    )
    assert "span" not in text.article("```python\nreturn 1\n```", "de").elsewhere


def test_markdown_inside_html_where_it_says_so() -> None:
    assert "<strong>a</strong>" in html('<div markdown="1">\n**a**\n</div>')
    assert "markdown" not in html('<div markdown="1">\n**a**\n</div>')
    assert "**a**" in html("<div>\n**a**\n</div>")


# -- moments -----------------------------------------------------------------------------------


def moments(markdown: str, duration: float = 3600) -> text.Article:
    article = text.article(markdown, "de")
    found = Moments("/suppe/", "/audio/suppe.mp3", duration) if article.moments else None
    return replace(article, moments=found)


def test_a_moment_leads_into_the_recording_and_elsewhere_to_the_page() -> None:
    article = moments("Ab [12:34] und [1:02:03]; *[0:05]*.", 3700)
    page = text.linked(article, "/pod")
    assert '<a class="moment" href="/pod/audio/suppe.mp3#t=754">12:34</a>' in page
    assert "[1:02:03]" in page
    assert '<em><a class="moment" href="/pod/audio/suppe.mp3#t=5">0:05</a></em>' in page
    mail = text.linked(article, "https://x.de", elsewhere=True)
    assert '<a class="moment" href="https://x.de/suppe/?t=754">12:34</a>' in mail
    assert "12:34 <https://x.de/suppe/?t=754> und [1:02:03]" in text.linked_plain(
        article, "https://x.de"
    )


@pytest.mark.parametrize(
    "markdown",
    ["`[12:34]`", "[12:34](https://x.de)", "[12:34]: https://x.de", "[12:74]", "[1:2]", "12:34",
     "[Matthäus 12:34]", "\\[12:34]"],
)  # fmt: skip
def test_no_moment_where_none_is_meant(markdown: str) -> None:
    assert "moment" not in text.linked(moments(markdown), "")


def test_without_a_recording_times_stay_text() -> None:
    assert text.linked(moments("Um [12:34].", 0), "") == "<p>Um [12:34].</p>"


# -- elsewhere and as plain text ---------------------------------------------------------------

KITCHEN = """\
Text:
- [ ] offen
- [x] ~~fertig~~
  1. tief

| a | bb |
|---|---|
| ccc | d |

> [!TIP]
> Ein Rat.

Note.[^1]

```sh
ls   -l
```

[^1]: Unten mit [Link](https://example.com).
"""


def test_elsewhere_nothing_needs_styles_or_a_site() -> None:
    made = text.article(KITCHEN, "de").elsewhere
    assert "☐ offen" in made
    assert "☑ <del>fertig</del>" in made
    for word in ("input", "label", "tabindex", "region", "highlight", "span"):
        assert word not in made
    assert text.article("Nur *Text*.", "de").texts().elsewhere == ""


def test_plain_text() -> None:
    assert text.article(KITCHEN, "de").plain == (
        "Text:\n\n- ☐ offen\n- ☑ ~~fertig~~\n  1. tief\n\n"
        "a   | bb\n----|---\nccc | d\n\n> Tipp\n>\n> Ein Rat.\n\n"
        "Note.[1]\n\n    ls   -l\n\n* * *\n\n"
        "[1] Unten mit Link <https://example.com>.\n"
    )


def test_a_wide_table_becomes_a_list_in_plain_text() -> None:
    wide = "Sehr viele Wörter, die keine Spalte fasst"
    made = text.article(f"| Feld | Zweck |\n|---|---|\n| {wide} | {wide} |\n", "de").plain
    assert made == f"- Feld: {wide}\n  Zweck: {wide}\n"


@pytest.mark.parametrize(
    ("markdown", "summary"),
    [
        ("> [!NOTE]\n> Rat\n\nErster *Satz*.[^1]\n\n[^1]: Note", "Erster Satz."),
        (
            "## Titel\n\n- Liste\n\n~~alt~~ Neu ab [0:30] in [Text](https://x.de)",
            "Neu ab [0:30] in Text",
        ),
        ("- nur\n- Liste", "- nur - Liste"),
        ("", ""),
    ],
)
def test_a_summary_is_the_first_paragraph(markdown: str, summary: str) -> None:
    assert text.article(markdown, "de").summary == summary


# -- speed -------------------------------------------------------------------------------------

INLINE = st.lists(
    st.sampled_from(
        [*"*_~`[]()<>!&\\^\"'.-:/ \nwab1", "www.", "https://x.de", "--", "  \n", "&amp;",
         "**", "*c*", "**d", "[e](f)", "](", "]["]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(INLINE)
def test_the_quick_way_makes_the_same_html(markdown: str) -> None:
    quick, slow = converter("de"), converter("de", is_quick=False)
    assert quick.reset().convert(markdown) == slow.reset().convert(markdown)


BLOCK_LINES = st.sampled_from(
    ["Ein Wort", "zwei\\", "Wort [a][b], [b]", "![c] ![d][b]", "[b]: https://x.de", "[c]: y.png",
     ": dazu", "===", "---", "a | b", "--|--", "!!! tip", "    mehr", "", "[^1]: Note", "a[^1]{.k}",
     "*[Wort]: Kürzel", "> Rat", "- Punkt", "2. Punkt", "  - Punkt", "```", "<div>", "# Titel {#x}"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(BLOCK_LINES, max_size=12).map("\n".join))
def test_the_quick_way_makes_the_same_blocks(markdown: str) -> None:
    quick, slow = converter("de"), converter("de", is_quick=False)
    assert quick.reset().convert(markdown) == slow.reset().convert(markdown)


@pytest.mark.parametrize("path", sorted((ROOT / "episodes").rglob("*.md")), ids=lambda it: it.name)
def test_the_quick_way_makes_the_same_of_the_samples(path: Path) -> None:
    quick, slow = converter("de"), converter("de", is_quick=False)
    markdown = path.read_text("utf-8")
    assert quick.reset().convert(markdown) == slow.reset().convert(markdown)


def test_every_pattern_is_known_to_the_quick_way() -> None:
    md = converter("de")
    used = {name for patterns in (md.inlinePatterns, md.treeprocessors["smarty"].inlinePatterns)
            for name in NEEDS if name in patterns}  # fmt: skip
    count = len(md.inlinePatterns) + len(md.treeprocessors["smarty"].inlinePatterns)
    assert len(used) == count
    assert set(NEEDS) == used


def test_long_and_deep_texts_end() -> None:
    deep = "\n".join("  " * depth + "- a" for depth in range(60))
    assert html(deep).count("<li>") == 60
    assert html("- a\n\n" * 2000).count("<li>") == 2000
    assert html("> " * 200 + "a")


# -- on the site -------------------------------------------------------------------------------

LONG = "".join(f"## Abschnitt {n}\n\n{'Wörter über Größe. ' * 90}\n\n" for n in range(4))


def add(show: Path, slug: str, body: str) -> None:
    text_of = f"---\ntitle: {slug}\ndate: 2026-09-20 06:00\nguid: {slug}\n---\n\n{body}\n"
    (show / f"episodes/{slug}.md").write_text(text_of, "utf-8")


def test_a_long_article_has_contents_and_code_brings_its_colours(show: Path) -> None:
    add(show, "lang", LONG)
    add(show, "kurz", "## a\n\n## b\n\n## c\n\n## d\n\n```python\nreturn 1\n```\n")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    long, short = (show / f"site/{it}/index.html" for it in ("lang", "kurz"))
    page = long.read_text("utf-8")
    assert '<nav class="toc" aria-labelledby="_contents">' in page
    assert '<h2 id="_contents">Inhalt</h2>' in page
    assert '<a href="#abschnitt-3">Abschnitt 3</a>' in page
    assert "/assets/code-" not in page
    page = short.read_text("utf-8")
    assert 'class="toc"' not in page
    assert re.search(r'<link rel="stylesheet" href="/assets/code-\w+\.css">', page)
    for elsewhere in ("feed/index.xml", "feed.json", "newsletter/lang/index.html"):
        made = (show / "site" / elsewhere).read_text("utf-8")
        assert "_contents" not in made
        assert 'class="highlight"' not in made
        assert "tabindex" not in made


def test_moments_and_tasks_in_feed_and_mail(show: Path) -> None:
    path = show / "episodes/suppe.md"
    body = "Ab [0:02], nicht [9:00].\n- [x] Salz\n\nFragen an post@example.com"
    path.write_text(path.read_text("utf-8") + f"\n{body}\n", "utf-8")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    page = (show / "site/suppe/index.html").read_text("utf-8")
    assert re.search(r'<a class="moment" href="/audio/suppe-\w+\.mp3#t=2">0:02</a>', page)
    there = '<a class="moment" href="https://kueche.example/suppe/?t=2">0:02</a>, nicht [9:00].'
    feed = (show / "site/feed/itunes/index.xml").read_text("utf-8")
    assert there in feed
    assert "☑ Salz" in feed
    mail = (show / "mail/suppe.eml").read_bytes()
    parts = email.message_from_bytes(mail).get_payload()
    plain, rich = (part.get_payload(decode=True).decode() for part in parts)
    assert "0:02 <https://kueche.example/suppe/?t=2>, nicht [9:00]." in plain
    assert "- ☑ Salz" in plain
    assert "https://kueche.example/suppe/?t=2" in rich
    assert "☑ Salz" in rich
    web_view = (show / "site/newsletter/suppe/index.html").read_text("utf-8")
    assert "post@example.com" not in page + web_view


def test_a_dead_anchor_names_those_near_it(show: Path) -> None:
    add(show, "anker", "## Größe und Maß\n\nText.")
    add(show, "link", "[Maß](anker.md#größe-und-mass)")
    ran = publish(show, "check")
    assert ran.code == 1
    assert "episodes/link.md:7: anker.md#größe-und-mass leads to no heading" in ran.err
    assert "Did you mean #größe-und-maß?" in ran.err


def test_tags_in_a_transcript_never_become_html(show: Path) -> None:
    cue = "<v Änne><script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt; <blink>Salz</blink>"
    vtt = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{cue}\n"
    (show / "episodes/suppe.vtt").write_text(vtt, "utf-8")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    for name in ("transcript/index.html", "transcript.html"):
        made = (show / "site/suppe" / name).read_text("utf-8")
        assert "Salz" in made
        for tag in ("<img src=x", "<script>alert", "<blink"):
            assert tag not in made


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_colours_of_code_can_be_read() -> None:
    """WCAG 2.2, 1.4.3: 4.5:1, on the ground of code in both schemes and inside a note."""
    code = (ROOT / "templates/code.css").read_text("utf-8").split("@media")
    style = (ROOT / "templates/style.css").read_text("utf-8").split("@media (prefers-color")
    for colours, grounds in zip(code, style, strict=False):
        found = re.findall(r"--(?:word|text|value|name): (#\w+)", colours)
        assert len(found) == 4
        soft = re.findall(r"--soft: (#\w+)", grounds)
        for ground in re.findall(r"--(?:tint|paper): (#\w+)", grounds)[:2]:
            for colour in found + soft[:1]:
                light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (colour, ground)
