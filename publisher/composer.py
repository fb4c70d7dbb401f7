"""Posts and pages, composed of what their articles say and what lies around them."""

import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from publisher.around import Around
from publisher.assets import Assets
from publisher.beside import Beside
from publisher.draft import Draft
from publisher.errors import Problem
from publisher.frontmatter import Written
from publisher.model import (
    Article,
    Asset,
    Episode,
    Memo,
    Moments,
    Page,
    Person,
    Picture,
    Reference,
    Settings,
    Source,
    whole,
)
from publisher.published import Tags


class Composed(NamedTuple):
    """Posts, what is wrong with them, and the files to which they refer."""

    posts: tuple[Episode, ...]
    problems: tuple[Problem, ...]
    assets: tuple[Asset, ...]
    pictures: tuple[Picture, ...]  # inside articles
    elsewhere: tuple[str, ...]


class Composer:
    """Composes posts and pages; gathers the problems and the assets that it meets on the way."""

    def __init__(self, settings: Settings, around: Around, memo: Memo) -> None:
        self._settings, self._around = settings, around
        self._zone = ZoneInfo(settings.timezone)
        self._problems: list[Problem] = []
        self._assets = Assets(around, memo, self._problems)

    def composed(self, posts: tuple[Episode, ...] = ()) -> Composed:
        """These posts, and all that was met."""
        assets, pictures = self._assets.published.values(), self._assets.pictures.values()
        elsewhere = sorted(self._assets.elsewhere)
        return Composed(
            posts, tuple(self._problems), tuple(assets), tuple(pictures), tuple(elsewhere)
        )

    def hosts(self) -> tuple[Person, ...]:
        """The show's hosts, with their pictures published."""
        settings = self._settings
        of_show = Written(settings.source, "", "", 1, "")
        return Beside(self._assets, of_show).persons(settings.hosts, "hosts")

    def covers(self) -> tuple[Picture | None, Picture | None]:
        """The show's cover, and as pages show it."""
        settings = self._settings
        cover = self._assets.picture(settings.cover, Path(), settings.source, "cover")
        return cover, self._assets.thumbnail(cover) if cover else None

    def page(self, it: Draft) -> Page:
        """A standing page."""
        written, article = it.written, self.article(it)
        description = written.description or article.summary
        url = url_of(written, self._settings)
        return Page(written.source, written.slug, url, written.title, article, description)

    def post(self, it: Draft, date: datetime, *, is_scheduled: bool) -> Episode:
        """The post with its audio, chapters, transcript and picture."""
        written = it.written
        show, source = self._settings, written.source
        url = url_of(written, show)
        article = self.article(it)
        beside = Beside(self._assets, written)
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
                day=date.astimezone(self._zone).date(),
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
        transcripts = beside.transcripts(url, show.language)
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
            transcripts=transcripts,
            aliases=written.aliases,
            draft=written.draft,
            scheduled=is_scheduled,
            issue=issue,
            location=written.location,
            license=written.license,
            soundbites=written.soundbites,
            guid_is_derived=not written.guid,
            chapters_path=chapters_path,
            is_linking=article.is_linking,
            said=transcripts[0].digest if transcripts else "",
            illustrations=tuple(it.url for it in article.references if it.picture and it.url),
        )

    def article(self, it: Draft) -> Article:
        """Its article with every link and picture resolved."""
        article, source = it.article, it.written.source
        if not article.references:
            return article
        references = tuple(self._resolved(found, source) for found in article.references)
        return replace(article, references=references)

    def _resolved(self, reference: Reference, source: Source) -> Reference:
        """The reference with its URL; a link to nothing is a problem."""
        parts = urlsplit(reference.target)
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        if parts.path.startswith("/"):  # a URL of the site; `check` looks whether it exists
            return replace(reference, url=reference.target)
        wanted = PurePosixPath(source.path).parent / unquote(parts.path)
        path = PurePosixPath(_normal(wanted.as_posix()))
        url = self._around.url(path.as_posix())
        if url is not None:
            return replace(reference, url=url + anchor)
        if self._around.is_broken(path.as_posix()):
            return reference
        file = self._around.root / path
        if path.suffix == ".md":
            why = "is not published yet" if self._around.file(file) else "does not exist"
            hint = "Mend the path, or take the link out until that article is published."
            return self._dead(reference, source, why, hint)
        if path.parts[:1] not in (("episodes",), ("pages",)):
            hint = "Only files in episodes/ and pages/ are published; move it there if it is meant."
            return self._dead(reference, source, f"is no part of the site ({path})", hint)
        there = self._assets.there(file)
        if not there and self._around.file(file):
            hint = (
                "Copy it there; what lies elsewhere is never published, whatever links lead to it."
            )
            return self._dead(reference, source, "does not lie in the show's folder", hint)
        if not there:
            hint = f"It would have to be {path}; mend the path or add the file."
            return self._dead(reference, source, "does not exist", hint)
        asset = self._assets.file(there, in_article=reference.picture)
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
        self._problems.append(Problem(path, line, message, hint, rule=rule))


def url_of(written: Written, settings: Settings) -> str:
    """The URL of an article or page."""
    date = written.date
    if date is None or settings.permalink == "/{slug}/":
        return f"/{written.slug}/"
    return settings.permalink.format(
        slug=written.slug, year=f"{date:%Y}", month=f"{date:%m}", day=f"{date:%d}"
    )


def _normal(path: str) -> str:
    """A path without `.` and `..`, never above the show."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
