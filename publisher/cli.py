"""The commands; the only module that prints, reads the clock and the command line."""

import gc
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher import __version__, cli_target
from publisher.cli_target import Deploy
from publisher.cli_words import counted, say_problems, size
from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.report import Report, Timings

if TYPE_CHECKING:
    from publisher.build import Built


ELSEWHERE = {  # commands, and the modules that have them
    "init": "cli_begin",
    "new": "cli_begin",
    "send": "cli_send",
    "serve": "cli_serve",
    "setup": "cli_setup",
}


@dataclass(frozen=True)
class Command:
    """What all commands share."""

    root: Path
    now: datetime
    fresh: bool


def main() -> None:
    """Run `publish`; whatever goes wrong is said in words, and the exit code names its kind."""
    _print_to_any_terminal()
    gc.set_threshold(500_000, 20, 100)  # a show is many values, and no garbage among them
    try:
        publish(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit("stopped")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PublishError as error:
        say_problems(error.problems)
        sys.exit(Exit.SHOW)
    except Failure as failure:
        click.echo(f"publish: {failure}", err=True)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit("stopped")
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        click.echo(f"publish: cannot read or write{where}: {error.strerror}", err=True)
        click.echo("  hint: Check that it exists, and who may read and write it.", err=True)
        sys.exit(Exit.DISK)
    except RecursionError:
        click.echo("publish: something in the show is nested too deeply to be read", err=True)
        click.echo("  hint: Look for a text with thousands of brackets or quote marks.", err=True)
        sys.exit(Exit.SHOW)


def script() -> None:
    """Run `publish` as a program of its own, which ends without taking apart what it made."""
    code: object = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code or 0
    if isinstance(code, str):
        click.echo(code, err=True)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def _print_to_any_terminal() -> None:
    """A terminal that knows no umlauts shows a ? for each, instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _now(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    try:
        now = datetime.fromisoformat(value) if value else datetime.now(UTC)
    except ValueError:
        raise click.BadParameter("write a date such as 2026-09-07 or 2026-09-07T06:00") from None
    return now.astimezone() if now.tzinfo is None else now


class _Commands(click.Group):
    """Some of them are imported when they are wanted, which a daily run does not.

    As in click's "Lazily Loading Subcommands".
    """

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *ELSEWHERE])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in ELSEWHERE:
            return super().get_command(context, name)
        found: click.Command = getattr(import_module(f"publisher.{ELSEWHERE[name]}"), name)
        return found


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("-C", "root", type=click.Path(path_type=Path), default=".", metavar="DIR",
              help="Work on the show in DIR.")  # fmt: skip
@click.option("--now", callback=_now, metavar="DATE",
              help="Take DATE for the present: posts with a later date wait.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Forget what earlier builds remembered.")
@click.option("--to", "target", metavar="TARGET",
              help="Publish there instead of to [target] of show.toml, "
                   "such as s3://bucket/prefix or file:folder.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Build, print each step, change nothing there.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--strict", is_flag=True, help="Let warnings stop the run, too.")
@click.option("--accept", multiple=True, metavar="ID",
              help="Let the guard ID pass that stopped a run; may be given again.")  # fmt: skip
@click.option("--purge", is_flag=True, help="Delete audio that has left the feed at once.")
@click.option("--wait", is_flag=True, help="Wait until CloudFront shows the changes everywhere.")
@click.version_option(__version__, "--version")
@click.pass_context
def publish(
    context: click.Context,
    root: Path,
    now: datetime,
    target: str | None,
    *,
    fresh: bool,
    dry_run: bool,
    as_json: bool,
    strict: bool,
    accept: tuple[str, ...],
    purge: bool,
    wait: bool,
) -> None:
    """Publish a podcast and its newsletter from plain files.

    Without a command: checks the show in the current folder, builds its website, feeds and
    newsletter into site/, and uploads what changed to the target named in show.toml.

    \b
    A first show in three lines:
      publish init my-show
      publish -C my-show
      publish -C my-show serve
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    command = Command(root, now, fresh)
    context.obj = command
    if context.invoked_subcommand:
        if target or dry_run or as_json or strict or accept or purge or wait:
            raise click.UsageError(
                "--to, --dry-run, --json, --strict, --accept, --purge and --wait belong to publish "
                f"itself; {context.invoked_subcommand} has options of its own"
            )
        return
    say = _say_nothing if as_json else click.echo
    built = _build(command, strict=strict)
    _say_built(built, say)
    deploy = Deploy(command.root, built.target.at(target), built.url, accept)
    deploy = replace(deploy, purge=purge, wait=wait, dry_run=dry_run)
    deploy.publish(built, say, as_json=as_json)


def _build(command: Command, report: Report | None = None, **options: Any) -> "Built":
    from publisher.build import Options, build

    made = Options(fresh=command.fresh, **options)
    if report or not sys.stderr.isatty():
        return build(command.root, command.now, made, report)
    from publisher.cli_bar import Bar

    with Bar() as bar:
        return build(command.root, command.now, made, bar)


@publish.command()
@click.option("--strict", is_flag=True, help="Let warnings fail, too.")
@click.option("--fix", is_flag=True, help="Write missing guids into the articles first.")
@click.option("--loudness", is_flag=True, help="Measure the recordings, too; needs ffmpeg.")
@click.option("--explain", metavar="ID", help="Say why there is a rule, and what to do; or: all.")
@click.pass_obj
def check(
    command: Command, explain: str | None, *, strict: bool, fix: bool, loudness: bool
) -> None:
    """Report every problem of the show, with its file, its line and what to do."""
    if explain:
        _explain(explain)
        return
    from publisher import inspection

    root, now = command.root, command.now
    for path, written in inspection.mend(root, now) if fix else ():
        click.echo(f"wrote      {path}: {written}")
    problems = inspection.problems(root, now, fresh=command.fresh, with_loudness=loudness)
    for problem in problems:
        click.echo(problem.text(with_rule=True), err=True)
    click.echo(_counted(problems))
    if any(strict or problem.severity == "error" for problem in problems):
        sys.exit(Exit.SHOW)


def _explain(name: str) -> None:
    from publisher import check as rules
    from publisher.check import explain

    known = {rule.id: rule for rule in rules.RULES}
    if name == "all":
        click.echo(explain.page(rules.RULES), nl=False)
    elif name in known:
        click.echo(explain.text(known[name]))
    else:
        raise click.UsageError(
            f"there is no rule “{name}”\n{explain.unknown(name, known.values())}"
        )


@publish.command()
@click.option("--jobs", type=click.IntRange(1), help="Work in so many processes.")
@click.option("--strict", is_flag=True, help="Let warnings stop the run, too.")
@click.option("--no-pictures", is_flag=True,
              help="Make no smaller pictures, share cards and icons.")  # fmt: skip
@click.option("--timings", is_flag=True, help="Say where the time went.")
@click.pass_obj
def build(
    command: Command, jobs: int | None, *, strict: bool, no_pictures: bool, timings: bool
) -> None:
    """Build site/ and the mails, upload nothing."""
    report = Timings() if timings else None
    built = _build(command, report, jobs=jobs or 0, strict=strict, pictures=not no_pictures)
    _say_built(built, click.echo)
    for name, seconds, count in report.rows() if report else ():
        click.echo(f"{seconds:>9.3f} s  {name}{f', {count} new' if count else ''}")


for command_there in (cli_target.releases, cli_target.rollback, cli_target.verify):
    publish.add_command(command_there)


# -- what a person reads -----------------------------------------------------------------------


def _say_nothing(_line: str) -> None:
    pass


def _counted(problems: list[Problem]) -> str:
    counts = [
        counted(number, word)
        for word in ("error", "warning")
        if (number := sum(problem.severity == word for problem in problems))
    ]
    return ", ".join(counts) or "no problems"


def _say_built(built: "Built", say: Callable[[str], None]) -> None:
    say_problems(built.warnings)
    changes = built.changes
    counts = {"new": changes.created, "changed": changes.modified, "gone": changes.removed}
    what = ", ".join(f"{len(urls)} {word}" for word, urls in counts.items() if urls)
    posts = f"{counted(built.posts, 'post')}, {built.episodes} with audio"
    say(f"built      {posts}: {what or 'nothing changed'}")
    if "/feed/itunes/" in (*changes.created, *changes.modified):
        say(f"feed       {size(built.feed_size)}")
    for post in built.waiting:
        say(f"waiting    “{post.title}” until {post.date:%Y-%m-%d %H:%M %Z}")
