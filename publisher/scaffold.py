"""New shows and new episodes."""

import colorsys
import hashlib
import locale
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from publisher import PACKAGE, audio, frontmatter
from publisher.check.addresses import RESERVED
from publisher.errors import Exit, Failure, Problem, PublishError

STARTER = PACKAGE / "starter"
PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # of podcast:guid
COVER = 3000  # pixels, Apple's largest


def defaults(folder: Path, language: str | None) -> dict[str, str]:
    """The five questions of `init`, each with an answer that works."""
    system = (locale.getlocale()[0] or "en").partition("_")[0].lower()
    spoken = language or (system if (STARTER / system).is_dir() else "en")
    title = folder.resolve().name.replace("-", " ").title()
    host = f"{frontmatter.slugified(folder.resolve().name)}.example"
    return {
        "title": title,
        "language": spoken,
        "author": title or "Podcast",
        "email": f"feedback@{host}",
        "url": f"https://{host}",
    }


def init(folder: Path, answers: Mapping[str, str], category: str) -> Iterator[Path]:
    """Write a new show into a folder that is empty or not there yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "Name a folder that is empty or does not exist yet."
        raise PublishError([Problem(str(folder), 0, "there is something in it already", hint)])
    spoken = answers["language"].partition("-")[0].lower()
    starter = STARTER / (spoken if (STARTER / spoken).is_dir() else "en")
    feed = answers["url"].partition("://")[2].strip("/") + "/feed/itunes"
    words = {name: _toml(text) for name, text in answers.items()}
    words |= {
        "sender": _toml(re.sub(r'[<>"]', "", answers["title"])).strip(),
        "category": _toml(category),
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


def _toml(text: str) -> str:
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


def new(root: Path, title: str, recording: Path | None, now: datetime) -> Path:
    """Write the article of a new post, and bring its recording beside it; returns the article."""
    from publisher import read

    settings = read.settings(root)
    facts = _facts(recording) if recording else None
    title = title or (facts.title if facts else "")
    if not title:
        hint = 'Write it behind the command: publish new "My title"'
        raise PublishError([Problem("episodes/", 0, "the new post has no title", hint)])
    is_there_already = recording and recording.resolve().parent == (root / "episodes").resolve()
    stem = recording.stem if recording and is_there_already else _stem(title, now)
    path = root / "episodes" / f"{stem}.md"
    if path.exists():
        hint = "Choose another title, or edit that file."
        raise PublishError([Problem(f"episodes/{path.name}", 0, "this file exists already", hint)])
    local = now.astimezone(ZoneInfo(settings.timezone))
    rows = {"title": f'"{_toml(title)}"', "date": f"{local:%Y-%m-%d %H:%M}"}
    if stem != frontmatter.slugified(stem):
        rows["slug"] = frontmatter.slugified(stem)
    if facts:
        rows["episode"] = str(_next_number(root))
    rows["guid"] = str(uuid.uuid4())
    rows["description"] = ""
    path.parent.mkdir(exist_ok=True)
    if recording and facts and not is_there_already:
        shutil.copyfile(recording, path.with_suffix(f".{facts.extension}"))
    front = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in rows.items())
    path.write_text(f"---\n{front}---\n\n", "utf-8")
    return path


def _stem(title: str, now: datetime) -> str:
    """A file name from a title; one that would be the site's own address gets the day behind it."""
    stem = frontmatter.slugified(title)
    return f"{stem}-{now:%Y-%m-%d}" if stem in (*RESERVED, "index") else stem


def _facts(recording: Path) -> audio.AudioFacts:
    if not recording.is_file():
        raise Failure(Exit.USAGE, f"there is no file {recording}", "Mend the path behind --audio.")
    try:
        return audio.probe(recording)
    except audio.AudioError as error:
        raise PublishError([Problem(str(recording), 0, error.message, error.hint)]) from None


def _next_number(root: Path) -> int:
    """One more than the highest episode number in the front matters."""
    numbers = [0]
    for path in (root / "episodes").glob("**/*.md"):
        content = path.read_text("utf-8", "replace")
        written = frontmatter.post(content, path.name, "x", ZoneInfo("UTC"))
        numbers.append(int(written.number or 0))
    return max(numbers) + 1
