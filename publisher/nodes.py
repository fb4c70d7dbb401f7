"""TOML and YAML as Nodes: every value as it was typed, with its line.

YAML stays text, because YAML reads `1:02:03` as 3723 and `no` as false; the field that asks decides
what a text means.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time

from publisher.errors import Problem

Value = str | bool | int | float | date | time | None | list["Node"] | dict[str, "Node"]


@dataclass(frozen=True)
class Node:
    """A value as it was typed, and the line where it stands."""

    value: Value
    line: int


def of_toml(text: str, path: str) -> tuple[Node, list[Problem]]:
    """Read TOML; tomllib tells no lines, so they are found by key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at (?:line (\d+)|end of document)", str(error))
        line = int(found[1]) if found and found[1] else len(text.splitlines())
        what = re.sub(r" \(at .*\)$", "", str(error))
        hint = "See https://toml.io for the notation; texts stand in double quotes."
        message = f"not valid TOML: {what}"
        return Node({}, 1), [Problem(path, line, message, hint, rule="toml-syntax")]
    lines = _toml_lines(text)

    def node(value: object, keys: tuple[str, ...], above: int) -> Node:
        line = lines.get(keys, above)
        if isinstance(value, dict):
            return Node({k: node(v, (*keys, k), line) for k, v in value.items()}, line)
        if isinstance(value, list):
            return Node([node(v, keys, line) for v in value], line)
        return Node(value, line)  # type: ignore[arg-type]  # tomllib returns these kinds only

    return node(data, (), 1), []


def _toml_lines(text: str) -> dict[tuple[str, ...], int]:
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([\w.\"' -]+?)\s*\]\]?\s*(?:#.*)?$", line):
            section = _toml_key(header[1])
            lines.setdefault(section, number)
        elif key := re.match(r"\s*([\w\"'.-]+)\s*=", line):
            lines.setdefault((*section, *_toml_key(key[1])), number)
    return lines


def _toml_key(text: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in text.split("."))


def of_yaml(text: str, path: str, first_line: int) -> tuple[Node, list[Problem]]:
    """Compose YAML as text; `first_line` is the line of the file on which `text` begins."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    problems: list[Problem] = []
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        hint = "A text with a colon, # or quotes in it needs quotes around it."
        message = f"not valid YAML: {what}"
        return Node({}, first_line), [Problem(path, line, message, hint, rule="yaml-syntax")]

    def node(it: yaml.Node) -> Node:
        line = first_line + it.start_mark.line
        if isinstance(it, yaml.MappingNode):
            values: dict[str, Node] = {}
            for key, value in it.value:
                name = str(key.value)
                if name in values:
                    at = first_line + key.start_mark.line
                    hint = "Keep one of the two lines."
                    message = f"“{name}” stands here twice"
                    problems.append(Problem(path, at, message, hint, rule="key-twice"))
                values[name] = Node(node(value).value, first_line + key.start_mark.line)
            return Node(values, line)
        if isinstance(it, yaml.SequenceNode):
            return Node([node(item) for item in it.value], line)
        is_empty = (
            isinstance(it, yaml.ScalarNode) and not it.style and it.value in ("", "~", "null")
        )
        return Node(None if is_empty else it.value, line)

    if root is None:
        return Node({}, first_line), problems
    found = node(root)
    if not isinstance(found.value, dict):
        hint = "Write lines such as `title: …` between the --- marks."
        message = "the front matter is no list of keys"
        problems.append(Problem(path, first_line, message, hint, rule="front-matter"))
        return Node({}, first_line), problems
    return found, problems


def lines_of(node: Node, within: str = "") -> Iterator[tuple[str, int]]:
    """The line of each key, and of what is inside: `guests.0.name`."""
    items: Iterable[tuple[object, Node]] = ()
    if isinstance(node.value, dict):
        items = node.value.items()
    elif isinstance(node.value, list):
        items = enumerate(node.value)
    for key, inner in items:
        yield f"{within}{key}", inner.line
        yield from lines_of(inner, f"{within}{key}.")
