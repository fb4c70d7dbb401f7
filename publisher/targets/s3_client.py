"""A boto3 client for a target, and what is known of how its server treats conditions."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import boto3
from botocore.config import Config
from botocore.exceptions import InvalidRegionError, ReadTimeoutError

from publisher import fingerprint
from publisher.errors import Exit, Failure
from publisher.model import Entry, TargetSettings
from publisher.targets.s3_faults import Where

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5  # at a server that says "slow down", the fifth ends after about ten seconds
AT_ONCE = 64  # small files: at 20 ms a request, more than one process can send
PARTS_AT_ONCE = 8  # of a large file: these wait for the line, not for answers
PATIENCE = 10  # seconds without a byte, after which a request has failed
FINGERPRINT = "fingerprint"  # metadata; an ETag says nothing of headers, and is not always an MD5
SHA256 = "sha256"


class Headers(TypedDict):
    """What S3 keeps beside the bytes."""

    ContentType: str
    CacheControl: str
    Metadata: Mapping[str, str]
    WebsiteRedirectLocation: NotRequired[str]


def headers(entry: Entry, *, redirects: bool) -> Headers:
    """Those of a file of the site; where redirects are not known, its page leads on."""
    plain: Headers = {
        "ContentType": entry.content_type,
        "CacheControl": entry.cache_control,
        "Metadata": {FINGERPRINT: fingerprint.of(entry), SHA256: entry.digest},
    }
    if entry.redirect and redirects:
        return {**plain, "WebsiteRedirectLocation": entry.redirect}
    return plain


def etag_in(found: Mapping[str, Any]) -> str:
    """The ETag of an answer; some servers quote it there and not in a list."""
    return str(found.get("ETag", "")).strip('"')


class Conditions:
    """Does the server mind If-Match and If-None-Match? Remembered for each target in `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.minded: bool | None = None
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(path.read_text("utf-8"))["minds_conditions"]
            self.minded = found if isinstance(found, bool) else None

    @classmethod
    def of(cls, root: Path, where: Where) -> "Conditions":
        """Those of a target of the show in `root`."""
        mark = fingerprint.of(where.bucket, where.prefix, where.endpoint)[:12]
        return cls(root / ".cache" / f"target-{mark}.json")

    def learn(self, *, minded: bool) -> None:
        """Remember what a trial showed."""
        self.minded = minded
        with suppress(OSError):  # the next run tries again
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({"minds_conditions": minded}) + "\n", "utf-8")

    def headers(self, there: str | None) -> dict[str, Any]:
        """The condition of a write that replaces `there`: None is nothing, "" is anything."""
        if self.minded is False or there == "":
            return {}
        return {"IfNoneMatch": "*"} if there is None else {"IfMatch": f'"{there}"'}


def bounded() -> Config:
    """Requests that end, one way or the other, after about ten seconds of retries."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=5,
        read_timeout=PATIENCE,
        max_pool_connections=AT_ONCE + PARTS_AT_ONCE,
    )


def client(settings: TargetSettings) -> "S3Client":
    """A client for the target's server; it has asked nothing yet."""
    config = bounded()
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
        made = session.client("s3", endpoint_url=settings.endpoint or None, config=config)
    except InvalidRegionError as error:
        hint = 'show.toml: [target] region = "eu-central-1", or another that AWS lists'
        raise Failure(Exit.USAGE, f'"{settings.region}" is no region', hint) from error
    except ValueError as error:
        hint = 'show.toml: [target] endpoint = "https://…"'
        raise Failure(Exit.USAGE, f'"{settings.endpoint}" is no endpoint', hint) from error
    made.meta.events.register_first("needs-retry.s3", _hang_twice)
    return made


def _hang_twice(attempts: int, caught_exception: Exception | None, **_: Any) -> None:
    """A server that says nothing is asked once more, and not as often as one that is busy."""
    if isinstance(caught_exception, ReadTimeoutError) and attempts > 1:
        raise caught_exception
