"""Text files of a show, and the names by which messages call them."""

from pathlib import Path

from publisher.errors import Problem
from publisher.fields import CONTROL


def text(path: Path, root: Path) -> tuple[str, list[Problem]]:
    """A file as text; what is no UTF-8 or cannot stand in a page is a problem with its line."""
    content = path.read_bytes()
    name = relative(path, root)
    try:
        found = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "Save it with the encoding UTF-8."
        return "", [Problem(name, line, "the file is not UTF-8 text", hint, rule="not-utf8")]
    hint = "Remove it; no feed or page may contain it."
    lines = ((found.count("\n", 0, it.start()) + 1, ord(it[0])) for it in CONTROL.finditer(found))
    return found, [
        Problem(name, line, f"control character U+{code:04X}", hint, rule="control-character")
        for line, code in lines
    ]


def relative(path: Path, root: Path) -> str:
    """The path inside the show, or the whole path of a file elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
