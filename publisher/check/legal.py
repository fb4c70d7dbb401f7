"""Rules of German law for shows in German, and what all shows owe their subscribers."""

from collections.abc import Iterator

from publisher.check.rule import ERROR, LAW, OURS, at, rule
from publisher.errors import Problem
from publisher.model import Show


@rule(
    ERROR,
    LAW,
    why="§ 5 DDG and § 18 MStV demand an imprint with name and address of nearly every German "
    "site and newsletter; without one, warning letters cost money.",
    remedy='Write pages/impressum.md and name it: [legal] imprint = "pages/impressum.md".',
)
def imprint(show: Show) -> Iterator[Problem]:
    """A show in German has an imprint."""
    if _is_german(show) and not show.settings.imprint and not _misspelt(show):
        yield at(show.settings.source, "legal", "there is no imprint")


@rule(
    ERROR,
    LAW,
    why="Art. 13 GDPR: every server keeps logs, a newsletter keeps addresses, and visitors have "
    "to be told so.",
    remedy='Write pages/datenschutz.md and name it: [legal] privacy = "pages/datenschutz.md".',
)
def privacy(show: Show) -> Iterator[Problem]:
    """A show in German has a privacy page."""
    if _is_german(show) and not show.settings.privacy and not _misspelt(show):
        yield at(show.settings.source, "legal", "there is no privacy page")


@rule(
    ERROR,
    OURS,
    why="Every page and every mail links to these pages.",
    remedy="Name a page in pages/ that is no draft.",
)
def legal_page(show: Show) -> Iterator[Problem]:
    """The imprint and the privacy page that show.toml names are there."""
    settings = show.settings
    paths = {page.source.path for page in show.pages}
    broken = {problem.path for problem in show.problems}  # those are reported already
    for key, path in (("imprint", settings.imprint), ("privacy", settings.privacy)):
        if path and path not in paths | broken:
            message = f"“legal.{key}” names {path}, which is not published"
            yield at(settings.source, f"legal.{key}", message)


@rule(
    ERROR,
    LAW,
    why="§ 7 UWG and Art. 7 GDPR: each mail must say how to have no more of them; Gmail and Yahoo "
    "refuse bulk mail that does not.",
    remedy='Write unsubscribe = "mailto:…?subject=Abmelden", or your provider\'s link.',
)
def unsubscribe(show: Show) -> Iterator[Problem]:
    """A newsletter can be unsubscribed."""
    newsletter = show.settings.newsletter
    if newsletter and newsletter.sender and not newsletter.unsubscribe:
        yield at(show.settings.source, "newsletter", "“newsletter.unsubscribe” is missing")


def _is_german(show: Show) -> bool:
    return show.settings.language.lower().partition("-")[0] == "de"


def _misspelt(show: Show) -> bool:
    """True if [legal] has a key that nobody knows: most likely it is the one that is missed."""
    return any(it.rule == "unknown-key" and "“legal." in it.message for it in show.problems)


RULES = (imprint, privacy, legal_page, unsubscribe)
