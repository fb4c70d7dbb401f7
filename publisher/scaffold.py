"""New shows and new episodes."""

import colorsys
import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from publisher import PACKAGE, frontmatter
from publisher.errors import Problem, PublishError

STARTER = PACKAGE / "starter"
PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # of podcast:guid
COVER = 3000  # pixels, Apple's largest


def defaults(folder: Path, language: str, author: str) -> dict[str, str]:
    """The questions of `init`, in their order, each with an answer that works."""
    name = folder.resolve().name
    title = name.replace("-", " ").title() or "Podcast"
    host = f"{frontmatter.slugified(name)}.example"
    return {
        "language": language,
        "title": title,
        "author": author or title,
        "email": f"feedback@{host}",
        "url": f"https://{host}",
    }


def refuse_full(folder: Path) -> None:
    """PublishError if there is something in the folder, which must not be written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "Name a folder that is empty or does not exist yet."
        raise PublishError([Problem(str(folder), 0, "there is something in it already", hint)])


def init(folder: Path, answers: Mapping[str, str], category: tuple[str, ...]) -> Iterator[Path]:
    """Write a new show into a folder that is empty or not there yet."""
    refuse_full(folder)
    spoken = answers["language"].partition("-")[0].lower()
    starter = STARTER / (spoken if (STARTER / spoken).is_dir() else "en")
    feed = answers["url"].partition("://")[2].strip("/") + "/feed/itunes"
    words = {name: quoted(text) for name, text in answers.items()}
    words |= {
        "sender": quoted(re.sub(r'[<>"]', "", answers["title"])).strip(),
        "categories": "[[" + ", ".join(f'"{quoted(it)}"' for it in category) + "]]",
        "guid": str(uuid.uuid5(PODCAST_NAMESPACE, feed)),
        "episode_guid": str(uuid.uuid4()),
        "host": answers["url"].partition("://")[2].partition("/")[0],
    }
    for source in sorted(path for path in starter.rglob("*") if path.is_file()):
        path = folder / source.relative_to(starter)
        if path.name == "gitignore":
            path = path.with_name(".gitignore")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(source.read_text("utf-8")).substitute(words), "utf-8")
        yield path
    _draw_cover(folder / "cover.jpg", answers["title"])
    yield folder / "cover.jpg"


def quoted(text: str) -> str:
    """A text as it stands between double quotes in TOML and YAML alike."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _draw_cover(path: Path, title: str) -> None:
    """A plain picture in a colour of the title's own, to be replaced by a real one."""
    from PIL import Image, ImageDraw

    hue = hashlib.sha256(title.encode()).digest()[0] / 255
    dark, light = (
        tuple(round(255 * part) for part in colorsys.hls_to_rgb(hue, lightness, 0.45))
        for lightness in (0.22, 0.62)
    )
    image = Image.new("RGB", (COVER, COVER), dark)
    draw = ImageDraw.Draw(image)
    middle = COVER // 2
    for ring in range(5):
        radius = 1150 - 220 * ring
        box = (middle - radius, middle - radius, middle + radius, middle + radius)
        draw.ellipse(box, fill=light if ring % 2 == 0 else dark)
    image.save(path, "JPEG", quality=85, optimize=True)
