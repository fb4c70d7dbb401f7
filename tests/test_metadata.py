"""What cameras and programs write into pictures goes; the pixels stay."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from publisher import metadata

GPS = {1: "N", 2: (48.0, 46.0, 33.0), 3: "E", 4: (9.0, 10.0, 58.0)}


def exif() -> bytes:
    """Where the picture was taken, and with what."""
    found = Image.Exif()
    found[0x0110] = "Kamera von Änne"
    found.get_ifd(0x8825).update(GPS)
    return found.tobytes()


def photo(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Pixels that all differ."""
    return Image.radial_gradient("L").resize(size).convert("RGB")


def saved(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    photo().save(stream, kind, **options)
    return stream.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"comment": b"Geheimnis", "progressive": True}),
        ("JPEG", {"xmp": b"<x:xmpmeta>Geheimnis</x:xmpmeta>"}),
        ("WEBP", {"xmp": b"<x:xmpmeta>Geheimnis</x:xmpmeta>"}),
        ("PNG", {}),
    ],
)
def test_pixels_and_profile_stay_and_all_else_goes(kind: str, options: dict[str, object]) -> None:
    if kind == "PNG":
        texts = PngInfo()
        texts.add_text("Author", "Geheimnis")
        options = {"pnginfo": texts}
    content = saved(kind, exif=exif(), icc_profile=PROFILE, **options)
    assert b"Geheimnis" in content
    assert b"Kamera" in content
    clean = metadata.stripped(content)
    assert b"Geheimnis" not in clean
    assert b"Kamera" not in clean
    before, after = opened(content), opened(clean)
    assert not after.getexif()
    assert after.info["icc_profile"] == PROFILE
    assert after.tobytes() == before.tobytes()
    assert metadata.stripped(clean) == clean


def test_an_animation_keeps_its_frames_and_loops() -> None:
    stream = io.BytesIO()
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 90, 200)]
    frames[0].save(
        stream, "GIF", save_all=True, append_images=frames[1:], loop=0, comment=b"Geheimnis"
    )
    clean = metadata.stripped(stream.getvalue())
    assert b"Geheimnis" in stream.getvalue()
    assert b"Geheimnis" not in clean
    assert (opened(clean).n_frames, opened(clean).info["loop"]) == (3, 0)


def test_the_video_behind_a_photo_goes() -> None:
    content = saved("JPEG")
    assert metadata.stripped(content + b"\0\0\0\x18ftypmp42 where I live") == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_that_is_cut_short_is_noticed(kind: str) -> None:
    content = saved(kind)
    for end in (len(content) // 2, len(content) - 2):
        with pytest.raises(metadata.DamagedError):
            metadata.stripped(content[:end])


def test_a_png_chunk_of_an_unknown_program_goes() -> None:
    content = saved("PNG")
    body = b"prVtGeheimnis"
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    assert metadata.stripped(content[:-12] + chunk + content[-12:]) == content


def test_what_is_no_picture_stays() -> None:
    assert metadata.stripped(b"<svg/>") == b"<svg/>"
