"""Small files in half of boto3's time: signed by botocore, and sent without its client.

The way is learned from boto3 itself, when it writes the lease before anything else: the address of
the bucket, its region, who signs. All that is not answered with a plain 200 is left to boto3, which
asks again, and tells what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ReadTimeoutError

from publisher.targets.s3_client import Headers, etag_in

if TYPE_CHECKING:
    from botocore.signers import RequestSigner
    from mypy_boto3_s3 import S3Client

VERSION = "s3v4"  # of the signature; the only one that signs the SHA-256 of what is sent
NAMES = {  # boto3's in HTTP
    "ContentType": "Content-Type",
    "CacheControl": "Cache-Control",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
    "IfMatch": "If-Match",
    "IfNoneMatch": "If-None-Match",
}


@dataclass(frozen=True)
class Way:
    """How boto3 writes to the bucket; a key is added to the URL `base`."""

    base: str
    region: str
    agent: str
    signer: "RequestSigner"


class Quick:
    """Writes small objects, once boto3 has written the one with the key `first`."""

    def __init__(self, client: "S3Client", first: str) -> None:
        # private, so perhaps not there; its connections, proxies and certificates are boto3's
        self.session = getattr(getattr(client, "_endpoint", None), "http_session", None)
        self.first = quote(first)
        self.way: Way | None = None
        client.meta.events.register("before-sign.s3.PutObject", self._learn)

    def put(self, key: str, body: bytes, headers: Headers, condition: Mapping[str, str]) -> str:
        """Write an object; its ETag, or nothing if boto3 has to write it."""
        way = self.way
        if not (way and self.session):
            return ""
        given = {**headers, **condition, "Metadata": ""}
        named = {NAMES[name]: str(value) for name, value in given.items() if name in NAMES}
        named |= {f"x-amz-meta-{name}": value for name, value in headers["Metadata"].items()}
        named["User-Agent"] = way.agent
        request = AWSRequest("PUT", way.base + quote(key), named, body)
        try:
            way.signer.get_auth_instance("s3", way.region, VERSION).add_auth(request)
            answer = _answer(self.session, request)
        except ReadTimeoutError:  # the second; boto3 would only wait once more
            raise
        except BotoCoreError:
            return ""
        return etag_in(answer.headers) if answer.status_code == 200 else ""

    def _learn(
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
            self.way = Way(url.removesuffix(self.first), region, agent, request_signer)


def _answer(session: Any, request: AWSRequest) -> Any:
    """A silent server is asked twice, as by boto3: see `s3_client`."""
    try:
        return session.send(request.prepare())
    except ReadTimeoutError:
        return session.send(request.prepare())
