"""The website: home, posts, archive, tags, people, standing pages, and what robots read."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from publisher.model import Episode, File, Memo, Person, Show, Templates
from publisher.outputs.theme import Frame, Link, Tag, frame, person_url, render, tag_url

HTML = "text/html; charset=utf-8"
ON_HOME = 10
ON_ARCHIVE_PAGE = 20
RELATED = 3


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """Every page of the site, its sitemap and robots.txt."""
    site = frame(show, templates)
    urls = []
    for file in _pages(show, templates, site, memo):
        urls.append(site.url + file.url)
        yield file
    yield page(memo, templates, site, "/404.html", "404.html")
    yield memo.file("/sitemap.xml", "application/xml", sitemap, tuple(urls))
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
    yield at("/", "home.html", latest=latest, posts=posts[:ON_HOME], tags=tuple(tags))
    related = related_of(posts)
    for newer, post, older in _with_neighbours(posts):
        kin = related[post.url]
        file = at(post.url, "post.html", episode=post, older=older, newer=newer, related=kin)
        yield replace(file, source=post.source.path)
    for it in show.pages:
        yield replace(at(it.url, "page.html", page=it), source=it.source.path)
    for url, values in _archive(posts):
        yield at(url, "archive.html", **values)
    for tag, tagged in tags.items():
        file = at(tag.url, "tag.html", tag=tag, posts=tuple(tagged))
        yield replace(file, source=f"the tag “{tag.name}”")
    for one in people_of(posts):
        file = at(one.url, "person.html", person=one.person, posts=one.posts)
        yield replace(file, source=f"the person “{one.person.name}”")
    yield at("/subscribe/", "subscribe.html")


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


def sitemap(urls: tuple[str, ...]) -> bytes:
    """All pages that want to be found, as sitemaps.org describes."""
    rows = "".join(f"<url><loc>{escape(url)}</loc></url>\n" for url in urls)
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{start}{rows}</urlset>\n".encode()


def robots(url: str) -> bytes:
    """Every robot may read everything."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {url}/sitemap.xml\n".encode()
