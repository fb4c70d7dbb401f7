"""Folders as a Show and its Templates: the thin line between the disk and what is pure."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from publisher import THEME, colors
from publisher import settings as settings_module
from publisher.draft import Draft
from publisher.errors import Problem, PublishError
from publisher.files import relative
from publisher.files import text as text_of
from publisher.model import Memo, Page, Picture, Settings, Show, Template, Templates, Waiting
from publisher.reader import Reader

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
    root: Path, settings: Settings, memo: Memo, now: datetime, *, drafts: bool = False
) -> Show:
    """Everything the author wrote and recorded that is due at `now`; with `drafts`, all of it."""
    reader = Reader(root, settings, memo)
    posts = reader.posts()
    standing = reader.pages()
    due = [it for it in posts if drafts or not (it.written.draft or _waits(it, now))]
    waiting = [it.written for it in posts if not it.written.draft and _waits(it, now)]
    urls = {it.written.source.path: reader.url(it.written) for it in (*due, *standing)}
    episodes = [
        replace(episode, scheduled=True) if date > now else episode
        for it in due
        if (date := it.written.date)
        for episode in [reader.episode(it.written, date, reader.article(it, urls))]
    ]
    pages = [
        Page(
            written.source,
            written.slug,
            urls[written.source.path],
            written.title,
            article,
            written.description or article.summary,
        )
        for it in standing
        for written, article in [(it.written, reader.article(it, urls))]
    ]
    faces = {it.image for post in episodes for it in (*post.hosts, *post.guests)}
    published = reader.assets.published.items()
    cover = reader.assets.picture(settings.cover, Path(), settings.source, "cover")
    return Show(
        settings=reader.settings,
        cover=cover,
        small_cover=reader.assets.thumbnail(cover) if cover else None,
        episodes=tuple(sorted(episodes, key=lambda e: (e.date, e.slug), reverse=True)),
        pages=tuple(pages),
        assets=tuple(sorted(reader.assets.published.values(), key=lambda asset: asset.url)),
        pictures=tuple(sorted(reader.assets.pictures.values(), key=lambda asset: asset.url)),
        portraits={k: it for k, it in published if k in faces and isinstance(it, Picture)},
        waiting=tuple(Waiting(p.title, p.date) for p in waiting if p.date),
        problems=tuple(reader.problems),
    )


def _waits(it: Draft, now: datetime) -> bool:
    return it.written.date is not None and it.written.date > now
