"""The preview's answers: the site with its bar, and what is shown beside the site."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from publisher import model, serve
from publisher.errors import Failure, PublishError
from publisher.outputs.media import FONT
from publisher.preview import views
from publisher.preview.desk import Desk, State
from publisher.serve import Answer

OWN = "/.desk/"  # no slug begins with a dot
FILES = Path(__file__).parent / "browser"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
HTML = "text/html; charset=utf-8"
# Nothing but the mail's own styles and this site's pictures: as in a careful mail program.
MAIL_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"
NO_SITE = "-"  # stands for a page before the first good build

_STYLES = re.compile(rb'<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]*)"[^>]*>')


class Answers:
    """Answers for a desk; HTML pages get the script that keeps them fresh."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, target: str, headers: Mapping[str, str]) -> Answer:
        """The answer to GET `target`."""
        state, (path, _, query) = self._desk.state, target.partition("?")
        if path.startswith(OWN):
            return self._own(unquote(path.removeprefix(OWN)), query, state)
        if not state.built:
            page = views.waiting(state.language)
            return self._page(page, NO_SITE, HTTPStatus.SERVICE_UNAVAILABLE)
        if path == "/" and state.base:
            return Answer(HTTPStatus.FOUND, {"Location": quote(f"{state.base}/")})
        return self._of_site(target, headers, state)

    # -- the site

    def _of_site(self, target: str, headers: Mapping[str, str], state: State) -> Answer:
        listing = state.built.listing if state.built else {}
        if look := state.looks.get(target.removeprefix(state.base)):
            headers = {"Content-Type": TYPES.get(Path(target).suffix, FONT)}
            return Answer(HTTPStatus.OK, headers, text=look)
        found = serve.answer(self._desk.site, listing, state.base, target, headers)
        if found.headers.get("Content-Type", "").startswith("text/html"):
            content = self._content(target, listing, state.base)
            status = HTTPStatus.OK if found.status < HTTPStatus.BAD_REQUEST else found.status
            return self._page(content, _digest(content), status)
        if found.headers.get("Cache-Control") == model.PAGE_CACHE:
            fresh = {**found.headers, "Cache-Control": "no-cache"}
            return replace(found, headers=fresh)
        return found

    def _page(self, content: bytes, digest: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
        script = f'<script src="{OWN}desk.js" data-page="{digest}" defer></script>\n'.encode()
        head, end, body = content.partition(b"</head>")
        text = head + script + end + body if end else content + script
        return Answer(status, {"Content-Type": HTML, "Cache-Control": "no-cache"}, text=text)

    # -- beside the site

    def _own(self, name: str, query: str, state: State) -> Answer:
        if name == "events":
            return self._events(parse_qs(query).get("page", ["/"])[0])
        file = FILES / name
        if "/" not in name and file.suffix in TYPES and file.is_file():
            headers = {"Content-Type": TYPES[file.suffix], "Cache-Control": "no-cache"}
            return Answer(HTTPStatus.OK, headers, text=file.read_bytes())
        try:
            return self._view(name, query, state)
        except (PublishError, Failure, OSError):  # the bar says what is wrong
            return self._page(views.waiting(state.language), _version(name, state))

    def _view(self, name: str, query: str, state: State) -> Answer:
        digest = _version(name, state)
        if name == "feed/" and state.built:
            return self._page(views.feed(self._desk.site, state), digest)
        found = re.fullmatch(r"mail/([^/]+)/(html)?", name)
        if found and state.built:
            mail = views.mail(self._desk.root, self._desk.clock(), found[1])
            if not found[2]:
                return self._page(views.mail_page(mail, state, found[1]), digest)
            is_dark = parse_qs(query).get("scheme") == ["dark"]
            headers = {"Content-Type": HTML, "Cache-Control": "no-cache",
                       "Content-Security-Policy": MAIL_POLICY}  # fmt: skip
            html = views.mail_html(mail, state, dark=is_dark)
            return Answer(HTTPStatus.OK, headers, text=html)
        page = views.waiting(state.language)
        return self._page(page, digest, HTTPStatus.NOT_FOUND)

    # -- news

    def _events(self, path: str) -> Answer:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        return Answer(HTTPStatus.OK, headers, stream=self._news(path))

    def _news(self, path: str) -> Iterator[bytes]:
        """What the page at `path` has to know, now and whenever it changes."""
        yield b"retry: 300\n\n"
        sent = ""
        for state in self._desk.states():
            news = json.dumps(self._of_page(path, state)) if state else sent
            if news != sent:
                yield f"data: {news}\n\n".encode()
                sent = news
            else:
                yield b":\n\n"

    def _of_page(self, path: str, state: State) -> dict[str, object]:
        if path.startswith(OWN):
            name = unquote(path.removeprefix(OWN))
            page, styles = ("" if state.failed else _version(name, state)), []
        elif state.built:
            content = self._content(path, state.built.listing, state.base)
            page, styles = _digest(content), _styles(content, state)
        else:
            page, styles = NO_SITE, []
        url = unquote(path).removeprefix(state.base)
        bar = views.bar(state, url)
        return {"page": page, "styles": styles, "bar": bar, "failed": state.failed}

    def _content(self, path: str, listing: Mapping[str, model.Entry], base: str) -> bytes:
        """What the browser gets for a page, before the script is put into it."""
        answer = serve.answer(self._desk.site, listing, base, path, {})
        try:
            return answer.path.read_bytes() if answer.path else answer.text
        except OSError:  # a build takes it away just now, and tells when it is done
            return b""


def _styles(content: bytes, state: State) -> list[str]:
    """The addresses of a page's stylesheets, or those of their newest versions."""
    newest = {_stem(state.base + url): state.base + url for url in state.looks}
    addresses = [it.decode() for it in _STYLES.findall(content)]
    return [newest.get(_stem(it), it) for it in addresses]


def _stem(address: str) -> str:
    """An address without the fingerprint at its end."""
    return address.rpartition("-")[0]


def _version(name: str, state: State) -> str:
    """What tells one version of a view from another: the published page that shows the same."""
    if not state.built:
        return NO_SITE
    url = "/feed/itunes/" if name == "feed/" else re.sub(r"^mail/", "/newsletter/", name)
    entry = state.built.listing.get(url)
    return (entry.digest[:16] if entry else "none") + ("!" if state.failed else "")


def _digest(page: bytes) -> str:
    """The version of a page without its styles, which can be exchanged while it is open."""
    return hashlib.sha256(_STYLES.sub(b"", page)).hexdigest()[:16]
