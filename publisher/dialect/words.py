"""The few words that an article's own HTML needs, by the language of the show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Words:
    """What is said in one language; `notes` are the titles of admonitions by their kind."""

    quotes: str  # opening and closing double, opening and closing single
    back: str
    table: str
    footnotes: str
    notes: Mapping[str, str]


ENGLISH = Words(
    quotes="“”‘’",
    back="Back to the text of footnote {}",
    table="Table",
    footnotes="Footnotes",
    notes={
        "note": "Note",
        "tip": "Tip",
        "important": "Important",
        "warning": "Warning",
        "caution": "Caution",
    },
)
GERMAN = Words(
    quotes="„“‚‘",
    back="Zurück zum Text von Fußnote {}",
    table="Tabelle",
    footnotes="Fußnoten",
    notes={
        "note": "Hinweis",
        "tip": "Tipp",
        "important": "Wichtig",
        "warning": "Warnung",
        "caution": "Achtung",
    },
)
_BY_LANGUAGE = {"de": GERMAN, "en": ENGLISH}
_QUOTES = {"fr": "«»‹›"}


def of(language: str) -> Words:
    """The words of a language such as `de` or `de-AT`; English where there are none."""
    primary = language.partition("-")[0]
    found = _BY_LANGUAGE.get(primary, ENGLISH)
    return replace(found, quotes=_QUOTES[primary]) if primary in _QUOTES else found
