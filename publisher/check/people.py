"""Rules about hosts and guests: podcast:person."""

from collections.abc import Iterator

from publisher.check.rule import P20, WARNING, at, did_you_mean, rule
from publisher.check.taxonomy import GROUPS, ROLES, TAXONOMY
from publisher.errors import Problem
from publisher.model import Person, Show, Source

GERMAN = {
    "gast": "guest",
    "moderator": "host",
    "moderatorin": "host",
    "moderation": "host",
    "gastgeber": "host",
    "gastgeberin": "host",
    "schnitt": "audio editor",
    "redaktion": "editor",
    "autor": "author",
    "autorin": "author",
    "produktion": "producer",
    "musik": "composer",
    "sprecher": "narrator",
    "sprecherin": "narrator",
}


@rule(
    WARNING,
    P20,
    why="Apps know the roles of the podcast namespace's list; anybody else counts as a host.",
    remedy="Usual roles are host, co-host, guest, author, editor, producer, audio editor; all of "
    "them: podcasttaxonomy.com.",
)
def person_role(show: Show) -> Iterator[Problem]:
    """A person's role is in the podcast namespace's list."""
    for source, key, person in people(show):
        if person.role and person.role.casefold() not in ROLES:
            german = GERMAN.get(person.role.casefold())
            hint = f"Write role: {german}." if german else did_you_mean(person.role, sorted(ROLES))
            message = f"“{person.role}”, the role of {person.name}, is not one that apps know"
            yield at(source, key, message, hint)


@rule(
    WARNING,
    P20,
    why="Apps know the groups of the podcast namespace's list; without one it is cast.",
    remedy="Groups are: " + ", ".join(TAXONOMY) + ".",
)
def person_group(show: Show) -> Iterator[Problem]:
    """A person's group is in the podcast namespace's list."""
    for source, key, person in people(show):
        if person.group and person.group.casefold() not in GROUPS:
            hint = did_you_mean(person.group, TAXONOMY)
            message = f"“{person.group}”, the group of {person.name}, is not one that apps know"
            yield at(source, key, message, hint)


def people(show: Show) -> Iterator[tuple[Source, str, Person]]:
    """Everybody where they are typed; an episode without hosts of its own has the show's."""
    owners = ((show.settings.source, "hosts", show.settings.hosts),)
    own = (
        (it.source, key, persons)
        for it in show.episodes
        for key, persons in (("hosts", it.hosts), ("guests", it.guests))
        if key in it.source.lines
    )
    for source, key, persons in (*owners, *own):
        for number, person in enumerate(persons):
            yield source, f"{key}.{number}", person


RULES = (person_role, person_group)
