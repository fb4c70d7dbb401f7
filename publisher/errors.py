"""What can go wrong, in words: problems of a show, failures of the world around it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal


class Exit(IntEnum):
    """The exit codes of `publish`; the README lists them."""

    DONE = 0
    SHOW = 1  # the show has errors
    USAGE = 2  # wrong command line (click's own code)
    ACCESS = 3  # the target refuses our credentials or this action
    NO_TARGET = 4  # no such bucket
    UNREACHABLE = 5  # no connection, or it broke
    DISK = 6  # the local disk is full or not writable
    CONFLICT = 7  # another publisher is at work
    TARGET = 8  # the target answered with another error
    GUARD = 9  # a guard stopped the run before it wrote anything; --accept ID lets it pass
    CHECK = 10  # published, but a look from outside found something amiss
    EXPIRED = 11  # the credentials were right once
    CLOCK = 12  # the clock of this computer is wrong
    BUSY = 13  # the target asks for fewer requests
    QUOTA = 14  # the target is full, or may take no more
    MAIL_LOGIN = 20  # the mail server refuses the login
    MAIL_SERVER = 21  # the mail server cannot be reached, or takes no mail from us
    MAIL_PARTIAL = 22  # the issue was sent, but not to everybody


@dataclass(frozen=True, order=True)
class Problem:
    """One thing the author should mend.

    `path` is relative to the show, `line` counts from 1 (0: the file as a whole). `rule` is the
    id of the rule that is broken, as `publish check --explain` knows it.
    """

    path: str
    line: int
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    rule: str = ""

    def __str__(self) -> str:
        return self.text()

    def text(self, *, with_rule: bool = False) -> str:
        """The problem as a person reads it; with the rule's id for who wants it explained."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        kind = "warning: " if self.severity == "warning" else ""
        rule = f" [{self.rule}]" if with_rule and self.rule else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}: {kind}{self.message}{rule}{hint}"


class PublishError(Exception):
    """The show has problems; all that were found, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Failure(Exception):  # noqa: N818 - it is a failure of the world, not an error of the show
    """The disk, the network or the target failed: one sentence, one remedy, one exit code."""

    def __init__(self, code: Exit, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(f"{message}\n  hint: {hint}" if hint else message)

    def __reduce__(self) -> tuple[Any, ...]:
        """As it comes from another process."""
        return type(self), (self.code, self.message, self.hint)
