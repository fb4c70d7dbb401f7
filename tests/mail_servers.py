"""A real SMTP server that takes mails, and misbehaves as the recipient's name asks.

As a program it writes its port to stdout and each delivery to a file:

    python tests/mail_servers.py FILE
"""

import asyncio
import contextlib
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# what a recipient's name begins with, and what the server does to the mail
FAULTS = {
    "lost": "delivers it, hangs up instead of answering",
    "gone": "throws it away, hangs up instead of answering",
    "grey": "451 to the first RCPT, then as usual",
    "busy": "421 to the first RCPT, then as usual",
    "full": "452 after the whole mail, always",
    "dead": "550 to RCPT",
    "spam": "554 after the whole mail",
    "slow": "answers the whole mail late",
    "hush": "hangs up before the end of the mail, at the first RCPT",
}


class Sink:
    """Keeps what it took in `mails`, by recipient; writes `address` lines to a file too."""

    def __init__(self, record: Path | None = None, slowness: float = 0.05) -> None:
        self.mails: dict[str, list[bytes]] = {}
        self.seen: Counter[str] = Counter()
        self.refuse_sender = ""
        self._slowness = slowness
        self._record = record.open("a", buffering=1) if record else None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.seen[address] += 1
        first = self.seen[address] == 1
        match address[:4]:
            case "grey" if first:
                return "451 4.7.1 come back later"
            case "busy" if first:
                return "421 4.3.2 too busy"
            case "hush" if first:
                _hang_up(server)
            case "dead":
                return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        (address,) = envelope.rcpt_tos
        kind = address[:4]
        if kind == "slow":
            await asyncio.sleep(self._slowness)
        if kind == "gone":
            _hang_up(server)
        elif kind == "full":
            return "452 4.2.2 mailbox full"
        elif kind == "spam":
            return "554 5.7.1 no thanks"
        else:
            self._deliver(address, bytes(envelope.original_content or b""))
        if kind == "lost":
            _hang_up(server)
        return "250 2.0.0 taken"

    def _deliver(self, address: str, content: bytes) -> None:
        if self._record:
            self._record.write(address + "\n")
        else:
            self.mails.setdefault(address, []).append(content)


def _hang_up(server: SMTP) -> None:
    assert server.transport
    server.transport.abort()


class Listening(Controller):
    """The sink on a free port of this machine, in a thread of its own."""

    def __init__(self, sink: Sink, **options: Any) -> None:
        super().__init__(sink, hostname="127.0.0.1", port=0, **options)

    def _trigger_server(self) -> None:
        """Called when it listens: only now is the port known."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def main() -> None:
    """Listen until stdin ends."""
    server = Listening(Sink(Path(sys.argv[1])))
    server.start()
    print(server.port, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while sys.stdin.readline():
            time.sleep(0)
    server.stop()


if __name__ == "__main__":
    main()
