"""A bar on the terminal while a build lasts."""

import time
from typing import TYPE_CHECKING, Self

from publisher.report import Report

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar(Report):
    """A bar for work that takes long enough for somebody to wonder."""

    PATIENCE = 0.5  # seconds

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._part = ""
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    def begins(self, part: str) -> None:
        self._part = part

    def made(self, kind: str, count: int, total: int) -> None:
        if self._progress is None:
            if time.monotonic() - self._since < self.PATIENCE:
                return
            from rich.console import Console
            from rich.progress import MofNCompleteColumn, Progress

            console = Console(stderr=True)
            columns = *Progress.get_default_columns()[:2], MofNCompleteColumn()
            self._progress = Progress(*columns, console=console, transient=True)
            self._task = self._progress.add_task("")
            self._progress.start()
        description = f"{self._part}: {kind}"
        self._progress.update(self._task, description=description, completed=count, total=total)
