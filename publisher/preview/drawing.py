"""Makes the pictures and share cards of a show while its pages are served already.

The store keeps them, so that the next build finds them made.
"""

import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from publisher import memo, pictures, read, shelf
from publisher.model import Show, Templates

T = TypeVar("T")


class Drawing:
    """Draws what the show in `root` needs; PublishError if it cannot be read."""

    def __init__(self, root: Path, now: datetime) -> None:
        settings = read.settings(root)
        with memo.Memo(shelf.place(root), jobs=1) as remembered:
            show = read.show(root, settings, remembered, now, drafts=True)
        templates = read.templates(root, settings)
        # processes of their own, and not forks: beside threads, these may wait for ever
        self._pool = ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_deaf)
        self._thread = threading.Thread(target=self._draw, args=(root, show, templates))
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """True once nothing more is to come; what could not be made, the next build says."""
        return not self._thread.is_alive()

    def end(self) -> None:
        """Begin no other picture."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _draw(self, root: Path, show: Show, templates: Templates) -> None:
        with self._pool, suppress(OSError, CancelledError, RuntimeError):
            pictures.prepared(root, show, templates, _Apart(self._pool))


class _Apart:
    """Does things in other processes and remembers nothing: the store does."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def map(
        self, function: Callable[..., T], arguments: Iterable[tuple[object, ...]], few: int = 0
    ) -> list[T]:
        del few
        futures: list[Future[T]] = [self._pool.submit(function, *it) for it in arguments]
        return [it.result() for it in futures]

    def groups(
        self,
        function: Callable[..., Iterable[T]],
        known: list[tuple[object, ...]],
        *arguments: object,
    ) -> list[T]:
        return list(function(list(range(len(known))), *arguments))


def _deaf() -> None:
    """Ctrl-C is for the command, which tells its processes to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
