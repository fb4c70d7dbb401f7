"""`publish send`: a newsletter issue to its subscribers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.errors import Exit, Failure, Problem, PublishError

if TYPE_CHECKING:
    from publisher.cli import Command
    from publisher.mail.log import Frozen, Log
    from publisher.mail.smtp import Server
    from publisher.model import Smtp

SHOWN = 20  # problems of the list; more would hide what follows


@click.command()
@click.argument("slug")
@click.option("--test", "address", metavar="ADDRESS",
              help="Send it to this address only; drafts too.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say who would get it; send nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--status", is_flag=True, help="Count who got it; name who did not.")
@click.option("--resend-uncertain", is_flag=True,
              help="Send again where no answer came; some may get it twice.")  # fmt: skip
@click.pass_obj
def send(
    command: "Command",
    slug: str,
    address: str | None,
    *,
    dry_run: bool,
    yes: bool,
    status: bool,
    resend_uncertain: bool,
) -> None:
    """Send the newsletter issue of the post SLUG to its subscribers.

    What was sent is written down in sent/. Run it again to go on after a stop: nobody gets the
    mail twice, and it stays as it was when the first mail went out.
    """
    if sum((bool(address), dry_run, status)) > 1:
        raise click.UsageError("choose one of --test, --dry-run and --status")
    with _log_failures(command.root):
        if address:
            _test(command, slug, address)
        elif status:
            _status(command.root, slug)
        elif dry_run:
            _dry_run(command, slug, again=resend_uncertain)
        else:
            _send(command, slug, asks=not yes, again=resend_uncertain)


def _send(command: "Command", slug: str, *, asks: bool, again: bool) -> None:
    from publisher.mail import account, log, smtp

    server = smtp.server(_smtp(command.root))
    with log.alone(command.root), log.Log(log.path(command.root)) as written:
        frozen = _prepared(command, slug, written, again=again)
        counts = written.counts(frozen.number)
        waiting = counts.get("queued", 0) + counts.get("deferred", 0)
        if waiting and asks:
            _confirm(frozen, waiting)
        if waiting:
            _run(written, frozen, server, waiting, _smtp(command.root).per_minute)
        _say(account.lines(written, frozen))
        if not account.is_complete(written.counts(frozen.number)):
            sys.exit(Exit.MAIL_PARTIAL)


def _run(written: "Log", frozen: "Frozen", server: "Server", waiting: int, per_minute: int) -> None:
    from publisher.mail import account
    from publisher.mail.progress import watching
    from publisher.mail.sending import Pace, Run

    with closing(server), watching(waiting) as watch:
        try:
            Run(written, frozen, server, Pace(per_minute), watch.tell, watch.rest).all()
        except (Failure, KeyboardInterrupt):
            _say(account.lines(written, frozen))
            raise


def _prepared(command: "Command", slug: str, written: "Log", *, again: bool) -> "Frozen":
    """The issue and its audience: frozen now, or as they were frozen when sending began."""
    from publisher.mail import issue

    now = issue.master(command.root, command.now, slug, _warn, fresh=command.fresh)
    _, newsletter = issue.settings(command.root)
    frozen = written.issue(identity=now.identity)
    with _complaints() as complain:
        if frozen and written.begun(frozen.number):
            lists = issue.lists(command.root, newsletter, frozen.master)
            written.resume(frozen, lists, complain)
            if now.differs(frozen.master):
                click.echo("note: the issue changed since the first mail went out; the others "
                           "get it as the first did", err=True)  # fmt: skip
            if joined := written.joined(frozen.number):
                click.echo(f"note: {joined} joined the list since; the next issue is their first",
                           err=True)  # fmt: skip
        else:
            for problem in issue.unpublished(command.root, now, slug):
                complain(problem)
            lists = issue.lists(command.root, newsletter, now)
            frozen = written.freeze(slug, now, lists, complain)
    if again:
        written.requeue_uncertain(frozen.number)
    if not written.counts(frozen.number):
        raise PublishError([Problem(newsletter.subscribers, 0, "there is nobody to write to")])
    return frozen


def _dry_run(command: "Command", slug: str, *, again: bool) -> None:
    from publisher.mail import account, log

    with _scratch(log.path(command.root)) as scratch:
        frozen = _prepared(command, slug, scratch, again=again)
        _say(account.forecast(scratch, frozen))


@contextmanager
def _scratch(path: Path) -> Iterator["Log"]:
    """A copy of the log, to say what would happen without doing it."""
    from publisher.mail.log import Log

    if not path.exists():
        with Log(None) as scratch:
            yield scratch
        return
    with Log(path) as written, written.copy() as scratch:
        yield scratch


def _status(root: Path, slug: str) -> None:
    from publisher.mail import account, log

    path = log.path(root)
    if path.exists():
        with log.Log(path) as written:
            if frozen := written.issue(slug=slug):
                _say(account.lines(written, frozen))
                return
    click.echo(f"account    nothing was sent of “{slug}”")


def _test(command: "Command", slug: str, address: str) -> None:
    from publisher.mail import Broken, Mail, issue, smtp, subscribers

    try:
        bare = subscribers.parsed(address)
    except ValueError:
        raise click.BadParameter(f"{address} is no mail address") from None
    master = issue.master(command.root, command.now, slug, _warn, fresh=command.fresh, drafts=True)
    with closing(smtp.server(_smtp(command.root))) as server:
        body = master.tried().to(bare, token="test")  # noqa: S106
        mail = Mail(master.envelope_sender, bare, body)
        try:
            outcome = server.send(mail, lambda: None)
        except Broken as error:
            hint = "Check [smtp] host and port."
            message = f"the mail server cannot be reached: {error}"
            raise Failure(Exit.MAIL_SERVER, message, hint) from error
    click.echo(f"{outcome.state:<10} {bare}  {outcome.reply}")
    if outcome.state != "accepted":
        sys.exit(Exit.MAIL_PARTIAL)


def _smtp(root: Path) -> "Smtp":
    from publisher.mail import issue

    settings, _ = issue.settings(root)
    if not settings.smtp:
        hint = "Write [smtp] and below it host, port and user, as your provider tells them."
        raise PublishError([Problem("show.toml", 0, "the show has no mail server", hint)])
    return settings.smtp


def _confirm(frozen: "Frozen", waiting: int) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is here to confirm; --yes sends without asking")
    click.confirm(f"Send “{frozen.master.subject}” to {waiting}?", abort=True)


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)


def _warn(problem: Problem) -> None:
    click.echo(str(problem), err=True)


@contextmanager
def _complaints() -> Iterator[Callable[[Problem], None]]:
    """Prints the first problems of a list, and how many more there are."""
    count = 0

    def complain(problem: Problem) -> None:
        nonlocal count
        count += 1
        if count <= SHOWN:
            click.echo(str(problem), err=True)

    yield complain
    if count > SHOWN:
        click.echo(f"and {count - SHOWN} more like these", err=True)


@contextmanager
def _log_failures(root: Path) -> Iterator[None]:
    import sqlite3

    try:
        yield
    except (sqlite3.Error, OSError) as error:
        message = f"the send log in {root / 'sent'} cannot be used: {error}"
        hint = "Nothing is forgotten. Mend the disk, then run it again to go on."
        raise Failure(Exit.DISK, message, hint) from error
