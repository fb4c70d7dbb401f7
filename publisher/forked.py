"""A copy of this process that makes something while this one goes on.

It begins at once and knows all that we know, so for one thing it is cheaper than a pool.
"""

import os
import threading
from collections.abc import Callable

KILL = 9  # `signal` would have to be imported for this
SIZE = 8  # bytes that say how many follow


def can_fork() -> bool:
    """True if this process can be copied: not on Windows, nor where threads are at work."""
    return hasattr(os, "fork") and threading.active_count() == 1


class Forked:
    """Bytes that `make` returns in a copy of this process, in which nothing else goes on."""

    def __init__(self, make: Callable[[], bytes], *, nice: int = 0) -> None:
        _bury()
        self._pipe, writing = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(writing)
            return
        try:
            os.close(self._pipe)  # or it would wait for itself, where nobody else wants to know
            os.nice(nice)
            made = make()
            with open(writing, "wb") as pipe:  # noqa: PTH123 - a number
                pipe.write(len(made).to_bytes(SIZE))
                pipe.write(made)
        finally:
            os._exit(0)

    def result(self) -> bytes | None:
        """What was made, None if that failed; to be asked once, and not after `close`."""
        with open(self._pipe, "rb") as pipe:  # noqa: PTH123 - a number
            size, found = pipe.read(SIZE), pipe.read()
        _ENDED.append(self._child)
        return found if len(size) == SIZE and len(found) == int.from_bytes(size) else None

    def close(self) -> None:
        """Do without it."""
        os.kill(self._child, KILL)  # it may wait until somebody reads
        os.waitpid(self._child, 0)
        os.close(self._pipe)


_ENDED: list[int] = []  # processes that say no more; giving their memory back takes them a while


def _bury() -> None:
    """Let the system forget those that have ended."""
    _ENDED[:] = [it for it in _ENDED if os.waitpid(it, os.WNOHANG) == (0, 0)]
