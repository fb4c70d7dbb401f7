"""The newsletter: a mail for each post, its web view, and the index at /newsletter/."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from urllib.parse import urlsplit

from publisher import chunks, digest, elements, text
from publisher.fingerprint import Fingerprinted, Itself, Keyed
from publisher.model import (
    Batch,
    Episode,
    File,
    Issue,
    Made,
    Memo,
    Newsletter,
    Page,
    Picture,
    Piece,
    Show,
    Templates,
)
from publisher.outputs import lists, mail
from publisher.outputs.master import TOKEN, Master, mark_of
from publisher.outputs.pages import HTML, ON_LIST_PAGE, Sheet, page, pieces_of, sheet, vars_of
from publisher.outputs.theme import Frame, frame, render, words

INDEX = "/newsletter/"
SIGNED_UP = ("thanks", "confirmed", "error")  # pages that a provider can lead to
LARGEST_PICTURE = 200_000  # bytes of a picture that is shown 80 pixels wide


@dataclass(frozen=True)
class Gathered(Fingerprinted):
    """A post in a digest, and the picture beside it: its own, or the show's."""

    post: Episode
    picture: Picture | None


@dataclass(frozen=True)
class Paper(Fingerprinted):
    """What all issues have in common."""

    site: Frame
    newsletter: Newsletter
    imprint: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """All that one issue is made of; its words come from its post and the gathered ones."""

    paper: Paper = field(repr=False)
    post: Episode
    gathered: tuple[Gathered, ...]
    issue: Issue = field(compare=False)

    @property
    def url(self) -> str:
        """Where the issue can be read on the site."""
        return f"/newsletter/{self.post.slug}/"


@dataclass(frozen=True)
class Letters(Fingerprinted):
    """The issues of some posts; of those that gather others, by their slugs, also these."""

    paper: Paper
    posts: tuple[Episode, ...]
    digests: Mapping[str, tuple[Issue, tuple[Gathered, ...]]]

    def letters(self) -> Iterator[Letter]:
        """Each of them."""
        for post in self.posts:
            if post.issue:
                issue, gathered = self.digests.get(post.slug, (post.issue, ()))
                yield Letter(self.paper, post, gathered, issue)


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File | Batch]:
    """The web view of each issue, the index, and what a reader sees after signing up."""
    yield from memo.batches(web_view, (templates,), _pieces(show, templates))
    if show.settings.newsletter:
        site = frame(show, templates)
        sheets = list(_index(groups(show, templates)))
        yield from memo.batches(sheet, (templates, site), pieces_of(sheets))
        for state in SIGNED_UP if site.form else ():
            url, source = f"{INDEX}{state}/", "the newsletter's form"
            yield page(memo, templates, site, url, "signup.html", source=source, state=state)


def mails(show: Show, templates: Templates, memo: Memo) -> list[Batch]:
    """Each issue as an .eml, to open in a mail program; these are not published."""
    return memo.batches(eml, (templates,), _pieces(show, templates))


def _pieces(show: Show, templates: Templates) -> Iterator[Piece]:
    for it in groups(show, templates):
        yield Piece((it,), partial(_calls, it), [post.source.path for post in it.posts])


def _calls(it: Letters) -> list[tuple[object, ...]]:
    return [(letter,) for letter in it.letters()]


def _index(issues: list[Letters]) -> Iterator[Sheet]:
    posts = tuple(
        replace(post, issue=it.digests[post.slug][0]) if post.slug in it.digests else post
        for it in issues
        for post in it.posts
    )
    for part in lists.parts(posts, INDEX, f"{INDEX}page/", ON_LIST_PAGE):
        yield Sheet(part.url, "newsletter.html", vars_of(part))


def imprint_lines(page: Page) -> tuple[str, ...]:
    """Who is responsible, for the foot of a mail: the imprint up to its second heading."""
    blocks = [block.splitlines() for block in page.article.plain.strip().split("\n\n")]
    is_heading = [len(block) == 2 and not block[1].strip("=-") for block in blocks]
    end = next((i for i, it in enumerate(is_heading) if it and not all(is_heading[:i])), None)
    kept = zip(blocks[:end], is_heading, strict=False)
    return tuple(line for block, heading in kept if not heading for line in block)


def letters(show: Show, templates: Templates) -> list[Letter]:
    """Every issue, newest first."""
    return [letter for it in groups(show, templates) for letter in it.letters()]


def groups(show: Show, templates: Templates) -> list[Letters]:
    """The same in pieces."""
    return _groups(Itself(show), Keyed(templates))


@lru_cache(maxsize=1)  # three outputs ask for them in each build
def _groups(of_show: Itself[Show], of_templates: Keyed[Templates]) -> list[Letters]:
    show, templates = of_show.value, of_templates.value
    newsletter = show.settings.newsletter
    if not newsletter:
        return []
    site = frame(show, templates)
    imprint = next((it for it in show.pages if it.source.path == show.settings.imprint), None)
    paper = Paper(site, newsletter, imprint_lines(imprint) if imprint else ())
    posts = [it for it in show.episodes if it.issue]
    found = []
    for piece in chunks.pieces(posts, (it.source.path for it in posts)):
        digests = {
            it.slug: (issue, _gathered(show, site, it))
            for it in piece
            if it.issue and it.issue.gathers and (issue := digest.issue(show, it))
        }
        found.append(Letters(paper, tuple(piece), digests))
    return found


def _gathered(show: Show, site: Frame, post: Episode) -> tuple[Gathered, ...]:
    """The posts of a digest; a picture that would weigh too much gives way to the show's."""
    usual = site.small_cover or site.cover
    return tuple(
        Gathered(it, it.image if it.image and it.image.size <= LARGEST_PICTURE else usual)
        for it in digest.gathered(show, post)
    )


def web_view(templates: Templates, letter: Letter) -> tuple[Made]:
    """The issue as a page."""
    view = elements.concealed(html(templates, letter, is_web_view=True))
    return (Made(letter.url, HTML, view.encode()),)


def eml(templates: Templates, letter: Letter) -> tuple[Made]:
    """The issue as a message that is ready but for its recipient."""
    body = master(templates, letter, letter.post.date).unsent()
    return (Made(f"/{letter.post.slug}.eml", "message/rfc822", body),)


def issue(show: Show, templates: Templates, slug: str, date: datetime) -> Master | None:
    """The issue of the post with this slug, to be sent at `date`; None if there is none."""
    found = (letter for letter in letters(show, templates) if letter.post.slug == slug)
    return next((master(templates, letter, date) for letter in found), None)


def master(templates: Templates, letter: Letter, date: datetime) -> Master:
    """The copy from which each recipient's own is made."""
    site, post = letter.paper.site, letter.post
    identity = f"{site.url} {post.guid}"
    mark = mark_of(identity)
    unsubscribe = letter.paper.newsletter.unsubscribe.replace(TOKEN, mark)
    return Master(
        identity=identity,
        host=(urlsplit(site.url).hostname or "localhost").encode("idna").decode(),
        subject=letter.issue.subject,
        sender=letter.paper.newsletter.sender,
        html=html(templates, letter, unsubscribe),
        text=mail.text_part(
            site=site,
            episode=post,
            gathered=[it.post for it in letter.gathered],
            imprint_text=letter.paper.imprint,
            web_view=site.url + letter.url,
            unsubscribe=unsubscribe,
            words=words(templates, site),
        ),
        date=date,
        language=site.language,
        unsubscribe=letter.paper.newsletter.unsubscribe,
        mark=mark,
    )


def html(
    templates: Templates, letter: Letter, unsubscribe: str = "", *, is_web_view: bool = False
) -> str:
    """The issue as a mail shows it, its styles in its elements, or as its web view does."""
    from markupsafe import Markup

    site = letter.paper.site
    start = site.base if is_web_view else site.url  # a mail needs whole addresses, a page does not
    article = text.linked(letter.post.article, start, elsewhere=True)
    mail_html = render(
        templates,
        "mail.html",
        site,
        episode=letter.post,
        issue=letter.issue,
        body=Markup(article),  # noqa: S704 - the author's own HTML
        gathered=letter.gathered,
        imprint_text=letter.paper.imprint,
        at=lambda path: start + path,
        web_view=site.url + letter.url,
        unsubscribe=unsubscribe,
        is_web_view=is_web_view,
    )
    return mail.inlined(mail_html, templates.source("mail.css"))
