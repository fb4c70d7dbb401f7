"""Facts about files that are published as they are, asked from their bytes."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import Problem
from publisher.files import relative
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
PICTURE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


@dataclass(frozen=True)
class Stamp:
    """A file and what changes when it does: size in bytes, time of its last change."""

    path: Path
    size: int
    mtime_ns: int


def stamp(path: Path) -> Stamp:
    """The stamp of a file that exists."""
    stat = path.stat()
    return Stamp(path, stat.st_size, stat.st_mtime_ns)


def media_type(path: Path) -> str:
    """The Content-Type of a file, by its ending."""
    suffix = path.suffix.lower()
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def digest(path: Path) -> str:
    """The sha256 of a file, which need not fit into memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(content: bytes) -> str:
    """The sha256 of what is in memory."""
    return hashlib.sha256(content).hexdigest()


def address(stem: str, digest: str, suffix: str, folder: str = "assets") -> str:
    """A URL that changes with the bytes: `/assets/cover-3f9a12cd.jpg`."""
    return f"/{folder}/{slugified(stem)}-{digest[:8]}{suffix.lower()}"


def asset(file: Stamp) -> Asset:
    """A file as it is published under /assets/; a picture with its size in pixels.

    ValueError if it should be a picture and is none.
    """
    path, its_digest = file.path, digest(file.path)
    url = address(path.stem, its_digest, path.suffix)
    its_type = media_type(path)
    if not its_type.startswith("image/") or its_type == "image/svg+xml":
        return Asset(url, its_type, its_digest, file.size, path)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            kind = PICTURE_TYPES.get(image.format or "", its_type)
            return Picture(url, kind, its_digest, file.size, path, *image.size, image.mode)
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError("is no picture that can be read") from error


def thumbnail(picture: Picture, width: int, folder: Path) -> Path:
    """A smaller JPEG of a square picture, `width` pixels wide, kept in `folder`."""
    path = folder / picture.digest[:16] / f"{picture.path.stem}-{width}.jpg"
    if not path.exists():
        from PIL import Image

        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        with Image.open(picture.path) as image:
            image.draft("RGB", (width, width))
            small = image.convert("RGB").resize((width, width), Image.Resampling.LANCZOS)
            small.save(unfinished, "JPEG", quality=82, optimize=True)
        unfinished.replace(path)
    return path


class Assets:
    """The files of one show that are published as they are; complains of those that cannot be."""

    def __init__(self, root: Path, memo: Memo, problems: list[Problem]) -> None:
        self.root, self.memo, self.problems = root, memo, problems
        self.published: dict[str, Asset] = {}

    def has(self, path: Path) -> bool:
        """True if the file is there, and inside the show."""
        return path.is_file() and path.resolve().is_relative_to(self.root.resolve())

    def add(self, asset: Asset) -> Asset:
        """Publish an asset; equal bytes have one URL."""
        return self.published.setdefault(asset.url, asset)

    def file(self, path: Path) -> Asset | None:
        """Publish a file that is there; None if it is no picture though it should be."""
        try:
            return self.add(self.memo.call(asset, stamp(path)))
        except ValueError as error:
            hint = "Save it again as JPEG or PNG."
            name = relative(path, self.root)
            self.problems.append(Problem(name, 0, str(error), hint, rule="unreadable-picture"))
            return None

    def picture(self, name: str, folder: Path, source: Source, key: str) -> Picture | None:
        """Publish the picture that `key` of `source` names, relative to `folder`."""
        if not name:
            return None
        path = self.root / folder / name
        if not self.has(path):
            message = f"“{key}” names {name}, which does not exist"
            hint = f"Put the picture at {relative(path, self.root)}."
            line = source.line(key)
            self.problems.append(Problem(source.path, line, message, hint, rule="missing-file"))
            return None
        if not media_type(path).startswith("image/"):
            hint = "Name a JPEG or PNG file."
            line = source.line(key)
            message = f"“{key}” names {name}, which is no picture"
            self.problems.append(Problem(source.path, line, message, hint, rule="missing-file"))
            return None
        found = self.file(path)
        return found if isinstance(found, Picture) else None

    def thumbnail(self, cover: Picture) -> Picture | None:
        """Publish the cover as pages show it."""
        try:
            small = self.file(thumbnail(cover, 600, self.root / ".cache" / "pictures"))
        except (OSError, SyntaxError):  # Pillow's words for a file that is cut short
            name = relative(cover.path, self.root)
            hint = "Save it again as JPEG or PNG."
            message = "the picture is damaged or cut short"
            self.problems.append(Problem(name, 0, message, hint, rule="missing-file"))
            return None
        return small if isinstance(small, Picture) else None
