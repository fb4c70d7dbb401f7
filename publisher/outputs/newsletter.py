"""The newsletter: a mail for each post, its web view, and the index at /newsletter/."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from publisher import text
from publisher.model import Episode, File, Issue, Memo, Page, Settings, Show, Templates
from publisher.outputs import mail
from publisher.outputs.pages import HTML, page
from publisher.outputs.theme import Frame, frame, render

UNSUBSCRIBE = "%%unsubscribe%%"  # replaced for each recipient when the mail is sent
IMPRINT_LINES = 12  # an imprint in a mail names who is responsible, not all its paragraphs


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """The web view of each issue, and the index."""
    if not show.settings.newsletter:
        return
    site, imprint = frame(show, templates), imprint_of(show)
    issues = _issues(show)
    for post, issue in issues:
        url = web_view(post)
        file = memo.file(url, HTML, _web_view, templates, site, post, issue, imprint)
        yield replace(file, source=post.source.path)
    posts = tuple(post for post, _ in issues)
    yield page(memo, templates, site, "/newsletter/", "newsletter.html", posts=posts)


def mails(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """Each issue as an .eml, to open in a mail program; these are not published."""
    if not show.settings.newsletter:
        return
    site, imprint = frame(show, templates), imprint_of(show)
    for post, issue in _issues(show):
        url = f"/{post.slug}.eml"
        yield memo.file(
            url, "message/rfc822", _eml, templates, site, show.settings, post, issue, imprint
        )


def web_view(post: Episode) -> str:
    """The URL of an issue's page."""
    return f"/newsletter/{post.slug}/"


def imprint_of(show: Show) -> tuple[str, ...]:
    """The first lines of the imprint page, for the foot of each mail."""
    page = next((it for it in show.pages if it.source.path == show.settings.imprint), None)
    return imprint_lines(page) if page else ()


def imprint_lines(page: Page) -> tuple[str, ...]:
    """The lines of text of a page, without headings and their underlines."""
    lines = [line.strip() for line in page.article.plain.splitlines()]
    return tuple(line for line in lines if line.strip("=- "))[:IMPRINT_LINES]


def _issues(show: Show) -> list[tuple[Episode, Issue]]:
    return [(post, post.issue) for post in show.episodes if post.issue]


def _web_view(
    templates: Templates, site: Frame, post: Episode, issue: Issue, imprint: tuple[str, ...]
) -> bytes:
    return _html(templates, site, post, issue, imprint, "").encode()


def _html(
    templates: Templates,
    site: Frame,
    post: Episode,
    issue: Issue,
    imprint: tuple[str, ...],
    unsubscribe: str,
) -> str:
    """The mail, or without `unsubscribe` its web view."""
    html = render(
        templates,
        "mail.html",
        site,
        episode=post,
        issue=issue,
        body=Markup(text.linked(post.article, site.url)),  # noqa: S704 - the author's own HTML
        imprint_text=imprint,
        web_view=site.url + web_view(post),
        unsubscribe=unsubscribe,
        is_web_view=not unsubscribe,
    )
    return mail.inlined(html, templates.source("mail.css"))


def _eml(
    templates: Templates,
    site: Frame,
    settings: Settings,
    post: Episode,
    issue: Issue,
    imprint: tuple[str, ...],
) -> bytes:
    assert settings.newsletter is not None  # noqa: S101 - `mails` makes none without
    html = _html(templates, site, post, issue, imprint, UNSUBSCRIBE)
    identity = hashlib.sha256(f"{site.url}{post.guid}".encode()).hexdigest()[:32]
    host = settings.newsletter.sender.rpartition("@")[2].rstrip("> ")
    return mail.message(
        subject=issue.subject,
        sender=settings.newsletter.sender,
        html=html,
        text=mail.text_part(
            site=site, episode=post, imprint_text=imprint,
            web_view=site.url + web_view(post), unsubscribe=UNSUBSCRIBE,
        ),
        message_id=f"<{identity}@{host}>",
        date=post.date,
        language=settings.language,
        unsubscribe=settings.newsletter.unsubscribe,
    )  # fmt: skip
