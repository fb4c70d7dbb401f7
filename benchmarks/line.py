"""A line to a server: each request takes some milliseconds more, and is counted.

It is a process of its own, with as little to do a request as can be: it must not be what is
measured.
"""

import asyncio
import multiprocessing
import re
from collections import Counter
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
CHUNKED = re.compile(rb"^transfer-encoding: *chunked", re.IGNORECASE | re.MULTILINE)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


class Line:
    """Passes HTTP on to a port of this computer; `asked` tells the requests by their method."""

    def __init__(self, port: int, delay: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._counts = context.Array("q", len(METHODS))
        ours, theirs = context.Pipe()
        arguments = port, delay, self._counts, theirs
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{ours.recv()}"

    @property
    def asked(self) -> Counter[str]:
        """How many requests there were since it was last cleared."""
        return Counter(dict(zip(METHODS, self._counts, strict=True)))

    def clear(self) -> None:
        """Count from nothing."""
        self._counts[:] = [0] * len(METHODS)  # type: ignore[call-overload]

    def close(self) -> None:
        """Hang up."""
        self._process.terminate()
        self._process.join()


def _serve(port: int, delay: float, counts: list[int], told: "Connection") -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Client(port, delay, counts), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class _Client(asyncio.Protocol):
    """A connection from a client, and one to the server for it."""

    def __init__(self, port: int, delay: float, counts: list[int]) -> None:
        self._port, self._delay, self._counts = port, delay, counts
        self._buffer = bytearray()
        self._left = 0  # bytes of the body that is being passed on
        self._waits = True  # for the server's connection, or for a delay to end
        self._server: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._client = cast("asyncio.Transport", transport)
        loop = asyncio.get_running_loop()
        self._opening = loop.create_task(
            loop.create_connection(lambda: _Server(self._client), "127.0.0.1", self._port)
        )
        self._opening.add_done_callback(self._opened)

    def _opened(self, task: "asyncio.Task[tuple[asyncio.Transport, _Server]]") -> None:
        self._server, _ = task.result()
        self._waits = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self._left and self._server and not self._buffer:
            passed, data = data[: self._left], data[self._left :]
            self._left -= len(passed)
            self._server.write(passed)
        self._buffer += data
        self._go_on()

    def connection_lost(self, _: Exception | None) -> None:
        if self._server:
            self._server.close()

    def _go_on(self) -> None:
        """Pass on what was read, up to the next request's head, which takes its time."""
        while self._buffer and not self._waits and self._server:
            if self._left:
                passed = self._buffer[: self._left]
                del self._buffer[: len(passed)]
                self._left -= len(passed)
                self._server.write(passed)
                continue
            end = self._buffer.find(HEAD)
            if end < 0:
                return
            head = bytes(self._buffer[: end + len(HEAD)])
            del self._buffer[: len(head)]
            self._counts[METHODS.index(head.partition(b" ")[0].decode())] += 1
            if CHUNKED.search(head):
                raise NotImplementedError("a request in chunks")
            found = LENGTH.search(head)
            self._waits = True
            length = int(found[1]) if found else 0
            asyncio.get_running_loop().call_later(self._delay, self._begins, head, length)

    def _begins(self, head: bytes, length: int) -> None:
        self._waits, self._left = False, length
        if self._server:
            self._server.write(head)
        self._go_on()


class _Server(asyncio.Protocol):
    """The server's answers, passed on as they come."""

    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._client.close()
