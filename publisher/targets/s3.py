"""Amazon S3, and whatever speaks its language, as a target.

Credentials come from boto3's own chain: environment, ~/.aws, SSO, the machine's role.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from publisher import fingerprint
from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings, on_s3
from publisher.targets import LARGE
from publisher.targets.manifest import PRIVATE
from publisher.targets.s3_client import (
    AT_ONCE,
    FINGERPRINT,
    PARTS_AT_ONCE,
    Conditions,
    Headers,
    client,
    etag_in,
    headers,
)
from publisher.targets.s3_faults import (
    MISSING,
    REFUSED,
    Where,
    code_of,
    conflict,
    in_words,
)
from publisher.targets.s3_parts import Upload
from publisher.targets.s3_records import Records
from publisher.targets.survey import Looked, Seen, foreign

A_LIST = 1000  # keys at most in one answer
ENDED = ("NoSuchUpload",)  # also what a repeated CompleteMultipartUpload may hear


class Bucket(Records):
    """A Target: the part of a bucket under `prefix`, which is empty or ends in a slash."""

    at_once = AT_ONCE

    @classmethod
    def open(cls, settings: TargetSettings, root: Path) -> "Bucket":
        """`s3://bucket/prefix`, at Amazon or at `settings.endpoint`."""
        url = urlsplit(settings.url)
        if not url.netloc:
            raise Failure(
                Exit.USAGE,
                f'"{settings.url}" names no bucket',
                'show.toml: [target] url = "s3://my-bucket/prefix"',
            )
        prefix = url.path.strip("/")
        if prefix and {"", ".", "..", PRIVATE.strip("/")} & {*prefix.split("/")}:
            hint = 'show.toml: [target] url = "s3://my-bucket/my-show"'
            raise Failure(Exit.USAGE, f'"{prefix}" cannot be the prefix of a site', hint)
        where = Where(url.netloc, f"{prefix}/" if prefix else "", settings.endpoint)
        with in_words(where):
            return cls(client(settings), where, Conditions.of(root, where))

    @property
    def note(self) -> str:
        """What the author should know of this server."""
        if self.conditional is not False:
            return ""
        return f"{self.where.host} ignores conditions: two publishers at once are not kept apart"

    def name(self, url: str, _entry: Entry) -> str:
        """`/feed/itunes/` -> `feed/itunes/index.html`; the prefix is no part of it."""
        return on_s3(url)

    def keys(self) -> dict[str, Seen]:
        """Every file below our prefix, ours or not; one request for each thousand."""
        return {key: seen for page in self._pages() for key, seen in page.items()}

    def is_taken(self, keys: set[str], among: int) -> bool:
        """True if something lies under one of these keys.

        One list of everything tells it, or one for each of their folders: where those are few, or
        strangers' files abound.
        """
        folders = {key.rpartition("/")[0] + "/" if "/" in key else key for key in keys}
        outermost = {it for it in folders if not any(it.startswith(o) for o in folders - {it})}
        if len(outermost) > among // A_LIST:
            for number, page in enumerate(self._pages()):
                if keys & page.keys():
                    return True
                if number > among // A_LIST:
                    break
            else:
                return False
        return any(keys & page.keys() for it in sorted(outermost) for page in self._pages(it))

    def _pages(self, below: str = "") -> Iterator[dict[str, Seen]]:
        prefix = self.prefix + below
        with in_words(self.where, prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, PaginationConfig={"PageSize": A_LIST}
            )
            for page in pages:
                yield {
                    it["Key"].removeprefix(self.prefix): Seen(etag_in(it), it["Size"])
                    for it in page.get("Contents", [])
                }

    def uploads(self) -> dict[str, tuple[str, ...]]:
        """The uploads below our prefix that did not end: key -> their ids."""
        found: dict[str, tuple[str, ...]] = {}
        with in_words(self.where, self.prefix):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            try:
                for page in pages:
                    for it in page.get("Uploads", []):
                        key = it["Key"].removeprefix(self.prefix)
                        found[key] = (*found.get(key, ()), it["UploadId"])
            except ClientError as error:
                if code_of(error) not in ENDED:  # rclone's way to say that there are none
                    raise
        return found

    def look(self, key: str, candidates: tuple[Entry, ...]) -> Looked | None:
        """What lies under `key`, by the fingerprint in its metadata."""
        with in_words(self.where, self.prefix + key):
            try:
                found = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
            except ClientError as error:
                if code_of(error) in MISSING:
                    return None
                raise
        metadata = {name.lower(): value for name, value in found["Metadata"].items()}
        mark = metadata.get(FINGERPRINT, "")
        entry = next((it for it in candidates if fingerprint.of(it) == mark), None)
        return Looked(entry, etag_in(found), ours=bool(mark))

    def put(
        self,
        key: str,
        path: Path,
        entry: Entry,
        sent: Callable[[int], None],
        *,
        there: str | None = "",
        unfinished: str = "",
    ) -> str:
        """Send the file at `path`, a large one in parts; memory stays flat either way."""
        whole = self.prefix + key
        with in_words(self.where, whole):
            try:
                if entry.size >= LARGE:
                    return self._put_large(whole, path, entry, sent, (there, unfinished))
                return self._put_small(whole, path, entry, sent, there)
            except ClientError as error:
                if code_of(error) not in (*REFUSED, *MISSING, *ENDED):
                    raise
        # our own write whose answer was lost, or somebody else's
        found = self.look(key, (entry,))
        if found and found.entry:
            return found.etag
        if there is None and found and not found.ours:
            raise foreign(self.where.object(whole))
        raise conflict(self.where, whole)

    def _headers(self, entry: Entry) -> Headers:
        """Amazon knows redirects; of others some refuse what they do not know, as R2 does."""
        return headers(entry, redirects=not self.where.endpoint)

    def _put_small(
        self, key: str, path: Path, entry: Entry, sent: Callable[[int], None], there: str | None
    ) -> str:
        body = path.read_bytes()
        if hashlib.sha256(body).hexdigest() != entry.digest:
            hint = "publish again when nothing writes to it"
            raise Failure(Exit.DISK, f"{path} changed while it was being published", hint)
        condition = self.conditions.headers(there)
        values = self._headers(entry)
        etag = self.quick.put(key, body, entry.digest, values, condition)
        if not etag:
            etag = etag_in(
                self.client.put_object(
                    Bucket=self.bucket, Key=key, Body=body, **values, **condition
                )
            )
        sent(entry.size)
        return etag

    def _put_large(
        self,
        key: str,
        path: Path,
        entry: Entry,
        sent: Callable[[int], None],
        begun: tuple[str | None, str],
    ) -> str:
        there, unfinished = begun
        upload = Upload(self.client, self.bucket, key, path, entry.size, PARTS_AT_ONCE)
        condition = self.conditions.headers(there)
        try:
            etag = upload.send(self._headers(entry), condition, sent, unfinished)
        except ClientError as error:
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
            if 400 <= status < 500 and code_of(error) not in ENDED:
                with suppress(Exception):  # refused for good: leave no parts to pay for
                    for it in upload.unfinished():
                        upload.abort(it)
            raise
        return etag.strip('"')

    def delete(self, key: str, there: str | None = "") -> None:
        """Remove a key; S3 is content if there is none."""
        whole = self.prefix + key
        with in_words(self.where, whole):
            try:
                condition = self.conditions.headers(there or "")
                self.client.delete_object(Bucket=self.bucket, Key=whole, **condition)
            except ClientError as error:
                if code_of(error) in MISSING:
                    return
                if code_of(error) not in REFUSED:
                    raise
            else:
                return
        if self.look(key, ()):  # not there any more is as good as deleted
            raise conflict(self.where, whole)

    def abort(self, key: str, upload: str) -> None:
        """Forget an upload that did not end."""
        whole = self.prefix + key
        with in_words(self.where, whole):
            Upload(self.client, self.bucket, whole, Path(), 0, 1).abort(upload)

    def answer(self, key: str, *, part: bool) -> tuple[int, dict[str, str]]:
        """Status and headers of a HEAD, or of a GET of the first two bytes."""
        whole = self.prefix + key
        with in_words(self.where, whole):
            try:
                if part:
                    got = self.client.get_object(Bucket=self.bucket, Key=whole, Range="bytes=0-1")
                    got["Body"].close()
                    meta = got["ResponseMetadata"]
                else:
                    head = self.client.head_object(Bucket=self.bucket, Key=whole)
                    meta = head["ResponseMetadata"]
            except ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"], {}
        answered = {name.lower(): value for name, value in meta["HTTPHeaders"].items()}
        return meta["HTTPStatusCode"], answered

    def read(self, key: str) -> bytes | None:
        """The bytes under a key, None if there are none."""
        found = self._get(key)
        return None if found is None else found["Body"]
