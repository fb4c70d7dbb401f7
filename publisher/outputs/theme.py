"""The theme at work: Jinja2 with the show's frame, its language and its addresses."""

import marshal
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from publisher.errors import Problem, PublishError
from publisher.fingerprint import Fingerprinted, Itself, Keyed
from publisher.frontmatter import slugified
from publisher.model import (
    Form,
    Memo,
    Person,
    Picture,
    Settings,
    Show,
    Templates,
)
from publisher.outputs import media
from publisher.outputs.words import Words, isoduration, og_locale, paragraphs
from publisher.times import clock

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment, Template, TemplateSyntaxError

MEND = "Mend it, or delete your copy to use the default theme's."


class Link(NamedTuple):
    """A title and a root-relative URL."""

    title: str
    url: str


@dataclass(frozen=True)
class Tag:
    """A tag, the URL of its page and how many posts carry it."""

    name: str
    url: str
    count: int


@dataclass(frozen=True)
class App:
    """A podcast app and the address that opens the show in it."""

    name: str
    url: str


@dataclass(frozen=True)
class Frame(Fingerprinted):
    """What every page knows of the show: nothing that a new episode would change."""

    title: str
    subtitle: str
    description: str
    language: str
    url: str
    base: str
    author: str
    hosts: tuple[Person, ...]
    cover: Picture | None
    small_cover: Picture | None
    icons: tuple[Picture, ...]
    stylesheet: str
    script: str
    copyright: str
    feed_url: str
    pages: tuple[Link, ...]
    imprint: Link | None
    privacy: Link | None
    apps: tuple[App, ...]
    review_url: str
    mail_words: tuple[str, ...]
    form: Form | None
    seasons: Mapping[str, str]


def frame(show: Show, templates: Templates) -> Frame:
    """The frame of a show in a theme."""
    return _frame(Itself(show), Keyed(templates))


@lru_cache(maxsize=1)  # most outputs ask for it
def _frame(of_show: Itself[Show], of_templates: Keyed[Templates]) -> Frame:
    show, templates = of_show.value, of_templates.value
    it = show.settings
    by_path = {page.source.path: Link(page.title, page.url) for page in show.pages}
    feed_url = f"{it.url}/feed/itunes/"
    apple = it.apps.get("apple", "")
    return Frame(
        title=it.title,
        subtitle=it.subtitle,
        description=it.description,
        language=it.language,
        url=it.url,
        base=it.base,
        author=it.author,
        hosts=it.hosts,
        cover=show.cover,
        small_cover=show.small_cover,
        icons=show.icons,
        stylesheet=media.theme_file(templates, "style.css").url,
        script=media.theme_file(templates, "site.js").url,
        copyright=it.copyright,
        feed_url=feed_url,
        pages=tuple(by_path.values()),
        imprint=by_path.get(it.imprint),
        privacy=by_path.get(it.privacy),
        apps=tuple(_apps(it, feed_url)),
        review_url=f"https://podcasts.apple.com/podcast/id{apple}?action=write-review"
        if apple
        else "",
        mail_words=_mail_words(it.email),
        form=it.newsletter.form if it.newsletter else None,
        seasons=it.seasons,
    )


def _apps(settings: Settings, feed_url: str) -> Iterable[App]:
    """The apps that one Apple id and the feed's address open, then those with ids of their own."""
    encoded = quote(feed_url, safe="")
    known = settings.apps
    if apple := known.get("apple"):
        yield App("Apple Podcasts", f"https://podcasts.apple.com/podcast/id{apple}")
    if spotify := known.get("spotify"):
        yield App("Spotify", _own("https://open.spotify.com/show/", spotify))
    if apple:
        yield App("Overcast", f"https://overcast.fm/itunes{apple}")
        yield App("Pocket Casts", f"https://pca.st/itunes/{apple}")
        yield App("Castro", f"https://castro.fm/itunes/{apple}")
    yield App("AntennaPod", f"https://antennapod.org/deeplink/subscribe?url={encoded}")
    yield App("Podcast Addict", f"https://podcastaddict.com/feed/{encoded}")
    yield App("Player FM", f"https://player.fm/subscribe?id={encoded}")
    yield App("gpodder.net", f"https://gpodder.net/subscribe?url={encoded}")
    if deezer := known.get("deezer"):
        yield App("Deezer", _own("https://www.deezer.com/show/", deezer))
    for name, url in known.items():
        if name not in ("apple", "spotify", "deezer"):
            yield App(name, url)


def _own(prefix: str, given: str) -> str:
    return given if "://" in given else prefix + given


def _mail_words(email: str) -> tuple[str, ...]:
    local, _, host = email.partition("@")
    return (local, *host.split("."))


@lru_cache(maxsize=10_000)
def tag_url(name: str) -> str:
    """The URL of a tag's page."""
    return f"/tags/{slugified(name)}/"


@lru_cache(maxsize=10_000)
def person_url(name: str) -> str:
    """The URL of the page of a host or guest."""
    return f"/people/{slugified(name)}/"


def season_url(number: int) -> str:
    """The URL of a season's page."""
    return f"/seasons/{number}/"


# -- rendering -------------------------------------------------------------------------------


def render(templates: Templates, name: str, frame: Frame, **values: Any) -> str:
    """One template with its values; what is wrong with it becomes a Problem with its line."""
    import jinja2

    environment = _environment(Keyed(templates), Keyed(frame))
    try:
        return environment.get_template(name).render(site=frame, **values)
    except jinja2.TemplateSyntaxError as error:
        raise PublishError([_misspelt(templates, name, error)]) from None
    except jinja2.TemplateNotFound as error:
        message = f"the template {error.name} does not exist"
        hint = "Mend the name in extends, include or import."
        raise PublishError([Problem(templates.path(name), 0, message, hint)]) from None
    except PublishError:
        raise
    except Exception as error:  # noqa: BLE001 - what an author writes in a template can raise anything
        place, line = _last_template_line(error, templates, name)
        is_name = isinstance(error, jinja2.UndefinedError)
        hint = "Mend the name; docs/themes.md lists what each template knows." if is_name else MEND
        raise PublishError([Problem(place, line, f"the template fails: {error}", hint)]) from None


def compiled(show: Show, templates: Templates, memo: Memo) -> Templates:
    """The theme with its templates compiled, for which a daily run has no time."""
    site = frame(show, templates)
    names = [it.name for it in templates.sources if it.name.endswith(".html")]
    code = memo.map(_compiled, [(templates, site, name) for name in names])
    return replace(templates, code=dict(zip(names, code, strict=True)))


def _compiled(templates: Templates, frame: Frame, name: str) -> bytes | Problem:
    """A template's code; it depends on the frame, since Jinja2 computes beforehand what it can."""
    import jinja2

    environment = _environment(Keyed(templates), Keyed(frame))
    source, path = templates.source(name), templates.path(name)
    try:
        return marshal.dumps(environment.compile(source, name, path))
    except jinja2.TemplateSyntaxError as error:
        return _misspelt(templates, name, error)


def _misspelt(templates: Templates, name: str, error: "TemplateSyntaxError") -> Problem:
    path = templates.path(error.name or name)
    hint = MEND
    return Problem(path, error.lineno, f"the template is wrong: {error.message}", hint)


def _last_template_line(error: Exception, templates: Templates, name: str) -> tuple[str, int]:
    """Jinja2 gives run-time errors no line; the last frame inside a template has it."""
    paths = {it.path for it in templates.sources}
    frames = [it for it in traceback.extract_tb(error.__traceback__) if it.filename in paths]
    if frames:
        return frames[-1].filename, frames[-1].lineno or 0
    return templates.path(name), 0


def _loader(theme: Templates) -> "BaseLoader":
    """Loads the theme's templates, from their code where there is some."""
    import jinja2

    class Loader(jinja2.BaseLoader):
        def get_source(
            self,
            environment: "Environment",  # noqa: ARG002 - Jinja2's signature
            template: str,
        ) -> tuple[str, str, Callable[[], bool]]:
            found = next((it for it in theme.sources if it.name == template), None)
            if found is None:
                raise jinja2.TemplateNotFound(template)
            return found.source, found.path, lambda: True

        def load(
            self,
            environment: "Environment",
            name: str,
            globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja2's name
        ) -> "Template":
            code = theme.code.get(name)
            if code is None:
                return super().load(environment, name, globals)
            if isinstance(code, Problem):
                raise PublishError([code])
            known = environment.make_globals(globals)
            return jinja2.Template.from_code(environment, marshal.loads(code), known)  # noqa: S302 - `_compiled` wrote it

    return Loader()


@lru_cache(maxsize=2)
def _environment(templates: Keyed[Templates], frame: Keyed[Frame]) -> "Environment":
    import jinja2

    theme, site = templates.value, frame.value
    environment = jinja2.Environment(
        loader=_loader(theme),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = _words(templates, frame)
    environment.install_gettext_translations(words.catalog, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        _=words.said,
        link=lambda path: site.base + path,
        absolute=lambda path: site.url + path,
        picture=words.picture,
        asset=cache(lambda name: media.theme_file(theme, name).url),
    )
    environment.filters.update(
        link=lambda path: site.base + path,
        linked=words.linked,
        day=words.day,
        isoday=lambda date: date.isoformat(),
        duration=words.duration,
        amount=words.amount,
        clock=clock,
        isoduration=isoduration,
        host=words.host,
        tag_url=tag_url,
        person_url=person_url,
        season_url=season_url,
        season=lambda number: words.season(number, site.seasons.get(str(number), "")),
        og_locale=og_locale,
        paragraphs=paragraphs,
    )
    return environment


def words(templates: Templates, frame: Frame) -> "Words":
    """The theme's texts, dates and durations in the show's language."""
    return _words(Keyed(templates), Keyed(frame))


@lru_cache(maxsize=2)
def _words(templates: Keyed[Templates], frame: Keyed[Frame]) -> "Words":
    return Words(templates.value, frame.value)
