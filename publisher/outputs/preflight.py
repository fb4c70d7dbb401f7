"""What can be said of an issue only once its mail is made; `check/mails.py` has the rules."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from publisher.check import mails
from publisher.check.mails import Finding
from publisher.errors import Problem
from publisher.model import Article, Memo, Show, Templates
from publisher.outputs import contrast, features, mail, newsletter
from publisher.outputs.master import TOKEN
from publisher.outputs.newsletter import Letter, Letters

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LONGEST = 95_000  # bytes; Gmail clips at 102 kB, and forwarding adds to it
USUAL_TOKEN = "x" * 100
SHOWN = 3  # faint texts of one mail; the others have the same cause
OF_THEME = "No article says it: mend mail.html or mail.css in your templates/."


def problems(show: Show, templates: Templates, memo: Memo, slug: str = "") -> Iterator[Problem]:
    """What is wrong with the mails of a show, or with the one of `slug`.

    What the theme does wrong is said once, not for each issue.
    """
    if not show.settings.url.startswith(("https://", "http://")):
        return  # that is reported already, and every link would be
    yield from _imprint(show)
    groups = newsletter.groups(show, templates)
    known: list[tuple[object, ...]] = [(templates, it) for it in groups]
    found = memo.groups(_judged, known, templates, groups, memo)
    bad = (
        zip(it.letters(), its, strict=True)
        for it, its in zip(groups, found, strict=True)
        if any(its)
    )
    of_theme: set[Finding] = set()
    for letter, its in chain.from_iterable(bad):
        for finding in its if slug in ("", letter.post.slug) else ():
            source = letter.post.source
            article = letter.post.article
            # an article's own <style> reaches the whole mail
            typed = _line(article, finding.words) or article.line_of("<style")
            line = typed or int(finding.in_article)
            if not finding.words:
                line = source.line("title")
            if line:
                yield _problem(finding, source.path, line)
            elif finding not in of_theme:
                of_theme.add(finding)
                yield replace(_problem(finding, templates.path("mail.html"), 0), hint=OF_THEME)


def _judged(
    missing: list[int], templates: Templates, groups: list[Letters], memo: Memo
) -> Iterator[list[tuple[Finding, ...]]]:
    letters = [(templates, letter) for at in missing for letter in groups[at].letters()]
    found = iter(memo.map(findings, letters))
    return (list(islice(found, len(groups[at].posts))) for at in missing)


def _imprint(show: Show) -> Iterator[Problem]:
    page = next((it for it in show.pages if it.source.path == show.settings.imprint), None)
    if page and show.settings.newsletter and not newsletter.imprint_lines(page):
        message = "the imprint begins without words, so the foot of mails is empty"
        yield _problem(Finding("mail-imprint", message), page.source.path, 1)


def _line(article: Article, words: str) -> int:
    """Where the article has these words, or what became this address; 0 if nowhere."""
    if not words:
        return 0
    made = (it.line for it in article.references if it.url and words.endswith(it.url))
    return next(made, 0) or article.line_of(words)


def _problem(finding: Finding, path: str, line: int) -> Problem:
    rule = next(it for it in mails.RULES if it.id == finding.rule)
    return Problem(path, line, finding.message, rule.remedy, rule.severity, rule.id)


def findings(templates: Templates, letter: Letter) -> tuple[Finding, ...]:
    """All that is wrong with one mail."""
    from lxml import html as lxml_html

    unsubscribe = letter.paper.newsletter.unsubscribe.replace(TOKEN, USUAL_TOKEN)
    html = newsletter.html(templates, letter, unsubscribe)
    root = lxml_html.document_fromstring(html)
    night = lxml_html.document_fromstring(mail.at_night(html))
    return (
        *mails.in_article(letter.post, letter.issue),
        *_size(html, root),
        *_links(root),
        *_features(root),
        *_faint(contrast.faint(root, contrast.DAY), ""),
        *_faint(contrast.faint(night, contrast.NIGHT), " in the dark"),
    )


def _size(html: str, root: "HtmlElement") -> Iterator[Finding]:
    size = len(html.encode())
    if size > LONGEST:
        from lxml import html as lxml_html

        cells = root.xpath("//table[contains(@class, 'sheet')]/*[self::tr or tr]//td")
        parts = [(len(lxml_html.tostring(it)), it.get("class", "")) for it in cells]
        size_of_it, name = max((it for it in parts if it[1]), default=(0, ""))
        largest = f"; most of it, {_kb(size_of_it)}, is in “{name}”" if name else ""
        yield Finding("mail-size", f"the mail has {_kb(size)}, more than {_kb(LONGEST)}{largest}")


def _kb(size: int) -> str:
    return f"{size / 1000:.0f} kB"


def _links(root: "HtmlElement") -> Iterator[Finding]:
    """Links that a mail program cannot follow; the rule `dead-jump` looks after jumps within."""
    for element in root.iter("a", "img", "area"):
        target = element.get("src" if element.tag == "img" else "href")
        if target is None and element.tag == "a":  # a mark to jump to
            continue
        if not _opens(target or "", is_picture=element.tag == "img"):
            kind = "picture" if element.tag == "img" else "link"
            message = f"in the mail the {kind} “{target or ''}” leads nowhere"
            yield Finding("mail-link", message, target or f"<{element.tag}")


def _opens(target: str, *, is_picture: bool) -> bool:
    if is_picture:
        return target.startswith(("https://", "http://"))
    # a provider fills %%…%% in
    return target.startswith(("https://", "http://", "mailto:", "tel:", "%%", "#"))


def _features(root: "HtmlElement") -> Iterator[Finding]:
    for feature, where in features.used(root).items():
        lacking = features.lacking(feature) if features.carries_meaning(feature) else []
        if lacking:
            name = feature.partition("-")[2] or feature
            message = f"“{name}” is not shown by {', '.join(lacking)}"
            yield Finding("mail-feature", message, where)


def _faint(texts: Iterable[tuple[str, float]], when: str) -> Iterator[Finding]:
    made = partial(Finding, "mail-contrast")
    for number, (text, ratio) in enumerate(texts):
        if number < SHOWN:
            words = text[:40].rpartition(" ")[0] if len(text) > 40 else text
            yield made(
                f"“{words}” is hard to read{when}: its contrast is {ratio:.1f}, not 4.5", words
            )
