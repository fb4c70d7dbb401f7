"""How fast an issue is sent, and in how much memory.

    python benchmarks/send.py [MAILS] [SUBSCRIBERS]

Sends to MAILS recipients over a real SMTP server on this machine, with the log flushed to the disk
before the last dot of each mail; then freezes an audience of SUBSCRIBERS, and of a tenth of them,
and reads the greatest memory of each process.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import send_crash

from publisher.mail import log, sending, smtp, subscribers
from publisher.model import Smtp
from publisher.outputs.master import Master

LINES = 300  # of HTML; 25 kB, a usual newsletter


def master() -> Master:
    """An issue of the usual size."""
    link = "https://t.example/leave?who=%%token%%"
    html = '<tr><td style="color:#123">Grüße aus der Küche, eine Zeile wie jede.</td></tr>\n'
    return Master(
        identity="benchmark", host="t.example", subject="Die Süppe",
        sender="T <brief@t.example>", html=f"<table>{html * LINES}</table><a href='{link}'>x</a>",
        text="Eine Zeile wie jede andere in diesem Brief, nicht kurz, nicht lang.\n" * 60 + link,
        date=datetime(2026, 1, 1, tzinfo=UTC), language="de", unsubscribe=link,
    )  # fmt: skip


def lists(folder: Path, count: int) -> log.Lists:
    """So many subscribers, of whom one in a hundred left."""
    path = folder / "subscribers.csv"
    with path.open("w") as file:
        file.write("email;name;token\n")
        file.writelines(f"user{n}@x.example;Ünal {n};token-{n}\n" for n in range(count))
    gone = folder / "unsubscribed.csv"
    gone.write_text("".join(f"user{n}@x.example\n" for n in range(0, count, 100)))
    rows = subscribers.reachable(subscribers.read(path, folder), master())
    return log.Lists(rows, subscribers.exclusions(gone, folder))


def ignored(*_: object) -> None:
    """Nobody watches."""


def speed(count: int) -> float:
    """Mails in a second."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with send_crash.listening(folder / "record") as port, log.Log(log.path(folder)) as written:
            frozen = written.freeze("post", master(), lists(folder, count), ignored)
            with contextlib.closing(smtp.Server(Smtp("127.0.0.1", port), "")) as server:
                start = time.perf_counter()
                sending.Run(written, frozen, server, sending.Pace(10**6), ignored).all()
                seconds = time.perf_counter() - start
            accepted = written.counts(frozen.number)["accepted"]
        assert accepted == len((folder / "record").read_text().split())
        return accepted / seconds


class Nowhere:
    """A transport that takes everything, so that only the memory of the rest is seen."""

    def send(self, _mail: object, commit: object) -> "smtp.Outcome":
        """Take it."""
        assert callable(commit)
        return smtp.Outcome("accepted", "250")

    def close(self) -> None:
        """Nothing is open."""


def freeze_and_send(count: int) -> None:
    """What a process does whose memory is measured."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with log.Log(log.path(folder)) as written:
            frozen = written.freeze("post", master(), lists(folder, count), ignored)
            written._sql.execute("PRAGMA synchronous = OFF")  # noqa: SLF001 - its speed is not asked
            sending.Run(written, frozen, Nowhere(), sending.Pace(10**9), ignored).all()
            assert written.counts(frozen.number)["accepted"] == count - len(range(0, count, 100))


def memory(count: int) -> float:
    """The greatest memory of a process that sends to so many, in MB."""
    command = [sys.executable, __file__, "freeze", str(count)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss / 1024


def fsync() -> float:
    """Milliseconds of one fsync here, for who compares machines."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "x").open("wb") as file:
        start = time.perf_counter()
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - start) * 10


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["freeze"]:
        freeze_and_send(int(sys.argv[2]))
        return
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    many = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    speeds = sorted(speed(mails) for _ in range(3))
    size = len(master().to("user1@x.example", "Ünal", "token-1"))
    print(f"mails of {size / 1000:.0f} kB, an fsync takes {fsync():.1f} ms here")
    print(f"{'mails a second, median of 3':<40}{speeds[1]:>8.0f}")
    for count in (many // 10, many):
        print(f"{f'MB of memory for {count} subscribers':<40}{memory(count):>8.0f}")


if __name__ == "__main__":
    main()
