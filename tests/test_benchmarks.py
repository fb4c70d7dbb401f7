"""Each benchmark still runs and prints its table, at a small size."""

import subprocess
import sys

import pytest
from shows import ROOT


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("build.py 8", "nothing changed"),
        ("feed.py 20", "feedgen"),
        ("send.py 40 60", "mails"),
        ("send_crash.py 1 30", "kill"),
        ("races.py 1", "rclone: 1 races"),
    ],
)
def test_a_benchmark_runs(command: str, said: str) -> None:
    name, *sizes = command.split()
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / name), *sizes],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert said in ran.stdout
