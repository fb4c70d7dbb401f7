"""What the preview knows: the last good build, what is wrong now, and who waits for news."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from publisher import build, read, spoken
from publisher.build import Built
from publisher.errors import Failure, Problem, PublishError
from publisher.outputs import media
from publisher.preview.drawing import Drawing
from publisher.preview.glance import Glance
from publisher.preview.watch import Watch

FOLDER = ".cache/preview"  # never site/: drafts must not get where they could be uploaded from
ICON = "/favicon.ico"  # made with all other pictures
ALIVE = 10.0  # seconds after which a silent connection is tried, to notice that it is gone


@dataclass(frozen=True)
class State:
    """The last good build, if there is one, and what came of the last try.

    `problems` are errors if it `failed`, else warnings. `looks` are the stylesheets
    and fonts, by URL, that are newer than that build.
    """

    built: Built | None
    problems: tuple[Problem, ...] = ()
    failed: bool = False
    language: str = "en"
    looks: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The path under which the site is served."""
        return self.built.base if self.built else ""

    def glance(self, url: str) -> Glance | None:
        """The post of a page: its own, its player's or its newsletter issue's."""
        if not self.built:
            return None
        for it in self.built.glances:
            if url in (it.url, f"{it.url}embed/", f"/newsletter/{it.slug}/"):
                return it
        return None


class Desk:
    """Builds the show in `root` again whenever it changes; `clock` tells which posts are due.

    In a `hurry` the first build leaves out the pictures, if an earlier one has not made them.
    """

    def __init__(
        self,
        root: Path,
        clock: Callable[[], datetime],
        *,
        fresh: bool = False,
        hurry: bool = False,
    ) -> None:
        self.root, self.clock = root, clock
        self.site = root / FOLDER
        self.ended = threading.Event()
        self._news = threading.Condition()
        self._watch = Watch(root)
        self._options = build.Options(folder=FOLDER, drafts=True, fresh=fresh)
        before = build.last(root, self._options)
        if hurry and not (before and ICON in before.listing):
            self._options = replace(self._options, pictures=False)
        self._drawing: Drawing | None = None
        self.state = State(before, language=before.language if before else spoken.of_system())
        self._build()
        # from now on there are threads, beside which no process should be forked
        self._options = replace(self._options, fresh=False, jobs=1)

    def run(self, tell: Callable[[State], None]) -> None:
        """Watch and build until `end`; `tell` hears of each build that changed something."""
        try:
            while not self.ended.is_set():
                self._draw()
                if self._watch.wait(self.ended) or self._is_due() or self._is_drawn():
                    before = self.state
                    self._restyle()
                    self._build()
                    if self.state != before:
                        tell(self.state)
        finally:
            if self._drawing:
                self._drawing.end()

    def end(self) -> None:
        """Let `run` and all who wait return."""
        self.ended.set()
        with self._news:
            self._news.notify_all()

    def states(self) -> Iterator[State | None]:
        """The state now and each later one; None from time to time where there is no news."""
        known = None
        while not self.ended.is_set():
            with self._news:
                if self.state is known:
                    self._news.wait(ALIVE)
                fresh = self.state if self.state is not known else None
            known = self.state if fresh else known
            yield fresh

    @property
    def has_pictures(self) -> bool:
        """False as long as pages show pictures as the author saved them."""
        return self._options.pictures

    def _draw(self) -> None:
        """Make beside the preview what its first build left out, once the show is right."""
        if self.has_pictures or self._drawing or self.state.failed:
            return
        try:
            self._drawing = Drawing(self.root, self.clock())
        except (PublishError, Failure, OSError):  # something changed just now: the build says it
            return

    def _is_drawn(self) -> bool:
        """True once, when the pictures are there for the next build."""
        if self._drawing is None or not self._drawing.is_done:
            return False
        self._drawing = None
        self._options = replace(self._options, pictures=True)
        return True

    def _is_due(self) -> bool:
        """True if a post's date came meanwhile; while errors stand, mending them builds anyway."""
        built = self.state.built
        if not built or self.state.failed:
            return False
        return any(it.date <= self.clock() for it in built.waiting)

    def _restyle(self) -> None:
        """Show new styles at once: a build has to write their addresses into every page first."""
        built = self.state.built
        if not built:
            return
        try:
            templates = read.templates(self.root, read.settings(self.root))
        except (PublishError, Failure, OSError):  # the build says what is wrong
            return
        found = media.looks(templates).items()
        looks = {url: body for url, body in found if url not in built.listing}
        if looks != self.state.looks:
            self._tell(replace(self.state, looks=looks))

    def _build(self) -> None:
        state = self._outcome()
        if state.built:
            self._watch.add(state.built.assets)
        self._tell(state)

    def _tell(self, state: State) -> None:
        with self._news:
            self.state = state
            self._news.notify_all()

    def _outcome(self) -> State:
        """Whatever the author saves, the preview goes on."""
        try:
            built = build.build(self.root, self.clock(), self._options)
        except PublishError as error:
            problems = tuple(error.problems)
        except Failure as failure:
            problems = (Problem("", 0, failure.message, failure.hint),)
        except OSError as error:
            hint = "If it was being moved or saved just now, save it once more."
            message = f"cannot be read or written: {error.strerror}"
            problems = (Problem(str(error.filename or self.root), 0, message, hint),)
        except RecursionError:
            hint = "Look for a text with thousands of brackets or quote marks."
            problems = (Problem("", 0, "something is nested too deeply to be read", hint),)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the author's session
            message = f"the program itself failed: {type(error).__name__}: {error}"
            problems = (Problem("", 0, message, "Please report it; `publish check` says more."),)
        else:
            return State(built, built.warnings, language=built.language)
        errors = tuple(it for it in problems if it.severity == "error")
        return replace(self.state, problems=errors or problems, failed=True)
