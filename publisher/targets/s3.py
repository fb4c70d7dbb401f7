"""Amazon S3, and whatever speaks its language, as a target.

Credentials come from boto3's own chain: environment, ~/.aws, SSO, the machine's role.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.config import Config
from botocore.exceptions import ClientError
from s3transfer.subscribers import BaseSubscriber

from publisher import fingerprint
from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings, on_s3
from publisher.targets import LARGE
from publisher.targets.plan import MANIFEST_KEY, Manifest
from publisher.targets.s3_faults import Where, in_words

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5  # at a server that says "slow down", the fifth ends after about ten seconds
AT_ONCE = 8
WORTH_ASKING = 1 << 20  # bytes; asking costs a request, sending costs the bytes
FINGERPRINT = "fingerprint"  # metadata; an ETag says nothing of headers, and is not always an MD5


class Headers(TypedDict):
    """What S3 keeps beside the bytes."""

    ContentType: str
    CacheControl: str
    Metadata: Mapping[str, str]


class Listener(BaseSubscriber):
    """Passes on how many bytes of a transfer went out."""

    def __init__(self, sent: Callable[[int], None]) -> None:
        self.sent = sent

    def on_progress(self, future: object, bytes_transferred: int, **_: object) -> None:  # noqa: ARG002
        self.sent(bytes_transferred)


class Bucket:
    """A Target: the part of a bucket under `prefix`, which is empty or ends in a slash."""

    at_once = AT_ONCE

    def __init__(self, client: "S3Client", where: Where) -> None:
        self.client, self.where = client, where
        self.bucket, self.prefix = where.bucket, where.prefix

    @classmethod
    def open(cls, settings: TargetSettings) -> "Bucket":
        """`s3://bucket/prefix`, at Amazon or at `settings.endpoint`."""
        url = urlsplit(settings.url)
        if not url.netloc:
            raise Failure(
                Exit.USAGE,
                f'"{settings.url}" names no bucket',
                'show.toml: [target] url = "s3://my-bucket/prefix"',
            )
        prefix = url.path.strip("/")
        where = Where(url.netloc, f"{prefix}/" if prefix else "", settings.endpoint)
        with in_words(where):
            return cls(_client(settings), where)

    def name(self, url: str, _entry: Entry) -> str:
        """`/feed/itunes/` -> `feed/itunes/index.html`; the prefix is no part of it."""
        return on_s3(url)

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""
        key = self.prefix + MANIFEST_KEY
        with in_words(self.where, "s3:GetObject", key):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=key)
            except self.client.exceptions.NoSuchKey:
                return Manifest()
            content = found["Body"].read()
        return Manifest.parse(content, f"s3://{self.bucket}/{key}")

    def has(self, key: str, entry: Entry) -> bool:
        """True if a large file lies there with our fingerprint; small ones are not asked for."""
        if entry.size < WORTH_ASKING:
            return False
        with in_words(self.where, "s3:GetObject", self.prefix + key):
            try:
                found = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
            except ClientError:  # not there; or we may not ask, and the put will tell
                return False
        metadata = {name.lower(): value for name, value in found["Metadata"].items()}
        return metadata.get(FINGERPRINT) == fingerprint.of(entry)

    def put(self, key: str, path: Path, entry: Entry, sent: Callable[[int], None]) -> None:
        """Send the file at `path`, a large one in parts; memory stays flat either way."""
        key = self.prefix + key
        with in_words(self.where, "s3:PutObject", key):
            if entry.size >= LARGE:
                self._put_in_parts(key, path, _headers(entry), sent)
                return
            with path.open("rb") as body:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **_headers(entry))
            sent(entry.size)

    def _put_in_parts(
        self, key: str, path: Path, headers: Headers, sent: Callable[[int], None]
    ) -> None:
        # not Client.upload_file, which hides the server's answer in a sentence of its own
        config = TransferConfig(
            multipart_threshold=LARGE, max_concurrency=AT_ONCE, preferred_transfer_client="classic"
        )
        with create_transfer_manager(self.client, config) as transfers:
            transfers.upload(str(path), self.bucket, key, dict(headers), [Listener(sent)]).result()

    def delete(self, key: str) -> None:
        """Remove a key; S3 is content if there is none."""
        key = self.prefix + key
        with in_words(self.where, "s3:DeleteObject", key):
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now."""
        key = self.prefix + MANIFEST_KEY
        with in_words(self.where, "s3:PutObject", key):
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=manifest.as_bytes(),
                ContentType="application/json",
                CacheControl="no-store",
            )


def _client(settings: TargetSettings) -> "S3Client":
    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=5,
        max_pool_connections=2 * AT_ONCE,
    )
    if settings.endpoint:
        # R2, B2 and older MinIO know neither AWS's newer checksums nor bucket.host names
        config = config.merge(
            Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
        )
    session = boto3.Session(region_name=settings.region or None)
    try:
        return session.client("s3", endpoint_url=settings.endpoint or None, config=config)
    except ValueError as error:
        hint = 'show.toml: [target] endpoint = "https://…"'
        raise Failure(Exit.USAGE, f'"{settings.endpoint}" is no endpoint', hint) from error


def _headers(entry: Entry) -> Headers:
    return {
        "ContentType": entry.content_type,
        "CacheControl": entry.cache_control,
        "Metadata": {FINGERPRINT: fingerprint.of(entry)},
    }
