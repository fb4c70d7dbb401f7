"""The cover as browsers and phones show it: in a tab, among bookmarks, on a home screen."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import raster, store

if TYPE_CHECKING:
    from PIL.Image import Image

TAB, APPLE, SMALL, LARGE = 32, 180, 192, 512  # pixels
SAFE = 0.8  # of a maskable icon is surely seen: https://w3c.github.io/manifest/#icon-masks


@dataclass(frozen=True)
class Icons:
    """The icons of a show, made from its cover; `ground` is a colour."""

    cover: str
    ground: str
    path: Path = field(compare=False)
    folder: Path = field(compare=False)

    def make(self) -> list[store.Made]:
        """The smallest first; the last one leaves room for a mask of any form."""
        from PIL import Image, ImageOps

        cover = ImageOps.fit(raster.opaque(raster.upright(self.path, LARGE)), (LARGE, LARGE))
        stream = io.BytesIO()
        _sized(cover, TAB).save(stream, "ICO", sizes=[(TAB, TAB)])
        inside = round(LARGE * SAFE)
        maskable = Image.new("RGB", (LARGE, LARGE), self.ground)
        maskable.paste(_sized(cover, inside), ((LARGE - inside) // 2,) * 2)
        return [
            store.Made("tab", ".ico", TAB, TAB, stream.getvalue()),
            store.Made("apple", ".png", APPLE, APPLE, raster.png(_sized(cover, APPLE))),
            *(
                store.Made("any", ".png", it, it, _light(_sized(cover, it)))
                for it in (SMALL, LARGE)
            ),
            store.Made("maskable", ".png", LARGE, LARGE, _light(maskable)),
        ]


def _sized(cover: "Image", side: int) -> "Image":
    from PIL import Image

    return cover.resize((side, side), Image.Resampling.LANCZOS)


def _light(image: "Image") -> bytes:
    """A PNG in 256 colours, a third of the bytes; nobody sees it at an icon's size."""
    return raster.png(image.quantize(256))
