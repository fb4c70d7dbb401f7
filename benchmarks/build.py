"""How long a build takes: cold, after one new article, and with nothing to do.

    python benchmarks/build.py [COUNT]

Prints medians and ratios of one run; the machine's speed cancels out of the ratios. The result
of each incremental build is compared with a clean one, byte for byte.
"""

import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus

REPEATS = 5
NOW = "2100-01-01"


def publish(show: Path) -> float:
    """Seconds of one `publish build`."""
    command = [sys.executable, "-m", "publisher", "-C", str(show), "--now", NOW, "build"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def digest(folder: Path) -> str:
    """One fingerprint of all files of a site."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    cold, new, nothing = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        show = Path(temporary) / "show"
        corpus.make(show, count)
        for _ in range(2):
            for name in ("site", "mail", ".cache"):
                shutil.rmtree(show / name, ignore_errors=True)
            cold.append(publish(show))
        for number in range(count, count + REPEATS):
            corpus.add(show, number)
            new.append(publish(show))
            nothing.append(publish(show))
        incremental = digest(show / "site")
        for name in ("site", "mail", ".cache"):
            shutil.rmtree(show / name)
        cold.append(publish(show))
        assert digest(show / "site") == incremental, "incremental and clean builds differ"
    median = statistics.median(cold)
    print(
        f"{count} articles, medians of {len(cold)} and {REPEATS} runs; same bytes as a clean build"
    )
    print(f"{'':<18}{'seconds':>9}{'of cold':>10}")
    for name, times in ("cold", cold), ("one new article", new), ("nothing changed", nothing):
        seconds = statistics.median(times)
        print(f"{name:<18}{seconds:>9.3f}{'1/' + format(median / seconds, '.1f'):>10}")


if __name__ == "__main__":
    main()
