"""What this program cannot be faster than: its interpreter, its libraries, its Markdown."""

import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus
from measure import run
from programs import Ours, publish

TURNS = 15  # of commands that take no time
PICTURED = 100  # posts

THIRD_PARTY = """
import sys, sysconfig
from publisher.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
libraries = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
print(*sorted(
    name for name, it in sys.modules.items()
    if (getattr(it, "__file__", None) or "").startswith(libraries)
    and not name.startswith(("publisher", "_", "sitecustomize"))
))
"""

CONVERT = """
import sys, time
from pathlib import Path
from markdown import Markdown
from publisher import frontmatter, text
convert, spent = Markdown.convert, []
def timed(*arguments):
    begin = time.perf_counter()
    try:
        return convert(*arguments)
    finally:
        spent.append(time.perf_counter() - begin)
Markdown.convert = timed
paths = sorted(Path(sys.argv[1]).glob("*.md"))
bodies = [frontmatter.split(path.read_text(), "")[1] for path in paths]
begin = time.perf_counter()
for body in bodies:
    text.article(body, "de")
print(time.perf_counter() - begin, sum(spent))
"""


@dataclass(frozen=True)
class Limits:
    """Medians in seconds, and medians of ratios within a turn."""

    count: int
    libraries: tuple[str, ...]
    python: float
    click: float
    imports: float
    articles: float
    conversions: float
    help_by_python: float
    nothing_by_click: float
    new_by_imports: float
    cold_by_conversions: float
    cold_by_articles: float
    pictures: float  # a post


def measured(show: Ours, repeats: int) -> Limits:
    """Each limit in turn with what it limits; the show has just been built."""
    count = len(list((show.folder / show.posts).glob("*.md")))
    return Limits(
        count=count,
        **start_ups(show),
        **one_new(show, repeats),
        **cold(show, min(repeats, 3)),
        pictures=pictures(show.folder.parent / "pictures", min(PICTURED, count)),
    )


def start_ups(show: Ours) -> dict[str, float]:
    """Runs that do nothing, beside what they have to load."""
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "click": [sys.executable, "-c", "import click"],
        "help": [publish(), "--help"],
        "nothing": show.command(),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    os.sync()  # what was just built is still being written, which takes a core from who uses two
    for _ in range(TURNS):
        for name, command in commands.items():
            times[name].append(run(command).seconds)
    return {
        "python": statistics.median(times["python"]),
        "click": statistics.median(times["click"]),
        "help_by_python": ratio(times["help"], times["python"]),
        "nothing_by_click": ratio(times["nothing"], times["click"]),
    }


def one_new(show: Ours, repeats: int) -> dict[str, Any]:
    """A new episode, beside importing the modules of libraries that its build imports."""
    numbers = new_episodes(show)
    modules = third_party(show, next(numbers))
    imports, new = [], []
    for _ in range(repeats):
        imports.append(run([sys.executable, "-c", f"import {', '.join(modules)}"]).seconds)
        show.add(next(numbers))
        new.append(run(show.command()).seconds)
    return {
        "libraries": tuple(dict.fromkeys(name.partition(".")[0] for name in modules)),
        "imports": statistics.median(imports),
        "new_by_imports": ratio(new, imports),
    }


def cold(show: Ours, repeats: int) -> dict[str, float]:
    """A cold build, beside half the time that converting the articles takes in one process."""
    articles, conversions, builds = [], [], []
    for _ in range(repeats):
        said = run([sys.executable, "-c", CONVERT, str(show.folder / show.posts)]).said.split()
        articles.append(float(said[0]) / 2)
        conversions.append(float(said[1]) / 2)
        show.forget()
        builds.append(run(show.command()).seconds)
    return {
        "articles": statistics.median(articles),
        "conversions": statistics.median(conversions),
        "cold_by_articles": ratio(builds, articles),
        "cold_by_conversions": ratio(builds, conversions),
    }


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of each turn."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def new_episodes(show: Ours) -> Iterator[int]:
    """Numbers of episodes that the show has not got."""
    newest = max(int(it.stem[-5:]) for it in (show.folder / show.posts).glob("*.md"))
    number = newest - newest % corpus.EPISODE_EVERY
    while True:
        number += corpus.EPISODE_EVERY
        yield number


def third_party(show: Ours, number: int) -> list[str]:
    """Modules of libraries that a build of one new episode imports."""
    show.add(number)
    said = run([sys.executable, "-c", THIRD_PARTY, *show.command()[1:]]).said
    return said.strip().rpartition("\n")[2].split()


def pictures(folder: Path, count: int) -> float:
    """Seconds that pictures take in a cold build: with them less without, for each post."""
    show, differences = Ours(folder), []
    show.make(count)
    for _ in range(2):
        times = []
        for with_pictures in (True, False):
            show.forget()
            times.append(run(show.command(pictures=with_pictures)).seconds)
        differences.append((times[0] - times[1]) / count)
    return statistics.median(differences)


def show(own: Limits) -> None:
    """Print the limits and how near the program comes to them."""
    print(f"\nour own limits, at {own.count:,} posts; seconds, medians; ours as a multiple")
    rows = (
        ("python -c pass", own.python, f"publish --help {own.help_by_python:.2f}"),
        ("import click", own.click, f"nothing changed {own.nothing_by_click:.2f}"),
        ("import what one new needs", own.imports, f"one new {own.new_by_imports:.2f}"),
        ("Markdown.convert of all, / 2", own.conversions, f"cold {own.cold_by_conversions:.2f}"),
        ("text.article of all, / 2", own.articles, f"cold {own.cold_by_articles:.2f}"),
    )
    for name, seconds, multiple in rows:
        print(f"{name:<30}{seconds:>8.3f}   {multiple}")
    print(f"{'pictures, for each post':<30}{own.pictures:>8.3f}   share cards, icons, sizes")
    print(f"libraries that one new episode needs: {', '.join(own.libraries)}")
