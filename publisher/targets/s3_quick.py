"""Small files in half of boto3's time: signed here, and sent over boto3's connections.

The way is learned from boto3 itself, when it writes the lease before anything else: the address of
the bucket, its region, who signs. It is taken only if what boto3 wrote there would have been signed
here with the same letters. All that is not answered with a plain 200 is left to boto3, which asks
again, and tells what is wrong.
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import BotoCoreError, ReadTimeoutError

from publisher.targets.s3_client import Headers, etag_in

if TYPE_CHECKING:
    from botocore.signers import RequestSigner
    from mypy_boto3_s3 import S3Client

VERSION = "s3v4"  # of the signature; the only one that signs the SHA-256 of what is sent
ALGORITHM = "AWS4-HMAC-SHA256"
NAMES = {  # boto3's in HTTP
    "ContentType": "content-type",
    "CacheControl": "cache-control",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
    "IfMatch": "if-match",
    "IfNoneMatch": "if-none-match",
}


class Credentials(Protocol):
    """What signs."""

    access_key: str
    secret_key: str
    token: str | None


@dataclass(frozen=True)
class Way:
    """How boto3 writes to the bucket; a key is added to the URL `base`."""

    base: str
    region: str
    agent: str
    signer: "RequestSigner"

    @property
    def credentials(self) -> Credentials:
        """Those of boto3, which gets new ones in time where they end."""
        found: Credentials = self.signer.get_auth_instance("s3", self.region, VERSION).credentials
        return found


class Quick:
    """Writes small objects, once boto3 has written the one with the key `first`."""

    def __init__(self, client: "S3Client", first: str) -> None:
        # private, so perhaps not there; its connections, proxies and certificates are boto3's
        self.session = getattr(getattr(client, "_endpoint", None), "http_session", None)
        self.first = quote(first)
        self.seen: Way | None = None
        self.way: Way | None = None
        client.meta.events.register("before-sign.s3.PutObject", self._see)
        client.meta.events.register("before-send.s3.PutObject", self._learn)

    def put(
        self, key: str, body: bytes, digest: str, headers: Headers, condition: Mapping[str, str]
    ) -> str:
        """Write an object, whose SHA-256 is known; its ETag, or nothing if boto3 has to do it."""
        way = self.way
        if not (way and self.session):
            return ""
        url = way.base + quote(key)
        given = {**headers, **condition, "Metadata": ""}
        signed = {NAMES[name]: str(value) for name, value in given.items() if name in NAMES}
        signed |= {f"x-amz-meta-{name}": value for name, value in headers["Metadata"].items()}
        signed |= {
            "host": urlsplit(way.base).netloc,
            "x-amz-content-sha256": digest,
            "x-amz-date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
        }
        try:
            credentials = way.credentials
            if credentials.token:
                signed["x-amz-security-token"] = credentials.token
            authorization = authorize("PUT", url, signed, way.region, credentials)
            all_headers = {**signed, "user-agent": way.agent, "authorization": authorization}
            answer = _answer(self.session, url, all_headers, body)
        except ReadTimeoutError:  # the second; boto3 would only wait once more
            raise
        except BotoCoreError:
            return ""
        return etag_in(answer.headers) if answer.status_code == 200 else ""

    def _see(
        self,
        request: AWSRequest,
        request_signer: "RequestSigner",
        signature_version: object,
        region_name: str,
        **_: Any,
    ) -> None:
        """How boto3 is about to write; once more where it was led to another region."""
        url = request.url or ""
        if signature_version == VERSION and url.endswith(f"/{self.first}"):
            region = request.context.get("signing", {}).get("region", region_name)
            agent = request.headers["User-Agent"]
            self.seen = Way(url.removesuffix(self.first), region, agent, request_signer)

    def _learn(self, request: AWSPreparedRequest, **_: Any) -> None:
        """What boto3 has signed: take its way if we would have signed the same."""
        way = self.seen
        if not way or request.url != way.base + self.first:
            return
        its = {name.lower(): _text(value) for name, value in request.headers.items()}
        its.setdefault("host", urlsplit(way.base).netloc)
        theirs = its.get("authorization", "")
        names = theirs.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        self.way = None
        with suppress(KeyError):  # it was signed in another way
            signed = {name: its[name] for name in names}
            ours = authorize("PUT", request.url, signed, way.region, way.credentials)
            self.way = way if ours == theirs else None


def authorize(
    method: str, url: str, headers: Mapping[str, str], region: str, credentials: Credentials
) -> str:
    """The header Authorization of a request without a query; `headers` have small names.

    AWS, "Create a signed AWS API request" (Signature Version 4). botocore's own takes a third of
    the time of sending a small file.
    """
    names = sorted(headers)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    signed = ";".join(names)
    path, payload = urlsplit(url).path, headers["x-amz-content-sha256"]
    request = f"{method}\n{path}\n\n{lines}\n{signed}\n{payload}"
    moment = headers["x-amz-date"]
    day = moment[:8]
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = f"{ALGORITHM}\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = _hmac(_key(credentials.secret_key, day, region), to_sign).hex()
    who = f"{credentials.access_key}/{scope}"
    return f"{ALGORITHM} Credential={who}, SignedHeaders={signed}, Signature={signature}"


@lru_cache(maxsize=1)
def _key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _answer(session: Any, url: str, headers: Any, body: bytes) -> Any:
    """A silent server is asked twice, as by boto3: see `s3_client`."""
    request = AWSPreparedRequest("PUT", url, headers, body, stream_output=False)
    try:
        return session.send(request)
    except ReadTimeoutError:
        return session.send(request)
