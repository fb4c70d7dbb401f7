"""Rules about articles: their links, pictures, and what was left unfinished."""

import difflib
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from publisher.check.addresses import RESERVED
from publisher.check.rule import ERROR, OURS, WARNING, did_you_mean, rule
from publisher.errors import Problem
from publisher.model import Article, Show


@rule(
    ERROR,
    OURS,
    why="A link to nothing disappoints the reader; it stands in the feed and the mail, too.",
    remedy="Link to the article's file, such as other.md: its URL is then found.",
)
def dead_link(show: Show) -> Iterator[Problem]:
    """Links inside the site lead to something that is published."""
    known = {it.url for it in (*show.everything, *show.assets)}
    aliases = {f"/{alias.strip('/')}/" for it in show.episodes for alias in it.aliases}
    for it in show.everything:
        for reference in it.article.references:
            url = reference.target.partition("#")[0].partition("?")[0]
            first = url.strip("/").split("/")[0]
            is_known = url in known or f"/{url.strip('/')}/" in aliases or first in RESERVED
            if url.startswith("/") and url != "/" and not is_known:
                message = f"the link leads to {reference.target}, which does not exist"
                yield Problem(it.source.path, reference.line, message)


@rule(
    ERROR,
    OURS,
    why="The link opens the page, but not at the place that was meant.",
    remedy="Mend what stands behind #: it is the heading in small letters, with hyphens.",
)
def dead_anchor(show: Show) -> Iterator[Problem]:
    """Links to a place in another article find it there."""
    articles = {it.url: it.article for it in show.everything}
    for it in show.everything:
        for reference in it.article.references:
            url, _, anchor = reference.url.partition("#")
            article = articles.get(url)
            if anchor and article and not _has(article, unquote(anchor)):
                hint = _near(article, unquote(anchor))
                message = f"{reference.target} leads to no heading of that article"
                yield Problem(it.source.path, reference.line, message, hint)


@rule(
    WARNING,
    OURS,
    why="A click on the link does nothing.",
    remedy="Mend what stands behind #: it is the heading in small letters, with hyphens.",
)
def dead_jump(show: Show) -> Iterator[Problem]:
    """Links to a place in the same article find it there."""
    for it in show.everything:
        for anchor, line in it.article.jumps:
            if anchor and not _has(it.article, unquote(anchor)):
                message = f"#{anchor} leads to no heading of this article"
                yield Problem(it.source.path, line, message, _near(it.article, unquote(anchor)))


def _anchors(article: Article) -> list[str]:
    return [unescape(it) for it in re.findall(r'\bid="([^"]+)"', article.html)]


def _has(article: Article, anchor: str) -> bool:
    return anchor in _anchors(article)


def _near(article: Article, anchor: str) -> str:
    """A hint that names the anchors most like the one that was meant, or else the first ones."""
    known = [it for it in _anchors(article) if not it.startswith(("fn:", "fnref"))]
    near = difflib.get_close_matches(anchor, known, 3, 0.5) or [
        it for it in known if anchor.casefold() in it or it in anchor.casefold()
    ]
    if near:
        return "Did you mean " + " or ".join(f"#{it}" for it in near[:3]) + "?"
    listed = ", ".join(f"#{it}" for it in known[:6])
    return f"Its places are {listed}{' …' if len(known) > 6 else ''}" if known else ""


@rule(
    WARNING,
    OURS,
    why="Blind readers, search engines and mail programs without pictures know a picture only by "
    "its description.",
    remedy="Say in the square brackets what it shows: ![A soup pot on a stove](pot.jpg).",
)
def picture_alt(show: Show) -> Iterator[Problem]:
    """Pictures have a description."""
    for it in show.everything:
        for line in it.article.pictures_without_alt:
            yield Problem(it.source.path, line, "the picture has no description")


@rule(
    WARNING,
    OURS,
    why="`init` leaves these marks where only you know what to write, such as in the imprint.",
    remedy="Fill it in; until then visitors read it as it stands.",
)
def todo(show: Show) -> Iterator[Problem]:
    """Nothing is left to be filled in."""
    for it in show.everything:
        for line in it.article.todos:
            yield Problem(it.source.path, line, "there is still a TODO here")


@rule(
    ERROR,
    OURS,
    why="A digest gathers other posts; one that is not published cannot be read.",
    remedy="Name posts by their slugs.",
)
def digest(show: Show) -> Iterator[Problem]:
    """A digest names posts that are published."""
    slugs = {it.slug for it in show.episodes}
    for it in show.episodes:
        for slug in it.issue.digest if it.issue else ():
            if slug not in slugs:
                line = it.source.lines.get("newsletter.digest", it.source.line("newsletter"))
                message = f"the digest names “{slug}”, which is no post"
                yield Problem(it.source.path, line, message, did_you_mean(slug, slugs))


RULES = (dead_link, dead_anchor, dead_jump, picture_alt, todo, digest)
