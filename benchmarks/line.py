"""A line to a server: each request takes some milliseconds more, and is counted."""

import asyncio
import re
import threading
from collections import Counter
from contextlib import suppress

PIECE = 1 << 16  # bytes
LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
CHUNKED = re.compile(rb"^transfer-encoding: *chunked", re.IGNORECASE | re.MULTILINE)


class Line:
    """Passes HTTP on to a port of this computer; `asked` counts requests by their method."""

    def __init__(self, port: int, delay: float) -> None:
        self.upstream = port
        self.delay = delay  # seconds
        self.asked: Counter[str] = Counter()
        self.url = ""
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        self._is_open.wait()

    def close(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._is_open.set()
        await self._ended.wait()
        server.close()

    async def _connected(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        answers = asyncio.create_task(_pass_on(server, to_client))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._request(client, to_server)
        to_server.close()
        with suppress(ConnectionError):
            await answers
        to_client.close()

    async def _request(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        head = await client.readuntil(b"\r\n\r\n")
        self.asked[head.partition(b" ")[0].decode()] += 1
        await asyncio.sleep(self.delay)
        to_server.write(head)
        if CHUNKED.search(head):
            raise NotImplementedError("a request in chunks")
        found = LENGTH.search(head)
        left = int(found[1]) if found else 0
        while left:
            piece = await client.read(min(PIECE, left))
            if not piece:
                raise ConnectionResetError
            to_server.write(piece)
            left -= len(piece)
            await to_server.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()
