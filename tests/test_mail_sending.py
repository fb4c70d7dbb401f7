"""`publish send` against a real SMTP server, well and misbehaved."""

import contextlib
import re
import sqlite3
from dataclasses import replace

import pytest
import shows
from mail_servers import FAULTS, Listening, Sink
from PIL import Image

from publisher.errors import Exit
from publisher.mail import sending, smtp
from publisher.model import Smtp

ACCOUNT = re.compile(
    r"audience (\d+) = (\d+) accepted \+ (\d+) failed \+ (\d+) deferred"
    r" \+ (\d+) uncertain \+ (\d+) excluded"
)


@contextlib.contextmanager
def listening(sink=None, **options):
    """A server and its sink."""
    server = Listening(sink or Sink(), **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server():
    with listening() as it:
        yield it


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Nobody waits an hour for a grey list here."""
    made = sending.Pace
    monkeypatch.setattr(
        sending, "Pace",
        lambda _per_minute: made(10**6, rounds=(0.01, 0.01), reconnects=(0, 0.01), broken=3),
    )  # fmt: skip


def address_book(folder, server, *addresses, extra=""):
    """Give the show a mail server and subscribers."""
    config = folder / "show.toml"
    if "[smtp]" not in config.read_text("utf-8"):
        smtp = f'\n[smtp]\nhost = "127.0.0.1"\nport = {server.port}\n'
        config.write_text(config.read_text("utf-8") + smtp, "utf-8")
    rows = "".join(f"{it}\n" for it in addresses)
    (folder / "subscribers.csv").write_text(f"email;name;token\n{rows}{extra}", "utf-8")
    return folder


def send(folder, *arguments):
    """`publish send suppe`."""
    return shows.publish(folder, "send", "suppe", *arguments)


def account(ran):
    """The numbers of the equation; it must close."""
    audience, *parts = map(int, ACCOUNT.search(ran.out).groups())
    assert "queued" not in ran.out
    assert audience == sum(parts)
    return parts


def test_everybody_gets_one_mail_and_a_second_run_sends_none(show, server):
    address_book(show, server, "a@x.example;Änne Öz", "b@x.example;Bo", "c@x.example")
    ran = send(show, "--yes")
    assert (ran.code, account(ran)) == (0, [3, 0, 0, 0, 0])
    again = send(show, "--yes")
    assert (again.code, account(again)) == (0, [3, 0, 0, 0, 0])
    assert {it: len(mails) for it, mails in server.handler.mails.items()} == {
        "a@x.example": 1, "b@x.example": 1, "c@x.example": 1
    }  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_ends_in_the_right_state(show, server, fault):
    expected = {
        "lost": ("uncertain", 1), "gone": ("uncertain", 0), "grey": ("accepted", 1),
        "busy": ("accepted", 1), "full": ("deferred", 0), "dead": ("failed", 0),
        "spam": ("failed", 0), "slow": ("accepted", 1), "hush": ("accepted", 1),
    }  # fmt: skip
    state, delivered = expected[fault]
    odd = f"{fault}@x.example"
    ran = send(address_book(show, server, "a@x.example", odd, "z@x.example"), "--yes")
    states = ["accepted", "failed", "deferred", "uncertain", "excluded"]
    counted = dict(zip(states, account(ran), strict=True))
    assert counted["accepted"] == 2 + (state == "accepted")
    assert counted[state] == (3 if state == "accepted" else 1)
    assert len(server.handler.mails.get(odd, [])) == delivered
    assert ran.code == (Exit.DONE if state == "accepted" else Exit.MAIL_PARTIAL)
    if state != "accepted":
        assert re.search(rf"^{state} +{odd}  ", ran.out, re.MULTILINE)
        assert "hint: " in ran.out


def test_the_uncertain_are_listed_and_sent_again_only_when_asked(show, server):
    address_book(show, server, "lost@x.example", "b@x.example")
    first = send(show, "--yes")
    assert "Message-ID <" in first.out
    assert "publish send suppe --resend-uncertain" in first.out
    assert account(send(show, "--yes")) == [1, 0, 0, 1, 0]
    assert len(server.handler.mails["lost@x.example"]) == 1
    send(show, "--yes", "--resend-uncertain")
    one, two = server.handler.mails["lost@x.example"]
    assert one == two, "the second copy can be recognised"
    assert len(server.handler.mails["b@x.example"]) == 1


def test_a_run_that_ended_between_dot_and_answer_is_listed_never_guessed(show, server):
    address_book(show, server, "a@x.example", "b@x.example", "c@x.example")
    send(show, "--yes")
    with contextlib.closing(sqlite3.connect(show / "sent/log.sqlite")) as log, log:
        log.execute("UPDATE recipient SET state = 'commit' WHERE address LIKE 'b%'")
        log.execute("UPDATE recipient SET state = 'sending' WHERE address LIKE 'c%'")
    status = send(show, "--status")
    assert "1 uncertain + 0 excluded + 1 queued" in status.out
    assert "\nuncertain  b@x.example  no answer yet  Message-ID <" in status.out
    ran = send(show, "--yes")
    assert account(ran) == [2, 0, 0, 1, 0]
    assert "the run ended before the server answered" in ran.out
    assert len(server.handler.mails["b@x.example"]) == 1
    assert len(server.handler.mails["c@x.example"]) == 2, "the harness pretended that it broke"


def test_an_issue_stays_as_it_was_when_the_first_mail_went_out(show, server):
    address_book(show, server, "a@x.example", "grey@x.example", "full@x.example")
    send(show, "--yes")
    article = show / "episodes/suppe.md"
    article.write_text(article.read_text("utf-8").replace("Eine gute", "Eine versalzene"), "utf-8")
    with contextlib.closing(sqlite3.connect(show / "sent/log.sqlite")) as log, log:
        log.execute("UPDATE recipient SET address = 'later@x.example' WHERE address LIKE 'full%'")
    address_book(show, server, "a@x.example", "grey@x.example", "later@x.example")
    ran = send(show, "--yes")
    assert "note: the issue changed since the first mail went out" in ran.err
    assert b"versalzene" not in server.handler.mails["later@x.example"][0]


def test_an_issue_that_nobody_has_is_made_anew(show, server):
    address_book(show, server, "full@x.example")
    send(show, "--yes")
    article = show / "episodes/suppe.md"
    article.write_text(article.read_text("utf-8").replace("Eine gute", "Eine feine"), "utf-8")
    address_book(show, server, "new@x.example")
    shows.publish(show, "build")
    ran = send(show, "--yes")
    assert (account(ran), ran.err) == ([1, 0, 0, 0, 0], "")
    assert b"Eine feine" in server.handler.mails["new@x.example"][0]


def test_who_left_since_the_audience_froze_gets_nothing(show, server):
    address_book(show, server, "a@x.example", "full@x.example", "full.too@x.example", "b@x.example")
    (show / "unsubscribed.csv").write_text("B@X.example\n")
    assert account(send(show, "--yes")) == [1, 0, 2, 0, 1]
    address_book(show, server, "a@x.example", "full@x.example", "b@x.example", "new@x.example")
    (show / "unsubscribed.csv").write_text("b@x.example\nfull@x.example\n")
    ran = send(show, "--yes")
    assert account(ran) == [1, 0, 0, 0, 3]
    assert "note: 1 joined the list since; the next issue is their first" in ran.err
    assert "new@x.example" not in server.handler.mails


def test_a_list_that_was_broken_for_a_while_harms_nobody(show, server):
    address_book(show, server, "a@x.example", "full@x.example", "b@x.example")
    send(show, "--yes")
    with contextlib.closing(sqlite3.connect(show / "sent/log.sqlite")) as log, log:
        log.execute("UPDATE recipient SET state = 'queued' WHERE address LIKE 'b%'")
    address_book(show, server, "a@x.example")
    assert account(send(show, "--yes")) == [1, 0, 0, 0, 2]
    address_book(show, server, "a@x.example", "full@x.example", "b@x.example")
    assert account(send(show, "--yes")) == [2, 0, 1, 0, 0]
    assert [len(it) for it in server.handler.mails.values()] == [1, 2]


def test_nobody_gets_a_mail_while_it_is_unclear_who_left(show, server):
    address_book(show, server, "a@x.example", "b@x.example")
    (show / "unsubscribed.csv").write_text("a@x.example\nb at x.example (b@@x)\n")
    ran = send(show, "--yes")
    assert ran.code == 1
    assert "unsubscribed.csv:2: no mail address can be read in “b at x.example (b@@x)”" in ran.err
    assert not server.handler.mails


def test_what_was_never_published_is_said_before_it_is_sent(show, server):
    address_book(show, server, "a@x.example")
    words = "site/: warning: the mail shows /newsletter/suppe/, which is not published"
    assert words in send(show, "--dry-run").err
    shows.publish(show, "build")
    assert not send(show, "--dry-run").err
    Image.new("RGB", (700, 500), "#a34700").save(show / "episodes/topf.png")
    assert "the mail shows /assets/topf-" in send(show, "--dry-run").err
    assert "the mail shows /assets/topf-" in send(show, "--yes").err
    assert len(server.handler.mails["a@x.example"]) == 1, "another machine may have published it"


def test_a_server_that_stops_answering_makes_few_uncertain(show, server):
    lost = [f"lost{n}@x.example" for n in range(30)]
    ran = send(address_book(show, server, *lost), "--yes")
    assert ran.code == Exit.MAIL_SERVER
    assert "5 uncertain + 0 excluded + 25 queued" in ran.out
    assert "the mail server takes mails and says nothing more" in ran.err


@pytest.mark.parametrize(("per_minute", "flushes"), [(10**6, 1), (6, 2)])
def test_a_mail_that_follows_at_once_shares_its_flush(show, server, per_minute, flushes):
    """Before each last dot `commit` is on the disk; the answer goes there with the next one."""
    from publisher.mail import log

    address_book(show, server, "a@x.example", "b@x.example", "c@x.example", "d@x.example")
    send(show, "--yes")
    with log.Log(log.path(show)) as written:
        frozen = written.issue(slug="suppe")
        sql, statements = written._sql, []  # noqa: SLF001 - nothing else knows
        sql.execute("UPDATE recipient SET state = 'queued'")
        sql.set_trace_callback(statements.append)
        pace = replace(sending.Pace(0), per_minute=per_minute, sleep=lambda _: None)
        with contextlib.closing(smtp.Server(Smtp("127.0.0.1", server.port), "")) as transport:
            sending.Run(written, frozen, transport, pace, sending.untold).all()
    levels, flushed = {"PRAGMA synchronous = FULL": 1, "PRAGMA synchronous = NORMAL": 0}, [1]
    for statement in statements:
        flushed.append(levels.get(statement, flushed[-1]))
    states = [
        (re.search(r"state = '(\w+)'", it)[1], level)
        for it, level in zip(statements, flushed[1:], strict=True)
        if it.startswith("UPDATE recipient SET state")
    ]
    one = [("sending", 0), ("commit", 1), ("accepted", flushes - 1)]
    assert states == one * 4
    assert "PRAGMA wal_checkpoint(PASSIVE)" in statements


def test_who_waits_is_told_so(show, server):
    ran = send(address_book(show, server, "grey@x.example", "full@x.example"), "--yes")
    assert "waiting    0 seconds before 2 deferred are tried again" in ran.err


def test_a_dry_run_accounts_for_everybody_and_changes_nothing(show, server):
    address_book(show, server, "a@x.example;Änne", "b@x.example", extra="no address\na@x.example\n")
    (show / "unsubscribed.csv").write_text("email\nb@x.example\n")
    ran = send(show, "--dry-run")
    assert ran.code == 0
    assert "would send a@x.example  Änne\n" in ran.out
    assert "excluded   b@x.example  (unsubscribed)\n" in ran.out
    assert "audience 2 = 0 accepted + 0 failed + 0 deferred + 0 uncertain + 1 excluded" in ran.out
    assert "subscribers.csv:4: warning: “no address” is no mail address" in ran.err
    assert "subscribers.csv:5: warning: a@x.example stands on line 2 already" in ran.err
    assert not (show / "sent").exists()
    assert send(show, "--yes").code == 0
    before = shows.snapshot(show / "sent")["log.sqlite"]
    assert "1 accepted" in send(show, "--dry-run").out
    assert shows.snapshot(show / "sent")["log.sqlite"] == before


def test_a_test_mail_goes_to_one_address_and_into_no_log(show, server):
    address_book(show, server, "a@x.example")
    (show / "episodes/suppe.md").write_text(
        shows.SUPPE.replace("tags:", "draft: true\ntags:"), "utf-8"
    )
    ran = send(show, "--test", "me@x.example")
    assert (ran.code, ran.out[:8]) == (0, "accepted")
    assert list(server.handler.mails) == ["me@x.example"]
    assert not (show / "sent").exists()
    later = ("-C", str(show), "--now", "2026-11-01T12:00:01+00:00")
    shows.run(*later, "send", "suppe", "--test", "me@x.example")
    first, second = server.handler.mails["me@x.example"]
    ids = {re.search(rb"\r\nMessage-ID: (.*)\r\n", it)[1] for it in (first, second)}
    assert len(ids) == 2, "mail programs throw away a second mail with the same one"
    assert send(show, "--test", "dead@x.example").code == Exit.MAIL_PARTIAL
    assert send(show, "--test", "nobody").code == Exit.USAGE


@pytest.mark.parametrize(
    ("front", "place", "words"),
    [
        ("draft: true", 8, "is a draft"),
        ("newsletter: false", 8, "is no issue of the newsletter"),
        ("date: 2027-01-01", 3, "waits until 2027-01-01 00:00 CET"),
    ],
)
def test_only_what_is_in_the_show_can_be_sent(show, server, front, place, words):
    address_book(show, server, "a@x.example")
    key = front.partition(":")[0]
    rest = "".join(
        line for line in shows.SUPPE.splitlines(keepends=True) if not line.startswith(f"{key}:")
    )
    at = place - 1
    lines = rest.splitlines(keepends=True)
    (show / "episodes/suppe.md").write_text(
        "".join([*lines[: at - 1], front + "\n", *lines[at - 1 :]])
    )
    ran = send(show, "--yes")
    assert ran.code == 1
    assert f"episodes/suppe.md:{at}: " in ran.err
    assert words in ran.err
    assert not server.handler.mails


def test_a_slug_that_is_not_there_is_guessed_at(show, server):
    address_book(show, server, "a@x.example")
    ran = shows.publish(show, "send", "supe", "--yes")
    assert ran.code == 1
    assert "Did you mean “suppe”?" in ran.err


def test_without_a_person_or_yes_nothing_is_sent(show, server):
    ran = send(address_book(show, server, "a@x.example"))
    assert ran.code == Exit.USAGE
    assert "--yes" in ran.err
    assert not server.handler.mails
    assert send(show, "--test", "a@b.example", "--dry-run").code == Exit.USAGE


def test_a_server_that_is_not_there_loses_nothing(show):
    with listening() as gone:
        address_book(show, gone, "a@x.example", "b@x.example", "c@x.example", "d@x.example")
    ran = send(show, "--yes")
    assert ran.code == Exit.MAIL_SERVER
    assert "cannot be reached" in ran.err
    assert "0 accepted" in ran.out
    assert send(show, "--test", "a@x.example").code == Exit.MAIL_SERVER


def test_a_server_that_refuses_the_sender_stops_the_run(show, server):
    address_book(show, server, "a@x.example", "b@x.example")
    server.handler.refuse_sender = "550 5.7.1 not yours"
    ran = send(show, "--yes")
    assert ran.code == Exit.MAIL_SERVER
    assert "refuses the sender brief@kueche.example: 550 5.7.1 not yours" in ran.err
    server.handler.refuse_sender = ""
    assert account(send(show, "--yes")) == [2, 0, 0, 0, 0]


def test_a_server_that_refuses_everybody_stops_the_run(show, server):
    dead = [f"dead{n}@x.example" for n in range(30)]
    ran = send(address_book(show, server, "a@x.example", *dead, "b@x.example"), "--yes")
    assert ran.code == Exit.MAIL_SERVER
    assert "audience 32 = 1 accepted + 0 failed" in ran.out
    assert "31 queued" in ran.out


def test_only_one_sends_at_a_time(show, server):
    from publisher.mail import log

    address_book(show, server, "a@x.example")
    with log.alone(show):
        ran = send(show, "--yes")
    assert ran.code == Exit.CONFLICT
    assert not server.handler.mails
    assert send(show, "--yes").code == 0


def test_the_log_outlives_the_cache_and_the_mails(show, server):
    import shutil

    address_book(show, server, "a@x.example")
    send(show, "--yes")
    shows.publish(show, "build")
    for name in (".cache", "mail", "site"):
        shutil.rmtree(show / name)
    shows.publish(show, "build")
    assert account(send(show, "--yes")) == [1, 0, 0, 0, 0]
    assert len(server.handler.mails["a@x.example"]) == 1
    assert "*" in (show / "sent/.gitignore").read_text()


def test_an_empty_or_missing_list_is_an_error(show, server):
    address_book(show, server)
    assert "nobody to write to" in send(show, "--yes").err
    (show / "subscribers.csv").unlink()
    ran = send(show, "--yes")
    assert ran.code == 1
    assert "subscribers.csv: there is no such list of subscribers" in ran.err


def test_a_show_without_newsletter_or_server_says_so(show):
    assert "the show has no mail server" in send(show, "--yes").err
    text = shows.SHOW.partition("[newsletter]")[0]
    (show / "show.toml").write_text(text, "utf-8")
    assert "the show has no newsletter" in send(show, "--yes").err


def test_the_status_of_what_was_never_sent(show):
    assert "nothing was sent of “suppe”" in send(show, "--status").out
