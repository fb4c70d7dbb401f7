"""What the preview shows beside the site: its bar, the mail as readers get it, the feed as apps do.

Templates and styles are in `browser/`; they speak the show's language.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import model, spoken
from publisher.errors import Problem
from publisher.preview.desk import State
from publisher.times import clock

if TYPE_CHECKING:
    from jinja2 import Environment
    from lxml.etree import _Element

    from publisher.outputs.master import Master

FILES = Path(__file__).parent / "browser"
WORDS_A_MINUTE = 200  # of silent reading: doi.org/10.1016/j.jml.2019.104047 found 238 for English
FEED = "/feed/itunes/"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DARK = "(prefers-color-scheme: dark)"


@dataclass(frozen=True)
class Item:
    """One entry of the podcast feed, as an app reads it; `size` in bytes."""

    title: str
    link: str
    date: str
    guid: str
    number: str
    duration: str
    audio: str
    size: int
    summary: tuple[str, ...]  # its lines
    state: str  # "", "draft" or "scheduled"


def bar(state: State, url: str) -> str:
    """The bar under the page at `url`, with what is wrong at present."""
    post = state.glance(url)
    of_mail = re.fullmatch(r"/\.desk/mail/([^/]+)/", url)
    if of_mail and state.built:
        post = next((it for it in state.built.glances if it.slug == of_mail[1]), None)
    here = post.path if post else ""
    problems = sorted(state.problems, key=lambda it: (it.path != here, it))
    return _render(
        "bar.html",
        state.language,
        failed=state.failed,
        has_site=state.built is not None,
        post=post,
        minutes=max(1, round(post.words / WORDS_A_MINUTE)) if post else 0,
        problems=[(_place(it), it) for it in problems],
        is_view=url.startswith("/.desk/"),
        is_feed=url == "/.desk/feed/",
        is_mail=bool(of_mail),
        base=state.base,
    )


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


def waiting(language: str) -> bytes:
    """The page where there is nothing good to show yet; the bar on it says why."""
    return _render("waiting.html", language).encode()


# -- the mail --------------------------------------------------------------------------------


def mail(root: Path, now: datetime, slug: str) -> "Master":
    """The issue of a post, as it would be sent; PublishError if there is none."""
    from publisher.mail import issue

    # its warnings stand in the bar already
    return issue.master(root, now, slug, lambda _: None, drafts=True)


def mail_page(mail: "Master", state: State, slug: str) -> bytes:
    """The mail at two widths, in light and dark, and its text part."""
    preheader = re.search(r'class="preheader"[^>]*>(.*?)</div>', mail.html, re.DOTALL)
    from markupsafe import Markup

    return _render(
        "mail.html",
        state.language,
        mail=mail,
        preheader=Markup(preheader[1]) if preheader else "",  # noqa: S704 - out of the mail's HTML
        size=round(len(mail.html.encode()) / 1000),
        slug=slug,
        web_view=f"{state.base}/newsletter/{slug}/",
    ).encode()


def mail_html(mail: "Master", state: State, *, dark: bool) -> bytes:
    """The HTML part with its pictures from here, in one of the two colour schemes.

    A page cannot tell a frame which scheme to prefer, so the mail's own question is answered.
    """
    html = mail.html
    if state.built:
        for mark in ('"', "'", "("):
            html = html.replace(f"{mark}{state.built.url}/", f"{mark}{state.base}/")
    html = html.replace(DARK, "all" if dark else "not all")
    scheme = "dark" if dark else "light"
    return html.replace('content="light dark"', f'content="{scheme}"', 1).encode()


# -- the feed --------------------------------------------------------------------------------


def feed(site: Path, state: State) -> bytes:
    """The podcast feed as a person reads it: what an app shows of the show and of each episode."""
    from lxml import etree

    if state.built is None:
        return waiting(state.language)
    path = site / model.on_disk(FEED, state.built.listing[FEED].content_type)
    channel = etree.parse(path).getroot().find("channel")
    if channel is None:
        return waiting(state.language)
    cover = channel.find(f"{ITUNES}image")
    local = _local(state)
    return _render(
        "feed.html",
        state.language,
        title=channel.findtext("title", ""),
        author=channel.findtext(f"{ITUNES}author", ""),
        description=channel.findtext("description", ""),
        categories=[it.get("text", "") for it in channel.iter(f"{ITUNES}category")],
        cover=local(cover.get("href", "")) if cover is not None else "",
        items=[_item(it, state) for it in channel.iter("item")],
        feed=f"{state.base}{FEED}",
    ).encode()


def _item(item: "_Element", state: State) -> Item:
    local = _local(state)
    link = local(item.findtext("link", ""))
    enclosure = item.find("enclosure")
    post = state.glance(link.removeprefix(state.base))
    audio: dict[str, str] = {}
    if enclosure is not None:
        audio = {str(name): str(value) for name, value in enclosure.items()}
    return Item(
        title=item.findtext("title", ""),
        link=link,
        date=item.findtext("pubDate", ""),
        guid=item.findtext("guid", ""),
        number=item.findtext(f"{ITUNES}episode", ""),
        duration=clock(float(item.findtext(f"{ITUNES}duration") or 0)),
        audio=local(audio.get("url", "")),
        size=int(audio.get("length", 0)),
        summary=_lines(item.findtext(f"{ITUNES}subtitle") or item.findtext("description") or ""),
        state="draft" if post and post.draft else "scheduled" if post and post.scheduled else "",
    )


def _lines(html: str) -> tuple[str, ...]:
    """What a feed says in HTML, as an app shows it that knows paragraphs and nothing else."""
    from markupsafe import Markup

    parts = re.split(r"</(?:p|li|h\d)>|<br\s*/?>", html)
    lines = (Markup(part).striptags() for part in parts)  # noqa: S704 - its tags are taken away
    return tuple(line for line in lines if line)


def _local(state: State) -> Any:
    """Addresses of the site, led to this preview."""
    url = state.built.url if state.built else ""
    return lambda address: (
        state.base + address.removeprefix(url) if url and address.startswith(url) else address
    )


# -- rendering -------------------------------------------------------------------------------


def _render(name: str, language: str, **values: Any) -> str:
    return _environment(language).get_template(name).render(lang=language, **values)


@cache
def _environment(language: str) -> "Environment":
    import babel
    import jinja2
    from babel.numbers import format_decimal

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FILES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts = spoken.catalog(language)
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    short = language.partition("-")[0].lower()
    locale = babel.Locale(short if short in spoken.languages() else "en")
    environment.filters.update(
        clock=clock, amount=lambda number: format_decimal(number, locale=locale)
    )
    return environment
