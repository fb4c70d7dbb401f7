"""What a rule is: one small function from the show to its problems, and what to say about it."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from publisher.errors import Problem
from publisher.model import Episode, Settings, Show, Source

Severity = Literal["error", "warning"]
Function = Callable[[Show], Iterator[Problem]]

ERROR: Severity = "error"
WARNING: Severity = "warning"

# Where the rules come from.
APPLE = "Apple"  # Apple Podcasts' feed requirements
PSP = "PSP-1"  # the Podcast Standards Project's specification
P20 = "P20"  # the podcast namespace, "Podcasting 2.0"
PSC = "PSC"  # Podlove Simple Chapters 1.2
RSS = "RSS 2.0"
LAW = "German law"
OURS = "publisher"  # what this program needs, or what helps every reader


@dataclass(frozen=True)
class Rule:
    """A rule of the table: calling it yields the show's problems under its id and severity.

    `function` is None where the reader finds the problems itself, while it parses. `together` are
    rules that compare posts, or look beyond them; all others judge each post by itself.
    """

    id: str
    severity: Severity
    source: str
    says: str
    why: str
    remedy: str
    function: Function | None = None
    together: bool = False

    def __call__(self, show: Show) -> Iterator[Problem]:
        for problem in self.function(show) if self.function else ():
            hint = problem.hint or self.remedy
            yield replace(problem, rule=self.id, severity=self.severity, hint=hint)


def rule(
    severity: Severity, source: str, why: str, remedy: str, *, together: bool = False
) -> Callable[[Function], Rule]:
    """Make a function a Rule: its name is the id, its docstring says what must hold.

    A problem without a hint gets the rule's remedy as its hint.
    """

    def made(function: Function) -> Rule:
        name = getattr(function, "__name__", "").replace("_", "-")
        says = (function.__doc__ or "").partition("\n")[0]
        return Rule(name, severity, source, says, why, remedy, function, together)

    return made


def at(source: Source, key: str, message: str, hint: str = "") -> Problem:
    """A problem on the line of `key`: `guests.1` is a list's second item, `legal.imprint` a key."""
    line = source.lines.get(key) or source.line(key.partition(".")[0])
    return Problem(source.path, line, message, hint)


def owners(show: Show) -> tuple[Settings | Episode, ...]:
    """The show and its episodes, which have many keys in common."""
    return (show.settings, *show.episodes)


def did_you_mean(typed: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the nearest known word; without one, `otherwise`."""
    words = {word.casefold(): word for word in known}
    close = difflib.get_close_matches(typed.casefold(), words, 1, 0.6)
    return f"Did you mean “{words[close[0]]}”?" if close else otherwise
