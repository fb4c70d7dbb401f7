"""The website: home, posts, archive, tags, people, standing pages, and what robots read."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from publisher.model import Episode, File, Memo, Person, Show, Templates
from publisher.outputs import structured
from publisher.outputs.theme import (
    Frame,
    Link,
    Tag,
    frame,
    person_url,
    render,
    season_url,
    tag_url,
    words,
)

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
ON_HOME = 10
ON_ARCHIVE_PAGE = 20
RELATED = 3


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """Every page of the site, its sitemap and robots.txt."""
    site = frame(show, templates)
    urls = []
    for file in _pages(show, templates, site, memo):
        urls.append(file.url)
        yield file
    yield from _embeds(show, templates, site, memo)
    yield page(memo, templates, site, "/404.html", "404.html")
    yield memo.file(
        "/sitemap.xml", "application/xml", sitemap, site.url, tuple(urls), show.episodes
    )
    yield memo.file("/robots.txt", "text/plain; charset=utf-8", robots, site.url)


def page(
    memo: Memo, templates: Templates, site: Frame, url: str, template: str, **values: Any
) -> File:
    """One page; `values` are what its template knows beside `site` and `url`."""
    return memo.file(url, HTML, _rendered, templates, site, template, {"url": url, **values})


def _rendered(templates: Templates, site: Frame, template: str, values: dict[str, Any]) -> bytes:
    return render(templates, template, site, **values).encode()


def _pages(show: Show, templates: Templates, site: Frame, memo: Memo) -> Iterator[File]:
    posts, tags = show.episodes, tags_of(show.episodes)
    latest = next((post for post in posts if post.enclosure), None)
    at = partial(page, memo, templates, site)
    about = structured.home(site)
    first = posts[:ON_HOME]
    yield at("/", "home.html", latest=latest, posts=first, tags=tuple(tags), about=about)
    related, archive = related_of(posts), words(templates, site).gettext("Archive")
    for newer, post, older in _with_neighbours(posts):
        kin = related[post.url]
        file = at(
            post.url,
            "post.html",
            episode=post,
            older=older,
            newer=newer,
            related=kin,
            about=structured.post(site, post, archive),
        )
        yield replace(file, source=post.source.path)
        if post.enclosure and post.transcripts:
            file = at(f"{post.url}transcript/", "transcript.html", episode=post)
            yield replace(file, source=post.source.path)
    for it in show.pages:
        yield replace(at(it.url, "page.html", page=it), source=it.source.path)
    seasons = seasons_of(posts)
    for url, values in _archive(posts):
        yield at(url, "archive.html", seasons=tuple(seasons), **values)
    for number, episodes in seasons.items():
        yield at(season_url(number), "season.html", number=number, posts=episodes)
    for tag, tagged in tags.items():
        file = at(tag.url, "tag.html", tag=tag, posts=tuple(tagged))
        yield replace(file, source=f"the tag “{tag.name}”")
    for one in people_of(posts):
        file = at(one.url, "person.html", person=one.person, posts=one.posts)
        yield replace(file, source=f"the person “{one.person.name}”")
    yield at("/subscribe/", "subscribe.html")


def _embeds(show: Show, templates: Templates, site: Frame, memo: Memo) -> Iterator[File]:
    """The player of each episode for other sites, and what tells them how to frame it."""
    for post in show.episodes:
        if post.enclosure:
            url = f"{post.url}embed/"
            file = page(memo, templates, site, url, "embed.html", episode=post)
            yield replace(file, source=post.source.path)
            described = memo.file(f"{post.url}oembed.json", JSON, structured.oembed, site, post)
            yield replace(described, source=post.source.path)


def _with_neighbours(
    posts: tuple[Episode, ...],
) -> Iterator[tuple[Link | None, Episode, Link | None]]:
    links = [None, *(Link(post.title, post.url) for post in posts), None]
    for i, post in enumerate(posts):
        yield links[i], post, links[i + 2]


def _archive(posts: tuple[Episode, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The newest posts at /archive/, then full pages counted from the oldest post.

    A numbered page never changes but for its link to the next one, however many posts follow.
    """
    count = max(0, math.ceil(len(posts) / ON_ARCHIVE_PAGE) - 1)
    urls = [f"/archive/{number}/" for number in range(1, count + 1)]
    links = tuple(Link(str(number), url) for number, url in enumerate(urls, 1))
    newest = {"number": 0, "newer": None, "older": links[-1] if links else None}
    yield "/archive/", {**newest, "posts": posts[:ON_ARCHIVE_PAGE], "pages": links[::-1]}
    for number, url in enumerate(urls, 1):
        end = len(posts) - (number - 1) * ON_ARCHIVE_PAGE
        yield (
            url,
            {
                "number": number,
                "posts": posts[end - ON_ARCHIVE_PAGE : end],
                "pages": (),
                "newer": links[number] if number < count else Link("", "/archive/"),
                "older": links[number - 2] if number > 1 else None,
            },
        )


def tags_of(posts: tuple[Episode, ...]) -> dict[Tag, list[Episode]]:
    """The posts of each tag, tags in alphabetical order; spellings with one URL are one tag."""
    names: dict[str, str] = {}
    tagged: dict[str, list[Episode]] = {}
    for post in posts:
        for name in dict.fromkeys(post.tags):
            url = tag_url(name)
            names.setdefault(url, name)
            tagged.setdefault(url, []).append(post)
    return {Tag(names[url], url, len(tagged[url])): tagged[url] for url in sorted(tagged)}


def seasons_of(posts: tuple[Episode, ...]) -> dict[int, tuple[Episode, ...]]:
    """The episodes of each season in the order of telling: oldest first, in both."""
    found: dict[int, list[Episode]] = {}
    for post in reversed(posts):
        if post.enclosure and post.season is not None:
            found.setdefault(post.season, []).append(post)
    return {number: tuple(found[number]) for number in sorted(found)}


@dataclass(frozen=True)
class Appearances:
    """A host or guest, the URL of their page and the posts in which they appear."""

    person: Person
    url: str
    posts: tuple[Episode, ...]


def people_of(posts: tuple[Episode, ...]) -> list[Appearances]:
    """All hosts and guests in alphabetical order, each as the newest post describes them."""
    persons: dict[str, Person] = {}
    appearances: dict[str, list[Episode]] = {}
    for post in posts:
        for url, person in {person_url(it.name): it for it in (*post.hosts, *post.guests)}.items():
            persons.setdefault(url, person)
            appearances.setdefault(url, []).append(post)
    return [Appearances(persons[url], url, tuple(appearances[url])) for url in sorted(persons)]


def related_of(posts: tuple[Episode, ...]) -> dict[str, tuple[Link, ...]]:
    """For each post's URL the older posts that share most tags with it, newest first among equals.

    Only older ones, so that a new post changes no page of another for this.
    """
    tagged: dict[str, list[Episode]] = {}
    related = {}
    for post in reversed(posts):
        tags = sorted({tag.casefold() for tag in post.tags})
        shared = Counter(other.url for tag in tags for other in tagged.get(tag, ()))
        others = {other.url: other for tag in tags for other in tagged.get(tag, ())}
        ranked = sorted(
            others.values(), key=lambda it: (shared[it.url], it.date, it.slug), reverse=True
        )
        related[post.url] = tuple(Link(it.title, it.url) for it in ranked[:RELATED])
        for tag in tags:
            tagged.setdefault(tag, []).append(post)
    return related


def sitemap(site: str, urls: tuple[str, ...], posts: tuple[Episode, ...]) -> bytes:
    """All pages that want to be found, with dates and pictures of posts, as sitemaps.org says."""
    by_url = {post.url: post for post in posts}
    rows = "".join(_sitemap_row(site, url, by_url.get(url)) for url in urls)
    start = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n'
    )
    return f"{start}{rows}</urlset>\n".encode()


def _sitemap_row(site: str, url: str, post: Episode | None) -> str:
    row = f"<loc>{escape(site + url)}</loc>"
    if post:
        row += f"<lastmod>{post.date.isoformat()}</lastmod>"
        pictures = [it.url for it in post.article.references if it.picture and it.url]
        own = [it.url for it in (post.image, post.card) if it]
        for picture in dict.fromkeys(own + pictures):
            row += f"<image:image><image:loc>{escape(site + picture)}</image:loc></image:image>"
    return f"<url>{row}</url>\n"


def robots(url: str) -> bytes:
    """Every robot may read everything."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {url}/sitemap.xml\n".encode()
