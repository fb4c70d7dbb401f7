"""A picture in the sizes that screens need, as WebP, and one that every program shows."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import raster, store
from publisher.fingerprint import Fingerprinted
from publisher.model import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

PLAIN = ("image/jpeg", "image/png")  # what feeds and mails may show
LIGHT = 300_000  # bytes; a lighter picture that is narrow enough stays as it is


@dataclass(frozen=True)
class Recipe:
    """The widths, in pixels, of the WebP variants and of the picture that every program shows."""

    widths: tuple[int, ...]
    plain: int


# An article is 38rem wide, a cover 21rem at most; screens have up to three dots a pixel, but
# nobody sees more than two.
IN_ARTICLE = Recipe((400, 800, 1216), 1216)
COVER = Recipe((336, 672), 600)
PORTRAIT = Recipe((192, 384), 384)


@dataclass(frozen=True)
class Resizing(Fingerprinted):
    """One picture in all its sizes; `digest` stands for its content."""

    digest: str
    recipe: Recipe
    is_lossless: bool  # as drawings and screenshots are saved
    has_plain: bool  # as it is, it is fit for every program
    size: int
    path: Path = field(compare=False)
    folder: Path = field(compare=False)

    def make(self) -> list[store.Made]:
        """The WebP variants, narrowest first, unless they save nothing; then the plain picture."""
        image = raster.upright(self.path, max(*self.recipe.widths, self.recipe.plain))
        widest = min(image.width, self.recipe.widths[-1])
        widths = [it for it in self.recipe.widths if 1.2 * it < widest] + [widest]
        variants = [self._webp(raster.narrowed(image, it)) for it in widths]
        if self.has_plain:
            return variants if len(variants[-1].body) < self.size else []
        plain = raster.narrowed(image, self.recipe.plain)
        suffix, body = raster.plain(plain, is_drawing=self.is_lossless)
        made = store.Made("plain", suffix, *plain.size, body)
        return [*variants, made] if len(variants[-1].body) < len(body) else [made]

    def _webp(self, image: "Image") -> store.Made:
        body = raster.webp(image, is_drawing=self.is_lossless)
        return store.Made("variant", ".webp", *image.size, body)


def is_worth(picture: Picture) -> bool:
    """False for a picture that is shown as it is: animated, or small enough for every screen."""
    is_small = picture.width <= min(IN_ARTICLE.widths) and picture.media_type in PLAIN
    return not (picture.is_animated or is_small)


def resizing(picture: Picture, recipe: Recipe, folder: Path) -> Resizing:
    """What is to be made of a picture, to be kept in `folder`."""
    is_small = picture.width <= recipe.plain and picture.size <= LIGHT
    return Resizing(
        picture.digest,
        recipe,
        is_lossless=picture.media_type not in ("image/jpeg", "image/webp", "image/avif"),
        has_plain=is_small and picture.media_type in PLAIN and picture.mode != "CMYK",
        size=picture.size,
        path=picture.path,
        folder=folder,
    )


def shown(picture: Picture, job: Resizing, pieces: tuple[store.Piece, ...]) -> Picture:
    """The plain picture, with its variants."""
    name = picture.path.stem
    made = [(it.use, store.picture(job, it, name, picture.path)) for it in pieces]
    plain = next((it for use, it in made if use == "plain"), picture)
    return replace(plain, variants=tuple(it for use, it in made if use == "variant"))
