"""What an author typed, key by key: every value with its line, every mistake with its remedy.

A field asks for its kind; what cannot be read as that kind is a Problem at the key's line.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from publisher.errors import Problem
from publisher.model import Person
from publisher.nodes import Node, lines_of

T = TypeVar("T")

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
TIME = re.compile(r"(?:(?:\d+:[0-5]?\d|\d+):[0-5]\d|\d+)(?:[.,]\d+)?")
YES, NO = ("true", "yes", "ja", "on"), ("false", "no", "nein", "off")


class Fields:
    """One mapping: take each key you know, then ask `finish` for what was misspelt."""

    def __init__(self, node: Node, path: str, problems: list[Problem], within: str = "") -> None:
        self.node, self.path, self.problems, self._within = node, path, problems, within
        self._nodes: dict[str, Node] = node.value if isinstance(node.value, dict) else {}
        self._asked: set[str] = set()

    @property
    def lines(self) -> dict[str, int]:
        """The line of each key that is there, and of what is inside: see `Source`."""
        return dict(lines_of(self.node))

    def complain(self, key: str, message: str, hint: str, rule: str = "wrong-value") -> None:
        """Note a problem at `key`."""
        line = self._nodes[key].line if key in self._nodes else self.node.line
        self.problems.append(Problem(self.path, line, message, hint, rule=rule))

    def get(self, key: str) -> Node | None:
        """The node at `key`, None where there is none or it is empty."""
        self._asked.add(key)
        node = self._nodes.get(key)
        return None if node is None or node.value is None else node

    def take(self, key: str, convert: Callable[[Node], T], default: T, what: str) -> T:
        """The value at `key`, converted; `what` says what it should be, with an example."""
        node = self.get(key)
        if node is None:
            return default
        try:
            return convert(node)
        except (ValueError, TypeError, InvalidOperation):
            shown = _shown(node)
            if CONTROL.search(str(node.value)):
                hint = "Remove it; no feed or page may contain it."
                message = f"{self._name(key)} {shown} has a control character"
                self.complain(key, message, hint, "control-character")
            else:
                self.complain(key, f"{self._name(key)} {shown} is not {what}", f"Write {what}.")
            return default

    def text(self, key: str, default: str = "") -> str:
        """A text on one or more lines, trimmed."""
        return self.take(key, as_text, default, "a text")

    def required(self, key: str, hint: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if not value and not self._complained_of(key):
            state = "is empty" if key in self._nodes else "is missing"
            self.complain(key, f"{self._name(key)} {state}", hint, "missing-key")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false, in the words that authors use."""
        return self.take(key, as_flag, default, "true or false")

    def integer(self, key: str, default: int | None = None) -> int | None:
        """A whole number."""
        return self.take(key, _as_integer, default, "a whole number")

    def number(self, key: str) -> Decimal | None:
        """A number, such as an episode's; decimals are allowed."""
        return self.take(key, _as_number, None, "a number")

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        """One of a few words."""
        words = tuple(choices)

        def convert(node: Node) -> str:
            if as_text(node) not in words:
                raise ValueError
            return as_text(node)

        return self.take(key, convert, default, "one of " + ", ".join(words))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one, commas divide."""
        return self.take(key, as_texts, (), "a list of texts")

    def table(self, key: str) -> dict[str, str]:
        """A mapping of texts to texts."""

        def convert(node: Node) -> dict[str, str]:
            if not isinstance(node.value, dict):
                raise TypeError
            return {name: as_text(value) for name, value in node.value.items()}

        return self.take(key, convert, {}, "a table of texts")

    def date(self, key: str, zone: ZoneInfo) -> datetime | None:
        """A day, or a day and time; without an offset it is the show's time."""
        example = "a date such as 2026-09-07 or 2026-09-07 06:00"
        return self.take(key, lambda n: as_date(n, zone), None, example)

    def persons(self, key: str) -> tuple[Person, ...]:
        """Names, or tables with name, role, group, image, url."""

        def person(node: Node) -> Person:
            if not isinstance(node.value, dict):
                return Person(as_text(node))
            fields = Fields(node, self.path, self.problems, f"{self._name(key)}.")
            made = Person(
                name=fields.required("name", "Write the person's name."),
                role=fields.text("role"),
                group=fields.text("group"),
                image=fields.text("image"),
                url=fields.text("url"),
            )
            fields.finish()
            return made

        example = "a name, or a list of names or of {name, role, image, url}"
        return self.take(key, lambda n: tuple(map(person, as_list(n))), (), example)

    def inside(self, key: str) -> "Fields":
        """The table at `key`, empty if there is none."""
        node = self.get(key)
        if node is not None and not isinstance(node.value, dict):
            self.complain(key, f"{self._name(key)} {_shown(node)} is not a table", "")
            node = None
        within = f"{self._within}{key}."
        return Fields(node or Node({}, self.node.line), self.path, self.problems, within)

    def finish(self) -> tuple[Problem, ...]:
        """Every key that nobody asked for is a mistake; returns all problems so far."""
        for key in self._nodes.keys() - self._asked:
            close = difflib.get_close_matches(key, self._asked, 1, 0.6)
            known = ", ".join(sorted(self._asked))
            hint = f"Did you mean “{close[0]}”?" if close else f"Known keys: {known}."
            self.complain(key, f"unknown key “{self._within}{key}”", hint, "unknown-key")
        return tuple(self.problems)

    def _complained_of(self, key: str) -> bool:
        return any(problem.message.startswith(self._name(key)) for problem in self.problems)

    def _name(self, key: str) -> str:
        return f"“{self._within}{key}”"


def as_text(node: Node) -> str:
    """A scalar as text; control characters, which no XML can hold, are refused."""
    if isinstance(node.value, list | dict) or node.value is None:
        raise TypeError
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    text = str(node.value).strip()
    if CONTROL.search(text):
        raise ValueError
    return text


def as_list(node: Node) -> list[Node]:
    """A list; a single value is a list of one."""
    return node.value if isinstance(node.value, list) else [node]


def as_texts(node: Node) -> tuple[str, ...]:
    """Texts in a list, or in one line divided by commas."""
    if isinstance(node.value, list):
        return tuple(text for text in map(as_text, node.value) if text)
    return tuple(part.strip() for part in as_text(node).split(",") if part.strip())


def as_flag(node: Node) -> bool:
    """Yes or no."""
    word = as_text(node).lower()
    if word not in YES + NO:
        raise ValueError
    return word in YES


def _as_integer(node: Node) -> int:
    return int(as_text(node))


def _as_number(node: Node) -> Decimal:
    number = Decimal(as_text(node))
    if not number.is_finite():  # Decimal reads "NaN" and "Infinity"
        raise ValueError
    return number


def as_date(node: Node, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date, with or without time and offset."""
    value = node.value
    if not isinstance(value, date):
        value = datetime.fromisoformat(as_text(node))
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value if value.tzinfo else value.replace(tzinfo=zone)


def seconds(text: str) -> float:
    """`1:02:03.5`, `62:03` or `12` as seconds; ValueError for anything else."""
    if not TIME.fullmatch(text):
        raise ValueError(text)
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _shown(node: Node) -> str:
    if isinstance(node.value, dict | list):
        return "(a table)" if isinstance(node.value, dict) else "(a list)"
    return "“" + CONTROL.sub(lambda it: f"\\x{ord(it[0]):02x}", str(node.value)) + "”"
