"""Which posts a digest gathers: by dates and names, the same for everybody at any time."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from letters import letters
from shows import make
from test_check import problems

from publisher import digest, frontmatter
from publisher.model import Issue


def post(name, date, newsletter=""):
    return (
        f"episodes/{name}.md",
        f"---\ntitle: {name.title()}\ndate: {date}\nguid: {name}\n"
        + (f"newsletter: {newsletter}\n" if newsletter else "")
        + "---\n",
    )


@pytest.fixture
def show(tmp_path):
    """Suppe (7 September) and Brot (14 September), then two digests with a post between them."""
    folder = make(tmp_path / "show")
    for name, content in (
        post("sommer", "2026-09-20", "{digest: new}"),
        post("salat", "2026-09-27", "false"),
        post("herbst", "2026-10-20", "{digest: new}"),
        post("auswahl", "2026-10-25", "{digest: [brot, suppe, brot]}"),
    ):
        (folder / name).write_text(content, "utf-8")
    return folder


def names(show, slug):
    it = next(it for it in show.episodes if it.slug == slug)
    return [found.slug for found in digest.gathered(show, it)]


def test_new_is_what_came_since_the_last_digest(show):
    found = letters(show).show
    assert names(found, "sommer") == ["brot", "suppe"]
    assert names(found, "herbst") == ["salat"]  # though nobody got it as a mail of its own


def test_named_posts_come_in_the_order_of_their_names_each_once(show):
    assert names(letters(show).show, "auswahl") == ["brot", "suppe"]


def test_a_draft_neither_comes_nor_ends_what_came(show):
    found = letters(show).show
    posts = tuple(replace(it, draft=it.slug in ("brot", "herbst")) for it in found.episodes)
    seen_by_the_author = replace(found, episodes=posts)
    assert names(seen_by_the_author, "sommer") == ["suppe"]
    assert names(seen_by_the_author, "herbst") == ["salat"]
    (show / "episodes/winter.md").write_text(post("winter", "2026-10-30", "{digest: new}")[1])
    with_winter = letters(show).show
    assert names(with_winter, "winter") == []
    drafts = tuple(replace(it, draft=it.slug != "winter") for it in with_winter.episodes)
    assert names(replace(with_winter, episodes=drafts), "winter") == []
    all_but_digests = tuple(
        replace(it, draft=it.slug in ("herbst", "auswahl")) for it in with_winter.episodes
    )
    assert names(replace(with_winter, episodes=all_but_digests), "winter") == ["salat"]


def test_a_later_post_changes_no_earlier_digest(show):
    before = letters(show).master("herbst")
    name, content = post("winter", "2026-11-02", "{digest: new}")
    (show / name).write_text(content, "utf-8")
    assert letters(show).master("herbst") == before


def test_a_digest_without_words_shows_its_titles_in_the_inbox(show):
    assert 'class="preheader"' in letters(show).master("sommer").html
    found = letters(show).show
    it = next(it for it in found.episodes if it.slug == "sommer")
    assert digest.issue(found, it).preheader == "Das Brot · Die Suppe"
    spoken = replace(it, issue=Issue("Betreff", "Worte", is_new=True))
    assert digest.issue(found, spoken).preheader == "Worte"


def test_a_list_that_holds_new_names_a_post_of_that_name():
    text = "---\ntitle: x\ndate: 2026-01-01\nnewsletter: {digest: %s}\n---\n"
    one, other = (
        frontmatter.post(text % typed, "x.md", "x", ZoneInfo("UTC")).issue
        for typed in ("new", "[new]")
    )
    assert (one.is_new, one.digest) == (True, ())
    assert (other.is_new, other.digest) == (False, ("new",))


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("[brod]", "the digest names “brod”, which is no post", "Did you mean “brot”?"),
        ("neu", "the digest names “neu”, which is no post", "Did you mean “new”?"),
        ("[brot, auswahl]", "the digest names itself", "Name posts by their slugs"),
    ],
)
def test_what_no_digest_can_gather_is_reported(show, typed, message, hint):
    name, content = post("auswahl", "2026-10-25", f"{{digest: {typed}}}")
    (show / name).write_text(content, "utf-8")
    (problem,) = problems(show)
    assert (problem.path, problem.line) == ("episodes/auswahl.md", 5)
    assert problem.message == message
    assert problem.hint.startswith(hint)


def test_a_digest_of_nothing_new_is_reported(show):
    name, content = post("auswahl", "2026-10-25", "{digest: new}")
    (show / name).write_text(content, "utf-8")
    (problem,) = problems(show)
    assert (problem.rule, problem.path, problem.line) == ("digest", "episodes/auswahl.md", 5)
    assert problem.message == "the digest is empty: there is no post since the last one"
