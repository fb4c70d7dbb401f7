"""The newsletter: a mail for each post, its web view, and the index at /newsletter/."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from publisher import elements, text
from publisher.fingerprint import Fingerprinted
from publisher.model import Episode, File, Issue, Memo, Newsletter, Page, Show, Templates
from publisher.outputs import mail
from publisher.outputs.master import Master
from publisher.outputs.pages import HTML, page
from publisher.outputs.theme import Frame, frame, render, words


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
    """Who is responsible, for the foot of a mail: the imprint up to its second heading."""
    blocks = [block.splitlines() for block in page.article.plain.strip().split("\n\n")]
    is_heading = [len(block) == 2 and not block[1].strip("=-") for block in blocks]
    end = next((i for i, it in enumerate(is_heading) if it and not all(is_heading[:i])), None)
    kept = zip(blocks[:end], is_heading, strict=False)
    return tuple(line for block, heading in kept if not heading for line in block)


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
    return elements.concealed(_html(templates, letter, is_web_view=True)).encode()


def eml(templates: Templates, letter: Letter) -> bytes:
    """The issue as a message that is ready but for its recipient."""
    return master(templates, letter, letter.post.date).unsent()


def issue(show: Show, templates: Templates, slug: str, date: datetime) -> Master | None:
    """The issue of the post with this slug, to be sent at `date`; None if there is none."""
    found = (letter for letter in _letters(show, templates) if letter.post.slug == slug)
    return next((master(templates, letter, date) for letter in found), None)


def master(templates: Templates, letter: Letter, date: datetime) -> Master:
    """The copy from which each recipient's own is made."""
    site, post = letter.site, letter.post
    return Master(
        identity=f"{site.url} {post.guid}",
        host=(urlsplit(site.url).hostname or "localhost").encode("idna").decode(),
        subject=letter.issue.subject,
        sender=letter.newsletter.sender,
        html=_html(templates, letter, is_web_view=False),
        text=mail.text_part(
            site=site,
            episode=post,
            imprint_text=letter.imprint,
            web_view=site.url + letter.url,
            unsubscribe=letter.newsletter.unsubscribe,
            words=words(templates, site),
        ),
        date=date,
        language=site.language,
        unsubscribe=letter.newsletter.unsubscribe,
    )


def _html(templates: Templates, letter: Letter, *, is_web_view: bool) -> str:
    from markupsafe import Markup

    site = letter.site
    start = site.base if is_web_view else site.url  # a mail needs whole addresses, a page does not
    article = text.linked(letter.post.article, start, elsewhere=True)
    html = render(
        templates,
        "mail.html",
        site,
        episode=letter.post,
        issue=letter.issue,
        body=Markup(article),  # noqa: S704 - the author's own HTML
        imprint_text=letter.imprint,
        at=lambda path: start + path,
        web_view=site.url + letter.url,
        unsubscribe="" if is_web_view else letter.newsletter.unsubscribe,
        is_web_view=is_web_view,
    )
    return mail.inlined(html, templates.source("mail.css"))
