"""The last ten releases: what each of them replaced, so that it can be put back.

A release's zip holds the text that it replaced and a list of what it changed; undoing one
after the other leads back to any of them. Audio and assets are not in it: they stay at the
target for as long as a kept release has them.
"""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from publisher.errors import Exit, Failure
from publisher.files import digest_if_any
from publisher.live import Live
from publisher.model import FOR_EVER, Entry, on_disk
from publisher.targets.manifest import Manifest, Stored

LIST = "release.json"
BACK_TO = "back to "  # how the note of a rollback begins
OTHERWISE = "choose a newer release, or mend the show and publish it"
FAST = 4  # a third of the time of 6, for a fifth more bytes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold


class Readable(Protocol):
    """The part of a target that reads."""

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, None if there are none."""


class Texts:
    """The text that was published last, kept on this computer by digest.

    It saves reading back what a release replaces. Deleting the folder is always safe.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, digest: str) -> bytes | None:
        """The bytes with this digest, if they are here and whole."""
        try:
            content = (self.folder / digest).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == digest else None

    def keep(self, files: Mapping[str, Stored], site: Path) -> None:
        """Keep the text among `files`, which the folder `site` holds, and no other."""
        wanted = {it.entry.digest: (url, it.entry) for url, it in files.items() if _is_text(it)}
        with suppress(OSError):  # it is only a memory: what is not here is read back
            self.folder.mkdir(parents=True, exist_ok=True)
            here = {path.name for path in self.folder.iterdir()}
            for digest in here - wanted.keys():
                (self.folder / digest).unlink()
            for digest in wanted.keys() - here:
                url, entry = wanted[digest]
                with suppress(FileNotFoundError):
                    shutil.copyfile(site / on_disk(url, entry.content_type), self.folder / digest)


def _is_text(stored: Stored) -> bool:
    return stored.entry.cache_control != FOR_EVER


@dataclass(frozen=True)
class Undo:
    """What leads back from a release to the one before it."""

    files: Mapping[str, Stored]  # that it changed or dropped, as they were
    created: tuple[str, ...]
    live: Live
    texts: Mapping[str, bytes]  # by digest

    @classmethod
    def parse(cls, content: bytes, place: str) -> "Undo":
        """The undo in a zip; `place` says where that was read."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as it:
                listed = json.loads(it.read(LIST))
                texts = {name: it.read(name) for name in it.namelist() if name != LIST}
            files = {url: _stored(values) for url, values in listed["files"].items()}
            return cls(files, tuple(listed["created"]), Live.parse(listed["live"]), texts)
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError):
            raise Failure(Exit.TARGET, f"{place} is damaged", OTHERWISE) from None


def _stored(values: Mapping[str, Any]) -> Stored:
    key = values["key"]
    return Stored(Entry(**{name: it for name, it in values.items() if name != "key"}), key)


def undo_of(before: Manifest, after: Manifest, body: Callable[[Stored], bytes | None]) -> Undo:
    """What leads back from `after` to `before`; a text that is nowhere to be had is left out."""
    old = {url: it.entry for url, it in before.files.items()}
    new = {url: it.entry for url, it in after.files.items()}
    files = {url: it for url, it in before.files.items() if new.get(url) != it.entry}
    changed = {it.entry.digest: it for it in files.values() if _is_text(it)}
    same = {it.entry.digest for url, it in before.files.items() if url not in files}
    texts = {digest: body(it) for digest, it in changed.items() if digest not in same}
    return Undo(
        files,
        tuple(sorted(new.keys() - old.keys())),
        before.live,
        {digest: text for digest, text in texts.items() if text is not None},
    )


def write(undo: Undo, path: Path) -> Entry:
    """Write the zip; equal undos are equal bytes."""
    listed = {
        "files": {url: {"key": it.key, **asdict(it.entry)} for url, it in undo.files.items()},
        "created": list(undo.created),
        "live": asdict(undo.live),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as it:
            it.writestr(zipfile.ZipInfo(LIST, EPOCH), json.dumps(listed, sort_keys=True))
            for digest, text in sorted(undo.texts.items()):
                info = zipfile.ZipInfo(digest, EPOCH)
                it.writestr(info, text, zipfile.ZIP_DEFLATED, FAST)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Failure(Exit.DISK, f"cannot write {path}: {error.strerror}") from error
    return Entry(digest, path.stat().st_size, "application/zip", "no-store")


def find_text(
    target: Readable, texts: Texts, more: Mapping[str, bytes]
) -> Callable[[Stored], bytes | None]:
    """How to come by the bytes of a file: from this computer, from `more`, from the target."""

    def body(stored: Stored) -> bytes | None:
        known = texts.get(stored.entry.digest) or more.get(stored.entry.digest)
        if known is not None:
            return known
        found = target.read(stored.key) or b""
        return found if hashlib.sha256(found).hexdigest() == stored.entry.digest else None

    return body


@dataclass(frozen=True)
class Back:
    """A release as it was: its files by URL, and the folder with those that must be sent."""

    id: str
    local: Mapping[str, Entry]
    live: Live
    texts: Mapping[str, bytes]

    def write(self, folder: Path) -> None:
        """Write the texts as a site, for `apply` to send."""
        for url, entry in self.local.items():
            if entry.digest in self.texts:
                path = folder / on_disk(url, entry.content_type)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.texts[entry.digest])


def back(target: Readable, manifest: Manifest, wanted: str, begun: str = "") -> Back:
    """The release `wanted` (empty: the one before the last), by undoing all that came after.

    `begun` is the release of a run that did not end. If that was a rollback which had written the
    manifest already, to ask for the same again is no wish to go back from there.
    """
    newest = manifest.releases[:1]
    if newest and not wanted and newest[0].note and newest[0].id == begun:
        name = newest[0].note.removeprefix(BACK_TO)
        return Back(name, {url: it.entry for url, it in manifest.files.items()}, manifest.live, {})
    ids = [release.id for release in manifest.releases]
    wanted = wanted or (ids[1] if len(ids) > 1 else "")
    if wanted not in ids[1:]:
        hint = "`publish releases` lists those that can be put back"
        name = f'release "{wanted}" to go back to' if wanted else "earlier release"
        raise Failure(Exit.USAGE, f"there is no {name}", hint)
    files = dict(manifest.files)
    live = manifest.live
    texts: dict[str, bytes] = {}
    for release in manifest.releases[: ids.index(wanted)]:
        content = target.read(release.key)
        if content is None:
            raise Failure(Exit.TARGET, f"{release.key} is missing at the target", OTHERWISE)
        undo = Undo.parse(content, release.key)
        files = {url: it for url, it in files.items() if url not in undo.created}
        files.update(undo.files)
        live = undo.live
        texts.update(undo.texts)
    return Back(wanted, {url: it.entry for url, it in files.items()}, live, texts)


def gather(sends: Mapping[str, Entry], texts: Texts, site: Path, folder: Path) -> dict[str, Entry]:
    """Put these files into `folder`, for `apply` to send; those that are not here any more.

    They are looked for by their digest: among the texts that were published, then in `site`.
    """
    lost = {}
    for url, entry in sends.items():
        name = on_disk(url, entry.content_type)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if (text := texts.get(entry.digest)) is not None:
            path.write_bytes(text)
        elif digest_if_any(site / name) == entry.digest:
            path.symlink_to((site / name).resolve())
        else:
            lost[url] = entry
    return lost


def refuse_lost(lost: Iterable[str]) -> None:
    """Stop before the first write, if something is nowhere to be had."""
    urls = sorted(lost)
    if urls:
        more = f" and {len(urls) - 1} more" if len(urls) > 1 else ""
        raise Failure(
            Exit.CHECK,
            f"{urls[0]}{more} cannot be put back: what was published is not here any more",
            "`publish` brings the show as it is here now",
        )


def refuse_missing(back_to: Back, sends: Mapping[str, Entry]) -> None:
    """Stop before the first write, if something is no longer to be had."""
    lost = sorted(url for url, entry in sends.items() if entry.digest not in back_to.texts)
    if lost:
        raise Failure(
            Exit.TARGET,
            f"release {back_to.id} cannot be put back: {lost[0]} is gone from the target",
            OTHERWISE,
        )
