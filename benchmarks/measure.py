"""A command's time, and the memory of all its processes."""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

LOOK = 0.1  # seconds between two looks at the memory, at least
REST = 20  # times as long as a look took: looking makes the program wait that has the memory
# Python's own default: without it each run of a program compiles what was not installed by pip.
USUAL = {name: it for name, it in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    """One run of a command. Memory in MB, resident.

    `largest` is the peak of the largest process, from the kernel; `together` the most that all
    processes were seen to have at one moment, where what several share is counted once: the sum of
    their Pss, as proc(5) calls it.
    """

    seconds: float
    largest: float
    together: float
    said: str = ""


def run(command: list[str], folder: Path | None = None, env: dict[str, str] | None = None) -> Run:
    """Run a command and measure it; what it says on stderr if it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        it = subprocess.Popen(
            command, cwd=folder, env=env or USUAL, stdout=out, stderr=errors, start_new_session=True
        )
        watch = _Watch(it.pid)
        watch.start()
        _, status, usage = os.wait4(it.pid, 0)
        seconds = time.perf_counter() - begin
        it.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
        if it.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{errors.read()[-2000:]}")
        out.seek(0)
        largest = usage.ru_maxrss * 1024 / 1e6
        return Run(seconds, largest, max(largest, watch.most / 1e6), out.read())


class _Watch(threading.Thread):
    """Adds up the memory of all processes of a session, again and again."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.most = 0
        self.ours = {session}
        self.others: set[int] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        rest = LOOK
        while not self.ended.wait(rest):
            begin = time.perf_counter()
            pids = {int(it.name) for it in Path("/proc").iterdir() if it.name.isdecimal()}
            for pid in pids - self.ours - self.others:
                (self.ours if _session(pid) == self.session else self.others).add(pid)
            self.most = max(self.most, sum(map(_share, pids & self.ours)))
            rest = max(LOOK, REST * (time.perf_counter() - begin))

    def stop(self) -> None:
        self.ended.set()
        self.join()


def _session(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, ValueError, IndexError):
        return 0


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(it.split()[1]) * 1024 for it in lines if it.startswith("Pss:"))
