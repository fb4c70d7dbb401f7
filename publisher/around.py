"""What an article may ask about the files and articles around it.

A post is remembered with its questions and their answers: while these stay the same, so does it.
"""

import os
import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from publisher.files import Stamp
from publisher.model import Answer, Ask, Question
from publisher.seen import Stat


class Around:
    """Asks, and makes values of the answers."""

    def __init__(self, root: Path, ask: Ask) -> None:
        self.root, self._ask = root, ask

    def file(self, path: Path) -> Stamp | None:
        """The stamp of a file, None if there is none."""
        match self._ask(("file", str(path))):
            case (int(size), int(mtime_ns), int(ctime_ns)):
                return Stamp(path, size, mtime_ns, ctime_ns)
        return None

    def is_inside(self, path: Path) -> bool:
        """True if a file lies in the show, whatever links lead to it."""
        return bool(self._ask(("inside", str(path))))

    def beside(self, article: str) -> list[str]:
        """Names of the files that belong to an article: of its stem, or in its own folder."""
        found = self._ask(("beside", article))
        return [str(it) for it in found] if isinstance(found, tuple) else []

    def url(self, article: str) -> str | None:
        """The URL of an article or page that is published."""
        found = self._ask(("url", article))
        return found if isinstance(found, str) else None

    def is_broken(self, article: str) -> bool:
        """True if an article has problems of its own, which are told already."""
        return bool(self._ask(("broken", article)))


class Answers:
    """Knows the answers; calling it gives one.

    `files` are those of episodes/ with their stamps, `urls` those of all that is published by
    path, `broken` the paths of articles that have problems.
    """

    def __init__(
        self,
        root: Path,
        files: Mapping[str, Stat],
        urls: Mapping[str, str],
        broken: frozenset[str],
    ) -> None:
        self._root, self._files, self._urls, self._broken = root, files, urls, broken
        self._episodes = f"{root / 'episodes'}{os.sep}"
        self._real: dict[str, str] = {}  # of folders, without links

    def __call__(self, question: Question) -> Answer:
        kind, name = question
        match kind:
            case "file":
                return self._file(name)
            case "inside":
                return self._is_inside(name)
            case "beside":
                return self._beside(name)
            case "url":
                return self._urls.get(name)
        return name in self._broken

    def _file(self, name: str) -> Answer:
        if name.startswith(self._episodes):
            found = self._files.get(name[len(self._episodes) :])
            if found:
                return found
        try:
            it = os.stat(name)  # noqa: PTH116 - Path.stat costs more than the call
        except (OSError, ValueError):
            return None
        is_file = stat.S_ISREG(it.st_mode)
        return (it.st_size, it.st_mtime_ns, it.st_ctime_ns) if is_file else None

    def _is_inside(self, name: str) -> bool:
        folder, file = os.path.split(name)
        if file == ".." or os.path.islink(name):  # noqa: PTH114 - the same
            path = os.path.realpath(name)
        else:
            if folder not in self._real:
                self._real[folder] = os.path.realpath(folder)
            path = f"{self._real[folder]}{os.sep}{file}"
        return path.startswith(self._home)

    @cached_property
    def _home(self) -> str:
        return f"{self._root.resolve()}{os.sep}"

    def _beside(self, article: str) -> tuple[str, ...]:
        folder, _, name = article.removeprefix("episodes/").rpartition("/")
        if folder:
            return tuple(it for it in self._names.get((folder, ""), ()) if it != name)
        stem = name.removesuffix(".md")
        same_start = self._names.get(("", stem.partition(".")[0]), ())
        if len(same_start) < 2:  # nothing but the article, as most are
            return ()
        return tuple(it for it in same_start if it.startswith(f"{stem}.") and it != name)

    @cached_property
    def _names(self) -> dict[tuple[str, str], list[str]]:
        """The files of episodes/ by what stands before their first dot, those of others by folder.

        So that the whole folder is not searched for each article.
        """
        names: dict[tuple[str, str], list[str]] = {}
        for path in sorted(self._files):
            folder, _, name = path.rpartition("/")
            place = (folder, "" if folder else name.partition(".")[0])
            names.setdefault(place, []).append(name)
        return names
