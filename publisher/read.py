"""Folders as a Show and its Templates: the thin line between the disk and what is pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from publisher import THEME, colors
from publisher import settings as settings_module
from publisher.around import Answers, Around
from publisher.composer import Composer, url_of
from publisher.errors import Problem, PublishError
from publisher.files import relative
from publisher.files import text as text_of
from publisher.model import Asset, Memo, Picture, Settings, Show, Template, Templates, Waiting
from publisher.reader import Reader
from publisher.seen import Stat

A = TypeVar("A", bound=Asset)

TEXT_TEMPLATES = (".html", ".css", ".js", ".txt", ".xsl")


def settings(root: Path) -> Settings:
    """show.toml of the show in `root`."""
    path = root / "show.toml"
    if not path.is_file():
        hint = "Go to the show's folder, name it with -C DIR, or make one: publish init DIR"
        raise PublishError([Problem(str(path), 0, "there is no show here", hint)])
    content, problems = text_of(path, root)
    found = settings_module.parse(content)
    if problems or not found.source.lines:
        raise PublishError([*problems, *found.problems])
    return found


def templates(root: Path, settings: Settings) -> Templates:
    """The default theme in the show's colours, overridden by its own `templates/` file by file."""
    files = {
        path.relative_to(folder).as_posix(): path
        for folder in (THEME, root / "templates")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    problems: list[Problem] = []
    sources, catalogs, fonts = [], {}, {}
    for name, path in files.items():
        if path.suffix == ".mo":
            catalogs[path.stem] = path.read_bytes()
        elif path.suffix == ".woff2":
            fonts[name] = path.read_bytes()
        elif path.suffix in TEXT_TEMPLATES:
            content, found = text_of(path, root)
            problems += found
            if name == "style.css":
                content += colors.css(settings.colors)
            elif name in ("mail.html", "mail.css"):
                content = colors.written_out(content, settings.colors)
            sources.append(Template(name, content, relative(path, root)))
    if problems:
        raise PublishError(problems)
    return Templates(tuple(sources), catalogs, fonts)


def show(
    root: Path,
    settings: Settings,
    memo: Memo,
    now: datetime,
    *,
    drafts: bool = False,
    known: Mapping[str, Stat] = MappingProxyType({}),
) -> Show:
    """Everything the author wrote and recorded that is due at `now`; with `drafts`, all of it.

    `known` are stats of files in episodes/, by their names there, if they were asked already.
    """
    reader = Reader(root, settings, memo, known)
    outlines, standing = reader.outlines(), reader.pages()
    waiting = [it for it in outlines if not it.is_draft and it.date and it.date > now]
    early = {it.path for it in waiting}
    due = [it for it in outlines if drafts or not (it.is_draft or it.path in early)]
    urls = {it.path: it.url for it in due}
    urls |= {it.written.source.path: url_of(it.written, settings) for it in standing}
    answers = Answers(root, reader.names, urls, frozenset(reader.broken))
    composer = Composer(settings, Around(root, answers), memo)
    settings = replace(settings, hosts=composer.hosts())
    pages = tuple(composer.page(it) for it in standing)
    cover, small_cover = composer.covers()
    composed = [*reader.composed(due, settings, answers, now), composer.composed()]
    episodes = [post for it in composed for post in it.posts]
    assets = _by_url(asset for it in composed for asset in it.assets)
    pictures = _by_url(picture for it in composed for picture in it.pictures)
    faces = {it.image for post in episodes for it in (*post.hosts, *post.guests)}
    portraits = {url: it for url in faces if isinstance(it := assets.get(url), Picture)}
    problems = [*settings.problems, *reader.problems]
    return Show(
        settings=settings,
        cover=cover,
        small_cover=small_cover,
        episodes=tuple(sorted(episodes, key=lambda e: (e.date, e.slug), reverse=True)),
        pages=pages,
        assets=tuple(sorted(assets.values(), key=lambda asset: asset.url)),
        pictures=tuple(sorted(pictures.values(), key=lambda asset: asset.url)),
        portraits=portraits,
        elsewhere=tuple(place for it in composed for place in it.elsewhere),
        waiting=tuple(Waiting(it.title, it.date) for it in waiting if it.date),
        problems=(*problems, *(problem for it in composed for problem in it.problems)),
    )


def _by_url(assets: Iterable[A]) -> dict[str, A]:
    """Equal bytes have one URL: of several, the first."""
    found: dict[str, A] = {}
    for it in assets:
        found.setdefault(it.url, it)
    return found
