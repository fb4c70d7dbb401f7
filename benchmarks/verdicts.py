"""What a build must show, and whether it does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from build import Table
    from limits import Limits

NEW, NOTHING, COLD = "one new episode", "nothing changed", "cold"
SIZE = 1000  # posts, from which on the program's own limits count


def verdict(what: str, value: float | None, limit: float, digits: int = 3) -> str:
    """One line: a figure, its limit, and whether it holds."""
    if value is None:
        return f"{what}: not measured in this run"
    word = "holds" if value <= limit else "DOES NOT HOLD"
    return f"{what}: {value:.{digits}f}, at most {limit:.{digits}f}: {word}"


def show(tables: "dict[int, Table]", own: "Limits | None") -> None:
    """Print every line."""

    def ratio(count: int, case: str, program: str) -> float | None:
        return tables[count].ratio(case, program) if count in tables else None

    print("\nmust show (ratios are ours to theirs)")
    for line in (
        verdict("1  one new at 1,000, to Hugo", ratio(1000, NEW, "hugo"), 1 / 3),
        verdict("1  one new at 10,000, to Hugo", ratio(10_000, NEW, "hugo"), 1 / 6),
        verdict("2  nothing changed at 1,000, to Hugo", ratio(1000, NOTHING, "hugo"), 1 / 8),
        verdict("2  nothing changed at 10,000, to Hugo", ratio(10_000, NOTHING, "hugo"), 1 / 20),
        verdict("3  cold at 1,000, to Pelican", ratio(1000, COLD, "pelican"), 3 / 4),
        verdict("3  cold at 1,000, to Hugo", ratio(1000, COLD, "hugo"), 4),
        *memory(tables.get(10_000)),
        *files(tables),
        *beside_limits(own),
    ):
        print(line)


def memory(table: "Table | None") -> list[str]:
    """Peak memory, of all processes together."""
    ours = table.memory("ours") if table else None
    hugo = table.memory("hugo") if table else None
    return [
        verdict("4  MB of all our processes at 10,000", ours and ours[1], 300, 0),
        verdict("4  the same, to Hugo's", ours[1] / hugo[1] if ours and hugo else None, 1 / 4),
    ]


def files(tables: "dict[int, Table]") -> list[str]:
    """Files that one new episode writes beside its own: the most, turn by turn the same."""
    large, small = (
        [it.others for it in tables[count].written[NEW]] if count in tables else []
        for count in (10_000, 1000)
    )
    lines = [verdict("5  files of others, one new at 10,000", max(large, default=None), 40, 0)]
    if large and small:
        turns = list(zip(large, small, strict=False))
        word = "holds" if all(a == b for a, b in turns) else "DOES NOT HOLD"
        said = ", ".join(f"{a} and {b}" for a, b in turns)
        lines.append(f"5  at 10,000 and 1,000, turn by turn: {said}: {word}")
    return lines


def beside_limits(own: "Limits | None") -> list[str]:
    """The program beside what it cannot be faster than, at 1,000 posts."""
    at_size = own if own and own.count >= SIZE else None
    return [
        verdict("6  publish --help, to python -c pass", own and own.help_by_python, 5),
        verdict("6  nothing changed, to import click", at_size and at_size.nothing_by_click, 2),
        verdict("6  one new, to importing its libraries", at_size and at_size.new_by_imports, 2),
        verdict("6  cold, to all Markdown.convert / 2", at_size and at_size.cold_by_conversions, 2),
        verdict("6  cold, to all text.article / 2", at_size and at_size.cold_by_articles, 2),
        "6  upload: see upload.py",
    ]
