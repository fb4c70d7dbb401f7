"""One show, read: articles as written, and composed with the files that lie around them.

Both is remembered by pieces of many articles, so that a build need not look at each that is as it
was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from publisher import check, chunks, draft, files
from publisher.around import Answers, Around
from publisher.beside import AUDIO
from publisher.composer import Composed, Composer, url_of
from publisher.draft import Content, Draft
from publisher.errors import Problem
from publisher.files import Stamp, relative
from publisher.model import Ask, Memo, Settings
from publisher.seen import Stat

AT_ONCE = 40  # pieces


class Outline(NamedTuple):
    """What the rest of the show must know of an article: that it is there, where and when.

    `digest` is the sha256 of its bytes; `is_text` is False if there is nothing but problems.
    """

    path: str
    digest: str
    url: str
    title: str
    date: datetime | None
    is_draft: bool
    is_text: bool
    audio: str
    problems: tuple[Problem, ...]


class Reader:
    """Reads the articles of one show; gathers the problems that it meets on the way."""

    def __init__(
        self, root: Path, settings: Settings, memo: Memo, known: Mapping[str, Stat]
    ) -> None:
        self.root, self.settings, self.memo, self._known = root, settings, memo, known
        self.problems: list[Problem] = []
        self.names: Mapping[str, Stat] = {}  # the files of episodes/
        self.broken: set[str] = set()  # articles that have problems

    def outlines(self) -> list[Outline]:
        """Every article in episodes/, drafts and future ones too."""
        folder = self.root / "episodes"
        if not folder.is_dir():
            hint = "Without it nothing would be published, and all that is published would go."
            self.problems.append(Problem("episodes/", 0, "there is no such folder", hint))
            return []
        self.names = files.stats(folder, self._known)
        names = sorted(name for name in self.names if _is_article(name))
        pieces = list(chunks.pieces(names, names))
        known: list[tuple[object, ...]] = [
            (*self._show, ascii([(name, self.names[name]) for name in piece])) for piece in pieces
        ]
        found = [it for some in self.memo.groups(_outlined, known, self, pieces) for it in some]
        for it in found:
            self._keep_problems(it.path, it.problems)
        self._complain_of_lonely_audio(names, found)
        return [it for it in found if it.is_text]

    def pages(self) -> list[Draft]:
        """Every standing page in pages/."""
        found = sorted(path for path in (self.root / "pages").glob("*.md") if path.is_file())
        show = self.settings.language, self.settings.url
        contents = self._contents(files.stamp(path) for path in found)
        names = [(relative(path, self.root), path.stem) for path in found]
        calls = [(it, *name, *show) for it, name in zip(contents, names, strict=True)]
        drafts = self.memo.map(draft.page, calls)
        for it in drafts:
            self._keep_problems(it.written.source.path, it.written.problems)
        return [it for it in drafts if it.is_text and not it.written.draft]

    def composed(
        self, due: Sequence[Outline], settings: Settings, answers: Answers, now: datetime
    ) -> list[Composed]:
        """The posts of these articles, in pieces; each judged by itself, too."""
        found = []
        for piece in chunks.pieces(due, (it.path for it in due)):
            scheduled = tuple(it.date is not None and it.date > now for it in piece)
            digests = ascii([(it.path, it.digest) for it in piece])
            known = (*self._show, settings, digests, scheduled)
            found.append(
                self.memo.traced(_composed, known, answers, self, settings, piece, scheduled)
            )
        return found

    @property
    def _show(self) -> tuple[str, ...]:
        """What reading an article depends on besides itself."""
        it = self.settings
        return str(self.root), it.timezone, it.language, it.url, it.permalink

    def drafts(self, paths: Sequence[str], digests: Sequence[str]) -> list[Draft]:
        """The articles at these paths of the show, whose bytes have these digests."""
        it = self.settings
        show = it.timezone, it.language, it.url
        calls = [
            (Content(digest, self.root / path), path, _stem(path), *show)
            for path, digest in zip(paths, digests, strict=True)
        ]
        return self.memo.map(draft.post, calls)

    def contents(self, names: Iterable[str]) -> list[Content]:
        """Articles in episodes/, by their names there."""
        folder = self.root / "episodes"
        return self._contents(Stamp(folder / name, *self.names[name]) for name in names)

    def _contents(self, found: Iterable[Stamp]) -> list[Content]:
        """The files, which are read only if they are new or their stamps changed."""
        stamps = list(found)
        digests = self.memo.map(draft.digest, [(it,) for it in stamps], few=len(stamps) + 1)
        return [Content(digest, it.path) for digest, it in zip(digests, stamps, strict=True)]

    def _keep_problems(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems += problems
        if problems:
            self.broken.add(path)

    def _complain_of_lonely_audio(self, articles: list[str], found: list[Outline]) -> None:
        homes = {it.removesuffix("index.md") for it in articles if it.endswith("/index.md")}
        stems = {it.removesuffix(".md") for it in articles}
        named = {
            str(PurePosixPath(it.path).parent / it.audio) for it in found if it.audio and it.is_text
        }
        for name in sorted(it for it in self.names if it.lower().endswith(AUDIO)):
            folder, _, file = name.rpartition("/")
            has_home = (
                f"{folder}/" in homes
                or name.rpartition(".")[0] in stems
                or f"episodes/{name}" in named
            )
            if not has_home and not file.startswith("_"):
                path = f"episodes/{name}"
                hint = f'Write one: publish new --audio "{path}" "TITLE"'
                message, rule = "there is no article for it", "audio-without-article"
                self.problems.append(Problem(path, 0, message, hint, rule=rule))


def _outlined(
    missing: list[int], reader: Reader, pieces: Sequence[Sequence[str]]
) -> Iterator[tuple[Outline, ...]]:
    """The outlines of the missing pieces, of some at a time: whole articles take memory."""
    for at in range(0, len(missing), AT_ONCE):
        some = [pieces[it] for it in missing[at : at + AT_ONCE]]
        names = [name for piece in some for name in piece]
        digests = [it.digest for it in reader.contents(names)]
        drafts = reader.drafts([f"episodes/{name}" for name in names], digests)
        outlines = iter([*map(partial(_outline, reader.settings), drafts, digests)])
        for piece in some:
            yield tuple(islice(outlines, len(piece)))


def _outline(settings: Settings, it: Draft, digest: str) -> Outline:
    written = it.written
    return Outline(
        path=written.source.path,
        digest=digest,
        url=url_of(written, settings),
        title=written.title,
        date=written.date,
        is_draft=written.draft,
        is_text=it.is_text,
        audio=written.audio,
        problems=written.problems,
    )


def _composed(
    ask: Ask,
    reader: Reader,
    settings: Settings,
    piece: Sequence[Outline],
    scheduled: Sequence[bool],
) -> Composed:
    composer = Composer(settings, Around(reader.root, ask), reader.memo)
    drafts = reader.drafts([it.path for it in piece], [it.digest for it in piece])
    posts = tuple(
        composer.post(it, it.written.date, is_scheduled=is_scheduled)
        for it, is_scheduled in zip(drafts, scheduled, strict=True)
        if it.written.date
    )
    it = composer.composed(posts)
    return it._replace(problems=(*it.problems, *check.alone(settings, posts)))


def _is_article(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return file == "index.md" if folder else file.endswith(".md") and not file.startswith("_")


def _stem(path: str) -> str:
    folder, _, file = path.removeprefix("episodes/").rpartition("/")
    return folder or file.removesuffix(".md")
