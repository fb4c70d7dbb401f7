"""What the program itself says in the author's language: the preview, and the questions of `init`.

English is the source; `locale/LANGUAGE.po` translates it, compiled to `.mo` with
`pybabel compile`. What readers of a site see is the theme's business.
"""

import gettext
import locale
import os
from functools import cache

from publisher import PACKAGE

FOLDER = PACKAGE / "locale"


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """The texts in a language such as `de` or `de-AT`; English where there are none."""
    path = FOLDER / f"{language.partition('-')[0].lower()}.mo"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def languages() -> tuple[str, ...]:
    """All that the program speaks."""
    return ("en", *sorted(path.stem for path in FOLDER.glob("*.mo")))


def of_system() -> str:
    """The language of this computer's user if the program speaks it, else English.

    POSIX puts LC_ALL before LC_MESSAGES before LANG; where none is set, the system is asked.
    """
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, names), "") or locale.getlocale()[0] or ""
    found = name.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    found = {"german": "de", "english": "en"}.get(found, found)  # Windows spells them out
    return found if found in languages() else "en"
