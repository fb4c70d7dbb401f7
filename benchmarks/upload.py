"""How long an upload takes, beside `aws s3 sync` and `rclone sync`, and how many requests.

    python benchmarks/upload.py [POSTS] [--repeats N] [--only ours]

To `rclone serve s3` over a line on which each request takes 20 ms more. Each program has a bucket
of its own. The site is built before, so that ours only has to see that nothing is to be built.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import corpus
from line import Line
from measure import run
from programs import NOW, Ours, publish
from verdicts import verdict

sys.path.insert(0, str(corpus.ROOT / "tests"))
try:
    from servers import KEY, SECRET, free_port, rclone_path, wait_for

    rclone_path()
except (ImportError, AssertionError) as error:
    sys.exit(f"rclone to upload to: pip install -e '.[test]' ({error})")

DELAY = 0.02  # seconds a request
RECORD = ".publisher.json"  # ours; not to be uploaded
FIRST, NOTHING, TOUCHED, EDITED = CASES = (
    "first upload",
    "nothing changed",
    "nothing changed, all mtimes new",
    "one edited article, all mtimes new",
)
OURS, AWS, RCLONE, CHECKSUM = PROGRAMS = (
    "ours",
    "aws s3 sync",
    "rclone sync",
    "rclone --checksum",
)


@dataclass
class Table:
    """Seconds and requests by case and program, in turns."""

    objects: int = 0
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, case: str, program: str) -> float | None:
        """Our time by another program's, the median of all turns."""
        pairs = zip(self.seconds[case, OURS], self.seconds[case, program], strict=False)
        ratios = [ours / theirs for ours, theirs in pairs]
        return statistics.median(ratios) if ratios else None

    def most(self, case: str) -> int:
        """The most requests that ours needed."""
        return max(self.requests[case, OURS])


def bucket_of(program: str) -> str:
    """Each program's own bucket."""
    return program.replace(" ", "-").replace("---", "-")


def command(program: str, show: Path, endpoint: str) -> list[str]:
    """What uploads the site of a show."""
    bucket, site = bucket_of(program), str(show / "site")
    if program == OURS:
        return [publish(), "-C", str(show), "--now", NOW]
    if program == AWS:
        return [aws(), "s3", "sync", site, f"s3://{bucket}", "--endpoint-url", endpoint,
                "--only-show-errors", "--delete", "--exclude", RECORD]  # fmt: skip
    checksum = ["--checksum"] if program == CHECKSUM else []
    return [rclone_path(), "sync", site, f"line:{bucket}", "--exclude", f"/{RECORD}",
            "--fast-list", *checksum]  # fmt: skip


def aws() -> str:
    """Where Amazon's command line is: AWS_CLI, beside this Python, or on the path; '' if not."""
    beside = Path(sys.executable).with_name("aws")
    found = str(beside) if beside.exists() else shutil.which("aws")
    return os.environ.get("AWS_CLI") or found or ""


def environment(endpoint: str) -> dict[str, str]:
    """Credentials and settings for all of them."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return kept | {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",  # as fast as it can
        "RCLONE_CONFIG": "",
        "RCLONE_CONFIG_LINE_TYPE": "s3",
        "RCLONE_CONFIG_LINE_PROVIDER": "Rclone",
        "RCLONE_CONFIG_LINE_ENDPOINT": endpoint,
        "RCLONE_CONFIG_LINE_ACCESS_KEY_ID": KEY,
        "RCLONE_CONFIG_LINE_SECRET_ACCESS_KEY": SECRET,
    }


@contextmanager
def server(folder: Path) -> Iterator[Line]:
    """`rclone serve s3` with a bucket for each program, behind a line."""
    for program in PROGRAMS:
        (folder / bucket_of(program)).mkdir(parents=True)
    port = free_port()
    options = ["--config", "", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}"]
    start = [rclone_path(), "serve", "s3", *options, str(folder)]
    with subprocess.Popen(start, stderr=subprocess.DEVNULL) as running:
        try:
            wait_for(port)
            with closing(Line(port, DELAY)) as line:
                yield line
        finally:
            running.terminate()


def measured(folder: Path, programs: tuple[str, ...], count: int, repeats: int) -> Table:
    """All cases, the programs in turn."""
    table, show = Table(), Ours(folder)
    show.make(count)
    with server(folder / "buckets") as line:
        there = f'url = "s3://{bucket_of(OURS)}"\nendpoint = "{line.url}"\nregion = "us-east-1"'
        settings = (show.folder / "show.toml").read_text()
        show.write({"show.toml": settings.replace('url = "file:published"', there)})
        for case in (FIRST, *(case for case in CASES[1:] for _ in range(repeats))):
            if case == EDITED:
                show.edit(count - 3, len(table.seconds[case, OURS]))
            rebuild(show, touch=case in (TOUCHED, EDITED))
            for program in programs:
                line.clear()
                upload = command(program, show.folder, line.url)
                result = run(upload, env=environment(line.url))
                table.seconds[case, program].append(result.seconds)
                table.requests[case, program].append(line.asked.total())
                compare(show.folder / "site", folder / "buckets" / bucket_of(program))
    table.objects = len(names(show.folder / "site"))
    return table


def rebuild(show: Ours, *, touch: bool) -> None:
    """Build the site; as if all of its files had been written anew."""
    build = show.command(pictures=True)
    run(build)
    if touch:
        for name in names(show.folder / "site"):
            (show.folder / "site" / name).touch()
        run(build)  # so that ours knows these files


def names(folder: Path) -> set[str]:
    """Files below a folder but hidden ones."""
    return {
        name
        for path in folder.rglob("*")
        if path.is_file() and not (name := path.relative_to(folder).as_posix()).startswith(".")
    }


def compare(site: Path, bucket: Path) -> None:
    """Stop if the pages of the site are not in the bucket, byte for byte."""
    for name in names(site):
        if name.endswith(".html") and (bucket / name).read_bytes() != (site / name).read_bytes():
            raise SystemExit(f"{bucket.name}: {name} is not as in the site")


def show_table(table: Table, programs: tuple[str, ...]) -> None:
    """Print what was measured."""
    print(f"{table.objects:,} objects, {DELAY * 1000:.0f} ms a request; seconds, requests, medians")
    print(f"{'':<36}" + "".join(f"{it:>20}" for it in programs))
    for case in CASES:
        cells = (
            f"{statistics.median(table.seconds[case, it]):.2f}"
            f"{statistics.median(table.requests[case, it]):>9,.0f}"
            for it in programs
        )
        print(f"{case:<36}" + "".join(f"{it:>20}" for it in cells))
    print("ours as a part of each")
    for case in CASES:
        cells = (f"{table.ratio(case, it):.3f}" for it in programs)
        print(f"{case:<36}" + "".join(f"{it:>20}" for it in cells))


def show_verdicts(table: Table) -> None:
    """Print what an upload must show, and whether it does."""
    print("\nmust show (ratios are ours to theirs)")
    for case in (NOTHING, TOUCHED):
        print(verdict(f"6  requests, {case}", table.most(case), 3, 0))
        print(verdict(f"6  {case}, to {AWS}", table.ratio(case, AWS), 1 / 2))
        print(verdict(f"6  {case}, to {CHECKSUM}", table.ratio(case, CHECKSUM), 1.2))
    print(verdict(f"6  {EDITED}, to {AWS}", table.ratio(EDITED, AWS), 1 / 15))
    print(verdict(f"6  {FIRST}, to {AWS}", table.ratio(FIRST, AWS), 1 / 3))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=1050, metavar="POSTS")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["ours"], help="Leave out the other programs.")
    asked = parser.parse_args()
    if not (asked.only or aws()):
        sys.exit("awscli to compare with: pip install -e '.[test,bench-upload]', or say AWS_CLI=…")
    began = time.monotonic()
    programs = (OURS,) if asked.only else PROGRAMS
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), programs, asked.count, asked.repeats)
    show_table(table, programs)
    show_verdicts(table)
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
