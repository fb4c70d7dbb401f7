"""Rules about articles: their links, pictures, and what was left unfinished."""

import difflib
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from publisher.check.addresses import FILES, RESERVED
from publisher.check.rule import ERROR, OURS, WARNING, did_you_mean, rule
from publisher.digest import gathered
from publisher.errors import Problem
from publisher.model import Article, Episode, Show
from publisher.transcripts import FORMATS


@rule(
    ERROR,
    OURS,
    why="A link to nothing disappoints the reader; it stands in the feed and the mail, too.",
    remedy="Link to the article's file, such as other.md: its URL is then found.",
    together=True,
)
def dead_link(show: Show) -> Iterator[Problem]:
    """Links inside the site lead to something that is published."""
    linking = [it for it in show.everything if it.is_linking]
    known = set(_known(show)) if linking else set()
    for it in linking:
        for target, line in _own(it.article):
            url = re.split("[?#]", target)[0]
            first = url.strip("/").split("/")[0]
            is_known = {url, f"/{url.strip('/')}/"} & known or first in (*RESERVED, *FILES)
            if url.strip("/") and not is_known:
                yield Problem(
                    it.source.path, line, f"the link leads to {target}, which does not exist"
                )


def _known(show: Show) -> Iterator[str]:
    """What a link inside the site can lead to."""
    yield from (it.url for it in (*show.everything, *show.assets))
    for it in show.episodes:
        yield from it.alias_urls if it.aliases else ()
        yield from [it.enclosure.url] if it.enclosure else ()
        yield from (f"{it.url}transcript{suffix}" for suffix in FORMATS if it.said)


def _own(article: Article) -> Iterator[tuple[str, int]]:
    """Addresses inside the site, written as paths or whole, and their lines."""
    for reference in article.references:
        if reference.target.startswith("/"):
            yield reference.target, reference.line
    yield from article.own


@rule(
    ERROR,
    OURS,
    why="The link opens the page, but not at the place that was meant.",
    remedy="Mend what stands behind #: it is the heading in small letters, with hyphens.",
    together=True,
)
def dead_anchor(show: Show) -> Iterator[Problem]:
    """Links to a place in another article find it there."""
    linking = [it for it in show.everything if it.is_linking]
    posts = {it.url: it for it in show.everything} if linking else {}
    for it in linking:
        for reference in it.article.references:
            url, _, anchor = reference.url.partition("#")
            there = posts.get(url) if anchor else None
            if there and not _has(there.article, unquote(anchor)):
                hint = _near(there.article, unquote(anchor))
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
    why="Pages let browsers load nothing from other sites, so that nobody else learns who reads: "
    "its place stays empty.",
    remedy="Put the file beside the article, or link to it.",
)
def from_elsewhere(show: Show) -> Iterator[Problem]:
    """Pictures, players and scripts come from this site."""
    for it in show.everything:
        for address, line in it.article.loads:
            yield Problem(it.source.path, line, f"browsers will not load {address}")


@rule(
    WARNING,
    OURS,
    why="`init` leaves these marks where only you know what to write, such as in the imprint.",
    remedy="Fill it in; until then visitors read it as it stands.",
)
def todo(show: Show) -> Iterator[Problem]:
    """Nothing is left to be filled in."""
    has_mails = show.settings.newsletter is not None
    for it in show.everything:
        if has_mails and isinstance(it, Episode) and it.issue:
            continue  # there it is an error: `placeholder`
        for line in it.article.todos:
            yield Problem(it.source.path, line, "there is still a TODO here")


@rule(
    ERROR,
    OURS,
    why="A digest gathers other posts; one that is not published cannot be read.",
    remedy="Name posts by their slugs, or write `digest: new` for all since the last digest.",
    together=True,
)
def digest(show: Show) -> Iterator[Problem]:
    """A digest gathers posts that are published, and not itself."""
    digests = [it for it in show.episodes if it.issue and it.issue.gathers]
    slugs = {it.slug for it in show.episodes} if digests else set()
    for it in digests:
        for number, slug in enumerate(it.issue.digest if it.issue else ()):
            if slug == it.slug:
                yield _of_digest(it, number, "the digest names itself")
            elif slug not in slugs:
                known = {*slugs, "new"} - {it.slug}
                hint = did_you_mean(slug, known)
                yield _of_digest(it, number, f"the digest names “{slug}”, which is no post", hint)
        if it.issue and it.issue.is_new and not gathered(show, it):
            message = "the digest is empty: there is no post since the last one"
            yield _of_digest(it, 0, message, "Name the posts that you mean by their slugs.")


def _of_digest(post: Episode, number: int, message: str, hint: str = "") -> Problem:
    lines = post.source.lines
    keys = (f"newsletter.digest.{number}", "newsletter.digest", "newsletter")
    line = next((lines[key] for key in keys if key in lines), 1)
    return Problem(post.source.path, line, message, hint)


RULES = (dead_link, dead_anchor, dead_jump, picture_alt, from_elsewhere, todo, digest)
