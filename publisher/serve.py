"""The built site on this computer, answering as S3's website endpoint will.

`answer` decides, `_Handler` sends. https://docs.aws.amazon.com/AmazonS3/latest/userguide/
IndexDocumentSupport.html has the redirects, RFC 9110 the conditions and ranges.
"""

import errno
import re
import socketserver
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from publisher import model
from publisher.errors import Exit, Failure

HOST = "127.0.0.1"
NOT_FOUND = "/404.html"
CHUNK = 1 << 16  # bytes read and sent at a time

Listing = Callable[[], Mapping[str, model.Entry]]


@dataclass(frozen=True)
class Answer:
    """What to send: the `length` bytes from `start` of the file `path`, or `text`, or a stream."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None
    start: int = 0
    length: int = 0
    text: bytes = b""
    stream: Iterable[bytes] | None = None  # sent piece by piece, as long as somebody reads


Respond = Callable[[str, Mapping[str, str]], Answer]


def server(site: Path, listing: Listing, base: str, port: int) -> ThreadingHTTPServer:
    """A server of `site` at http://127.0.0.1:`port``base`/; port 0 takes a free one.

    `listing` is asked at each request, so that a new build shows at once.
    """

    def respond(target: str, headers: Mapping[str, str]) -> Answer:
        return answer(site, listing(), base, target, headers)

    return listen(respond, port)


def listen(respond: Respond, port: int) -> ThreadingHTTPServer:
    """A server at 127.0.0.1 that answers each path and its headers; port 0 takes a free one.

    Failure with CONFLICT if the port is taken.
    """
    try:
        return _Server(port, respond)
    except (OSError, OverflowError) as error:
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "something else is using it" if is_taken else "this computer does not allow it"
        raise Failure(
            Exit.CONFLICT if is_taken else Exit.USAGE,
            f"cannot serve at port {port}: {reason}",
            f"Choose another one, such as --port {port + 1 if 1023 < port < 65535 else 8000}.",
        ) from error


def answer(
    site: Path,
    entries: Mapping[str, model.Entry],
    base: str,
    target: str,
    headers: Mapping[str, str],
) -> Answer:
    """The answer to GET `target`, of which only listed URLs under `base` are known."""
    path = unquote(re.split(r"[?#]", target, maxsplit=1)[0])
    if path == base or path.startswith(base + "/"):
        url = path.removeprefix(base)
        if url in entries:
            found = _file(site, url, entries[url], headers)
            if found:
                return found
        if url + "/" in entries:
            return Answer(HTTPStatus.FOUND, {"Location": quote(f"{base}{url}/")})
    return _not_found(site, entries)


def _file(site: Path, url: str, entry: model.Entry, asked: Mapping[str, str]) -> Answer | None:
    """The file of a listed URL, whole or in part; None if a build just took it away."""
    path = site / model.on_disk(url, entry.content_type)
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    modified, size = int(stat.st_mtime), stat.st_size
    headers = {
        "ETag": f'"{entry.digest}"',
        "Last-Modified": formatdate(modified, usegmt=True),
        "Cache-Control": entry.cache_control,
        "Accept-Ranges": "bytes",
    }
    if _is_known(asked, headers["ETag"], modified):
        return Answer(HTTPStatus.NOT_MODIFIED, headers)
    headers["Content-Type"] = entry.content_type
    span = None
    if asked.get("If-Range", headers["ETag"]) in (headers["ETag"], headers["Last-Modified"]):
        span = _span(asked.get("Range", ""), size)
    if span is None:
        return Answer(HTTPStatus.OK, headers, path, 0, size)
    start, end = span
    if start >= end:
        unsatisfied = {"Content-Range": f"bytes */{size}", "Content-Type": "text/plain"}
        text = b"416 Range Not Satisfiable\n"
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unsatisfied, text=text)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, path, start, end - start)


def _is_known(asked: Mapping[str, str], etag: str, modified: int) -> bool:
    """True if the browser has this version already, RFC 9110, 13.1."""
    if "If-None-Match" in asked:
        tags = [tag.strip().removeprefix("W/") for tag in asked["If-None-Match"].split(",")]
        return etag in tags or "*" in tags
    try:
        return modified <= parsedate_to_datetime(asked["If-Modified-Since"]).timestamp()
    except (KeyError, ValueError):  # not asked, or in no date's form
        return False


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Start and end of a single range, empty if it lies outside; None: send the whole file.

    As S3 does, several ranges and malformed ones get the whole file.
    """
    found = re.fullmatch(r"bytes=\s*(\d*)-(\d*)\s*", asked, re.ASCII)
    if not found or found[1] == found[2] == "":
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size
    start = int(found[1])
    if not found[2]:
        return start, size
    end = int(found[2]) + 1
    return None if end <= start else (start, min(end, size))


def _not_found(site: Path, entries: Mapping[str, model.Entry]) -> Answer:
    entry = entries.get(NOT_FOUND)
    path = site / model.on_disk(NOT_FOUND, entry.content_type) if entry else None
    if entry and path and path.is_file():
        headers = {"Content-Type": entry.content_type}
        return Answer(HTTPStatus.NOT_FOUND, headers, path, 0, path.stat().st_size)
    headers = {"Content-Type": "text/plain"}
    return Answer(HTTPStatus.NOT_FOUND, headers, text=b"404 Not Found\n")


def is_ours(host: str) -> bool:
    """True if a Host header names this computer.

    A foreign name that leads here is how web pages elsewhere read what is served locally:
    https://en.wikipedia.org/wiki/DNS_rebinding. The port is free, since it may be forwarded.
    """
    name = re.sub(r":\d*$", "", host.strip().lower())
    return name in (HOST, "localhost", "[::1]")


def _foreign(port: int) -> Answer:
    text = f"421 Misdirected Request: this preview is at http://{HOST}:{port}/ only\n"
    return Answer(
        HTTPStatus.MISDIRECTED_REQUEST, {"Content-Type": "text/plain"}, text=text.encode()
    )


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int, respond: Respond) -> None:
        self.respond = respond
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for our name, which can take seconds
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # browsers hang up while seeking, builds take files away
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that an idle connection is kept

    def do_GET(self) -> None:
        asked = {name.title(): value for name, value in self.headers.items()}
        if not is_ours(asked.get("Host", HOST)):
            self._send(_foreign(self.server.server_port))
            return
        self._send(self.server.respond(self.path, asked))

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer in one line of text; to unknown methods as S3 does, not as http.server."""
        del message, explain
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        headers = {"Allow": "GET, HEAD", "Content-Type": "text/plain", "Connection": "close"}
        self._send(Answer(status, headers, text=f"{status.value} {status.phrase}\n".encode()))
        self.close_connection = True  # the body of what was asked has not been read

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.stream is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        elif answer.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(answer.length or len(answer.text)))
        self.end_headers()
        if self.command == "HEAD" or answer.status is HTTPStatus.NOT_MODIFIED:
            return
        self.wfile.write(answer.text)
        for piece in answer.stream or ():
            self.wfile.write(piece)
        if answer.path:
            self._copy(answer.path, answer.start, answer.length)

    def _copy(self, path: Path, start: int, length: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(CHUNK, length))):
                self.wfile.write(chunk)
                length -= len(chunk)
        if length:  # a build shortened the file meanwhile; the promised length cannot be kept
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the command tells what the author needs."""
