"""One show, read: articles as written, and the files that they refer to."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from publisher import draft, files
from publisher.assets import Assets
from publisher.beside import AUDIO, Beside
from publisher.draft import Content, Draft
from publisher.errors import Problem
from publisher.files import Stamp, relative
from publisher.frontmatter import Written
from publisher.model import (
    Article,
    Episode,
    Memo,
    Moments,
    Person,
    Picture,
    Reference,
    Settings,
    Source,
    whole,
)
from publisher.published import Tags


class Reader:
    """Reads one show; gathers the problems and the assets that it meets on the way."""

    def __init__(self, root: Path, settings: Settings, memo: Memo) -> None:
        self.root, self.memo = root, memo
        self.zone = ZoneInfo(settings.timezone)
        self.problems: list[Problem] = list(settings.problems)
        self.assets = Assets(root, memo, self.problems)
        self.settings = replace(settings, hosts=self._hosts(settings))
        self._broken: set[str] = set()  # articles that were reported already
        self._there: dict[str, Stamp] = {}  # the files of episodes/

    def _hosts(self, settings: Settings) -> tuple[Person, ...]:
        """The hosts, with their pictures published."""
        of_show = Written(settings.source, "", "", 1, "")
        return Beside(self.assets, of_show, []).persons(settings.hosts, "hosts")

    # -- articles as written

    def posts(self) -> list[Draft]:
        """Every article in episodes/, drafts and future ones too."""
        folder = self.root / "episodes"
        if not folder.is_dir():
            hint = "Without it nothing would be published, and all that is published would go."
            self.problems.append(Problem("episodes/", 0, "there is no such folder", hint))
            return []
        self._there = files.stamps(folder)
        found = sorted(name for name in self._there if _is_article(name))
        show = self.settings.timezone, self.settings.language, self.settings.url
        contents = self._contents(self._there[name] for name in found)
        drafts = self.memo.map(
            draft.post,
            [
                (it, f"episodes/{name}", _stem(name), *show)
                for it, name in zip(contents, found, strict=True)
            ],
        )
        self._keep_problems(drafts)
        posts = [it for it in drafts if it.is_text]
        self._complain_of_lonely_audio(found, posts)
        return posts

    def pages(self) -> list[Draft]:
        """Every standing page in pages/."""
        found = sorted(path for path in (self.root / "pages").glob("*.md") if path.is_file())
        show = self.settings.language, self.settings.url
        contents = self._contents(files.stamp(path) for path in found)
        names = [(relative(path, self.root), path.stem) for path in found]
        calls = [(it, *name, *show) for it, name in zip(contents, names, strict=True)]
        drafts = self.memo.map(draft.page, calls)
        self._keep_problems(drafts)
        return [it for it in drafts if it.is_text and not it.written.draft]

    def url(self, written: Written) -> str:
        """The URL of an article or page."""
        date = written.date
        if date is None or self.settings.permalink == "/{slug}/":
            return f"/{written.slug}/"
        return self.settings.permalink.format(
            slug=written.slug, year=f"{date:%Y}", month=f"{date:%m}", day=f"{date:%d}"
        )

    def article(self, it: Draft, urls: Mapping[str, str]) -> Article:
        """Its article with every link and picture resolved."""
        article, source = it.article, it.written.source
        if not article.references:
            return article
        references = tuple(self._resolved(found, source, urls) for found in article.references)
        return replace(article, references=references)

    def _contents(self, found: Iterable[Stamp]) -> list[Content]:
        """The files, which are read only if they are new or their stamps changed."""
        stamps = list(found)
        digests = self.memo.map(draft.digest, [(it,) for it in stamps], few=len(stamps) + 1)
        return [Content(digest, it.path) for digest, it in zip(digests, stamps, strict=True)]

    def _keep_problems(self, drafts: Iterable[Draft]) -> None:
        for it in drafts:
            self.problems += it.written.problems
            if it.written.problems:
                self._broken.add(it.written.source.path)

    def _complain_of_lonely_audio(self, articles: list[str], posts: list[Draft]) -> None:
        homes = {it.removesuffix("index.md") for it in articles if it.endswith("/index.md")}
        stems = {it.removesuffix(".md") for it in articles}
        written = [it.written for it in posts]
        named = {str(PurePosixPath(p.source.path).parent / p.audio) for p in written if p.audio}
        for name in sorted(it for it in self._there if it.lower().endswith(AUDIO)):
            folder, _, file = name.rpartition("/")
            has_home = (
                f"{folder}/" in homes
                or name.rpartition(".")[0] in stems
                or f"episodes/{name}" in named
            )
            if not has_home and not file.startswith("_"):
                path = f"episodes/{name}"
                hint = f'Write one: publish new --audio "{path}" "TITLE"'
                self._complain("audio-without-article", path, 0, "there is no article for it", hint)

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
        description = written.description or article.summary
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
        if article.moments and enclosure:
            moments = Moments(url, enclosure.url, enclosure.duration)
            article = replace(article, moments=moments)
        return Episode(
            source=source,
            slug=written.slug,
            url=url,
            title=written.title,
            date=date,
            guid=written.guid or str(uuid.uuid5(uuid.NAMESPACE_URL, show.url + url)),
            article=article,
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
        folder, _, name = article.removeprefix("episodes/").rpartition("/")
        if folder:
            return [it for it in self._names.get((folder, ""), []) if it != name]
        stem = name.removesuffix(".md")
        same_start = self._names.get(("", stem.partition(".")[0]), [])
        return [n for n in same_start if n.startswith(f"{stem}.") and n != name]

    @cached_property
    def _names(self) -> dict[tuple[str, str], list[str]]:
        """The files of episodes/ by what stands before their first dot, those of others by folder.

        So that the whole folder is not searched for each article.
        """
        names: dict[tuple[str, str], list[str]] = {}
        for path in sorted(self._there):
            folder, _, name = path.rpartition("/")
            place = (folder, "" if folder else name.partition(".")[0])
            names.setdefault(place, []).append(name)
        return names


def _is_article(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return file == "index.md" if folder else file.endswith(".md") and not file.startswith("_")


def _stem(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return folder or file.removesuffix(".md")


def _normal(path: str) -> str:
    """A path without `.` and `..`, never above the show."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
