"""Share cards: what chats and social networks show for a link to a post, 1200 × 630 pixels.

The card looks as the site's own head: a band on grid paper, the title, the cover, and the length
as a draughtsman writes it.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import THEME, raster, store
from publisher.colors import Palette, mixed
from publisher.files import digest
from publisher.fingerprint import Fingerprinted
from publisher.lettering import Block, Room, Typeface, drawable, fitted

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630  # what Facebook, LinkedIn, X, Mastodon and Signal show uncropped
LARGEST = 100_000  # bytes; WhatsApp shows no large picture
GRID = 42  # pixels
EDGE = 64
COVER = 380
TITLE_SIZES = tuple(range(84, 39, -4))
TITLE_TOP, TITLE_BOTTOM = 136, 476


@dataclass(frozen=True)
class Faces(Fingerprinted):
    """The fonts of cards: the theme's, or those in the show's own templates/fonts/."""

    bold: Typeface
    medium: Typeface


def faces(root: Path) -> Faces:
    """The fonts that a show has."""
    return Faces(_face(root, "bold"), _face(root, "medium"))


def _face(root: Path, name: str) -> Typeface:
    folders = (root / "templates" / "fonts", THEME / "fonts")
    found = (folder / f"{name}{suffix}" for folder in folders for suffix in (".otf", ".ttf"))
    path = next(path for path in found if path.is_file())
    return Typeface(path, digest(path))


@dataclass(frozen=True)
class Card(Fingerprinted):
    """All that is on a card; `cover` is the digest of the picture at `path`, '' for none."""

    title: str
    show: str
    meta: str
    length: str
    language: str
    palette: Palette
    faces: Faces
    cover: str
    path: Path | None = field(compare=False)
    folder: Path = field(compare=False)

    def make(self) -> list[store.Made]:
        """The card as a JPEG of at most 100 KB.

        None if the font lacks letters of the title: no card is better than a wrong one.
        """
        if not drawable(self.title, self.faces.bold):
            return []
        image = draw(self)
        bodies = (raster.jpeg(image, quality, crisp=True) for quality in (86, 78, 68, 54, 36, 20))
        body = next(it for it in bodies if len(it) <= LARGEST)
        return [store.Made("card", ".jpg", WIDTH, HEIGHT, body)]


def draw(card: Card) -> "Image":
    """The card's pixels."""
    from PIL import Image, ImageDraw

    colors, bold, medium = card.palette, card.faces.bold, card.faces.medium
    image = Image.new("RGB", (WIDTH, HEIGHT), colors.brand)
    pen = ImageDraw.Draw(image)
    _grid(pen, colors.brand_line)
    right = WIDTH - EDGE
    if card.path:
        right -= COVER + EDGE
        _picture(image, card)
    wide = right - EDGE
    say = _Pen(pen, wide)
    say.line(drawable(card.show, bold), bold.at(34), 88, colors.on_brand)
    room = Room(wide, TITLE_BOTTOM - TITLE_TOP, TITLE_SIZES)
    block = fitted(drawable(card.title, bold), bold, room, card.language)
    _lines(pen, block, bold, colors.on_brand)
    say.line(drawable(card.meta, medium), medium.at(30), 572, colors.on_brand_soft)
    _dimension(image, card, (EDGE, right))
    return image


def _grid(pen: "ImageDraw", color: str) -> None:
    for x in range(WIDTH // 2 % GRID, WIDTH, GRID):
        pen.line((x, 0, x, HEIGHT), color, 1)
    for y in range(GRID, HEIGHT, GRID):
        pen.line((0, y, WIDTH, y), color, 1)


@dataclass(frozen=True)
class _Pen:
    pen: "ImageDraw"
    width: int

    def line(self, text: str, font: "FreeTypeFont", baseline: int, color: str) -> None:
        """One line, cut between words where it is too long."""
        shown, words = text, text.split(" ")
        while font.getlength(shown) > self.width:
            if len(words) > 1:
                words.pop()
            else:
                words = [words[0][:-1]]
            shown = " ".join(words) + " …"
        self.pen.text((EDGE, baseline), shown, color, font, anchor="ls")


def _lines(pen: "ImageDraw", block: Block, face: Typeface, color: str) -> None:
    """The title, its lines together in the middle of their room."""
    font = face.at(block.size)
    capital = -font.getbbox("H", anchor="ls")[1]
    tall = capital + block.leading * (len(block.lines) - 1)
    y = TITLE_TOP + (TITLE_BOTTOM - TITLE_TOP - tall) / 2 + capital
    for number, line in enumerate(block.lines):
        pen.text((EDGE - 2, round(y) + number * block.leading), line, color, font, anchor="ls")


def _dimension(image: "Image", card: Card, ends: tuple[int, int]) -> None:
    """The line of a draughtsman, |<-- 52 min -->|, or without a length |<---->|."""
    from PIL import ImageDraw

    (left, right), middle = ends, 514
    mask = _arrows(right - left).copy()
    text, bold = drawable(card.length, card.faces.bold), card.faces.bold
    if text:
        font = bold.at(28)
        half = round(font.getlength(text) / 2) + 18
        center = mask.width // 2
        mask.paste(0, (center - half, 0, center + half, mask.height))
        place = left + center, middle + 10
        ImageDraw.Draw(image).text(place, text, card.palette.on_brand, font, anchor="ms")
    image.paste(card.palette.signal, (left, middle - mask.height // 2), mask)


@lru_cache(maxsize=4)
def _arrows(length: int) -> "Image":
    """The line as a mask, drawn large so that its slopes come out smooth."""
    from PIL import Image, ImageDraw

    scale = 4
    wide, tall = length * scale, 32 * scale
    mask, y = Image.new("L", (wide, tall)), tall // 2
    pen = ImageDraw.Draw(mask)
    pen.rectangle((0, y - 1.5 * scale, wide, y + 1.5 * scale), 255)
    for x, way in ((0, 1), (wide, -1)):
        tip = x + way * 3 * scale
        pen.rectangle((min(x, tip), 0, max(x, tip), tall), 255)
        pen.polygon([(tip, y), *((tip + way * 17 * scale, y + d * scale) for d in (-6, 6))], 255)
    return mask.resize((length, 32), Image.Resampling.LANCZOS)


def _picture(image: "Image", card: Card) -> None:
    """The cover with round corners and a fine edge, which a cover in the brand's colour needs."""
    if card.path is None:
        return
    x, y = WIDTH - EDGE - COVER, (HEIGHT - COVER) // 2
    edge = mixed(card.palette.brand, card.palette.on_brand, 0.14)
    image.paste(edge, (x - 2, y - 2), _rounded(COVER + 4))
    image.paste(_cover(card.path, card.cover), (x, y), _rounded(COVER))


@lru_cache(maxsize=4)
def _rounded(side: int) -> "Image":
    """A square with round corners as a mask."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, side * 4 - 1, side * 4 - 1), 48, 255)
    return mask.resize((side, side), Image.Resampling.LANCZOS)


@lru_cache(maxsize=4)
def _cover(path: Path, _digest: str) -> "Image":
    """The middle of the cover as a square; kept, because most cards show the same."""
    from PIL import ImageOps

    return ImageOps.fit(raster.opaque(raster.upright(path, COVER)), (COVER, COVER))
