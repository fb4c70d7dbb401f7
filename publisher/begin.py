"""A new post: its article with all that its recording knows, and its files beside it."""

import io
import itertools
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher import audio, frontmatter, times
from publisher.check.addresses import RESERVED
from publisher.check.pictures import LARGEST, SMALLEST
from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.inside import Inside
from publisher.inside import read as inside_of
from publisher.model import Chapter
from publisher.scaffold import quoted


@dataclass(frozen=True)
class Begun:
    """A new post: its article, the other files that were written, and what there is to say."""

    article: Path
    beside: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def new(root: Path, title: str, recording: Path | None, now: datetime) -> Begun:
    """Write the article of a new post, and bring its recording and picture beside it.

    Nothing that is there already is written over.
    """
    from publisher import read

    settings = read.settings(root)
    facts = _facts(recording) if recording else None
    title = title.strip() or (facts.title if facts else "")
    if not title:
        hint = 'Write it behind the command: publish new "My title"'
        raise PublishError([Problem("episodes/", 0, "the new post has no title", hint)])
    number = 0
    inside = Inside()
    if recording and facts:
        inside = inside_of(recording, facts.extension)
        number = _number(root, inside.number)
    episodes = root / "episodes"
    is_there_already = recording and recording.resolve().parent == episodes.resolve()
    stem = recording.stem if recording and is_there_already else _stem(title, number, now, episodes)
    path = episodes / f"{stem}.md"
    copy = path.with_name(f"{stem}.{facts.extension}") if facts and not is_there_already else None
    _refuse_existing(root, [path, episodes / stem / "index.md", *([copy] if copy else [])])
    local = now.astimezone(ZoneInfo(settings.timezone))
    rows = {"title": f'"{quoted(title)}"', "date": f"{local:%Y-%m-%d %H:%M}"}
    if stem != frontmatter.slugified(stem):
        rows["slug"] = frontmatter.slugified(stem)
    if number:
        rows["episode"] = str(number)
    rows["guid"] = str(uuid.uuid4())
    rows["description"] = ""
    if facts and facts.chapters:
        rows["chapters"] = _chapters(facts.chapters)
    path.parent.mkdir(exist_ok=True)
    beside, notes = [], []
    if recording and copy:
        _copy(recording, copy)
        beside.append(copy)
    if inside.picture:
        picture, note = _picture(path, inside.picture, root / settings.cover)
        beside += [picture] if picture else []
        notes += [note] if note else []
    front = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in rows.items())
    with path.open("x", encoding="utf-8") as file:
        file.write(f"---\n{front}---\n\n")
    return Begun(path, tuple(beside), tuple(notes))


def _stem(title: str, number: int, now: datetime, episodes: Path) -> str:
    """A file name from a title; one that would be the site's own address gets the day behind it.

    A title that cannot be spelt in Latin letters gives its place to the episode's number or day,
    of which there may be several.
    """
    if not frontmatter.latin(title):
        stem = f"episode-{number}" if number else f"post-{now:%Y-%m-%d}"
        stems = itertools.chain([stem], (f"{stem}-{more}" for more in itertools.count(2)))
        taken = {path.stem for path in episodes.glob("*")}
        return next(it for it in stems if it not in taken)
    stem = frontmatter.slugified(title)
    return f"{stem}-{now:%Y-%m-%d}" if stem in (*RESERVED, "index") else stem


def _refuse_existing(root: Path, paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists():
            name = path.relative_to(root).as_posix()
            hint = "Choose another title, or edit that file."
            raise PublishError([Problem(name, 0, "this file exists already", hint)])


def _copy(recording: Path, copy: Path) -> None:
    """Bring a recording; one that does not come whole is no use and goes again."""
    try:
        shutil.copyfile(recording, copy)
    except OSError:
        copy.unlink(missing_ok=True)
        raise


def _chapters(chapters: Iterable[Chapter]) -> str:
    """Chapters as front matter: lines, or a list where there are links."""
    found = list(chapters)
    if any(it.href for it in found):
        rows = (
            f'  - {{start: "{_start(it)}", title: "{quoted(it.title)}"'
            + (f', href: "{quoted(it.href)}"' if it.href else "")
            + "}"
            for it in found
        )
        return "\n" + "\n".join(rows)
    return "|\n" + "\n".join(f"  {_start(it)} {it.title}" for it in found)


def _start(chapter: Chapter) -> str:
    return times.full(chapter.start).removesuffix(".000")


def _picture(article: Path, content: bytes, cover: Path) -> tuple[Path | None, str]:
    """Write the picture out of a recording beside its article if apps would show it."""
    from PIL import Image, UnidentifiedImageError

    if cover.is_file() and cover.read_bytes() == content:
        return None, ""  # what apps show anyway
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height, kind = *image.size, image.format
    except (UnidentifiedImageError, OSError):
        return None, "the recording's picture cannot be read and is left out"
    if width != height or not SMALLEST <= width <= LARGEST or kind not in ("JPEG", "PNG"):
        wanted = f"apps want a square JPEG or PNG of {SMALLEST} to {LARGEST} pixels"
        return None, f"the recording's picture ({width} × {height}) is left out: {wanted}"
    path = article.with_suffix(".jpg" if kind == "JPEG" else ".png")
    if path.exists():
        return None, ""
    path.write_bytes(content)
    return path, ""


def _facts(recording: Path) -> audio.AudioFacts:
    if not recording.is_file():
        raise Failure(Exit.USAGE, f"there is no file {recording}", "Mend the path behind --audio.")
    try:
        return audio.probe(recording)
    except audio.AudioError as error:
        raise PublishError([Problem(str(recording), 0, error.message, error.hint)]) from None


def _number(root: Path, wished: int) -> int:
    """The number in the recording's tags if no episode has it, else one more than the highest."""
    taken = {0}
    for path in (root / "episodes").glob("**/*.md"):
        content = path.read_text("utf-8", "replace")
        written = frontmatter.post(content, path.name, "x", ZoneInfo("UTC"))
        taken.add(int(written.number or 0))
    return max(taken) + 1 if wished in taken else wished
