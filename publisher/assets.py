"""Facts about files that are published as they are, asked from their bytes."""

import hashlib
import mimetypes
from functools import partial
from pathlib import Path

from publisher import metadata, raster
from publisher.around import Around
from publisher.errors import Problem
from publisher.files import Stamp, digest, relative, stamp
from publisher.frontmatter import slugified
from publisher.model import Asset, Memo, Picture, Source

# Written out where a system's table may differ.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".m4a": "audio/x-m4a",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".srt": "application/x-subrip",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
PICTURE_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # as phones save it, with more pictures behind the first
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}


def media_type(path: Path) -> str:
    """The Content-Type of a file, by its ending."""
    suffix = path.suffix.lower()
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def digest_of(content: bytes) -> str:
    """The sha256 of what is in memory."""
    return hashlib.sha256(content).hexdigest()


def address(stem: str, digest: str, suffix: str, folder: str = "assets") -> str:
    """A URL that changes with the bytes: `/assets/cover-3f9a12cd.jpg`."""
    return f"/{folder}/{slugified(stem)}-{digest[:8]}{suffix.lower()}"


def asset(file: Stamp) -> Asset:
    """A file as it is published under /assets/; a picture upright and without metadata.

    raster.UnreadableError if it should be a picture and is none.
    """
    path, its_type = file.path, media_type(file.path)
    if not its_type.startswith("image/") or its_type == "image/svg+xml":
        its_digest = digest(path)
        url = address(path.stem, its_digest, path.suffix)
        return Asset(url, its_type, its_digest, file.size, str(path))
    with raster.opened(path) as image:
        kind = PICTURE_TYPES.get(image.format or "", its_type)
        orientation = image.getexif().get(raster.ORIENTATION, 1)
        size = image.size[::-1] if orientation in raster.TURNED else image.size
        mode = image.mode
        is_animated = getattr(image, "is_animated", False) and image.format != "MPO"
        has_place = raster.GPS in image.getexif()
    is_known = kind in PICTURE_TYPES.values()
    is_remade = (orientation != 1 and not is_animated) or (has_place and not is_known)
    content = _cleaned(path, is_remade=is_remade)
    its_digest = digest_of(content)
    made = None if its_digest == digest(path) else partial(_body, path, is_remade)
    url = address(path.stem, its_digest, path.suffix)
    return Picture(
        url,
        kind,
        its_digest,
        len(content),
        str(path),
        *size,
        mode,
        is_animated=is_animated,
        made=made,
    )


def _cleaned(path: Path, *, is_remade: bool) -> bytes:
    if is_remade:
        return raster.turned(path)
    try:
        return metadata.stripped(path.read_bytes())
    except metadata.DamagedError as error:
        raise raster.UnreadableError(str(error)) from error


def _body(path: Path, is_remade: bool) -> list[bytes]:
    return [_cleaned(path, is_remade=is_remade)]


def thumbnail(picture: Picture, width: int, folder: Path) -> Path:
    """A smaller JPEG of a picture, `width` pixels wide, kept in `folder`.

    raster.UnreadableError if the picture is damaged.
    """
    path = folder / picture.digest[:16] / f"{picture.path.stem}-{width}.jpg"
    if not (path.exists() and path.stat().st_size):
        small = raster.narrowed(raster.upright(picture.path, width), width)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(raster.jpeg(raster.opaque(small)))
        unfinished.replace(path)
    return path


class Assets:
    """The files of one show that are published as they are; complains of those that cannot be."""

    def __init__(self, around: Around, memo: Memo, problems: list[Problem]) -> None:
        self.around, self.root = around, around.root
        self.memo, self.problems = memo, problems
        self.published: dict[str, Asset] = {}
        self.pictures: dict[str, Picture] = {}  # inside articles
        self.elsewhere: set[str] = set()  # places of what posts have for themselves

    def there(self, path: Path) -> Stamp | None:
        """The file if it is there, and inside the show."""
        found = self.around.file(path)
        return found if found and self.around.is_inside(path) else None

    def add(self, asset: Asset) -> Asset:
        """Publish an asset; equal bytes have one URL."""
        return self.published.setdefault(asset.url, asset)

    def of_post(self, path: Path) -> None:
        """Note a recording or transcript, which its post publishes."""
        if ".." in path.parts or not path.is_relative_to(self.root / "episodes"):
            self.elsewhere.add(str(path))

    def file(self, it: Stamp, *, in_article: bool = False) -> Asset | None:
        """Publish a file that is there; None if it is no picture though it should be.

        A picture in an article is kept apart: pages may show smaller ones in its place.
        """
        try:
            found = self.memo.call(asset, it)
        except raster.UnreadableError as error:
            self._complain(it.path, error)
            return None
        if in_article and isinstance(found, Picture):
            return self.pictures.setdefault(found.url, found)
        return self.add(found)

    def picture(self, name: str, folder: Path, source: Source, key: str) -> Picture | None:
        """Publish the picture that `key` of `source` names, relative to `folder`."""
        if not name:
            return None
        path = self.root / folder / name
        there = self.there(path)
        if not there:
            is_outside = self.around.file(path) is not None
            why = "does not lie in the show's folder" if is_outside else "does not exist"
            message = f"“{key}” names {name}, which {why}"
            hint = f"Put the picture at {relative(path, self.root)}."
            if is_outside:
                hint = "Copy it there; what lies elsewhere is never published."
            line = source.line(key)
            self.problems.append(Problem(source.path, line, message, hint, rule="missing-file"))
            return None
        if not media_type(path).startswith("image/"):
            hint = "Name a JPEG or PNG file."
            line = source.line(key)
            message = f"“{key}” names {name}, which is no picture"
            self.problems.append(Problem(source.path, line, message, hint, rule="missing-file"))
            return None
        found = self.file(there)
        return found if isinstance(found, Picture) else None

    def thumbnail(self, cover: Picture) -> Picture | None:
        """Publish the cover as pages show it."""
        try:
            small = self.file(stamp(thumbnail(cover, 600, self.root / ".cache" / "pictures")))
        except raster.UnreadableError as error:
            self._complain(cover.path, error)
            return None
        return small if isinstance(small, Picture) else None

    def _complain(self, path: Path, error: raster.UnreadableError) -> None:
        self.problems.append(unreadable(relative(path, self.root), str(error)))


def unreadable(name: str, message: str) -> Problem:
    """A picture that cannot be published, and what to do."""
    what = "with fewer pixels" if "megapixels" in message else "as JPEG or PNG"
    return Problem(name, 0, message, f"Save it again {what}.", rule="unreadable-picture")
