"""The rules that a show must keep: each one a small function from the show to its problems.

A new rule is one function in the module of its subject, and its name in that module's `RULES`.
"""

from publisher.check import (
    addresses,
    articles,
    channel,
    contrast,
    episodes,
    legal,
    lengths,
    people,
    pictures,
    reading,
    recordings,
)
from publisher.check.rule import Rule
from publisher.errors import Problem
from publisher.model import Show

RULES: tuple[Rule, ...] = (
    *reading.RULES,
    *channel.RULES,
    *legal.RULES,
    *pictures.RULES,
    *contrast.RULES,
    *lengths.RULES,
    *people.RULES,
    *addresses.RULES,
    *episodes.RULES,
    *recordings.RULES,
    *articles.RULES,
)


def show(it: Show) -> list[Problem]:
    """All problems of a show, those met while reading it too, by file and line."""
    found = [*it.problems, *(problem for rule in RULES for problem in rule(it))]
    return sorted(set(found))
