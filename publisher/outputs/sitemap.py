"""The sitemap, over several files where it is long: https://www.sitemaps.org/protocol.html."""

from collections.abc import Iterator
from html import escape
from itertools import repeat

from publisher.model import Episode, File, Memo, Show
from publisher.outputs import lists

XML = "application/xml"
XML_START = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MAP = "/sitemap.xml"
ON_THE_MAP = 2_000  # addresses; sitemaps.org allows 50,000, but each new one writes them again


def sitemaps(show: Show, memo: Memo, urls: tuple[str, ...]) -> Iterator[File]:
    """All pages that want to be found; those of a very large site over several files."""
    site, by_url = show.settings.url, {post.url: post for post in show.episodes}
    posts = lists.shards(tuple(map(by_url.get, urls)), ON_THE_MAP)
    shards = list(zip(lists.shards(urls, ON_THE_MAP), posts, strict=True))
    if len(shards) < 2:
        yield memo.file(MAP, XML, sitemap, site, *shards[0])
        return
    names = [f"/sitemap-{number}.xml" for number in range(len(shards), 0, -1)]
    for name, shard in zip(names, shards, strict=True):
        yield memo.file(name, XML, sitemap, site, *shard)
    yield memo.file(MAP, XML, sitemap_index, site, tuple(names))


def sitemap(site: str, urls: tuple[str, ...], posts: tuple[Episode | None, ...]) -> bytes:
    """Pages with the dates and pictures of their posts, as https://www.sitemaps.org says."""
    content = "".join(map(_sitemap_row, repeat(site), urls, posts))
    start = (
        f'{XML_START}<urlset xmlns="{SITEMAP}"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n'
    )
    return f"{start}{content}</urlset>\n".encode()


def sitemap_index(site: str, names: tuple[str, ...]) -> bytes:
    """Where the sitemaps are."""
    rows = "".join(f"<sitemap><loc>{_escaped(site + it)}</loc></sitemap>\n" for it in names)
    return f'{XML_START}<sitemapindex xmlns="{SITEMAP}">\n{rows}</sitemapindex>\n'.encode()


def _sitemap_row(site: str, url: str, post: Episode | None) -> str:
    row = f"<loc>{_escaped(site + url)}</loc>"
    if post:
        row += f"<lastmod>{post.date.isoformat()}</lastmod>"
        references = post.article.references if post.is_linking else ()
        pictures = [it.url for it in references if it.picture and it.url]
        own = [it.url for it in (post.image, post.card) if it]
        for picture in dict.fromkeys(own + pictures):
            row += f"<image:image><image:loc>{_escaped(site + picture)}</image:loc></image:image>"
    return f"<url>{row}</url>\n"


def _escaped(text: str) -> str:
    return escape(text, quote=False)
