"""One show, read: articles as written, and the files that they refer to."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from publisher import files, frontmatter, text
from publisher.assets import Assets
from publisher.beside import AUDIO, Beside
from publisher.errors import Problem
from publisher.files import relative
from publisher.frontmatter import Written
from publisher.model import (
    Article,
    Episode,
    Memo,
    Person,
    Picture,
    Reference,
    Settings,
    Source,
    whole,
)
from publisher.published import Tags

SUMMARY = 200  # characters of a description that the author did not write

# how a block of plain text begins that is a quote, a list, code or a rule, or how a heading ends
_NO_PARAGRAPH = re.compile(r"\A(?:> |- |\d+\. |    |\* \* \*)|\n(?:=+|-+)\Z")


class Reader:
    """Reads one show; gathers the problems and the assets that it meets on the way."""

    def __init__(self, root: Path, settings: Settings, memo: Memo) -> None:
        self.root, self.memo = root, memo
        self.zone = ZoneInfo(settings.timezone)
        self.problems: list[Problem] = list(settings.problems)
        self.assets = Assets(root, memo, self.problems)
        self.settings = replace(settings, hosts=self._hosts(settings))
        self._broken: set[str] = set()  # articles that were reported already

    def _hosts(self, settings: Settings) -> tuple[Person, ...]:
        """The hosts, with their pictures published."""
        of_show = Written(settings.source, "", "", 1, "")
        return Beside(self.assets, of_show, []).persons(settings.hosts, "hosts")

    # -- articles as written

    def posts(self) -> list[Written]:
        """Every article in episodes/, drafts and future ones too."""
        folder = self.root / "episodes"
        if not folder.is_dir():
            hint = "Without it nothing would be published, and all that is published would go."
            self.problems.append(Problem("episodes/", 0, "there is no such folder", hint))
            return []
        found = sorted(
            path
            for pattern in ("*.md", "*/index.md")
            for path in folder.glob(pattern)
            if path.is_file() and not _is_hidden(path)
        )
        calls = []
        for path in found:
            content = self._text(path)
            if content is not None:
                calls.append((content, relative(path, self.root), _stem(path), self.zone.key))
        posts = self.memo.map(_post, calls)
        self._keep_problems(posts)
        self._complain_of_lonely_audio(folder, found, posts)
        return posts

    def pages(self) -> list[Written]:
        """Every standing page in pages/."""
        pages = []
        for path in sorted((self.root / "pages").glob("*.md")):
            content = self._text(path)
            if content is not None:
                page = frontmatter.page(content, relative(path, self.root), path.stem)
                pages.append(page)
        self._keep_problems(pages)
        return [page for page in pages if not page.draft]

    def url(self, written: Written) -> str:
        """The URL of an article or page."""
        date = written.date
        if date is None:
            return f"/{written.slug}/"
        return self.settings.permalink.format(
            slug=written.slug, year=f"{date:%Y}", month=f"{date:%m}", day=f"{date:%d}"
        )

    def articles(self, all_written: list[Written], urls: Mapping[str, str]) -> list[Article]:
        """Their Markdown converted, with every link and picture resolved."""
        language = self.settings.language
        calls = [(it.body, language, it.body_line) for it in all_written]
        converted = self.memo.map(text.article, calls)
        return [
            replace(
                article,
                references=tuple(
                    self._resolved(reference, written.source, urls)
                    for reference in article.references
                ),
            )
            for written, article in zip(all_written, converted, strict=True)
        ]

    def _text(self, path: Path) -> str | None:
        content, problems = files.text(path, self.root)
        self.problems += problems
        if problems:
            self._broken.add(relative(path, self.root))
            return None
        return content

    def _keep_problems(self, all_written: Iterable[Written]) -> None:
        for written in all_written:
            self.problems += written.problems
            if written.problems:
                self._broken.add(written.source.path)

    def _complain_of_lonely_audio(
        self, folder: Path, articles: list[Path], posts: list[Written]
    ) -> None:
        homes = {path.parent for path in articles if path.name == "index.md"}
        stems = {path.with_suffix("") for path in articles}
        named = {self.root / Path(p.source.path).parent / p.audio for p in posts if p.audio}
        for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
            is_audio = path.suffix.lower() in AUDIO and not _is_hidden(path)
            if is_audio and not (
                path.parent in homes or path.with_suffix("") in stems or path in named
            ):
                name = relative(path, self.root)
                hint = f'Write one: publish new --audio "{name}" "TITLE"'
                self._complain("audio-without-article", name, 0, "there is no article for it", hint)

    # -- what articles refer to

    def _resolved(self, reference: Reference, source: Source, urls: Mapping[str, str]) -> Reference:
        """The reference with its URL; a link to nothing is a problem."""
        parts = urlsplit(reference.target)
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        if parts.path.startswith("/"):  # a URL of the site; `check` looks whether it exists
            return replace(reference, url=reference.target)
        wanted = PurePosixPath(source.path).parent / unquote(parts.path)
        path = PurePosixPath(_normal(wanted.as_posix()))
        if path.as_posix() in urls:
            return replace(reference, url=urls[path.as_posix()] + anchor)
        if path.as_posix() in self._broken:
            return reference
        file = self.root / path
        if path.suffix == ".md":
            why = "is not published yet" if file.is_file() else "does not exist"
            hint = "Mend the path, or take the link out until that article is published."
            return self._dead(reference, source, why, hint)
        if path.parts[:1] not in (("episodes",), ("pages",)):
            hint = "Only files in episodes/ and pages/ are published; move it there if it is meant."
            return self._dead(reference, source, f"is no part of the site ({path})", hint)
        if not self.assets.has(file):
            hint = f"It would have to be {path}; mend the path or add the file."
            return self._dead(reference, source, "does not exist", hint)
        asset = self.assets.file(file, in_article=reference.picture)
        if asset is None:
            return reference
        if isinstance(asset, Picture):
            width, height = asset.width, asset.height
            return replace(reference, url=asset.url, width=width, height=height)
        return replace(reference, url=asset.url + anchor)

    def _dead(self, reference: Reference, source: Source, why: str, hint: str) -> Reference:
        kind = "picture" if reference.picture else "link"
        message = f"the {kind} leads to {reference.target}, which {why}"
        self._complain("dead-link", source.path, reference.line, message, hint)
        return reference

    def _complain(self, rule: str, path: str, line: int, message: str, hint: str) -> None:
        self.problems.append(Problem(path, line, message, hint, rule=rule))

    # -- episodes

    def episode(self, written: Written, date: datetime, article: Article) -> Episode:
        """The post with its audio, chapters, transcript and picture."""
        show, source = self.settings, written.source
        url = self.url(written)
        beside = Beside(self.assets, written, self._sidecars(source.path))
        recording = beside.recording()
        picture, chapters = beside.picture(), beside.chapters(recording)
        chapters_path = beside.chapters_path(recording)
        description = written.description or summary(article)
        issue = written.issue
        if issue and not issue.preheader:
            issue = replace(issue, preheader=description)
        enclosure = None
        if recording:
            tags = Tags(
                title=written.title,
                day=date.astimezone(self.zone).date(),
                duration=recording.facts.duration,
                album=show.album,
                artist=show.artist,
                number=whole(written.number),
                chapters=chapters,
                picture=beside.picture_inside(picture),
            )
            enclosure = beside.enclosure(written.slug, recording, tags)
        audio, duration = (enclosure.url, enclosure.duration) if enclosure else ("", 0.0)
        return Episode(
            source=source,
            slug=written.slug,
            url=url,
            title=written.title,
            date=date,
            guid=written.guid or str(uuid.uuid5(uuid.NAMESPACE_URL, show.url + url)),
            article=text.with_moments(article, url, audio, duration),
            description=description,
            subtitle=written.subtitle,
            number=written.number,
            display=written.display,
            season=written.season,
            type=written.type,
            explicit=show.explicit if written.explicit is None else written.explicit,
            image=picture,
            tags=written.tags,
            hosts=beside.persons(written.hosts, "hosts") or show.hosts,
            guests=beside.persons(written.guests, "guests"),
            enclosure=enclosure,
            chapters=chapters,
            transcripts=beside.transcripts(url, show.language),
            aliases=written.aliases,
            draft=written.draft,
            issue=issue,
            location=written.location,
            license=written.license,
            soundbites=written.soundbites,
            guid_is_derived=not written.guid,
            chapters_path=chapters_path,
        )

    def _sidecars(self, article: str) -> list[str]:
        """Names of the files that belong to an article: of its stem, or in its own folder."""
        path = self.root / article
        if path.name == "index.md":
            names = (file.name for file in path.parent.iterdir())
            return sorted(name for name in names if not name.startswith(".") and name != path.name)
        same_start = self._names.get(path.name.partition(".")[0], [])
        return [n for n in same_start if n.startswith(path.stem + ".") and n != path.name]

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The files of episodes/ by what stands before their first dot, from one look at it."""
        names: dict[str, list[str]] = {}
        for name in sorted(path.name for path in (self.root / "episodes").iterdir()):
            names.setdefault(name.partition(".")[0], []).append(name)
        return names


def _post(content: str, path: str, slug: str, zone: str) -> Written:
    return frontmatter.post(content, path, slug, ZoneInfo(zone))


def summary(article: Article) -> str:
    """The article's first paragraph, cut between words: without addresses, notes, deleted words."""
    blocks = [block for block in article.plain.split("\n\n") if block.strip()]
    paragraphs = (block for block in blocks if not _NO_PARAGRAPH.search(block))
    first = next(paragraphs, blocks[0] if blocks else "")
    plain = " ".join(re.sub(r" <[^>]*>|\[\d+\]|~~.+?~~", "", first).split())
    if len(plain) <= SUMMARY:
        return plain
    return plain[:SUMMARY].rpartition(" ")[0] + " …"


def _stem(path: Path) -> str:
    return path.parent.name if path.name == "index.md" else path.stem


def _normal(path: str) -> str:
    """A path without `.` and `..`, never above the show."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "_"))
