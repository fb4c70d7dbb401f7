"""`publish init` and `publish new`: how a show and an episode begin."""

import os
import re
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from publisher.cli import Command

Category = tuple[str, ...]  # one of Apple's names, and perhaps one of its subcategories


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", help="The name of the show.")
@click.option("--language", help="The language it speaks: de, en …")
@click.option("--author", help="Who makes it.")
@click.option("--email", help="Where listeners write to.")
@click.option("--url", help="Where the site will live.")
@click.option("--category", help="Apple's category, such as Arts or Business/Marketing.")
def init(folder: Path, category: str | None, **answers: str | None) -> None:
    """Make a new show in FOLDER that publishes at once.

    Asks for its title, language and such; with any of the options given it asks nothing and fills
    in the rest.
    """
    from publisher import scaffold, spoken

    given = {name: _checked(name, answer) for name, answer in answers.items() if answer}
    chosen = _category_named(category) if category else ("Business",)
    author = ""
    if not given and not category:
        if not sys.stdin.isatty():
            example = f'publish init {folder} --title "My show"'
            raise click.UsageError(f"nobody is here to answer questions; give options: {example}")
        scaffold.refuse_full(folder)
        author = _user()
        given, chosen = _asked(scaffold.defaults(folder, spoken.of_system(), author))
    language = given.get("language") or spoken.of_system()
    filled = scaffold.defaults(folder, language, author) | given
    for path in scaffold.init(folder, filled, chosen):
        click.echo(f"wrote      {path}")
    click.echo(f"\nNow run:   publish -C {shlex.quote(str(folder))} serve")


def _asked(defaults: dict[str, str]) -> tuple[dict[str, str], Category]:
    """The author's answers, each question in the language that was answered first."""
    from publisher import spoken

    def _(text: str) -> str:
        return spoken.catalog(given.get("language", defaults["language"])).gettext(text)

    given: dict[str, str] = {}
    questions: dict[str, Callable[[], str]] = {
        "language": lambda: _("Language of the show (de, en …)"),
        "title": lambda: _("Title of the show"),
        "author": lambda: _("Who makes it"),
        "email": lambda: _("E-mail address for listeners"),
        "url": lambda: _("Address of the site (may be made up for now)"),
    }
    for name, question in questions.items():
        given[name] = click.prompt(
            question(), default=defaults[name], value_proc=partial(_checked, name)
        )
    return given, _category_asked(_)


def _checked(name: str, answer: str) -> str:
    """The answer as it is written; what cannot work is asked again."""
    answer = os.fsencode(answer).decode("utf-8", "replace").strip()  # whatever the locale made
    wrong = ""
    if name == "language" and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", answer):
        wrong = "is no language; write it as de, en or de-AT"
    elif name == "email" and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+", answer):
        wrong = "is no e-mail address"
    elif name == "url":
        answer = (answer if "://" in answer else f"https://{answer}").rstrip("/")
        if not re.fullmatch(r"https?://[^\s/?#:@]+(:\d+)?(/[^\s?#]*)?", answer):
            wrong = "is no address; write it as https://my-show.example"
    elif not answer:
        wrong = "is empty"
    if wrong:
        raise click.BadParameter(f"“{answer}” {wrong}", param_hint=f"--{name}")
    return answer


# -- Apple's categories


def _category_asked(translate: Callable[[str], str]) -> Category:
    from publisher.check.categories import CATEGORIES

    names = list(CATEGORIES)
    _say_list(names)
    question = translate("Category at Apple (number or first letters)")
    name = click.prompt(question, default="Business", value_proc=lambda it: _of(names, it))
    subnames = list(CATEGORIES[name])
    if not subnames:
        return (name,)
    _say_list(subnames)
    question = translate("Subcategory (number or first letters, 0 for none)")
    sub = click.prompt(
        question, default="0", value_proc=lambda it: "" if it == "0" else _of(subnames, it)
    )
    return (name, sub) if sub else (name,)


def _say_list(names: list[str]) -> None:
    """Numbered names, in two columns."""
    half = (len(names) + 1) // 2
    for number in range(1, half + 1):
        row = f"{number:>3}  {names[number - 1]:<26}"
        if number + half <= len(names):
            row += f"{number + half:>3}  {names[number + half - 1]}"
        click.echo(row.rstrip())


def _of(names: list[str], answer: str) -> str:
    """The name with this number, or the only one that begins like this."""
    wanted = answer.strip().casefold()
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    exact = [it for it in names if it.casefold() == wanted]
    found = exact or [it for it in names if wanted and it.casefold().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(found or names)
    what = "can mean several" if found else "is none of Apple's categories"
    raise click.BadParameter(f"“{answer}” {what}: {known}", param_hint="--category")


def _category_named(text: str) -> Category:
    from publisher.check.categories import CATEGORIES

    first, slash, second = text.partition("/")
    name = _of(list(CATEGORIES), first)
    return (name, _of(list(CATEGORIES[name]), second)) if slash else (name,)


def _user() -> str:
    """The name of who is at the keyboard, as the system knows it."""
    with suppress(ImportError, KeyError):
        import pwd

        name = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
        return "" if name == "root" else name
    return ""


# -- an episode


@click.command()
@click.argument("title", required=False, default="")
@click.option("--audio", type=click.Path(path_type=Path, dir_okay=False),
              help="The recording: an MP3 or M4A file, anywhere.")  # fmt: skip
@click.option("--edit", is_flag=True, help="Open the article in $VISUAL or $EDITOR.")
@click.pass_obj
def new(command: "Command", title: str, audio: Path | None, *, edit: bool) -> None:
    """Begin an episode called TITLE, or an article if there is no recording.

    Fills in the date, the episode's number and a guid. The recording's tags give the title if
    there is none here, the chapters, the picture, and the number if no other episode has it.
    """
    from publisher import begin

    typed = os.fsencode(title).decode("utf-8", "replace")  # whatever the locale made of it
    begun = begin.new(command.root, typed, audio, command.now)
    for path in (begun.article, *begun.beside):
        click.echo(f"wrote      {path}")
    for note in begun.notes:
        click.echo(f"note       {note}")
    if edit:
        _edit(begun.article)
    where = "" if command.root == Path() else f" -C {shlex.quote(str(command.root))}"
    click.echo(f"\nWrite it, and see it with:   publish{where} serve")


def _edit(path: Path) -> None:
    """Open a file in the author's editor; the article is written, so nothing here is an error."""
    import subprocess

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        click.echo("no editor is set, so open it yourself; "
                   "`export EDITOR=nano` sets one", err=True)  # fmt: skip
        return
    try:
        command = [*shlex.split(editor), str(path)]
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - the author's own setting
    except (OSError, ValueError) as error:
        click.echo(f"the editor “{editor}” does not start: {error}", err=True)
        return
    if code:
        click.echo(f"the editor “{editor}” ended with {code}", err=True)
