"""Rules about newsletter issues. Those without a function are found in the mail as it is made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape

from publisher.check.rule import ERROR, LAW, OURS, WARNING, Rule, at, rule
from publisher.errors import Problem
from publisher.model import Article, Episode, Issue, Show

PLACEHOLDER = re.compile(
    r"%%\w+%%|\{\{[^{}\n]{0,60}|\*\|[A-Z_:]+\|\*|\b(?i:lorem ipsum)\b|\bTODO\b(?!-)"
)
MARKS = ("%", "{", "|", "orem", "OREM", "TODO")  # without one of them there is no placeholder
LINK = re.compile(r"<a\b[^>]*\bhref.*?</a>|<img\b[^>]*>", re.DOTALL)
CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)
LETTERS = 12  # in a subject; fewer may be an acronym
FEW_WORDS = 8  # beside links; filters know such mails
MANY = 5  # exclamation marks in an article
CAPITALS = re.compile(r"[A-ZÄÖÜ]{3,}")
SHOUT = re.compile(r"(?:\b[A-ZÄÖÜ]{3,}\b\W+){4,}\b[A-ZÄÖÜ]{3,}\b")


@dataclass(frozen=True)
class Finding:
    """A broken rule, and the words in the article that may have caused it.

    Without words it is the whole mail; `in_article` says that nothing else can have caused it.
    """

    rule: str
    message: str
    words: str = ""
    in_article: bool = False


@rule(
    ERROR,
    OURS,
    why="The inbox shows the subject and little else; filters take a mail without one for spam.",
    remedy="Write newsletter: {subject: …}, or take the key out: then the title serves.",
)
def mail_subject(show: Show) -> Iterator[Problem]:
    """An issue has a subject."""
    for post, issue in _issues(show):
        if post.title and not issue.subject.strip():
            yield at(post.source, "newsletter.subject", "the subject of the mail is empty")


@rule(
    WARNING,
    OURS,
    why="Beside the subject the inbox shows the preheader; without one, whatever the mail begins "
    "with, which is the name of the show.",
    remedy="Write a description, or newsletter: {preheader: …}; 40 to 100 characters are seen.",
)
def mail_preheader(show: Show) -> Iterator[Problem]:
    """An issue has a preheader."""
    for post, issue in _issues(show):
        if not issue.preheader.strip() and not issue.gathers:
            key = "newsletter.preheader" if "newsletter.preheader" in post.source.lines else "title"
            yield at(post.source, key, "the mail has no preheader")


@rule(
    ERROR,
    OURS,
    why="A mail cannot be called back: thousands would read “{{ name }}”. What a provider would "
    "fill in stands as it is, since each mail is sent as it was written.",
    remedy="Write what should stand there; to show it as it is, put it between `backticks`.",
)
def placeholder(show: Show) -> Iterator[Problem]:
    """No mail has a placeholder that nobody filled in."""
    for post, issue in _issues(show):
        for key, text in _typed(post, issue).items():
            found = PLACEHOLDER.search(text)
            if found and key in post.source.lines:
                yield at(post.source, key, f"“{found[0]}” is still to be filled in")


def _typed(post: Episode, issue: Issue) -> dict[str, str]:
    return {
        "title": post.title,
        "subtitle": post.subtitle,
        "description": post.description,
        "newsletter.subject": issue.subject,
        "newsletter.preheader": issue.preheader,
    }


@rule(
    WARNING,
    OURS,
    why="SpamAssassin counts against a mail what shouts (SUBJ_ALL_CAPS, PLING_PLING) and what is "
    "little more than a link or a picture (HTML_IMAGE_ONLY); with enough of it nobody gets it.",
    remedy="Say it as you would in a letter: small letters, full stops, some sentences.",
)
def mail_spam(show: Show) -> Iterator[Problem]:
    """A mail does not look like spam."""
    for post, issue in _issues(show):
        key = "newsletter.subject" if "newsletter.subject" in post.source.lines else "title"
        letters = [it for it in issue.subject if it.isalpha()]
        if len(letters) >= LETTERS and all(it.isupper() for it in letters):
            yield at(post.source, key, "the subject is all in capitals")
        if re.search(r"[!?]\s*!|!.*!", issue.subject):
            yield at(post.source, key, "the subject has several exclamation marks")


def in_article(post: Episode, issue: Issue) -> Iterator[Finding]:
    """What two of these rules find in the text of an issue, which is long: so it is remembered."""
    yield from _left_in(post.article)
    yield from _spam_in(post, issue)


def _left_in(article: Article) -> Iterator[Finding]:
    if not any(mark in article.html for mark in MARKS):  # which is nearly always so
        return
    outside = unescape(CODE.sub("", article.html))
    for words in dict.fromkeys(found[0].strip() for found in PLACEHOLDER.finditer(outside)):
        yield Finding("placeholder", f"“{words}” is still to be filled in", words, in_article=True)


def _spam_in(post: Episode, issue: Issue) -> Iterator[Finding]:
    article = post.article
    made = partial(Finding, "mail-spam", in_article=True)
    text = re.sub(r"<[^<> ]*>", " ", article.plain)
    found = re.search(r"!\s*!\s*!", text)
    if found or text.count("!") > max(MANY, article.words // 40):
        yield made("the mail has very many exclamation marks", "!!!" if found else "!")
    shout = SHOUT.search(text) if CAPITALS.search(text) else None
    if shout:
        yield made(f"“{shout[0]}” is all in capitals", shout[0].split()[0])
    if post.enclosure or issue.gathers:
        return
    links = [found[0] for found in LINK.finditer(article.html)]
    if links and article.words - sum(len(it.split()) for it in links) < FEW_WORDS:
        words = len(re.sub(r"<[^>]*>", " ", LINK.sub(" ", article.html)).split())
        if words < FEW_WORDS:
            yield Finding("mail-spam", f"beside links the mail has {words} words")


def _issues(show: Show) -> Iterator[tuple[Episode, Issue]]:
    if show.settings.newsletter:
        yield from ((it, it.issue) for it in show.episodes if it.issue)


RULES = (
    mail_subject,
    mail_preheader,
    placeholder,
    mail_spam,
    Rule(
        "mail-imprint",
        ERROR,
        LAW,
        "The imprint begins with a name and an address.",
        "§ 5 DDG: the foot of each mail has the imprint's first part; without it no mail is legal.",
        "Write name and address at the beginning of the imprint, before its second heading.",
    ),
    Rule(
        "mail-size",
        ERROR,
        OURS,
        "A mail's HTML has at most 95 kB, with the longest token.",
        "Gmail cuts a mail at 102 kB: imprint and unsubscribe link are gone.",
        "Shorten what the message names, or send a digest that links to it; `newsletter: false` "
        "keeps the article on the site and sends no mail.",
    ),
    Rule(
        "mail-link",
        ERROR,
        OURS,
        "Links and pictures of a mail are whole addresses, or lead to a place in it.",
        "A mail has no address of its own: what is relative to it leads nowhere.",
        "Write the whole address with https://, or link to the article's file, such as other.md.",
    ),
    Rule(
        "mail-feature",
        WARNING,
        OURS,
        "A mail says nothing in a form that GMX, WEB.DE, T-Online, Gmail, Outlook or Apple Mail "
        "cannot show.",
        "By the data of caniemail.com these programs drop videos, forms, some kinds of pictures "
        "and more; their readers miss what it says, or see what should be hidden.",
        "Link to it instead: a picture or a sentence that leads to the page. Pictures as JPEG or "
        "PNG.",
    ),
    Rule(
        "mail-contrast",
        WARNING,
        OURS,
        "Texts of a mail have a contrast of 4.5 at least, in light and dark colours.",
        "WCAG 2.2, 1.4.3: below it many cannot read them, nobody can in the sun.",
        "Take the colour out of the article, or name colour and background together.",
    ),
)  # fmt: skip
