"""What pages say to machines."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, Sample, Tab
from lxml import etree

# The properties that schema.org gives these types, as far as we use them.
THING = {"@id", "@type", "name", "description", "image", "url", "sameAs"}
WORK = THING | {
    "author", "contributor", "datePublished", "hasPart", "inLanguage", "keywords", "license",
    "timeRequired",
}  # fmt: skip
VOCABULARY = {
    "WebSite": WORK,
    "PodcastSeries": WORK | {"webFeed"},
    "PodcastSeason": WORK | {"seasonNumber"},
    "PodcastEpisode": WORK | {"associatedMedia", "episodeNumber", "partOfSeries", "partOfSeason"},
    "Article": WORK | {"headline", "mainEntityOfPage", "wordCount"},
    "AudioObject": WORK | {"contentUrl", "contentSize", "duration", "encodingFormat"},
    "ImageObject": THING | {"width", "height"},
    "Clip": WORK | {"startOffset", "endOffset"},
    "BreadcrumbList": THING | {"itemListElement"},
    "ListItem": THING | {"item", "position"},
    "Person": THING,
}


def graph(html: str) -> list[dict[str, Any]]:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    content = json.loads(found)
    assert content["@context"] == "https://schema.org"
    nodes: list[dict[str, Any]] = content["@graph"]
    return nodes


def judge(value: Any) -> None:
    """Only known types with known properties, all the way down, and nothing empty."""
    if isinstance(value, list):
        for item in value:
            judge(item)
    elif isinstance(value, dict):
        assert value.keys() <= VOCABULARY[value["@type"]], value
        for item in value.values():
            judge(item)
    else:
        assert value not in ("", None)


@pytest.mark.parametrize(
    ("url", "types"),
    [
        ("/", ["WebSite", "PodcastSeries"]),
        ("/sales-leader/", ["PodcastEpisode", "BreadcrumbList"]),
        ("/messe-checkliste/", ["Article", "BreadcrumbList"]),
    ],
)
def test_json_ld_keeps_to_the_vocabulary(sample: Sample, url: str, types: list[str]) -> None:
    nodes = graph(sample.text(url))
    assert [node["@type"] for node in nodes] == types
    judge(nodes)


def test_an_episode_in_schema_org_words(sample: Sample) -> None:
    episode, trail = graph(sample.text("/sales-leader/"))
    assert episode["datePublished"] == "2026-10-05T06:00:00+02:00"
    assert episode["episodeNumber"] == "3"
    assert episode["partOfSeries"]["webFeed"].endswith("/feed/itunes/")
    assert episode["contributor"][0]["url"].endswith("/people/ilka-birkenrath/")
    assert urlsplit(episode["associatedMedia"]["contentUrl"]).path in sample.listing
    assert [(it["startOffset"], it["endOffset"]) for it in episode["hasPart"]][:2] == [
        (0, 24),
        (24, 51),
    ]
    assert [it["name"] for it in trail["itemListElement"]] == [
        "B2B-Ingenieur",
        "Archiv",
        "Vom Ingenieur zum Sales Leader",
    ]


@pytest.mark.parametrize("url", ["/", "/sales-leader/", "/messe-checkliste/", "/archive/"])
def test_open_graph_is_complete(sample: Sample, url: str) -> None:
    tags = dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)">', sample.text(url)))
    assert {
        "og:title", "og:type", "og:url", "og:image", "og:image:width", "og:image:height",
        "og:image:alt", "og:description", "og:site_name", "og:locale",
    } <= tags.keys()  # fmt: skip
    assert all(tags.values())
    assert tags["og:locale"] == "de_DE"
    assert urlsplit(tags["og:image"]).path in sample.listing


def test_a_link_to_an_episode_can_be_played_in_a_card(sample: Sample) -> None:
    tags = dict(re.findall(r'<meta name="(twitter:[\w:]+)" content="([^"]*)">',
                           sample.text("/sales-leader/")))  # fmt: skip
    assert tags["twitter:card"] == "player"
    assert urlsplit(tags["twitter:player"]).path in sample.listing
    assert (tags["twitter:player:width"], tags["twitter:player:height"]) == ("640", "420")


def test_each_page_lets_nothing_in_from_elsewhere(sample: Sample) -> None:
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
    pages = [url for url in sample.listing if url.endswith("/") and not url.startswith("/feed/")]
    assert len(pages) > 20
    for url in pages:
        (found,) = policy.findall(sample.text(url))
        rules = [it.split() for it in found.split(";")]
        sources = {source for name, *given in rules if name != "form-action" for source in given}
        assert ["default-src", "'self'"] in rules, url
        allowed = {"'self'", "'none'"}
        if "/newsletter/" in url and ["style-src", "'unsafe-inline'"] in rules:
            allowed |= {"'unsafe-inline'"}  # a mail's web view brings its own styles
        assert sources <= allowed, url


def test_articles_lead_to_the_next_and_the_one_before(sample: Sample) -> None:
    walked, url = [], "/sales-leader/"
    while url not in walked:
        walked.append(url)
        found = dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', sample.text(url)))
        if len(walked) > 1:
            assert found["next"] == walked[-2]
        url = found.get("prev", url)
    assert len(walked) > 2


def test_oembed_leads_to_the_player(sample: Sample) -> None:
    page = sample.text("/sales-leader/")
    (href,) = re.findall(r'type="application/json\+oembed"[^>]* href="([^"]+)"', page)
    described = json.loads(sample.text(urlsplit(href).path))
    assert (described["version"], described["type"]) == ("1.0", "rich")
    assert {"title", "provider_name", "html", "width", "height", "thumbnail_url"} <= set(described)
    (source,) = re.findall(r'src="([^"]+)"', described["html"])
    assert urlsplit(unescape(source)).path in sample.listing


def test_the_sitemap_has_dates_and_pictures(sample: Sample) -> None:
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = etree.fromstring(sample.text("/sitemap.xml").encode())
    paths = {urlsplit(loc.text).path for loc in root.iterfind("s:url/s:loc", names)}
    assert paths <= sample.listing.keys()
    assert {"/", "/sales-leader/", "/people/ilka-birkenrath/"} <= paths
    assert not any("/embed/" in path for path in paths)
    assert len(root.findall("s:url/s:lastmod", names)) == 5
    image = "{http://www.google.com/schemas/sitemap-image/1.1}loc"
    assert {urlsplit(it.text).path for it in root.iter(image)} <= sample.listing.keys()
    assert list(root.iter(image))


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_embedded_player(visit: Callable[..., Tab], viewport: dict[str, int]) -> None:
    tab = visit("/sales-leader/embed/?t=60", viewport=viewport)
    tab.page.get_by_role("button", name="15 Sekunden vor").click()
    assert tab.page.evaluate("document.querySelector('audio').currentTime") == 75
    assert tab.audio() == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.page.evaluate(wide) == 0
