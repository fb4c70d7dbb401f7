"""A large file in parts, which a later run can go on with.

s3transfer neither resumes an upload nor makes its end conditional, so the four calls are made
here: CreateMultipartUpload, UploadPart, ListParts, CompleteMultipartUpload.
"""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from s3transfer.utils import ReadFileChunk

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART = 8 << 20  # bytes
MOST_PARTS = 9_000  # S3 takes 10,000


@dataclass(frozen=True)
class Upload:
    """One file on its way to `key`."""

    client: "S3Client"
    bucket: str
    key: str
    path: Path
    size: int
    at_once: int

    @property
    def part(self) -> int:
        """The bytes of each part but the last."""
        return max(PART, -(-self.size // MOST_PARTS))

    def send(
        self,
        headers: Mapping[str, Any],
        condition: Mapping[str, str],
        sent: Callable[[int], None],
        unfinished: str,
    ) -> str:
        """Send what is missing, put it together, return the ETag."""
        there = self._there(unfinished) if unfinished else None
        if there is None:
            unfinished, there = self._begin(headers), {}
        etags = self._parts(unfinished, there, sent)
        parts = [{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)]
        done = self.client.complete_multipart_upload(
            Bucket=self.bucket,
            Key=self.key,
            UploadId=unfinished,
            MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
            **condition,  # type: ignore[arg-type]
        )
        return done.get("ETag", "")

    def abort(self, upload: str) -> None:
        """Forget an upload and its parts."""
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=upload)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchUpload", "404"):
                raise

    def unfinished(self) -> list[str]:
        """The uploads to this very key that did not end."""
        try:
            found = self.client.list_multipart_uploads(Bucket=self.bucket, Prefix=self.key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":  # rclone: there are none
                return []
            raise
        return [it["UploadId"] for it in found.get("Uploads", []) if it["Key"] == self.key]

    def _begin(self, headers: Mapping[str, Any]) -> str:
        """A new upload; one that a lost answer left behind is forgotten at once."""
        made = self.client.create_multipart_upload(Bucket=self.bucket, Key=self.key, **headers)
        upload = made["UploadId"]
        if made["ResponseMetadata"].get("RetryAttempts"):
            for other in self.unfinished():
                if other != upload:
                    self.abort(other)
        return upload

    def _there(self, upload: str) -> dict[int, tuple[str, int]] | None:
        """The parts that arrived: number -> ETag and size; None if the upload is gone."""
        pages = self.client.get_paginator("list_parts").paginate(
            Bucket=self.bucket, Key=self.key, UploadId=upload
        )
        try:
            return {
                part["PartNumber"]: (part["ETag"], part["Size"])
                for page in pages
                for part in page.get("Parts", [])
            }
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchUpload", "404"):
                return None
            raise

    def _parts(
        self, upload: str, there: Mapping[int, tuple[str, int]], sent: Callable[[int], None]
    ) -> dict[int, str]:
        """Send the parts that are not there, several at once; the ETag of each."""

        def take(number: int) -> tuple[int, str]:
            start = (number - 1) * self.part
            size = min(self.part, self.size - start)
            etag, there_size = there.get(number, ("", 0))
            if size == there_size and etag == self._etag(etag, start, size):
                sent(size)
                return number, etag
            with ReadFileChunk.from_filename(str(self.path), start, size) as body:
                made = self.client.upload_part(
                    Bucket=self.bucket,
                    Key=self.key,
                    UploadId=upload,
                    PartNumber=number,
                    Body=body,  # type: ignore[arg-type]
                )
            sent(size)
            return number, made["ETag"]

        pool = ThreadPoolExecutor(self.at_once)
        try:
            numbers = range(1, -(-self.size // self.part) + 1)
            futures = [pool.submit(take, number) for number in numbers]
            return dict(future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(cancel_futures=True)

    def _etag(self, like: str, start: int, size: int) -> str:
        """The ETag of a part, which is its MD5, quoted as `like` is."""
        digest = hashlib.md5(usedforsecurity=False)
        with self.path.open("rb") as file:
            file.seek(start)
            while size and (piece := file.read(min(1 << 20, size))):
                digest.update(piece)
                size -= len(piece)
        return f'"{digest.hexdigest()}"' if like.startswith('"') else digest.hexdigest()
