"""What a page says to machines: schema.org's words as JSON-LD, and oEmbed."""

import json
from typing import Any

from publisher.model import Episode, Person, Picture
from publisher.outputs.theme import Frame, person_url
from publisher.outputs.words import isoduration

EMBED_WIDTH, EMBED_HEIGHT = 640, 420

Node = dict[str, Any]


def graph(*nodes: Node) -> str:
    """The nodes as JSON-LD, fit to stand inside a script element."""
    content = {"@context": "https://schema.org", "@graph": list(nodes)}
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028")


def home(site: Frame) -> str:
    """The series, and the site that it has."""
    website: Node = {"@type": "WebSite", "name": site.title, "url": f"{site.url}/"}
    return graph(website | {"inLanguage": site.language}, series(site))


def series(site: Frame) -> Node:
    """The podcast itself."""
    node: Node = {
        "@type": "PodcastSeries",
        "@id": f"{site.url}/#podcast",
        "name": site.title,
        "description": site.description,
        "url": f"{site.url}/",
        "webFeed": site.feed_url,
        "inLanguage": site.language,
        "author": [_person(site, it) for it in site.hosts] or _author(site),
    }
    if site.cover:
        node["image"] = site.url + site.cover.url
    return node


def post(site: Frame, episode: Episode, archive: str) -> str:
    """An article or episode, and the way to it; `archive` is what its page is called."""
    steps = (site.title, "/"), (archive, "/archive/"), (episode.title, episode.url)
    trail = breadcrumbs(site, *steps)
    if episode.enclosure is None:
        return graph(_article(site, episode), trail)
    return graph(_episode(site, episode), trail)


def breadcrumbs(site: Frame, *steps: tuple[str, str]) -> Node:
    """The steps from home to a page, each a name and a URL."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": site.url + url}
        for number, (name, url) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _common(site: Frame, post: Episode) -> Node:
    node: Node = {
        "url": site.url + post.url,
        "description": post.description,
        "datePublished": post.date.isoformat(),
        "inLanguage": site.language,
        "author": [_person(site, it) for it in post.hosts] or _author(site),
    }
    if post.guests:
        node["contributor"] = [_person(site, it) for it in post.guests]
    if post.tags:
        node["keywords"] = list(post.tags)
    if pictures := [it for it in (post.card, post.image or site.cover, post.small_image) if it]:
        node["image"] = [_image(site, it) for it in pictures]
    if post.license:
        node["license"] = post.license
    return node


def _image(site: Frame, it: Picture) -> Node:
    url = site.url + it.url
    return {"@type": "ImageObject", "url": url, "width": it.width, "height": it.height}


def _article(site: Frame, post: Episode) -> Node:
    return {
        "@type": "Article",
        "headline": post.title,
        "mainEntityOfPage": site.url + post.url,
        "wordCount": post.article.words,
        **_common(site, post),
    }


def _episode(site: Frame, post: Episode) -> Node:
    node = {"@type": "PodcastEpisode", "name": post.title, **_common(site, post)}
    node["partOfSeries"] = series(site)
    if post.number is not None:
        node["episodeNumber"] = str(post.number)
    if post.season is not None:
        node["partOfSeason"] = {"@type": "PodcastSeason", "seasonNumber": post.season}
    if audio := post.enclosure:
        node["timeRequired"] = isoduration(audio.duration)
        node["associatedMedia"] = {
            "@type": "AudioObject",
            "contentUrl": site.url + audio.url,
            "encodingFormat": audio.media_type,
            "contentSize": str(audio.size),
            "duration": isoduration(audio.duration),
        }
    starts = [it.start for it in post.chapters]
    ends = [*starts[1:], post.enclosure.duration if post.enclosure else 0.0]
    if post.chapters:
        node["hasPart"] = [
            {
                "@type": "Clip",
                "name": it.title,
                "startOffset": int(it.start),
                "endOffset": int(end),
                "url": f"{site.url}{post.url}?t={int(it.start)}",
            }
            for it, end in zip(post.chapters, ends, strict=False)
        ]
    return node


def _person(site: Frame, person: Person) -> Node:
    node = {"@type": "Person", "name": person.name, "url": site.url + person_url(person.name)}
    return node | ({"sameAs": person.url} if person.url else {})


def _author(site: Frame) -> Node:
    return {"@type": "Person", "name": site.author}


def oembed(site: Frame, post: Episode) -> bytes:
    """How to show the player of an episode elsewhere; https://oembed.com, type rich."""
    from html import escape

    where, title = escape(f"{site.url}{post.url}embed/"), escape(post.title)
    content: Node = {
        "version": "1.0",
        "type": "rich",
        "title": post.title,
        "author_name": site.author,
        "provider_name": site.title,
        "provider_url": f"{site.url}/",
        "html": f'<iframe src="{where}" title="{title}" width="{EMBED_WIDTH}" '
        f'height="{EMBED_HEIGHT}" loading="lazy" style="border:0;max-width:100%"></iframe>',
        "width": EMBED_WIDTH,
        "height": EMBED_HEIGHT,
    }
    if picture := post.small_image or post.image or site.small_cover:
        content["thumbnail_url"] = site.url + picture.url
        content["thumbnail_width"], content["thumbnail_height"] = picture.width, picture.height
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
