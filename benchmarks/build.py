"""How long a build takes, beside Hugo and Pelican with the same posts.

    python benchmarks/build.py [COUNTS...] [--repeats N] [--only ours]

Without COUNTS at 100, 1,000 and 10,000 posts. The programs run in turn, so that a busy machine
is busy for all of them; ratios are medians of the ratios of each turn. What was built in steps is
compared with a clean build, byte for byte.
"""

import argparse
import hashlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import corpus
import limits
import verdicts
from measure import Run, run
from programs import EXTRAS, Hugo, Ours, Pelican, Program

COUNTS = (100, 1000, 10_000)
COLD, NEW, TEXT, TEMPLATE, NOTHING = CASES = (
    "cold",
    "one new episode",
    "one edited text",
    "one edited template",
    "nothing changed",
)
PATIENCE = 600  # seconds at one size, after which another program sits out the further turns

Snapshot = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Written:
    """Files that a build of ours wrote: those of the new episode itself, and others."""

    own: int
    others: int


@dataclass
class Table:
    """All that was measured at one size; runs by program and case, in turns."""

    count: int
    runs: dict[str, dict[str, list[Run]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    written: dict[str, list[Written]] = field(default_factory=lambda: defaultdict(list))
    pages: dict[str, int] = field(default_factory=dict)

    def seconds(self, program: str, case: str) -> float | None:
        times = [it.seconds for it in self.runs[program][case]]
        return statistics.median(times) if times else None

    def ratio(self, case: str, program: str) -> float | None:
        """Our time by another program's."""
        pairs = zip(self.runs["ours"][case], self.runs[program][case], strict=False)
        ratios = [ours.seconds / theirs.seconds for ours, theirs in pairs]
        return statistics.median(ratios) if ratios else None

    def memory(self, program: str) -> tuple[float, float] | None:
        """The most memory of any case: of the largest process, of all together."""
        runs = [it for case in self.runs[program].values() for it in case]
        return (max(it.largest for it in runs), max(it.together for it in runs)) if runs else None


def measured(folder: Path, programs: list[type[Program]], count: int, repeats: int) -> Table:
    """All cases at one size."""
    table = Table(count)
    shows = [program(folder) for program in programs]
    for show in shows:
        show.make(count)
    for _ in range(repeats if count < 5000 else 1):
        for show in shows:
            show.forget()
            build(table, show, COLD)
    for show in shows:
        if isinstance(show, Pelican):
            run(show.command())  # its cold builds leave no cache
    started = -(-count // corpus.EPISODE_EVERY)
    spent: dict[str, float] = defaultdict(float)
    for turn in range(repeats if count < 5000 else min(3, repeats)):
        number = (started + turn) * corpus.EPISODE_EVERY
        for case in (NEW, TEXT, TEMPLATE, NOTHING):
            for show in shows:
                if spent[show.name] > PATIENCE and not isinstance(show, Ours):
                    continue
                change(show, case, count, number, turn)
                spent[show.name] += build(table, show, case, corpus.post(number).slug).seconds
    table.pages = {show.name: show.pages for show in shows}
    compare_with_clean(table, shows[0])
    return table


def change(show: Program, case: str, count: int, number: int, turn: int) -> None:
    """What the author does before a case."""
    if case == NEW:
        show.add(number)
    elif case == TEXT:
        show.edit(count - 3, turn)  # one of the newest ten, on home and in the feeds
    elif case == TEMPLATE:
        show.edit_template(turn)


def build(table: Table, show: Program, case: str, slug: str = "") -> Run:
    """Run a program and note what came of it."""
    before = snapshot(show) if isinstance(show, Ours) else {}
    result = run(show.command(cold=case == COLD))
    table.runs[show.name][case].append(result)
    if isinstance(show, Ours):
        names = [name for name, it in snapshot(show).items() if it != before.get(name)]
        own = sum(bool(slug) and slug in name for name in names) if case == NEW else 0
        table.written[case].append(Written(own, len(names) - own))
    return result


def snapshot(show: Program) -> Snapshot:
    """Every file that we make, with what changes when it is written; but our own records."""
    return {
        path.as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino) for path in made(show.folder)
    }


def compare_with_clean(table: Table, ours: Program) -> None:
    """Stop if a clean build differs from what all the steps made."""
    incremental = digest(ours.folder)
    ours.forget()
    build(table, ours, COLD)
    if digest(ours.folder) != incremental:
        raise SystemExit("incremental and clean builds differ")


def digest(folder: Path) -> str:
    """One fingerprint of all files that a build makes."""
    found = hashlib.sha256()
    for path in sorted(made(folder)):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def made(folder: Path) -> Iterator[Path]:
    """Every file that a build of ours makes, but its records."""
    for name in ("site", "mail"):
        for path in (folder / name).rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                yield path


def show_table(table: Table, names: list[str]) -> None:
    """Print what was measured at one size."""
    others = names[1:]
    episodes = -(-table.count // corpus.EPISODE_EVERY)
    print(f"\n{table.count:,} posts, every fifth an episode ({episodes:,}); seconds, medians")
    columns = [*names, *(f"ours/{name}" for name in others), "runs", "files we wrote"]
    print(f"{'':<21}" + "".join(f"{it:>16}" for it in columns))
    for case in CASES:
        cells = [amount(table.seconds(name, case)) for name in names]
        cells += [amount(table.ratio(case, name)) for name in others]
        cells.append("/".join(str(len(table.runs[name][case])) for name in names))
        cells.append(files(table.written[case]))
        print(f"{case:<21}" + "".join(f"{it:>16}" for it in cells))
    for part, label in enumerate(("MB, largest process", "MB, all together")):
        peaks = [table.memory(name) for name in names]
        print(f"{label:<21}" + "".join(f"{it[part] if it else 0:>16.0f}" for it in peaks))
    print(f"{'HTML pages':<21}" + "".join(f"{table.pages[it]:>16,}" for it in names))
    print("ours built in steps: the same bytes as a clean build")


def amount(number: float | None) -> str:
    """A figure of a table."""
    return "–" if number is None else f"{number:.3f}"


def files(written: list[Written]) -> str:
    """How many files the builds of a case wrote, turn by turn, those of a new episode apart."""
    counts = (f"{it.others}+{it.own}" if it.own else f"{it.others:,}" for it in written)
    return " ".join(dict.fromkeys(counts))


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=["ours"], help="Leave out Hugo and Pelican.")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    asked = options()
    programs: list[type[Program]] = [Ours] if asked.only else [Ours, Hugo, Pelican]
    if missing := [name for it in programs if (name := it.missing())]:
        sys.exit(f"{' and '.join(missing)} to compare with: pip install -e '.[bench]'")
    began = time.monotonic()
    names = [it.name for it in programs]
    tables, own = {}, None
    # nothing is deleted before the end: a disk is busy with that for minutes
    with tempfile.TemporaryDirectory() as folder:
        for count in asked.counts:
            place = Path(folder) / str(count)
            tables[count] = measured(place, programs, count, asked.repeats)
            show_table(tables[count], names)
            if count == max((it for it in asked.counts if it <= 1000), default=0):
                own = limits.measured(Ours(place), asked.repeats)
    print("\n" + "\n".join(EXTRAS))
    print("files we wrote: in site/ and mail/; behind a plus the new episode's own")
    print("runs: ours has one more cold build, the clean one at the end")
    print("MB: the most of any case; all together counts once what processes share")
    if own:
        limits.show(own)
    verdicts.show(tables, own)
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
