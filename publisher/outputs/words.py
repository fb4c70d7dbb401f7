"""What is said in the reader's language: texts, dates, durations; and times as machines write."""

import gettext
import io
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from publisher import srcset, transcripts
from publisher.model import Article, Episode, Person, Picture, Templates, Transcript
from publisher.transcripts import Cue

if TYPE_CHECKING:
    from markupsafe import Markup

    from publisher.outputs.theme import Frame


class Words:
    """What is said in the reader's language; English where the theme has no catalog for it."""

    def __init__(self, templates: Templates, site: "Frame") -> None:
        import babel

        language = site.language.partition("-")[0]
        content = templates.catalogs.get(language)
        self.catalog = (
            gettext.GNUTranslations(io.BytesIO(content)) if content else gettext.NullTranslations()
        )
        self.gettext = self.catalog.gettext
        self._said: dict[str, Markup] = {}
        self.locale, self.site = babel.Locale(language if content else "en"), site

    def said(self, message: str, /, **values: object) -> "Markup":
        """The theme's `_`: what Jinja2's own makes, but a text without values only once."""
        from markupsafe import Markup

        if values:
            return Markup(self.gettext(message)) % values  # noqa: S704 - the theme's own words
        if message not in self._said:
            self._said[message] = Markup(self.gettext(message)) % {}  # noqa: S704
        return self._said[message]

    def linked(self, article: Article) -> "Markup":
        from markupsafe import Markup

        return Markup(srcset.linked(article, self.site.base))  # noqa: S704 - the author's own HTML

    def picture(self, it: Picture, alt: str, sizes: str, *, lazy: bool = True) -> "Markup":
        """A picture in all its widths."""
        from markupsafe import Markup

        return Markup(srcset.element(it, self.site.base, alt, sizes, lazy=lazy))  # noqa: S704 - escaped there

    def kind(self, post: Episode) -> str:
        """What a post is: an article, a trailer, episode 12."""
        _ = self.gettext
        if not post.enclosure:
            return _("Article")
        if post.type != "full":
            return _("Trailer") if post.type == "trailer" else _("Bonus")
        if post.number is None:
            return _("Podcast")
        return _("Episode %(number)s") % {"number": post.number}

    def day(self, date: datetime) -> str:
        from babel.dates import format_date

        return format_date(date, "long", self.locale)

    def duration(self, seconds: float) -> str:
        from babel.units import format_unit

        hours, minutes = divmod(max(1, round(seconds / 60)), 60)
        parts = [("duration-hour", hours), ("duration-minute", minutes)]
        return " ".join(
            format_unit(count, unit, "short", locale=self.locale) for unit, count in parts if count
        )

    def season(self, number: int, name: str) -> str:
        known = self.gettext("Season %(number)s") % {"number": number}
        return f"{known}: {name}" if name else known

    def amount(self, number: float) -> str:
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.locale)

    def host(self, persons: Iterable[Person]) -> str:
        from babel.lists import format_list

        return format_list([person.name for person in persons], locale=self.locale)


def og_locale(language: str) -> str:
    """A language as Open Graph writes it, with its most likely country: `de` -> `de_DE`."""
    from babel.core import get_global

    primary, _, region = language.partition("-")
    likely = get_global("likely_subtags").get(primary, f"{primary}_Latn_{primary.upper()}")
    return f"{primary}_{region.upper() or likely.rpartition('_')[2]}"


def paragraphs(transcript: Transcript) -> list[list[Cue]]:
    """What a transcript says, by speakers: paragraphs of cues."""
    return transcripts.monologues(transcripts.parse(transcript.text, transcript.path.suffix))


def isoduration(seconds: float) -> str:
    """Seconds as ISO 8601 writes durations: `PT1H2M3S`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"PT{hours}H{minute}M{second}S"
