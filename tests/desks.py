"""A preview that runs beside a test, as `publish serve` runs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher import serve
from publisher.preview.answers import Answers
from publisher.preview.desk import Desk, State

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Running:
    """A preview, the port that it answers at and what it told the author."""

    desk: Desk
    port: int
    later: list[timedelta]  # one: how far its clock is ahead
    said: list[State] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(show: Path, port: int = 0, *, hurry: bool = False) -> Iterator[Running]:
    """Build, watch and serve the show until the block ends."""
    later: list[timedelta] = [timedelta()]
    desk = Desk(show, lambda: NOW + later[0], hurry=hurry)
    server = serve.listen(Answers(desk), port)
    it = Running(desk, server.server_port, later)
    threads = [
        threading.Thread(target=server.serve_forever, args=(0.01,)),
        threading.Thread(target=desk.run, args=(it.said.append,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield it
    finally:
        desk.end()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads), "it does not end"
