"""The pictures of a show as its pages show them: in the sizes that screens need, cards, icons.

They are made in parallel, each once: what a picture becomes is known from its content and the
recipe alone (`store`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from publisher import cards, colors, icons, raster, store
from publisher.assets import unreadable
from publisher.errors import Problem
from publisher.files import relative
from publisher.fingerprint import Fingerprinted
from publisher.model import Article, Picture, Show, Templates
from publisher.outputs.theme import frame, words
from publisher.store import Job

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

FOLDER = Path(".cache") / "pictures"
PLAIN = ("image/jpeg", "image/png")  # what feeds and mails may show
LIGHT = 300_000  # bytes; a lighter picture that is narrow enough stays as it is


@dataclass(frozen=True)
class Recipe:
    """The widths, in pixels, of the WebP variants and of the picture that every program shows."""

    widths: tuple[int, ...]
    plain: int


# An article is 38rem wide, a cover 21rem at most; screens have up to three dots a pixel, but
# nobody sees more than two.
IN_ARTICLE = Recipe((400, 800, 1216), 1216)
COVER = Recipe((336, 672), 600)
PORTRAIT = Recipe((192, 384), 384)


@dataclass(frozen=True)
class Resizing(Fingerprinted):
    """One picture in all its sizes; `digest` stands for its content."""

    digest: str
    recipe: Recipe
    is_lossless: bool  # as drawings and screenshots are saved
    has_plain: bool  # as it is, it is fit for every program
    size: int
    path: Path = field(compare=False)
    folder: Path = field(compare=False)

    def make(self) -> list[store.Made]:
        """The WebP variants, narrowest first, unless they save nothing; then the plain picture."""
        image = raster.upright(self.path, max(*self.recipe.widths, self.recipe.plain))
        widest = min(image.width, self.recipe.widths[-1])
        widths = [it for it in self.recipe.widths if 1.2 * it < widest] + [widest]
        variants = [self._webp(raster.narrowed(image, it)) for it in widths]
        if self.has_plain:
            return variants if len(variants[-1].body) < self.size else []
        plain = raster.narrowed(image, self.recipe.plain)
        suffix, body = raster.plain(plain, is_drawing=self.is_lossless)
        made = store.Made("plain", suffix, *plain.size, body)
        return [*variants, made] if len(variants[-1].body) < len(body) else [made]

    def _webp(self, image: "Image") -> store.Made:
        body = raster.webp(image, is_drawing=self.is_lossless)
        return store.Made("variant", ".webp", *image.size, body)


class Workers(Protocol):
    """Who does many things of one kind at a time; a `model.Memo` is one that remembers."""

    def map(
        self, function: Callable[..., T], arguments: Iterable[tuple[object, ...]], few: int = ...
    ) -> list[T]:
        """`function` of each of the arguments, in their order."""


@dataclass(frozen=True)
class _Maker:
    """Makes the jobs of one show, and remembers which pictures could not be made."""

    root: Path
    workers: "Workers"
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def pieces(self, jobs: Sequence[tuple[Job, Path]]) -> list[tuple[store.Piece, ...]]:
        """The pieces of each job; none where the picture, at this path, is damaged."""
        self.used.update(store.key(job) for job, _ in jobs)
        results = self.workers.map(_made, [(job,) for job, _ in jobs], few=2)
        found = []
        for (_, path), result in zip(jobs, results, strict=True):
            if isinstance(result, str):
                self.problems.append(unreadable(relative(path, self.root), result))
            found.append(() if isinstance(result, str) else result)
        return found

    def sized(self, pictures: Iterable[Picture], recipe: Recipe) -> dict[str, Picture]:
        """Each picture as it is shown, by its URL."""
        given = {it.url: it for it in pictures}
        folder = self.root / FOLDER
        worth = {it: _resizing(given[it], recipe, folder) for it in given if _is_worth(given[it])}
        pieces = self.pieces([(job, job.path) for job in worth.values()])
        made = {
            url: _shown(given[url], job, found)
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
    drawn = _cards(show, templates, maker)
    store.prune(root / FOLDER, maker.used)
    episodes = tuple(
        replace(
            post,
            article=_illustrated(post.article, inside),
            small_image=images[post.image.url] if post.image else None,
            card=drawn.get(post.url),
        )
        for post in show.episodes
    )
    pages = tuple(replace(it, article=_illustrated(it.article, inside)) for it in show.pages)
    shown = [*inside.values(), *images.values(), *faces.values()]
    shown += [small_cover] if small_cover else []
    made = replace(
        show,
        small_cover=small_cover,
        episodes=episodes,
        pages=pages,
        pictures=tuple(it for picture in shown for it in (picture, *picture.variants)),
        assets=(*show.assets, *drawn.values(), *site_icons),
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


# -- sizes -------------------------------------------------------------------------------------


def _is_worth(picture: Picture) -> bool:
    """False for a picture that is shown as it is: animated, or small enough for every screen."""
    is_small = picture.width <= min(IN_ARTICLE.widths) and picture.media_type in PLAIN
    return not (picture.is_animated or is_small)


def _resizing(picture: Picture, recipe: Recipe, folder: Path) -> Resizing:
    is_small = picture.width <= recipe.plain and picture.size <= LIGHT
    return Resizing(
        picture.digest,
        recipe,
        is_lossless=picture.media_type not in ("image/jpeg", "image/webp", "image/avif"),
        has_plain=is_small and picture.media_type in PLAIN and picture.mode != "CMYK",
        size=picture.size,
        path=picture.path,
        folder=folder,
    )


def _shown(picture: Picture, job: Resizing, pieces: tuple[store.Piece, ...]) -> Picture:
    """The plain picture, with its variants."""
    name = picture.path.stem
    made = [(it.use, store.picture(job, it, name, picture.path)) for it in pieces]
    plain = next((it for use, it in made if use == "plain"), picture)
    return replace(plain, variants=tuple(it for use, it in made if use == "variant"))


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
    job = replace(_resizing(cover, COVER, folder), has_plain=True)
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


def _cards(show: Show, templates: Templates, maker: _Maker) -> dict[str, Picture]:
    """The card of each post whose title the font can draw, by the post's URL."""
    faces, site = cards.faces(maker.root), frame(show, templates)
    say = words(templates, site)
    palette = colors.palette(show.settings.colors)
    wanted = {}
    for post in show.episodes:
        cover = post.image or show.cover
        card = cards.Card(
            title=post.title,
            show=show.settings.title,
            meta=f"{say.kind(post)} · {say.day(post.date)}",
            length=say.duration(post.enclosure.duration) if post.enclosure else "",
            language=show.settings.language,
            palette=palette,
            faces=faces,
            cover=cover.digest if cover else "",
            path=cover.path if cover else None,
            folder=maker.root / FOLDER,
        )
        wanted[post.url] = post.slug, card
    jobs = [(card, card.path or faces.bold.path) for _, card in wanted.values()]
    return {
        url: store.picture(card, pieces[0], f"{slug}-card", card.path or faces.bold.path)
        for (url, (slug, card)), pieces in zip(wanted.items(), maker.pieces(jobs), strict=True)
        if pieces
    }
