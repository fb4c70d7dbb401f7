"""The web app manifest, from which phones take name, colours and icon of a bookmarked site.

https://w3c.github.io/manifest/
"""

import json
from collections.abc import Iterator

from publisher import colors
from publisher.model import File, Memo, Picture, Settings, Show, Templates

URL = "/manifest.webmanifest"
CONTENT_TYPE = "application/manifest+json"
PURPOSES = {"icon-any": "any", "icon-maskable": "maskable"}  # by the beginning of their names


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:  # noqa: ARG001 - one signature for all outputs
    """The manifest, if the site has icons."""
    if show.icons:
        yield memo.file(URL, CONTENT_TYPE, manifest, show.settings, show.icons)


def manifest(settings: Settings, icons: tuple[Picture, ...]) -> bytes:
    """The manifest; the site stays in the browser, since it needs its address bar and tabs."""
    palette = colors.palette(settings.colors)
    content = {
        "name": settings.title,
        "description": settings.subtitle or settings.description,
        "lang": settings.language,
        "id": f"{settings.base}/",
        "start_url": f"{settings.base}/",
        "scope": f"{settings.base}/",
        "display": "browser",
        "background_color": palette.light.background,
        "theme_color": palette.brand,
        "icons": [
            {
                "src": settings.base + it.url,
                "sizes": f"{it.width}x{it.height}",
                "type": it.media_type,
                "purpose": purpose,
            }
            for it in icons
            for start, purpose in PURPOSES.items()
            if it.url.startswith(f"/assets/{start}-")
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
