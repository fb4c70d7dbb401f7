"""The private objects of a bucket: the manifest and the lease, each written on a condition."""

from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from publisher.targets.lease import Found, Lease
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY, Manifest
from publisher.targets.s3_client import Conditions, etag_in
from publisher.targets.s3_faults import MISSING, REFUSED, Where, code_of, conflict, in_words
from publisher.targets.s3_quick import Quick

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Records:
    """The part of a bucket that only publishers read."""

    def __init__(self, s3: "S3Client", where: Where, conditions: Conditions) -> None:
        self.client, self.where, self.conditions = s3, where, conditions
        self.bucket, self.prefix = where.bucket, where.prefix
        self.quick = Quick(s3, where.prefix + LEASE_KEY)

    @property
    def conditional(self) -> bool | None:
        """True if the server minds conditions, False if it ignores them, None if nobody asked."""
        return self.conditions.minded

    def read_manifest(self) -> Manifest:
        """What we put here last; empty if there is none."""
        found = self._get(MANIFEST_KEY)
        if found is None:
            return Manifest()
        place = f"s3://{self.bucket}/{self.prefix}{MANIFEST_KEY}"
        return Manifest.parse(found["Body"], place, etag_in(found))

    def write_manifest(self, manifest: Manifest) -> None:
        """Write down what lies here now, in place of the manifest with its ETag."""
        self._put_own(MANIFEST_KEY, manifest.as_bytes(), manifest.etag)

    def read_lease(self) -> Found:
        """The lease, and its age by the server's clock."""
        found = self._get(LEASE_KEY)
        if found is None:
            return Found(Lease())
        age = 0.0
        with suppress(KeyError, ValueError, TypeError):
            now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
            age = (now - found["LastModified"]).total_seconds()
        return Found(Lease.parse(found["Body"]), etag_in(found), age)

    def write_lease(self, content: bytes, etag: str | None) -> str:
        """Replace the lease that had `etag`; CONFLICT if somebody else was faster.

        The first one at a server also finds out if it minds conditions: a write that must
        create what is there already has to be refused.
        """
        if self.conditional is not None:
            return self._put_own(LEASE_KEY, content, etag)
        if etag is None:
            etag = self._put_own(LEASE_KEY, content, None)
            with in_words(self.where, self.prefix + LEASE_KEY):
                ignored = self._tries_to_create(content)
            self.conditions.learn(minded=not ignored)
            return ignored or etag
        with in_words(self.where, self.prefix + LEASE_KEY):
            ignored = self._tries_to_create(content)
        self.conditions.learn(minded=not ignored)
        return ignored or self._put_own(LEASE_KEY, content, etag)

    def _tries_to_create(self, content: bytes) -> str:
        """The ETag of a write that should have been refused; empty if it was."""
        key = self.prefix + LEASE_KEY
        plain: dict[str, Any] = {
            "Bucket": self.bucket,
            "Key": key,
            "Body": content,
            "CacheControl": "no-store",
        }
        try:
            return etag_in(self.client.put_object(**plain, IfNoneMatch="*"))
        except ClientError as error:
            if code_of(error) in REFUSED:
                return ""
            if code_of(error) in ("NotImplemented", "501", "InvalidArgument"):
                return etag_in(self.client.put_object(**plain))
            raise

    def _get(self, key: str) -> dict[str, Any] | None:
        key = self.prefix + key
        with in_words(self.where, key):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=key)
            except self.client.exceptions.NoSuchKey:
                return None
            return {**found, "Body": found["Body"].read()}

    def _put_own(self, key: str, content: bytes, there: str | None) -> str:
        """Write one of our private objects; a refused one that is there as meant is a success."""
        whole = self.prefix + key
        with in_words(self.where, whole):
            try:
                made = self.client.put_object(
                    Bucket=self.bucket,
                    Key=whole,
                    Body=content,
                    ContentType="application/json",
                    CacheControl="no-store",
                    **self.conditions.headers(there),
                )
                return etag_in(made)
            except ClientError as error:
                if code_of(error) not in (*REFUSED, *MISSING) or code_of(error) == "NoSuchBucket":
                    raise
        found = self._get(key)
        if found is None or found["Body"] != content:
            raise conflict(self.where, whole)
        return etag_in(found)
