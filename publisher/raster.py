"""Pictures as pixels: opened upright and in sRGB, made smaller, written as WebP, JPEG or PNG.

The same pixels become the same bytes with the same Pillow.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST = 100  # megapixels; 200 MB when unpacked by half
ORIENTATION, GPS = 0x0112, 0x8825  # EXIF
TURNED = (5, 6, 7, 8)  # orientations that swap width and height


class UnreadableError(ValueError):
    """Why a picture cannot be published, as a sentence without its subject."""


@contextmanager
def opened(path: Path) -> Iterator["Image"]:
    """The picture, its pixels not yet unpacked; UnreadableError for all that goes wrong with it."""
    import struct

    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and so are its words
    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST * 1_000_000:
                size = f"{image.width} × {image.height} pixels"
                raise UnreadableError(f"has {size}, more than {LARGEST} megapixels")
            yield image
    except UnidentifiedImageError as error:
        raise UnreadableError("is no picture that can be read") from error
    # Pillow's words for a file that is damaged or cut short
    except (OSError, SyntaxError, EOFError, struct.error, IndexError) as error:
        raise UnreadableError("is damaged or cut short") from error


def upright(path: Path, width: int) -> "Image":
    """The picture as it is meant to be seen, in RGB or RGBA, not much wider than needed.

    A JPEG is unpacked to about twice `width` only, so 50 megapixels need no more memory than a
    screenshot; other formats cannot be.
    """
    from PIL import ImageOps

    with opened(path) as image:
        is_turned = image.getexif().get(ORIENTATION) in TURNED
        whole = image.height if is_turned else image.width
        scale = next((it for it in (8, 4, 2) if whole >= it * 1.5 * width), 1)
        image.draft(None, (image.width // scale, image.height // scale))
        image.load()
        factor = (image.height if is_turned else image.width) // (2 * width)
        small = image
        if factor > 1 and image.mode not in ("P", "1", "I;16"):
            small = image.reduce(factor)
        return _in_srgb(ImageOps.exif_transpose(small), image.info.get("icc_profile"))


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """RGB, or RGBA if any part of it is transparent."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        picture = _converted(image.convert("RGB"), profile)
        if alpha.getextrema() != (255, 255):
            picture.putalpha(alpha)
        return picture
    if image.mode in ("P", "1", "LAB", "HSV", "YCbCr", "F"):
        image = image.convert("RGB")
    return _converted(image, profile)


def _converted(image: "Image", profile: bytes | None) -> "Image":
    from PIL import ImageCms

    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(own):
                srgb = ImageCms.createProfile("sRGB")
                made = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
                return made or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that is damaged or of another kind: shown as browsers show it
    return image if image.mode == "RGB" else image.convert("RGB")


def narrowed(image: "Image", width: int) -> "Image":
    """The picture `width` pixels wide, never wider than it is."""
    from PIL import Image

    if width >= image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)


# -- bytes -------------------------------------------------------------------------------------

CRISP = 1.5  # so many times the bytes are worth it, if a drawing stays as sharp as it is


def opaque(image: "Image") -> "Image":
    """The picture on white, if any part of it is transparent."""
    from PIL import Image

    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def webp(image: "Image", *, is_drawing: bool = False) -> bytes:
    """WebP; of a drawing or screenshot without loss, unless that is far larger."""
    small = _written(image, "WEBP", quality=78, method=4)
    if not is_drawing:
        return small
    whole = _written(image, "WEBP", lossless=True, quality=60, method=4)
    return whole if len(whole) <= CRISP * len(small) else small


def plain(image: "Image", *, is_drawing: bool = False) -> tuple[str, bytes]:
    """JPEG or PNG, which every program shows, and its ending: PNG for drawings and alpha."""
    if image.mode == "RGBA":
        return ".png", png(image)
    small = jpeg(image)
    if is_drawing and len(whole := png(image)) <= CRISP * len(small):
        return ".png", whole
    return ".jpg", small


def jpeg(image: "Image", quality: int = 82, *, crisp: bool = False) -> bytes:
    """JPEG; `crisp` keeps colours as sharp as light, which coloured letters need."""
    options = {"quality": quality, "optimize": True, "progressive": True}
    return _written(image, "JPEG", **options, subsampling=0 if crisp else 2)


def png(image: "Image") -> bytes:
    """PNG."""
    return _written(image, "PNG", compress_level=9)


def _written(image: "Image", kind: str, **options: object) -> bytes:
    image.info = {}  # what is not said cannot be written
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def turned(path: Path) -> bytes:
    """A picture whose orientation was but noted, with its pixels turned, in its own format."""
    from PIL import ImageOps

    with opened(path) as image:
        kind = "JPEG" if image.format == "MPO" else image.format or "PNG"
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        upright.info = {}
        stream = io.BytesIO()
        options = {"icc_profile": profile} if profile else {}
        upright.save(stream, kind, quality=92, **options)
        return stream.getvalue()
