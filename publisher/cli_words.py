"""What several commands say in the same words."""

from collections.abc import Iterable

import click

from publisher.errors import Problem


def say_problems(problems: Iterable[Problem]) -> None:
    """Each problem as a person reads it, on the error stream."""
    for problem in problems:
        click.echo(str(problem), err=True)


def counted(number: int, noun: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size(count: float) -> str:
    """Bytes in the unit that a person reads."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
