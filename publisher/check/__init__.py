"""The rules that a show must keep: each one function from the show to its problems."""

from collections.abc import Callable, Iterator
from itertools import groupby

from publisher.errors import Problem
from publisher.model import Episode, Page, Show

RESERVED = (
    "archive", "tags", "people", "subscribe", "newsletter", "search", "feed", "audio", "assets",
)  # fmt: skip


def show(it: Show) -> list[Problem]:
    """All problems of a show, those met while reading it too, by file and line."""
    found = [*it.problems, *(problem for rule in RULES for problem in rule(it))]
    return sorted(set(found))


def one_url(show: Show) -> Iterator[Problem]:
    """Every post and page has a URL of its own."""
    yield from _twice(show, "slug", lambda it: it.url, "Give one of them another slug.")


def one_guid(show: Show) -> Iterator[Problem]:
    """A guid names one episode for ever (RSS 2.0, Apple)."""
    hint = "Give the newer one a guid of its own; a published guid never changes."
    yield from _twice(show, "guid", lambda it: getattr(it, "guid", ""), hint)


def free_url(show: Show) -> Iterator[Problem]:
    """No post or page takes a URL that the site itself uses."""
    for it in show.everything:
        first = it.url.strip("/").split("/")[0]
        if first in RESERVED:
            message = f"the address {it.url} belongs to the site itself"
            hint = f"Choose another slug than: {', '.join(RESERVED)}."
            yield Problem(it.source.path, it.source.line("slug"), message, hint)


def links_inside(show: Show) -> Iterator[Problem]:
    """A link that begins with / leads to something that is published."""
    known = {it.url for it in (*show.everything, *show.assets)}
    for it in show.everything:
        for reference in it.article.references:
            url = reference.target.partition("#")[0].partition("?")[0]
            first = url.strip("/").split("/")[0]
            if url.startswith("/") and url != "/" and url not in known and first not in RESERVED:
                message = f"the link leads to {reference.target}, which does not exist"
                hint = "Link to the article's file, such as other.md: its URL is then found."
                yield Problem(it.source.path, reference.line, message, hint)


def no_todo(show: Show) -> Iterator[Problem]:
    """Nothing is left to be filled in, such as in the imprint that `init` wrote."""
    for it in show.everything:
        for line in it.article.todos:
            hint = "Fill it in; until then visitors read it as it stands."
            yield Problem(it.source.path, line, "there is still a TODO here", hint, "warning")


def _twice(
    show: Show, key: str, value: Callable[[Episode | Page], str], hint: str
) -> Iterator[Problem]:
    everything = sorted(show.everything, key=lambda it: (value(it), it.source.path))
    for same, group in groupby(everything, value):
        first, *others = group
        for other in others if same else ():
            message = f"the {key} {same.strip('/')} is also that of {first.source.path}"
            yield Problem(other.source.path, other.source.line(key), message, hint)


Rule = Callable[[Show], Iterator[Problem]]

RULES: tuple[Rule, ...] = (one_url, one_guid, free_url, links_inside, no_todo)
