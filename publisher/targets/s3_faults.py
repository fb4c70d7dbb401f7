"""What S3 and the way to it answer, in words an author can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from publisher.errors import Exit, Failure

KEYS = "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at AWS_PROFILE and ~/.aws"
LOGIN = "sign in again, for example with `aws sso login`"
LATER = "publish again in a few minutes"
REGION = "set [target] region in show.toml"

# error code -> exit code, message, hint; {host} {bucket} {action} {object} {code} are filled in
ANSWERS = {
    "AccessDenied": (Exit.ACCESS, "access denied: {action} on {object}", ""),
    "ExpiredToken": (Exit.EXPIRED, "the credentials for {host} have expired", LOGIN),
    "InvalidAccessKeyId": (Exit.ACCESS, "{host} does not know this access key", KEYS),
    "InvalidToken": (Exit.ACCESS, "{host} does not take this session token", LOGIN),
    "SignatureDoesNotMatch": (Exit.ACCESS, "the secret key is not that of the access key", KEYS),
    "RequestTimeTooSkewed": (
        Exit.CLOCK,
        "the clock of this computer is wrong; {host} refuses what it signs",
        "set the clock and publish again",
    ),
    "AuthorizationHeaderMalformed": (Exit.TARGET, "{bucket} is in another region", REGION),
    "PermanentRedirect": (Exit.TARGET, "{bucket} is in another region", REGION),
    "NoSuchBucket": (
        Exit.NO_TARGET,
        "there is no bucket {bucket} at {host}",
        "create it, or mend [target] url, endpoint and region in show.toml",
    ),
    "NoSuchDistribution": (
        Exit.NO_TARGET,
        "there is no distribution {bucket} at {host}",
        "mend [target] cloudfront in show.toml",
    ),
    "SlowDown": (Exit.BUSY, "{host} is too busy ({code})", LATER),
    "QuotaExceeded": (
        Exit.QUOTA,
        "{host} takes no more bytes for {bucket} ({code})",
        "make room there, or ask for a larger quota, and publish again",
    ),
    "RequestTimeout": (Exit.UNREACHABLE, "the connection to {host} broke", LATER),
}
SAME = {
    "403": "AccessDenied",
    "AllAccessDisabled": "AccessDenied",
    "Forbidden": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "301": "PermanentRedirect",
    "IllegalLocationConstraintException": "PermanentRedirect",
    "507": "QuotaExceeded",
    "InsufficientStorage": "QuotaExceeded",
    "InsufficientCapacity": "QuotaExceeded",
    "QuotaExceededException": "QuotaExceeded",
    "ServiceQuotaExceededException": "QuotaExceeded",
    "StorageQuotaExceeded": "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded": "QuotaExceeded",
    "XMinioStorageFull": "QuotaExceeded",
    "500": "SlowDown",
    "503": "SlowDown",
    "InternalError": "SlowDown",
    "RequestLimitExceeded": "SlowDown",
    "ServiceUnavailable": "SlowDown",
    "Throttling": "SlowDown",
    "ThrottlingException": "SlowDown",
    "TooManyInvalidationsInProgress": "SlowDown",
    "TooManyRequests": "SlowDown",
}

# operations whose right has another name, from the "Service Authorization Reference"
ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "HeadObject": "GetObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "UploadPart": "PutObject",
}

MISSING = ("404", "NoSuchKey", "NotFound")
REFUSED = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict")

CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.ProfileNotFound,
    boto.TokenRetrievalError,
    boto.SSOError,
)
BROKEN = (boto.ConnectionClosedError, boto.ReadTimeoutError, boto.ResponseStreamingError)
UNREACHABLE = (boto.ConnectionError, boto.HTTPClientError)


@dataclass(frozen=True)
class Where:
    """A bucket, the part of it that is ours, and the server (empty: Amazon's own)."""

    bucket: str
    prefix: str
    endpoint: str

    service: ClassVar[str] = "s3"  # as policies name it

    @property
    def host(self) -> str:
        """The server, as a sentence names it."""
        return self.endpoint or "Amazon S3"

    def object(self, key: str) -> str:
        """A key with its bucket, as a sentence names it."""
        return f"s3://{self.bucket}/{key}"


def code_of(error: boto.ClientError) -> str:
    """S3's word for what went wrong; where it has none, the status."""
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", "")
    return error.response["Error"].get("Code") or str(status)


def conflict(where: Where, key: str) -> Failure:
    """A conditional write met something else than the plan had seen."""
    return Failure(
        Exit.CONFLICT,
        f"{where.object(key)} was changed by somebody else meanwhile",
        "publish again; what lies there is looked at first",
    )


@contextmanager
def in_words(where: Where, key: str = "") -> Iterator[None]:
    """Turns what boto3 raises while something is done with `key` into a Failure."""
    try:
        yield
    except boto.ClientError as error:
        raise _answer(where, key, error) from error
    except (boto.BotoCoreError, ResponseParserError) as error:
        raise _fault(where, error) from error
    except RecursionError as error:  # botocore follows redirects to another region without end
        message = f"{where.bucket} is in another region, and {where.host} does not say in which"
        raise Failure(Exit.TARGET, message, REGION) from error
    except OSError as error:  # the file to send; the network's errors are boto3's
        raise Failure(Exit.DISK, f"cannot read {error.filename}: {error.strerror}") from error


def _answer(where: Where, key: str, error: boto.ClientError) -> Failure:
    """What the server said."""
    code = code_of(error)
    action = f"{where.service}:{ACTIONS.get(error.operation_name, error.operation_name)}"
    said = error.response["Error"].get("Message", "")
    known = ANSWERS.get(SAME.get(code, code))
    if known is None:
        return Failure(Exit.TARGET, f"{where.host} answered {action} with {code}: {said}")
    exit_code, message, hint = known
    if exit_code == Exit.ACCESS and not hint:
        hint = f"allow {action} in the policy of the user or of the bucket"
        if action == "s3:GetObject":
            hint += ", and s3:ListBucket, without which S3 denies what is merely missing"
    filled = message.format(
        host=where.host, bucket=where.bucket, action=action, object=where.object(key), code=code
    )
    return Failure(exit_code, filled, hint)


def _fault(where: Where, error: Exception) -> Failure:
    """What happened before the server could say anything."""
    host = where.host
    if isinstance(error, boto.NoCredentialsError):
        hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        return Failure(Exit.ACCESS, f"there are no credentials for {host}", hint)
    if isinstance(error, CREDENTIALS):
        return Failure(Exit.ACCESS, f"there are no credentials for {host}: {error}", KEYS)
    if isinstance(error, BROKEN):
        return Failure(Exit.UNREACHABLE, f"the connection to {host} broke", LATER)
    if isinstance(error, boto.SSLError) and "WRONG_VERSION_NUMBER" in str(error):
        hint = "is it http:// rather than https://? look at [target] endpoint in show.toml"
        return Failure(Exit.UNREACHABLE, f"{host} does not speak TLS", hint)
    if isinstance(error, boto.SSLError):
        hint = "look at [target] endpoint in show.toml, and at the clock of this computer"
        return Failure(Exit.UNREACHABLE, f"cannot trust {host}: {error}", hint)
    if isinstance(error, UNREACHABLE):
        look = "look at [target] endpoint in show.toml; " if where.endpoint else ""
        hint = f"{look}is this computer online?"
        return Failure(Exit.UNREACHABLE, f"cannot reach {host}", hint)
    if isinstance(error, boto.ParamValidationError):
        hint = "mend [target] url in show.toml"
        return Failure(Exit.USAGE, f'"{where.bucket}" cannot be the name of a bucket', hint)
    if isinstance(error, ResponseParserError):
        hint = "look at [target] endpoint in show.toml"
        return Failure(Exit.TARGET, f"{host} does not speak S3", hint)
    return Failure(Exit.TARGET, f"{host}: {error}")
