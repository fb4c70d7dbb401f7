"""The rules that a show must keep: each one a small function from the show to its problems.

A new rule is one function in the module of its subject, and its name in that module's `RULES`.
"""

from dataclasses import replace

from publisher.check import (
    addresses,
    articles,
    channel,
    contrast,
    episodes,
    legal,
    lengths,
    mails,
    people,
    pictures,
    reading,
    recordings,
)
from publisher.check.rule import Rule
from publisher.errors import Problem
from publisher.model import Episode, Settings, Show

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
    *mails.RULES,
)


def show(it: Show) -> list[Problem]:
    """All problems of a show, those met while reading it too, by file and line.

    Each post has been judged by itself when it was read: see `alone`.
    """
    without_posts = replace(it, episodes=())
    found = list(it.problems)
    for rule in RULES:
        found += rule(it if rule.together else without_posts)
    return sorted(set(found))


def alone(settings: Settings, posts: tuple[Episode, ...]) -> list[Problem]:
    """What is wrong with these posts, whatever else there is; nothing about the show itself."""
    of_posts = Show(settings, None, None, posts, ())
    found = (problem for rule in RULES if not rule.together for problem in rule(of_posts))
    return [it for it in found if it.path != settings.source.path]
