"""The pictures of a show as its pages show them: in the sizes that screens need, cards, icons.

They are made in parallel, each once: what a picture becomes is known from its content and the
recipe alone (`store`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from publisher import cards, chunks, colors, icons, raster, sizes, store
from publisher.assets import unreadable
from publisher.errors import Problem
from publisher.files import relative
from publisher.fingerprint import Fingerprinted
from publisher.model import Article, Episode, Picture, Show, Templates
from publisher.outputs.theme import frame, words
from publisher.outputs.words import Words
from publisher.sizes import COVER, IN_ARTICLE, PORTRAIT, Recipe
from publisher.store import Job

T = TypeVar("T")

FOLDER = Path(".cache") / "pictures"


class Workers(Protocol):
    """Who does many things of one kind at a time; a `model.Memo` is one that remembers."""

    def map(
        self, function: Callable[..., T], arguments: Iterable[tuple[object, ...]], few: int = ...
    ) -> list[T]:
        """`function` of each of the arguments, in their order."""

    def groups(
        self,
        function: Callable[..., Iterable[T]],
        known: list[tuple[object, ...]],
        *arguments: object,
    ) -> list[T]:
        """`function` of all numbers of what is known, and of the arguments."""


@dataclass(frozen=True)
class _Maker:
    """Makes the jobs of one show, and remembers which pictures could not be made."""

    root: Path
    workers: "Workers"
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def tried(self, jobs: Sequence[tuple[Job, Path]]) -> list[tuple[store.Piece, ...] | Problem]:
        """The pieces of each job; a problem where the picture, at this path, is damaged."""
        results = self.workers.map(_made, [(job,) for job, _ in jobs], few=2)
        return [
            unreadable(relative(path, self.root), it) if isinstance(it, str) else it
            for (_, path), it in zip(jobs, results, strict=True)
        ]

    def pieces(self, jobs: Sequence[tuple[Job, Path]]) -> list[tuple[store.Piece, ...]]:
        """The same; none where there is a problem, which is kept."""
        self.used.update(store.key(job) for job, _ in jobs)
        results = self.tried(jobs)
        self.problems.extend(it for it in results if isinstance(it, Problem))
        return [() if isinstance(it, Problem) else it for it in results]

    def sized(self, pictures: Iterable[Picture], recipe: Recipe) -> dict[str, Picture]:
        """Each picture as it is shown, by its URL."""
        given = {it.url: it for it in pictures}
        folder = self.root / FOLDER
        worth = {
            it: sizes.resizing(given[it], recipe, folder)
            for it in given
            if sizes.is_worth(given[it])
        }
        pieces = self.pieces([(job, job.path) for job in worth.values()])
        made = {
            url: sizes.shown(given[url], job, found)
            for (url, job), found in zip(worth.items(), pieces, strict=True)
        }
        return {**given, **made}


def prepared(
    root: Path, show: Show, templates: Templates, workers: "Workers"
) -> tuple[Show, list[Problem]]:
    """The show with its pictures made, and those that are damaged."""
    maker = _Maker(root, workers)
    inside = maker.sized(show.pictures, IN_ARTICLE)
    images = maker.sized((post.image for post in show.episodes if post.image), COVER)
    faces = maker.sized(show.portraits.values(), PORTRAIT)
    small_cover, site_icons = _of_cover(show, maker)
    posts = list(chunks.pieces(show.episodes, (it.source.path for it in show.episodes)))
    drawing = _Drawing.of(root, show, templates)
    shown = [[it for post in some for it in _shown_in(post, inside, images)] for some in posts]
    paths = [str(root), str(show.cover.path) if show.cover else ""]  # which the bodies keep
    known: list[tuple[object, ...]] = [
        (store.program(), drawing, some, its, [*paths, *(str(it.path) for it in its)])
        for some, its in zip(posts, shown, strict=True)
    ]
    finished = workers.groups(_finished, known, posts, drawing, maker, (inside, images))
    maker.used.update(name for it in finished for name in it.used)
    maker.problems.extend(problem for it in finished for problem in it.problems)
    store.prune(root / FOLDER, maker.used)
    episodes = tuple(post for it in finished for post in it.posts)
    pages = tuple(replace(it, article=_illustrated(it.article, inside)) for it in show.pages)
    sized = [*inside.values(), *images.values(), *faces.values()]
    sized += [small_cover] if small_cover else []
    made = replace(
        show,
        small_cover=small_cover,
        episodes=episodes,
        pages=pages,
        pictures=tuple(it for picture in sized for it in (picture, *picture.variants)),
        assets=(*show.assets, *(it.card for it in episodes if it.card), *site_icons),
        portraits=faces,
        icons=site_icons,
    )
    return made, maker.problems


def _made(job: Job) -> tuple[store.Piece, ...] | str:
    """The pieces, or why there are none: both are worth remembering."""
    try:
        return store.made(job)
    except raster.UnreadableError as error:
        return str(error)


# -- articles and covers ----------------------------------------------------------------------


def _illustrated(article: Article, shown: Mapping[str, Picture]) -> Article:
    """The article with its pictures as they are shown."""
    return replace(
        article,
        references=tuple(
            replace(it, url=new.url, width=new.width, height=new.height, variants=new.variants)
            if it.picture and (new := shown.get(it.url))
            else it
            for it in article.references
        ),
    )


# -- the cover, and cards ----------------------------------------------------------------------


def _of_cover(show: Show, maker: _Maker) -> tuple[Picture | None, tuple[Picture, ...]]:
    """The small cover with its variants, and the icons."""
    cover, small = show.cover, show.small_cover
    if cover is None or small is None:
        return None, ()
    folder = maker.root / FOLDER
    job = replace(sizes.resizing(cover, COVER, folder), has_plain=True)
    brand = colors.palette(show.settings.colors).brand
    site_icons = icons.Icons(cover.digest, brand, cover.path, folder)
    pieces, found = maker.pieces([(job, cover.path), (site_icons, cover.path)])
    variants = tuple(store.picture(job, it, cover.path.stem, cover.path) for it in pieces)
    names = {"tab": "/favicon.ico", "apple": "/apple-touch-icon.png"}
    made = []
    for it in found:
        icon = store.picture(site_icons, it, f"icon-{it.use}-{it.width}", cover.path)
        made.append(replace(icon, url=names.get(it.use, icon.url)))
    return replace(small, variants=variants), tuple(made)


@dataclass(frozen=True)
class _Drawing(Fingerprinted):
    """What all cards of a show have in common; `catalogs` stand for the words."""

    show: str
    language: str
    palette: colors.Palette
    faces: cards.Faces
    cover: Picture | None
    catalogs: Mapping[str, bytes]
    words: Words = field(compare=False)
    folder: Path = field(compare=False)

    @classmethod
    def of(cls, root: Path, show: Show, templates: Templates) -> "_Drawing":
        """That of a show."""
        settings = show.settings
        return cls(
            settings.title,
            settings.language,
            colors.palette(settings.colors),
            cards.faces(root),
            show.cover,
            templates.catalogs,
            words(templates, frame(show, templates)),
            root / FOLDER,
        )

    def card(self, post: Episode) -> cards.Card:
        """The card of a post."""
        cover, say = post.image or self.cover, self.words
        return cards.Card(
            title=post.title,
            show=self.show,
            meta=f"{say.kind(post)} · {say.day(post.date)}",
            length=say.duration(post.enclosure.duration) if post.enclosure else "",
            language=self.language,
            palette=self.palette,
            faces=self.faces,
            cover=cover.digest if cover else "",
            path=cover.path if cover else None,
            folder=self.folder,
        )


class _Finished(NamedTuple):
    """Posts with their pictures, the names under which these are kept, and what is damaged."""

    posts: tuple[Episode, ...]
    used: tuple[str, ...]
    problems: tuple[Problem, ...]


def _finished(
    missing: list[int],
    pieces: list[Sequence[Episode]],
    drawing: _Drawing,
    maker: _Maker,
    sized: tuple[Mapping[str, Picture], Mapping[str, Picture]],
) -> Iterator[_Finished]:
    """These pieces of the show's posts; a post whose title the font cannot draw has no card.

    `sized` are pictures inside articles and images of posts as they are shown, by their URLs.
    """
    inside, images = sized
    drawn = [(drawing.card(post), post) for at in missing for post in pieces[at]]
    sources = [card.path or drawing.faces.bold.path for card, _ in drawn]
    jobs = [(card, path) for (card, _), path in zip(drawn, sources, strict=True)]
    made = zip(drawn, sources, maker.tried(jobs), strict=True)
    for at in missing:
        posts, used, problems = [], [], []
        for (card, post), path, found in islice(made, len(pieces[at])):
            used.append(store.key(card))
            picture = None
            if isinstance(found, Problem):
                problems.append(found)
            elif found:
                picture = store.picture(card, found[0], f"{post.slug}-card", path)
            small = images[post.image.url] if post.image else None
            article = _illustrated(post.article, inside)
            posts.append(replace(post, article=article, small_image=small, card=picture))
        yield _Finished(tuple(posts), tuple(used), tuple(problems))


def _shown_in(
    post: Episode, inside: Mapping[str, Picture], images: Mapping[str, Picture]
) -> Iterator[Picture]:
    """The pictures of a post as they are shown."""
    if post.image:
        yield images[post.image.url]
    yield from (inside[url] for url in post.illustrations if url in inside)
