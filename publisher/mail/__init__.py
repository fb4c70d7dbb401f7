"""Sending an issue: to whom, over what, and an account of each recipient.

A new list of subscribers is an iterable of Subscribers; a new way to send is a Transport.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal[
    "queued",  # nobody tried yet, or a try broke before the mail was handed over
    "sending",  # being handed over; nothing is delivered without the end of the mail
    "commit",  # the end of the mail is on its way: from here on only an answer tells
    "accepted",
    "deferred",  # the server said: later
    "failed",  # the server said: never
    "uncertain",  # the end of the mail went out, and no answer came
    "excluded",  # in the exclusion list, or no longer a subscriber
]


@dataclass(frozen=True)
class Subscriber:
    """Who gets the newsletter; `address` is in ASCII, and equal for equal mailboxes."""

    address: str
    name: str = ""
    token: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail, ready to be handed over: the addresses of its envelope and its bytes."""

    sender: str
    recipient: str
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, and the server's words."""

    state: Literal["accepted", "deferred", "failed", "uncertain"]
    reply: str


class Broken(Exception):  # noqa: N818 - a fact about a connection, not a mistake
    """The connection broke, or the server ended it, before the mail was handed over."""


class Transport(Protocol):
    """A way to hand over mails, one at a time."""

    def send(self, mail: Mail, commit: Callable[[], None]) -> Outcome:
        """Hand over a mail; call `commit` just before the step that cannot be taken back.

        Broken if nothing was handed over and trying again is safe; Failure if no mail can be
        sent at all. After `commit` it returns, whatever happens.
        """

    def close(self) -> None:
        """End politely; fine if there is nothing to end."""
