"""What a person sees while an issue is sent: a bar in a terminal, and why nothing moves."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.mail import Outcome
from publisher.mail.log import Recipient

if TYPE_CHECKING:
    from rich.progress import Progress


@dataclass(frozen=True)
class Watch:
    """Follows a run; without a bar it says only when nothing is sent for a while."""

    bar: "Progress | None" = None

    def tell(self, _recipient: Recipient, outcome: Outcome) -> None:
        """A mail was tried."""
        if self.bar and outcome.state != "deferred":  # it comes again
            self.bar.advance(self.bar.task_ids[0])

    def rest(self, deferred: int, seconds: float) -> None:
        """The run waits before it tries the deferred again."""
        wait = f"{seconds / 60:.0f} minutes" if seconds > 60 else f"{seconds:.0f} seconds"
        line = f"waiting    {wait} before {deferred} deferred are tried again; Ctrl-C leaves them"
        if self.bar:
            self.bar.console.print(line, highlight=False)
        else:
            sys.stderr.write(f"{line}\n")


@contextmanager
def watching(total: int) -> Iterator[Watch]:
    """A bar where a terminal is."""
    if not sys.stdout.isatty():
        yield Watch()
        return
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        bar.add_task("sending", total=total)
        yield Watch(bar)
