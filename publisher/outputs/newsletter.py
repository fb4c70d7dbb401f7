"""The newsletter: a mail for each post, its web view, and the index at /newsletter/."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from publisher import text
from publisher.fingerprint import Fingerprinted
from publisher.model import Episode, File, Issue, Memo, Newsletter, Page, Show, Templates
from publisher.outputs import mail
from publisher.outputs.pages import HTML, page
from publisher.outputs.theme import Frame, frame, render, words

UNSUBSCRIBE = "%%unsubscribe%%"  # replaced for each recipient when the mail is sent
IMPRINT_LINES = 12  # an imprint in a mail names who is responsible, not all its paragraphs


@dataclass(frozen=True)
class Letter(Fingerprinted):
    """All that one issue is made of."""

    site: Frame
    newsletter: Newsletter
    post: Episode
    issue: Issue
    imprint: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where the issue can be read on the site."""
        return f"/newsletter/{self.post.slug}/"


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """The web view of each issue, and the index."""
    letters = _letters(show, templates)
    for letter in letters:
        file = memo.file(letter.url, HTML, web_view, templates, letter)
        yield replace(file, source=letter.post.source.path)
    if show.settings.newsletter:
        site, posts = frame(show, templates), tuple(letter.post for letter in letters)
        yield page(memo, templates, site, "/newsletter/", "newsletter.html", posts=posts)


def mails(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """Each issue as an .eml, to open in a mail program; these are not published."""
    for letter in _letters(show, templates):
        url = f"/{letter.post.slug}.eml"
        yield memo.file(url, "message/rfc822", eml, templates, letter)


def imprint_lines(page: Page) -> tuple[str, ...]:
    """The first lines of the imprint for the foot of a mail, without headings' underlines."""
    lines = [line.strip() for line in page.article.plain.splitlines()]
    return tuple(line for line in lines if line.strip("=- "))[:IMPRINT_LINES]


def _letters(show: Show, templates: Templates) -> list[Letter]:
    newsletter = show.settings.newsletter
    if not newsletter:
        return []
    site = frame(show, templates)
    imprint = next((it for it in show.pages if it.source.path == show.settings.imprint), None)
    lines = imprint_lines(imprint) if imprint else ()
    posts = ((post, post.issue) for post in show.episodes)
    return [Letter(site, newsletter, post, issue, lines) for post, issue in posts if issue]


def web_view(templates: Templates, letter: Letter) -> bytes:
    """The issue as a page."""
    return _html(templates, letter, "").encode()


def eml(templates: Templates, letter: Letter) -> bytes:
    """The issue as a message that is ready but for its recipient."""
    site, post = letter.site, letter.post
    sender = letter.newsletter.sender
    identity = hashlib.sha256(f"{site.url} {post.guid}".encode()).hexdigest()[:32]
    return mail.message(
        subject=letter.issue.subject,
        sender=sender,
        html=_html(templates, letter, UNSUBSCRIBE),
        text=mail.text_part(
            site=site,
            episode=post,
            imprint_text=letter.imprint,
            web_view=site.url + letter.url,
            unsubscribe=UNSUBSCRIBE,
            words=words(templates, site),
        ),
        message_id=f"<{identity}@{sender.rpartition('@')[2].rstrip('> ')}>",
        date=post.date,
        language=site.language,
        unsubscribe=letter.newsletter.unsubscribe,
    )


def _html(templates: Templates, letter: Letter, unsubscribe: str) -> str:
    """The mail; without `unsubscribe`, its web view."""
    from markupsafe import Markup

    html = render(
        templates,
        "mail.html",
        letter.site,
        episode=letter.post,
        issue=letter.issue,
        body=Markup(text.linked(letter.post.article, letter.site.url)),  # noqa: S704 - the author's own HTML
        imprint_text=letter.imprint,
        web_view=letter.site.url + letter.url,
        unsubscribe=unsubscribe,
        is_web_view=not unsubscribe,
    )
    return mail.inlined(html, templates.source("mail.css"))
