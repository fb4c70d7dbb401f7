"""What lies there now, and whether it is as the last build left it.

Three files remember a build: what was said of it, and all that was seen of what went in and of
what came out. While that is as it was, building again would write the same bytes.
"""

import json
import os
from array import array
from functools import cached_property
from pathlib import Path
from typing import Any

from publisher import PACKAGE, THEME, seen, stats
from publisher.asked import Asked
from publisher.seen import Seen
from publisher.stats import Stats

FOLDERS = ("episodes", "pages", "templates")  # what the author writes, beside show.toml
MAIL = "mail"
WAITING = ".body"  # the end of the names of files in .cache/ that wait to be moved to a site
LIVE = "live"  # what subscribers see, as JSON: long, and of no use to a build
RECORD = ".publisher.json"  # what we know of a folder; also the mark of one that is ours to write

Changed = frozenset[str] | None  # paths that are not as they were
NOBODY_KNOWS: Changed = None


class There:
    """The files of the show in `root` and of its site in `folder`.

    `facts` are what was said of the last build, None if there was none; `inputs` are the program,
    the theme and what the author wrote, of which the `changed` files are not as they were.
    """

    def __init__(self, root: Path, folder: str) -> None:
        home = root.absolute()
        self.site, self.mail = home / folder, home / MAIL
        self._stamp = root / ".cache" / f"{self.site.name}.json"
        self._read, self._made = (self._stamp.with_suffix(it) for it in (".read", ".made"))
        self._asked: Asked | None = None
        self.facts: dict[str, Any] | None = None
        self.inputs, self.changed = Seen([], array("q")), NOBODY_KNOWS
        try:
            self._asked = Asked(seen.unpack(self._read.read_bytes()))
            said, live = self._stamp.read_text().split("\n")
            facts, made = json.loads(said), seen.unpack(self._made.read_bytes())
            if facts["home"] == str(home):
                self.inputs, self.changed = self._asked.result()
                # where something changed, we have a show to read meanwhile
                self._asked = Asked(made, is_patient=bool(self.changed))
                self.facts = facts | {LIVE: live}
        except (OSError, ValueError, KeyError, TypeError):
            pass
        if self.facts is None:
            self.close()
            places = [PACKAGE, THEME, *(home / name for name in FOLDERS), *_linked(home)]
            self.inputs = seen.look([*stats.libraries(), str(home / "show.toml")], places)

    @cached_property
    def _outputs(self) -> tuple[Seen, Changed]:
        if self._asked:
            asked, self._asked = self._asked, None
            return asked.result()
        return seen.look([], [self.mail, self.site]), NOBODY_KNOWS

    def is_as_it_was(self) -> bool:
        """True if nothing that was seen then is another now."""
        return not self.changed and not self._outputs[1]

    def disturbed(self, folder: Path) -> Stats | None:
        """What lies in a folder that we made; None if it is as we left it."""
        there, changed = self._outputs
        if changed is None:
            return there.below(folder)
        touched = [it[len(f"{folder}/") :] for it in changed if it.startswith(f"{folder}/")]
        if not touched:
            return None
        found = there.below(folder)
        # a hand may have put the time back
        return found | {it: (found[it][0], -1, found[it][2]) for it in touched if it in found}

    def forget(self) -> None:
        """Until the next `remember` nobody knows what lies there: a build is about to change it."""
        self._stamp.unlink(missing_ok=True)

    def remember(self, facts: dict[str, Any], touched: tuple[str, ...]) -> None:
        """Write down what was built, and what lies there since these files were written."""
        others = [str(Path(it).absolute()) for it in facts["assets"]]
        known = set(self.inputs.paths)
        linked = seen.look([], [it for it in _linked(self.mail.parent) if f"{it}/" not in known])
        _write(self._read, seen.pack(seen.added(self.inputs, others, linked)))
        made = seen.after(self._outputs[0], touched)
        records = [str(it / RECORD) for it in (self.site, self.mail)]
        _write(self._made, seen.pack(seen.added(made, records)))
        said = {key: it for key, it in facts.items() if key != LIVE} | {
            "home": str(self.mail.parent)
        }
        _write(self._stamp, f"{json.dumps(said)}\n{facts[LIVE]}".encode())

    def close(self) -> None:
        """Let nobody look any more."""
        if self._asked:
            self._asked.close()
            self._asked = None


def _linked(home: Path) -> list[Path]:
    """The folders to which links in episodes/ lead: an episode may lie in such a one."""
    try:
        with os.scandir(home / "episodes") as entries:
            links = [it.path for it in entries if it.is_symlink() and it.is_dir()]
    except OSError:
        return []
    return [Path(it).resolve() for it in links]


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
