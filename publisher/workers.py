"""Does many things of one kind, in several processes where that wins, and tells who listens."""

import gc
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from types import FunctionType
from typing import TYPE_CHECKING, TypeVar, cast

from publisher.forked import Forked, can_fork
from publisher.report import KINDS, Report

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")

WORTH_A_POOL = 8  # starting processes costs as much as a few articles
LARGE = 100_000_000  # bytes of memory, from which on a process is not copied


class Workers:
    """Works in so many processes, which are started when there is enough to do."""

    def __init__(self, jobs: int, report: Report) -> None:
        self._jobs, self._report = jobs or cores(), report
        self._pool: ProcessPoolExecutor | None = None
        self._copies: list[Forked] = []

    def run(
        self,
        function: Callable[..., T],
        calls: list[tuple[object, ...]],
        few: int = WORTH_A_POOL,
    ) -> Iterator[T]:
        """What `function` makes of each call, in their order; fewer than `few` are done here."""
        return self.told(function, calls, self._results(function, calls, few))

    def begin(self, work: Callable[[], T]) -> Callable[[], T | None]:
        """Let a copy of this process do one thing; what is returned waits for its result.

        None if there is no copy, or it failed: then it is to be done here, where errors are told.
        """
        if self._jobs == 1 or not can_fork():
            return lambda: None
        copy = Forked(partial(_alone, work))
        self._copies.append(copy)

        def result() -> T | None:
            if copy not in self._copies:  # it was asked before
                return None
            self._copies.remove(copy)
            found = copy.result()
            return None if found is None else cast(T, pickle.loads(found))  # noqa: S301 - our own copy wrote it

        return result

    def told(
        self, function: Callable[..., T], calls: Sequence[tuple[object, ...]], results: Iterable[T]
    ) -> Iterator[T]:
        """These results of these calls; the report hears of each."""
        kind = _kind(function, calls[0]) if calls else ""
        for count, result in enumerate(results, 1):
            self._report.made(kind, count, len(calls))
            yield result

    def close(self, *, at_once: bool = False) -> None:
        """Begin nothing more; what has begun is waited for, unless nobody wants it."""
        while self._copies:
            self._copies.pop().close()
        if self._pool:
            others = list(self._pool._processes.values())  # noqa: SLF001 - there is no other way
            self._pool.shutdown(wait=not at_once, cancel_futures=True)
            for it in others if at_once else ():
                it.kill()

    def _results(
        self, function: Callable[..., T], calls: list[tuple[object, ...]], few: int
    ) -> Iterable[T]:
        if self._jobs == 1 or len(calls) < few:
            return (function(*call) for call in calls)
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            self._pool = ProcessPoolExecutor(
                self._jobs, mp_context=get_context(_way_to_start()), initializer=_begins
            )
        size = max(1, min(32, len(calls) // (4 * self._jobs)))
        pieces = (calls[at : at + size] for at in range(0, len(calls), size))
        return _ahead(self._pool, function, pieces, 4 * self._jobs)


def _ahead(
    pool: "ProcessPoolExecutor",
    function: Callable[..., T],
    pieces: Iterator[list[tuple[object, ...]]],
    count: int,
) -> Iterator[T]:
    """The results in their order; at most `count` pieces are worked on or wait to be taken."""
    waiting = deque(pool.submit(_apply, function, it) for it in islice(pieces, count))
    while waiting:
        yield from waiting.popleft().result()
        waiting.extend(pool.submit(_apply, function, it) for it in islice(pieces, 1))


def _alone(work: Callable[[], object]) -> bytes:
    gc.disable()  # it would touch, and so copy, all that there is
    return pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)


def _kind(function: Callable[..., object], call: tuple[object, ...]) -> str:
    """What a function makes, in words."""
    inner = [it for it in (function, *call) if isinstance(it, FunctionType)]
    name = inner[-1].__name__  # behind `packed` and `one`
    return KINDS.get(name, name)


def cores() -> int:
    """How many processes can work at once."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _way_to_start() -> str | None:
    """How to start processes: a copy of a large one keeps all that the large one changes."""
    if sys.platform != "linux":
        return None
    import resource

    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # its most until now
    return "fork" if memory < LARGE else "forkserver"


def _begins() -> None:
    """What a working process does leaves garbage, unlike what the first one reads.

    Ctrl-C reaches all; the first one says so, and ends the others.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    threading.Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    """End when the process that wants the results was killed: nobody else would tell."""
    from multiprocessing import parent_process

    first = parent_process()
    if first:
        first.join()
        os._exit(1)


def _apply(function: Callable[..., T], calls: list[tuple[object, ...]]) -> list[T]:
    return [function(*call) for call in calls]
