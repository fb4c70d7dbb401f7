"""Subscribers from a CSV file, row by row: of any size, as spreadsheets and providers write it."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from publisher.errors import Problem, PublishError
from publisher.files import relative
from publisher.mail import Subscriber
from publisher.outputs.master import TOKEN, Master
from publisher.outputs.message import bare_address

EXCLUSIONS = "unsubscribed.csv"  # beside the subscribers
UNCLEAR = 20  # lines of it that are named at a time
LONGEST_NAME = 200  # characters; whatever is longer is no name
LONGEST_LINK = 900  # characters; a line of a mail has 998
CHUNK = 1 << 16

_COLUMNS = {
    "address": ("email", "e-mail", "mail", "address", "adresse", "email address",
                "e-mail address", "email-adresse", "e-mail-adresse", "emailadresse"),
    "name": ("name", "full name", "display name", "vollständiger name"),
    "first": ("first name", "firstname", "first_name", "vorname"),
    "last": ("last name", "lastname", "last_name", "nachname"),
    "token": ("token", "uuid", "unsubscribe token"),
}  # fmt: skip
_MAYBE_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:]+@[^\s@<>()\[\]\",;:]+")
_HINT = "The first line names the columns: email, and if you like name and token."


@dataclass(frozen=True)
class Row:
    """A line of the file: a subscriber, or what is wrong with it."""

    path: str
    line: int
    subscriber: Subscriber | None
    problem: Problem | None = None

    def twice(self, first: int) -> Problem:
        """That the address stands on an earlier line already."""
        address = self.subscriber.address if self.subscriber else ""
        message = f"{address} stands on line {first} already; it gets one mail"
        return Problem(self.path, self.line, message, "Delete one of the lines.", "warning")

    def refused(self, message: str, hint: str) -> "Row":
        """The row without its subscriber."""
        return Row(
            self.path, self.line, None, Problem(self.path, self.line, message, hint, "warning")
        )


def read(path: Path, root: Path) -> Iterator[Row]:
    """The rows of the file; each address as often as it stands there.

    PublishError if there is no such file, or it has no column of addresses.
    """
    name = relative(path, root)
    if not path.is_file():
        raise PublishError([Problem(name, 0, "there is no such list of subscribers", _HINT)])
    with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
        yield from _rows(file, name)


def reachable(rows: Iterable[Row], master: Master) -> Iterator[Row]:
    """The rows; those who could not unsubscribe from this issue get none."""
    for row in rows:
        token = row.subscriber.token if row.subscriber else ""
        link = master.unsubscribe.replace(TOKEN, quote(token))
        if row.subscriber and master.asks_for_token and not token:
            hint = "[newsletter] unsubscribe asks for one: give everybody a token of their own."
            yield row.refused(f"{row.subscriber.address} has no token and gets no mail", hint)
        elif row.subscriber and len(link) > LONGEST_LINK:
            message = f"the token of {row.subscriber.address} is too long; no mail is sent there"
            yield row.refused(message, f"A link in a header has {LONGEST_LINK} characters at most.")
        else:
            yield row


def exclusions(path: Path, root: Path) -> Iterator[Row]:
    """Who wants no more mails, wherever an address stands; nobody if there is no such file.

    PublishError if a line hides who is meant: who left must get no mail because of a slip.
    """
    if not path.is_file():
        return
    name, unclear, other, found = relative(path, root), list[Problem](), list[Problem](), False
    with path.open(encoding=_encoding(path), errors="replace") as file:
        for line, text in enumerate(_readable(file), 1):
            left = list(_addresses(text))
            found = found or bool(left)
            yield from (Row(name, line, Subscriber(address)) for address in left)
            of_its_kind = unclear if "@" in text else other
            if not left and len(of_its_kind) < UNCLEAR and not _says_nothing(text):
                of_its_kind.append(_unclear(name, line, text))
    if problems := unclear if found else sorted([*unclear, *other]):
        raise PublishError(problems)


def _says_nothing(text: str) -> bool:
    """True for an empty line and one that only names columns."""
    words = {it.strip(' "').lower() for it in re.split(r"[;,\t]", text.strip())}
    return words == {""} or not words.isdisjoint(_COLUMNS["address"])


def _unclear(name: str, line: int, text: str) -> Problem:
    message = f"no mail address can be read in “{_shown(text)}”"
    return Problem(name, line, message, "Mend or delete the line; until then nobody is written to.")


def _addresses(text: str) -> Iterator[str]:
    """All addresses of a line, whatever stands around them."""
    visible = "".join(it for it in text if unicodedata.category(it) != "Cf")
    for word in _MAYBE_ADDRESS.findall(visible):
        with suppress(ValueError):
            yield parsed(word.strip("'`*."))


def parsed(address: str) -> str:
    """An address in the form in which equal ones are equal; ValueError if it is none."""
    bare = bare_address(address.strip())
    local, _, domain = bare.rpartition("@")
    if "<" in address or "." not in domain or len(local) > 64 or len(bare) > 254:
        raise ValueError(address)
    return bare.lower()


def _encoding(path: Path) -> str:
    """UTF-8 or UTF-16 as the file's beginning says; Excel's Windows-1252 if it is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _rows(file: TextIO, name: str) -> Iterator[Row]:
    first = next((line for line in file if line.strip()), "")
    file.seek(0)
    reader = csv.reader(_readable(file), delimiter=_delimiter(first))
    columns: dict[str, int] | None = None
    line = 0
    try:
        for cells in reader:
            before, line = line, reader.line_num
            if any("@" in rest for cell in cells for rest in re.split(r"[\r\n]", cell)[1:]):
                message = "a quote that opens here takes the next readers for a part of it"
                hint = "Close the quote, or delete it."
                raise PublishError([Problem(name, before + 1, message, hint)])
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells)
                if columns is None:
                    message = "no column holds addresses"
                    raise PublishError([Problem(name, reader.line_num, message, _HINT)])
                if "@" not in cells[columns["address"]]:
                    continue
            yield _row(cells, columns, name, reader.line_num)
    except csv.Error as error:
        hint = "Is there a quote that nobody closed?"
        raise PublishError(
            [Problem(name, reader.line_num, f"not a CSV file: {error}", hint)]
        ) from None


def _readable(file: TextIO) -> Iterator[str]:
    return (line.replace("\0", "") for line in file)


def _delimiter(line: str) -> str:
    """Whatever divides the first line most often, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(";,\t", key=bare.count) if any(map(bare.count, ";,\t")) else ","


def _columns(cells: list[str]) -> dict[str, int] | None:
    """Where the columns are: by their names, or in their usual order if there are none."""
    names = [cell.strip().lower() for cell in cells]
    found = {
        column: names.index(word)
        for column, words in _COLUMNS.items()
        for word in words
        if word in names
    }
    if "address" in found:
        return found
    return {"address": 0, "name": 1, "token": 2} if "@" in cells[0] else None


def _row(cells: list[str], columns: dict[str, int], name: str, line: int) -> Row:
    def cell(column: str) -> str:
        at = columns.get(column, len(cells))
        return cells[at].strip() if at < len(cells) else ""

    full = cell("name") or f"{cell('first')} {cell('last')}".strip()
    written = cell("address")
    try:
        address = parsed(written)
    except ValueError:
        message = f"“{_shown(written)}” is no mail address; nobody is written to there"
        hint = "Mend or delete the line. Letters before the @ must be plain ASCII."
        return Row(name, line, None).refused(message, hint)
    return Row(name, line, Subscriber(address, full[:LONGEST_NAME], cell("token")))


def _shown(text: str) -> str:
    return "".join(it if it.isprintable() else "�" for it in text.strip()[:80])
