"""An article's file, read: what its front matter says, and its Markdown converted."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher import files, frontmatter, text
from publisher.errors import Exit, Failure, Problem
from publisher.files import Stamp
from publisher.frontmatter import Written
from publisher.model import Article


@dataclass(frozen=True)
class Content:
    """A text file, known by the sha256 of its bytes: equal texts are converted once."""

    digest: str
    path: Path = field(compare=False)


@dataclass(frozen=True)
class Draft:
    """An article's file; `written` without its body, whose words are the article's.

    `is_text` is False where there is nothing but the problems of `written`.
    """

    written: Written
    article: Article
    is_text: bool = True


def digest(file: Stamp) -> str:
    """The sha256 of a file's bytes."""
    return hashlib.sha256(file.path.read_bytes()).hexdigest()


def post(  # noqa: PLR0917 - equal calls are remembered, and have no keywords
    content: Content, name: str, slug: str, zone: str, language: str, site: str
) -> Draft:
    """An article of episodes/; `name` is its path in the show, `site` the site's address."""
    found, problems = _read(content, name)
    written = frontmatter.post(found, name, slug, ZoneInfo(zone))
    return _converted(written, problems, language, site)


def page(content: Content, name: str, slug: str, language: str, site: str) -> Draft:
    """The same for a standing page."""
    found, problems = _read(content, name)
    return _converted(frontmatter.page(found, name, slug), problems, language, site)


def _converted(written: Written, problems: list[Problem], language: str, site: str) -> Draft:
    article = text.article(written.body, language, written.body_line, site)
    if problems:
        return Draft(replace(written, body="", problems=tuple(problems)), article, is_text=False)
    return Draft(replace(written, body=""), article)


def _read(content: Content, name: str) -> tuple[str, list[Problem]]:
    body = content.path.read_bytes()
    if hashlib.sha256(body).hexdigest() != content.digest:
        message = f"{name} changed while it was being read"
        raise Failure(Exit.DISK, message, "Run publish again when nothing writes to it.")
    return files.decoded(body, name)
