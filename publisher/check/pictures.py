"""Rules about the cover and the episodes' pictures: Apple's artwork requirements."""

from collections.abc import Iterator

from publisher.check.rule import APPLE, ERROR, WARNING, at, rule
from publisher.errors import Problem
from publisher.model import Picture, Show, Source

SMALLEST, LARGEST = 1400, 3000  # pixels
ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}
SAVE = "Save it as JPEG, RGB, square, 3000 × 3000 pixels."


@rule(
    ERROR,
    APPLE,
    why="Apple rejects a cover that is smaller, larger or not square, and with it the show.",
    remedy=SAVE,
)
def cover_size(show: Show) -> Iterator[Problem]:
    """The cover is square, 1400 to 3000 pixels wide."""
    if show.cover and (message := _size(show.cover)):
        yield at(show.settings.source, "cover", f"the cover {message}")


@rule(ERROR, APPLE, why="Apple reads JPEG and PNG only, and rejects the show.", remedy=SAVE)
def cover_format(show: Show) -> Iterator[Problem]:
    """The cover is a JPEG or PNG."""
    if show.cover and (message := _format(show.cover)):
        yield at(show.settings.source, "cover", f"the cover {message}")


@rule(
    ERROR,
    APPLE,
    why="Apple demands the colour space RGB; pictures made for print (CMYK) come out in wrong "
    "colours, transparent ones on black.",
    remedy="Save it in RGB, without transparency.",
)
def cover_colour(show: Show) -> Iterator[Problem]:
    """The cover's colours are RGB, without transparency."""
    if show.cover and (message := _colour(show.cover)):
        yield at(show.settings.source, "cover", f"the cover {message}")


@rule(
    WARNING,
    APPLE,
    why="Apps show the show's cover instead of an episode's picture that they cannot use.",
    remedy=SAVE,
)
def episode_image_size(show: Show) -> Iterator[Problem]:
    """An episode's picture is square, 1400 to 3000 pixels wide."""
    for source, picture in _episode_images(show):
        if message := _size(picture):
            yield at(source, "image", f"the episode's picture {message}")


@rule(
    ERROR,
    APPLE,
    why="No podcast app shows other formats than JPEG and PNG in an episode.",
    remedy=SAVE,
)
def episode_image_format(show: Show) -> Iterator[Problem]:
    """An episode's picture is a JPEG or PNG."""
    for source, picture in _episode_images(show):
        if message := _format(picture):
            yield at(source, "image", f"the episode's picture {message}")


@rule(
    WARNING,
    APPLE,
    why="Pictures made for print (CMYK) come out in wrong colours, transparent ones on black.",
    remedy="Save it in RGB, without transparency.",
)
def episode_image_colour(show: Show) -> Iterator[Problem]:
    """An episode's picture is RGB, without transparency."""
    for source, picture in _episode_images(show):
        if message := _colour(picture):
            yield at(source, "image", f"the episode's picture {message}")


@rule(
    ERROR,
    APPLE,
    why="Apple goes by the ending of the file; a PNG that is called .jpg is rejected.",
    remedy="Rename it, and mend the name where it is used.",
)
def picture_type(show: Show) -> Iterator[Problem]:
    """The ending of a cover or episode picture tells its real format."""
    pictures = list(_episode_images(show))
    if show.cover:
        pictures.append((show.settings.source, show.cover))
    for source, picture in pictures:
        endings = ENDINGS.get(picture.media_type)
        if endings and picture.path.suffix.lower() not in endings:
            key = "cover" if picture is show.cover else "image"
            kind = picture.media_type.partition("/")[2].upper()
            hint = f"Rename it to {picture.path.with_suffix(endings[0]).name}."
            yield at(source, key, f"{picture.path.name} is really a {kind}", hint)


def _episode_images(show: Show) -> Iterator[tuple[Source, Picture]]:
    for it in show.episodes:
        if it.image and it.enclosure:
            yield it.source, it.image


def _size(picture: Picture) -> str:
    size = f"is {picture.width} × {picture.height} pixels"
    if picture.width != picture.height:
        return f"{size}, not square"
    if picture.width < SMALLEST:
        return f"{size}, smaller than {SMALLEST}"
    return f"{size}, larger than {LARGEST}" if picture.width > LARGEST else ""


def _format(picture: Picture) -> str:
    if picture.media_type in ENDINGS:
        return ""
    return f"is a {picture.media_type.partition('/')[2].upper()}, neither JPEG nor PNG"


def _colour(picture: Picture) -> str:
    if picture.mode in ("RGB", "P"):  # P: a palette of RGB colours
        return ""
    if picture.mode == "RGBA":
        return "has transparent parts"
    if picture.mode in ("1", "L", "LA", "I", "I;16", "F"):
        return "is stored as shades of grey, not as RGB"
    return f"has the colours {picture.mode}, not RGB"


RULES = (
    cover_size,
    cover_format,
    cover_colour,
    episode_image_size,
    episode_image_format,
    episode_image_colour,
    picture_type,
)
