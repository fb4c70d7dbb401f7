"""The website: home, posts, archive, tags, people, standing pages, and what robots read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

from publisher import chapters, chunks, fingerprint
from publisher.model import (
    Batch,
    Chapter,
    Episode,
    File,
    Made,
    Memo,
    Person,
    Piece,
    Show,
    Templates,
)
from publisher.outputs import lists, sitemap, structured
from publisher.outputs.podcasting import absolute
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
JSON_CHAPTERS = "application/json+chapters"
ON_HOME = 10
ON_ARCHIVE_PAGE = 20
ON_LIST_PAGE = 50
RELATED = 3
NEAR = 500  # posts, among which related ones are sought
TAGS_THAT_COUNT = 6  # for what is related: their sets are 63, those of 20 a million


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File | Batch]:
    """Every page of the site, its sitemap and robots.txt."""
    site = frame(show, templates)
    tags = tags_of(show.episodes)
    sheets = [*_standing(show, site, tags), *_lists(show, tags)]
    yield from memo.batches(sheet, (templates, site), pieces_of(sheets))
    yield from memo.batches(of_post, (templates, site), _posts(show.episodes))
    yield page(memo, templates, site, "/404.html", "404.html")
    urls = [it.url for it in sheets] + [url for it in show.episodes for url in _pages_of(it)]
    yield from sitemap.sitemaps(show, memo, tuple(urls))
    yield memo.file("/robots.txt", "text/plain; charset=utf-8", robots, site.url)


def page(
    memo: Memo,
    templates: Templates,
    site: Frame,
    url: str,
    template: str,
    *,
    source: str = "",
    **values: Any,
) -> File:
    """One page; `values` are what its template knows beside `site` and `url`."""
    arguments = templates, site, template, {"url": url, **values}
    return memo.file(url, HTML, _rendered, *arguments, source=source)


def _rendered(templates: Templates, site: Frame, template: str, values: dict[str, Any]) -> bytes:
    return render(templates, template, site, **values).encode()


def _posts(posts: Sequence[Episode]) -> Iterator[Piece]:
    """The posts in pieces, known by all that their pages show: the posts near them, too."""
    places = chunks.cut([it.source.path for it in posts])
    outlines = (ascii([(it.title, it.url, it.tags) for it in posts[at]]) for at in places)
    prints = [fingerprint.of(it) for it in outlines]
    end = 0
    for number, at in enumerate(places):
        while end < len(places) and places[end].start < at.stop + NEAR:
            end += 1
        newer = Link(posts[at.start - 1].title, posts[at.start - 1].url) if at.start else None
        older = Link(posts[at.stop].title, posts[at.stop].url) if at.stop < len(posts) else None
        known = posts[at], newer, older, prints[number + 1 : end]
        near = posts[at.start : places[end - 1].stop]
        calls = partial(_calls, near, at.stop - at.start, (newer, older))
        yield Piece(known, calls, [it.source.path for it in posts[at]])


def _calls(
    posts: Sequence[Episode], count: int, neighbours: tuple[Link | None, Link | None]
) -> list[tuple[object, ...]]:
    """The arguments of `of_post` for the first posts, which stand between these neighbours."""
    others = related(posts, count)
    newer, older = neighbours
    links = [newer, *(Link(it.title, it.url) for it in posts[:count]), older]
    return [
        (post, (newer, older), others[post.url])
        for newer, post, older in zip(links, posts[:count], links[2:], strict=False)
    ]


@dataclass(frozen=True)
class Sheet:
    """A page, the template that makes it, and what that knows beside `site` and `url`."""

    url: str
    template: str
    values: dict[str, Any]
    source: str = field(default="", compare=False)


def pieces_of(sheets: Sequence[Sheet]) -> Iterator[Piece]:
    """Sheets by their URLs."""
    for some in chunks.pieces(sheets, (it.url for it in sheets)):
        yield Piece(tuple(some), partial(list, zip(some)), [it.source for it in some])


def _pages_of(post: Episode) -> list[str]:
    """The addresses of a post that want to be found."""
    has_transcript = post.enclosure and post.said
    return [post.url, f"{post.url}transcript/"] if has_transcript else [post.url]


def sheet(templates: Templates, site: Frame, it: Sheet) -> tuple[Made]:
    """The page of a sheet."""
    body = _rendered(templates, site, it.template, {"url": it.url, **it.values})
    return (Made(it.url, HTML, body),)


def _standing(show: Show, site: Frame, tags: Iterable[Tag]) -> Iterator[Sheet]:
    posts = show.episodes
    latest = next((post for post in posts if post.enclosure), None)
    values = {"latest": latest, "posts": posts[:ON_HOME], "tags": tuple(tags)}
    yield Sheet("/", "home.html", {**values, "about": structured.home(site)})
    yield Sheet("/subscribe/", "subscribe.html", {})
    for it in show.pages:
        yield Sheet(it.url, "page.html", {"page": it}, it.source.path)


def _lists(show: Show, tags: Mapping[Tag, list[Episode]]) -> Iterator[Sheet]:
    posts, seasons = show.episodes, seasons_of(show.episodes)
    for part in lists.parts(posts, "/archive/", "/archive/", ON_ARCHIVE_PAGE):
        yield Sheet(part.url, "archive.html", {"seasons": tuple(seasons), **vars_of(part)})
    for number, episodes in seasons.items():
        yield Sheet(season_url(number), "season.html", {"number": number, "posts": episodes})
    for tag, tagged in tags.items():
        for part in lists.parts(tuple(tagged), tag.url, tag.url, ON_LIST_PAGE):
            its_tag = tag if part.number == 0 else replace(tag, count=0)
            values = {"tag": its_tag, **vars_of(part)}
            yield Sheet(part.url, "tag.html", values, f"the tag “{tag.name}”")
    for one in people_of(posts):
        for part in lists.parts(one.posts, one.url, one.url, ON_LIST_PAGE):
            count = len(one.posts) if part.number == 0 else 0
            portrait = show.portraits.get(one.person.image) if part.number == 0 else None
            values = {"person": one.person, "portrait": portrait, "count": count, **vars_of(part)}
            yield Sheet(part.url, "person.html", values, f"the person “{one.person.name}”")


def vars_of(part: lists.Part) -> dict[str, Any]:
    """What a template of a list knows of its page."""
    return {name: value for name, value in vars(part).items() if name != "url"}


def of_post(
    templates: Templates,
    site: Frame,
    post: Episode,
    neighbours: tuple[Link | None, Link | None],
    related: tuple[Link, ...],
) -> tuple[Made, ...]:
    """The page of a post; of an episode also its transcript, chapters and player for others."""
    newer, older = neighbours
    archive = words(templates, site).gettext("Archive")

    def at(url: str, template: str, **values: Any) -> Made:
        return Made(url, HTML, _rendered(templates, site, template, {"url": url, **values}))

    made = [
        at(
            post.url,
            "post.html",
            episode=post,
            older=older,
            newer=newer,
            related=related,
            about=structured.post(site, post, archive),
        )
    ]
    if post.enclosure:
        if post.transcripts:
            made.append(at(f"{post.url}transcript/", "transcript.html", episode=post))
        made.append(at(f"{post.url}embed/", "embed.html", episode=post))
        made.append(Made(f"{post.url}oembed.json", JSON, structured.oembed(site, post)))
        if post.chapters:
            body = chapters.to_json(tuple(_absolute(site, it) for it in post.chapters))
            made.append(Made(f"{post.url}chapters.json", JSON_CHAPTERS, body))
    return tuple(made)


def _absolute(site: Frame, it: Chapter) -> Chapter:
    return replace(it, href=absolute(site.url, it.href), image=absolute(site.url, it.image))


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
    """All hosts and guests in alphabetical order, each as the newest posts describe them."""
    persons: dict[str, Person] = {}
    appearances: dict[str, list[Episode]] = {}
    for post in posts:
        for url, person in {person_url(it.name): it for it in (*post.hosts, *post.guests)}.items():
            it = persons.setdefault(url, person)  # what it leaves out, an older post may say
            persons[url] = replace(it, image=it.image or person.image, url=it.url or person.url)
            appearances.setdefault(url, []).append(post)
    return [Appearances(persons[url], url, tuple(appearances[url])) for url in sorted(persons)]


def related(posts: Sequence[Episode], count: int) -> dict[str, tuple[Link, ...]]:
    """For each of the first posts the older ones that share most tags with it, the newest first.

    Only older ones, so that a new post changes no page of another for this. For each set of tags
    the newest posts that have them all are kept, so that the cost of a post is that of its tags;
    the first few of them count.
    """
    newest: dict[tuple[str, ...], tuple[Episode, ...]] = {}
    found = {}
    for number in range(len(posts) - 1, -1, -1):
        post = posts[number]
        tags = sorted(list(dict.fromkeys(tag.casefold() for tag in post.tags))[:TAGS_THAT_COUNT])
        its: dict[str, Episode] = {}
        for size in range(len(tags), 0, -1):
            sets = list(combinations(tags, size))
            if number < count:
                others = {it.url: it for key in sets for it in newest.get(key, ())}
                ranked = sorted(others.values(), key=lambda it: (it.date, it.slug), reverse=True)
                its |= {it.url: it for it in ranked if it.url not in its}
            for key in sets:
                newest[key] = (post, *newest.get(key, ())[: RELATED - 1])
        if number < count:
            found[post.url] = tuple(Link(it.title, it.url) for it in list(its.values())[:RELATED])
    return found


def robots(url: str) -> bytes:
    """Every robot may read everything."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {url}/sitemap.xml\n".encode()
