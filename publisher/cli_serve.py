"""`publish serve`: the author's preview, or exactly what would be published."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from publisher.cli_words import counted, say_problems
from publisher.errors import Exit, Failure

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

    from publisher.build import Built
    from publisher.cli import Command
    from publisher.preview.desk import State

PORT = 8000
TRIED = 20  # ports from PORT on, where the author named none


@click.command()
@click.option("--port", type=click.IntRange(0, 65535),
              help=f"Serve there; otherwise at {PORT}, or the next port that is free.")  # fmt: skip
@click.option("--plain", is_flag=True,
              help="Serve exactly what would be published: no drafts, no reload.")  # fmt: skip
@click.pass_obj
def serve(command: "Command", port: int | None, *, plain: bool) -> None:
    """Show the site on this machine, and keep open pages as the files are.

    Drafts and posts of the future are there, marked as such. Below each page stand its length,
    what is wrong, and the ways to its mail and to the feed.
    """
    try:
        (_serve_plain if plain else _serve_desk)(command, port)
    except KeyboardInterrupt:
        click.echo("\nstopped")


def _serve_plain(command: "Command", port: int | None) -> None:
    from publisher import serve as server
    from publisher.build import Options, build

    built = build(command.root, command.now, Options(fresh=command.fresh))
    site = command.root / "site"
    http = _listening(port, lambda at: server.server(site, lambda: built.listing, built.base, at))
    say_problems(built.warnings)
    _say_address(http, built.base, _counts(built))
    with http:
        http.serve_forever()


def _serve_desk(command: "Command", port: int | None) -> None:
    from publisher import read
    from publisher import serve as server
    from publisher.preview.answers import Answers
    from publisher.preview.desk import FOLDER, Desk

    if not (command.root / "show.toml").is_file():
        read.settings(command.root)  # says so
    begun = datetime.now(UTC)
    clock = lambda: command.now + (datetime.now(UTC) - begun)  # noqa: E731 - short enough
    if not (command.root / FOLDER).is_dir():
        click.echo("building   for the first time, which takes longest")
    desk = Desk(command.root, clock, fresh=command.fresh, hurry=True)
    answers = Answers(desk)
    http = _listening(port, lambda at: server.listen(answers, at))
    state = desk.state
    say_problems(state.problems)
    what = "nothing yet" if state.failed else _counts(state.built)
    _say_address(http, state.base, what)
    if not desk.has_pictures:
        click.echo("drawing    share cards and smaller pictures; pages get them when all are done")
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        desk.run(_say_news)
    finally:
        desk.end()
        http.shutdown()
        http.server_close()


def _listening(
    port: int | None, listen: Callable[[int], "ThreadingHTTPServer"]
) -> "ThreadingHTTPServer":
    """A server at the wished port; without a wish at the first that is free."""
    if port is not None:
        return listen(port)
    for at in range(PORT, PORT + TRIED):
        try:
            return listen(at)
        except Failure as failure:
            if failure.code != Exit.CONFLICT:
                raise
    return listen(0)


def _say_address(http: "ThreadingHTTPServer", base: str, what: str) -> None:
    click.echo(f"built      {what}")
    click.echo(f"serving    http://127.0.0.1:{http.server_address[1]}{base}/  (Ctrl-C ends)")


def _say_news(state: "State") -> None:
    at = f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005 - the clock on the author's wall
    if state.failed or not state.built:
        click.echo(f"{at}   not built; the preview shows the last good state")
        say_problems(state.problems)
        return
    changes = state.built.changes
    pages = [url for url in (*changes.created, *changes.modified) if url.endswith("/")]
    more = f" and {len(pages) - 1} more" if len(pages) > 1 else ""
    warnings = f", {counted(len(state.problems), 'warning')}" if state.problems else ""
    click.echo(f"{at}   built {pages[0] + more if pages else 'again, no page changed'}{warnings}")


def _counts(built: "Built | None") -> str:
    if not built:
        return "nothing yet"
    drafts = sum(it.draft for it in built.glances)
    waiting = sum(it.scheduled and not it.draft for it in built.glances)
    parts = [f"{counted(built.posts, 'post')}, {built.episodes} with audio"]
    parts += [counted(drafts, "draft")] if drafts else []
    parts += [f"{waiting} scheduled"] if waiting else []
    return ", ".join(parts)
