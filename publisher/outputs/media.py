"""Files that are published as they are: audio, pictures, transcripts, the theme's own."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from publisher import chunks, fingerprint
from publisher.model import (
    FOR_EVER,
    PAGE_CACHE,
    Asset,
    Batch,
    Episode,
    File,
    Memo,
    Show,
    Templates,
)
from publisher.outputs import rss

FONT = "font/woff2"
THEME_FILES = {
    "style.css": "text/css; charset=utf-8",
    "code.css": "text/css; charset=utf-8",
    "site.js": "text/javascript; charset=utf-8",
    "player.js": "text/javascript; charset=utf-8",
    "search.js": "text/javascript; charset=utf-8",
}


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File | Batch]:  # noqa: ARG001 - one signature for all outputs
    """What posts have, every other asset, then the theme's stylesheets, scripts and fonts."""
    for posts in chunks.pieces(show.episodes, (it.source.path for it in show.episodes)):
        own = [it for it in posts if it.enclosure or it.said]
        if own:
            yield Batch(fingerprint.of("media", own), partial(_of_posts, own))
    by_url = {asset.url: asset for asset in (*show.pictures, *show.assets)}
    urls = sorted(by_url)
    for piece in chunks.pieces(urls, urls):
        assets = [by_url[url] for url in piece]
        key = fingerprint.of([(it.url, it.digest, it.size, it.media_type) for it in assets])
        yield Batch(key, partial(_assets, assets))
    for name in (*THEME_FILES, *templates.fonts):
        yield theme_file(templates, name)
    body = templates.source("feed.css").encode()
    digest = hashlib.sha256(body).hexdigest()
    yield File(rss.STYLESHEET, digest, len(body), THEME_FILES["style.css"], body=lambda: [body])


def batch(files: list[File]) -> Batch:
    """Files that were made one by one."""
    return Batch(fingerprint.of(files), lambda _: files)


def _of_posts(posts: Iterable[Episode], _: Collection[str]) -> Iterator[File]:
    """The recordings and transcripts of posts, for which their fingerprints stand."""
    for it in posts:
        recording = [it.enclosure] if it.enclosure else []
        yield from _assets([*recording, *it.transcripts], ())


def _assets(assets: Iterable[Asset], _: Collection[str]) -> Iterator[File]:
    for it in assets:
        keeps_its_bytes = it.url.startswith(("/assets/", "/audio/"))
        yield File(
            it.url,
            it.digest,
            it.size,
            it.media_type,
            FOR_EVER if keeps_its_bytes else PAGE_CACHE,
            body=it.body,
            source=it.place,
        )


def theme_file(templates: Templates, name: str) -> File:
    """A stylesheet, script or font of the theme; its URL changes with its bytes."""
    body = _body(templates, name)
    digest = hashlib.sha256(body).hexdigest()
    stem, _, suffix = name.rpartition(".")
    url = f"/assets/{stem}-{digest[:8]}.{suffix}"
    return File(url, digest, len(body), THEME_FILES.get(name, FONT), FOR_EVER, body=lambda: [body])


def looks(templates: Templates) -> dict[str, bytes]:
    """The stylesheets and fonts by URL: what an open page can exchange."""
    styles = [name for name in THEME_FILES if name.endswith(".css")]
    names = (*styles, *templates.fonts)
    return {theme_file(templates, it).url: _body(templates, it) for it in names}


def _body(templates: Templates, name: str) -> bytes:
    return templates.fonts.get(name) or _with_fonts(templates, name)


def _with_fonts(templates: Templates, name: str) -> bytes:
    """A text of the theme, in which `url("serif.woff2")` names the font as it is published."""
    text = templates.source(name)
    for font in templates.fonts if name.endswith(".css") else ():
        published = theme_file(templates, font).url.rpartition("/")[2]
        text = text.replace(f'url("{font}")', f'url("{published}")')
    return text.encode()
