"""Kill the sending of an issue, again and again, and compare its account with what arrived.

    python benchmarks/send_crash.py [KILLS] [RECIPIENTS]

A run sends to all recipients over a real SMTP server that misbehaves in every way it knows, is
killed with SIGKILL at random moments and started again until it ends by itself. The server's own
record then tells for each recipient whether the log speaks the truth.
"""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import mail_servers  # noqa: E402 - it lies beside the tests

# The waits of a day in a second; all else is `publish send` as it is.
HURRIED = """
import sys
from publisher import cli
from publisher.mail import sending
made = sending.Pace
sending.Pace = lambda _: made(10**6, rounds=(0.2, 0.2), reconnects=(0, 0.05, 0.2))
sys.argv = ["publish", "-C", sys.argv[1], "send", "post", "--yes"]
cli.main()
"""
SHOW = """\
title = "T"
description = "D."
language = "en"
url = "https://t.example"
author = "A"
email = "a@t.example"
categories = [["Arts", "Food"]]
cover = "cover.jpg"
[legal]
imprint = "pages/legal.md"
privacy = "pages/legal.md"
[newsletter]
from = "T <brief@t.example>"
unsubscribe = "https://t.example/leave?who=%%token%%"
[smtp]
host = "127.0.0.1"
port = {port}
"""
POST = "---\ntitle: Post\ndate: 2026-01-01\nguid: post-1\n---\n\nWords.\n\n"
UNSUBSCRIBED = 10


@dataclass
class Tally:
    """What all runs together showed."""

    runs: int = 0
    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    doubled: int = 0
    unreported: int = 0
    open_equations: int = 0
    uncertain_by_kill: int = 0


def show(folder: Path, port: int, recipients: int, faults: int, seed: int) -> None:
    """A show with one post and its subscribers; one in `faults` makes the server misbehave."""
    from PIL import Image

    chance = random.Random(seed)
    for name in ("episodes", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "show.toml").write_text(SHOW.format(port=port))
    (folder / "episodes/post.md").write_text(POST + "Soup is good for you. " * 200)
    (folder / "pages/legal.md").write_text("---\ntitle: Legal\n---\n\nA\n")
    Image.new("RGB", (1400, 1400)).save(folder / "cover.jpg")
    kinds = list(mail_servers.FAULTS)
    addresses = [
        f"{chance.choice(kinds) if chance.random() < 1 / faults else 'user'}{number}@x.example"
        for number in range(recipients)
    ]
    rows = (f"{it};Name {it};token-{it[:6]}\n" for it in addresses)
    (folder / "subscribers.csv").write_text("email;name;token\n" + "".join(rows))
    (folder / "unsubscribed.csv").write_text("\n".join(addresses[:UNSUBSCRIBED]) + "\n")


@contextmanager
def listening(record: Path) -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    command = [sys.executable, str(ROOT / "tests/mail_servers.py"), str(record)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        assert server.stdin
        yield int(server.stdout.readline())
        server.stdin.close()


def sender(folder: Path) -> "subprocess.Popen[bytes]":
    """`publish send`, under way."""
    command = [sys.executable, "-c", HURRIED, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)


def states(folder: Path) -> dict[str, str]:
    """The log's word on each recipient."""
    path = folder / "sent/log.sqlite"
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as log:
        try:
            return dict(log.execute("SELECT address, state FROM recipient").fetchall())
        except sqlite3.OperationalError:  # killed before it had tables
            return {}


def settled(folder: Path) -> int:
    """How many mails are done with."""
    return sum(it not in ("queued", "excluded") for it in states(folder).values())


def killed(folder: Path, chance: random.Random, stride: int) -> bool:
    """Start the sender and kill it a while after it sent some; False if it ended before."""
    with sender(folder) as process:
        goal = settled(folder) + chance.randrange(stride)
        while process.poll() is None and settled(folder) < goal:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.02)  # not always just after a state was written
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        return process.returncode == -signal.SIGKILL


def one_run(tally: Tally, seed: int, recipients: int, kills: int, faults: int = 8) -> None:
    """Send one issue, killed up to `kills` times, and add to the tally what came of it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder, record = Path(temporary) / "show", Path(temporary) / "record"
        with listening(record) as port:
            show(folder, port, recipients, faults, seed)
            stride = max(2, 2 * recipients // (kills + 1))
            done = 0
            while done < kills and killed(folder, chance, stride):
                done += 1
                compare(tally, folder, record, is_final=False)
            with sender(folder) as process:
                _, words = process.communicate()
            assert process.returncode in (0, 22), words.decode()
            compare(tally, folder, record, is_final=True)
        tally.runs += 1
        tally.kills += done
        assert len(states(folder)) == recipients


def compare(tally: Tally, folder: Path, record: Path, *, is_final: bool) -> None:
    """What the log says against what the server took."""
    time.sleep(0 if is_final else 0.1)  # the server may still be taking the last mail
    arrived = Counter(record.read_text().split()) if record.exists() else Counter[str]()
    said = states(folder)
    counts = Counter(said.values())
    doubled = sum(count - 1 for count in arrived.values())
    lies = [
        it
        for it, state in said.items()
        if (state == "accepted" and not arrived[it])
        or (arrived[it] and state not in ("accepted", "uncertain", "commit"))
    ]
    if not is_final:
        tally.unreported += len(lies)
        return
    tally.delivered += sum(arrived.values())
    tally.doubled += doubled
    tally.unreported += len(lies)
    tally.states += counts
    closed = ("accepted", "failed", "deferred", "uncertain", "excluded")
    tally.open_equations += sum(counts[it] for it in closed) != len(said)
    tally.uncertain_by_kill += sum(
        state == "uncertain" and it[:4] not in ("lost", "gone") for it, state in said.items()
    )


def table(tally: Tally, recipients: int) -> str:
    """The tally as a person reads it."""
    rows = {
        "runs": tally.runs, "recipients of each": recipients, "kill -9": tally.kills,
        **{it: tally.states[it]
           for it in ("accepted", "failed", "deferred", "uncertain", "excluded")},
        "uncertain by a kill": tally.uncertain_by_kill,
        "mails that arrived": tally.delivered,
        "arrived twice": tally.doubled,
        "missing or arrived, but said otherwise": tally.unreported,
        "equations that did not close": tally.open_equations,
    }  # fmt: skip
    return "\n".join(f"{name:<40}{value:>8}" for name, value in rows.items())


def main() -> None:
    """Kill until it was enough, then print."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    recipients = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    tally, seed = Tally(), 0
    while tally.kills < kills:
        one_run(tally, seed, recipients, min(25, kills - tally.kills))
        seed += 1
        print(f"{tally.kills} kills", file=sys.stderr, flush=True)
    print(table(tally, recipients))
    sys.exit(bool(tally.doubled or tally.unreported or tally.open_equations))


if __name__ == "__main__":
    main()
