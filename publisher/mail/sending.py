"""The run: every queued mail once, the deferred again later, each outcome in the log."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from publisher.errors import Exit, Failure
from publisher.mail import Broken, Mail, Outcome, Transport
from publisher.mail.log import Frozen, Log, Recipient

Tell = Callable[[Recipient, Outcome], None]
Rest = Callable[[int, float], None]  # so many are deferred, and tried again in so many seconds


def untold(*_: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Pace:
    """How fast, and how patient; times in seconds."""

    per_minute: int = 600
    rounds: tuple[float, ...] = (60, 300, 900)  # until the deferred are tried again
    reconnects: tuple[float, ...] = (0, 1, 5, 15)  # before each try of one mail
    broken: int = 3  # mails in a row whose every try broke: there is no server any more
    refused: int = 20  # mails in a row that were refused: it is not the recipients' fault
    silent: int = 5  # mails in a row whose end nobody answered: each makes one reader uncertain
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Run:
    """One run over the recipients of an issue."""

    log: Log
    frozen: Frozen
    transport: Transport
    pace: Pace
    tell: Tell
    rest: Rest = untold
    _broken: int = 0
    _silent: int = 0
    _refused: list[int] = field(default_factory=list)
    _next: float = 0

    def all(self) -> None:
        """Send what is not sent; Failure if it makes no sense to go on."""
        try:
            self._all(self.frozen.number)
        except (Failure, KeyboardInterrupt):
            self.log.settle(self.frozen.number)
            raise
        finally:
            self.log.flush()

    def _all(self, number: int) -> None:
        for recipient in self.log.recipients(number, "queued", "deferred"):
            self._send(recipient)
        for wait in self.pace.rounds:
            deferred = self.log.counts(number).get("deferred")
            if not deferred:
                break
            self.log.flush()
            self.rest(deferred, wait)
            self.transport.close()  # no server keeps an idle line for long
            self.pace.sleep(wait)
            for recipient in self.log.recipients(number, "deferred"):
                self._send(recipient)

    def _send(self, recipient: Recipient) -> None:
        master = self.frozen.master
        body = master.to(recipient.address, recipient.name, recipient.token)
        mail = Mail(master.envelope_sender, recipient.address, body)
        outcome = self._tried(recipient, mail)
        # where the next mail follows at once, its `commit` brings both to the disk
        write = self.log.mark if self._wait() else self.log.note
        write(recipient.number, outcome.state, outcome.reply)
        self.tell(recipient, outcome)
        self._give_up_if_hopeless(recipient, outcome)

    def _tried(self, recipient: Recipient, mail: Mail) -> Outcome:
        words = ""
        for wait in self.pace.reconnects:
            if wait:  # to sleep for no time gives the processor away
                self.pace.sleep(wait)
            self._keep_pace()
            self.log.note(recipient.number, "sending")
            try:
                outcome = self.transport.send(
                    mail, lambda: self.log.mark(recipient.number, "commit")
                )
            except Broken as error:
                words = str(error)
            else:
                self._broken = 0
                return outcome
        self._broken += 1
        return Outcome("deferred", f"the connection broke each time: {words}")

    def _give_up_if_hopeless(self, recipient: Recipient, outcome: Outcome) -> None:
        if self._broken == self.pace.broken:
            message = f"the mail server cannot be reached: {outcome.reply}"
            raise Failure(Exit.MAIL_SERVER, message, "Check [smtp]. Run it again to go on.")
        self._silent = self._silent + 1 if outcome.state == "uncertain" else 0
        if self._silent == self.pace.silent:
            message = f"the mail server takes mails and says nothing more: {outcome.reply}"
            hint = "Nobody else was written to. Ask your provider, then run it again."
            raise Failure(Exit.MAIL_SERVER, message, hint)
        self._refused = [*self._refused, recipient.number] if outcome.state == "failed" else []
        if len(self._refused) == self.pace.refused:
            for number in self._refused:  # none of them has the mail
                self.log.mark(number, "queued")
            message = f"the mail server refuses everybody: {outcome.reply}"
            hint = "The last ones are queued again. Ask your provider, then run it again."
            raise Failure(Exit.MAIL_SERVER, message, hint)

    def _wait(self) -> float:
        """The seconds until the next mail may go."""
        return max(0.0, self._next - time.monotonic())

    def _keep_pace(self) -> None:
        if wait := self._wait():
            self.pace.sleep(wait)
        self._next = max(time.monotonic(), self._next) + 60 / self.pace.per_minute
