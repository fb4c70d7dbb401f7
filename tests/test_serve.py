"""The preview over real HTTP, and in a real browser."""

import hashlib
import http.client
import random
import socket
import struct
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate

import pytest

from publisher import model, serve
from publisher.errors import Exit, Failure

HTML, FEED = "text/html; charset=utf-8", "application/rss+xml; charset=utf-8"
AUDIO = random.Random(1).randbytes(5_000_000)
FILES = {
    "/": (b"<h1>Start</h1>", HTML),
    "/sales-leader/": ("<h1>Größe</h1>".encode(), HTML),
    "/feed/itunes/": (b"<rss/>", FEED),
    "/audio/sales leader.mp3": (AUDIO, "audio/mpeg"),
    "/empty.txt": (b"", "text/plain"),
    "/404.html": (b"<h1>Gibt es nicht</h1>", HTML),
}
MP3 = "/audio/sales%20leader.mp3"


def write(root, files):
    """Put files where a build puts them; returns the listing."""
    entries = {}
    for url, (body, media_type) in files.items():
        path = root / model.on_disk(url, media_type)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        digest = hashlib.sha256(body).hexdigest()
        cache = model.FOR_EVER if url.startswith("/audio/") else model.PAGE_CACHE
        entries[url] = model.Entry(digest, len(body), media_type, cache)
    return entries


@contextmanager
def serving(root, entries, base=""):
    """A running server; gives its port."""
    server = serve.server(root, lambda: entries, base, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("serve") / "site"
    entries = write(root, FILES)
    (root / "unlisted.txt").write_text("not published")
    (root.parent / "secret.txt").write_text("outside")
    return root, entries


@pytest.fixture(scope="module")
def port(built):
    with serving(*built) as port:
        yield port


@pytest.fixture(scope="module")
def ask(port):
    return lambda *arguments, **headers: fetch(port, *arguments, **headers)


def fetch(port, path, method="GET", body=None, **headers):
    """Status, headers and body; header names with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers, content


@pytest.mark.parametrize("url", FILES)
def test_a_listed_url_is_answered(ask, built, url):
    status, headers, body = ask(url.replace(" ", "%20"))
    expected, media_type = FILES[url]
    entry = built[1][url]
    assert (status, body) == (200, expected)
    assert headers["Content-Type"] == media_type
    assert headers["Content-Length"] == str(len(expected))
    assert headers["Cache-Control"] == entry.cache_control
    assert headers["ETag"] == f'"{entry.digest}"'
    assert headers["Accept-Ranges"] == "bytes"
    modified = (built[0] / model.on_disk(url, media_type)).stat().st_mtime
    assert headers["Last-Modified"] == formatdate(int(modified), usegmt=True)


@pytest.mark.parametrize(("path", "status"), [(MP3, 200), ("/none", 404), ("/sales-leader", 302)])
def test_head_is_get_without_a_body(ask, path, status):
    found, headers, body = ask(path, "HEAD")
    assert (found, body) == (status, b"")
    whole = ask(path)[1]
    assert {k: v for k, v in headers.items() if k != "Date"} == {
        k: v for k, v in whole.items() if k != "Date"
    }


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=2500000-2600000", 2_500_000, 2_600_001),
        ("bytes=4999990-", 4_999_990, 5_000_000),
        ("bytes=0-", 0, 5_000_000),
        ("bytes=-10", 4_999_990, 5_000_000),
        ("bytes=-9999999", 0, 5_000_000),
        ("bytes=4999990-9999999", 4_999_990, 5_000_000),
    ],
)
def test_a_range(ask, asked, start, end):
    status, headers, body = ask(MP3, Range=asked)
    assert status == 206
    assert headers["Content-Range"] == f"bytes {start}-{end - 1}/5000000"
    assert headers["Content-Length"] == str(end - start)
    assert headers["Content-Type"] == "audio/mpeg"
    assert body == AUDIO[start:end]


@pytest.mark.parametrize("asked", ["bytes=5000000-", "bytes=6000000-7000000", "bytes=-0"])
def test_a_range_outside(ask, asked):
    status, headers, _ = ask(MP3, Range=asked)
    assert (status, headers["Content-Range"]) == (416, "bytes */5000000")


def test_a_range_of_an_empty_file(ask):
    status, headers, _ = ask("/empty.txt", Range="bytes=0-")
    assert (status, headers["Content-Range"]) == (416, "bytes */0")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2"]
)
def test_what_is_no_single_range_gets_the_whole(ask, asked):
    status, headers, body = ask(MP3, Range=asked)
    assert (status, len(body), headers["Content-Range"]) == (200, 5_000_000, None)


def test_a_range_of_another_version_gets_the_whole(ask):
    etag = ask("/")[1]["ETag"]
    assert ask("/", Range="bytes=0-1", If_Range=etag)[0] == 206
    assert ask("/", Range="bytes=0-1", If_Range='"other"')[0] == 200


def test_what_the_browser_has_is_not_sent_again(ask):
    known = ask("/")[1]
    etag, date = known["ETag"], known["Last-Modified"]
    for tags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, headers, body = ask("/", If_None_Match=tags)
        assert (status, body, headers["ETag"]) == (304, b"", etag)
    assert ask("/", If_None_Match='"other"')[0] == 200
    assert ask("/", If_Modified_Since=date)[0] == 304
    assert ask("/", If_Modified_Since=formatdate(0, usegmt=True))[0] == 200
    assert ask("/", If_Modified_Since="yesterday")[0] == 200
    assert ask("/", If_None_Match='"other"', If_Modified_Since=date)[0] == 200


def test_a_missing_slash_is_redirected(ask):
    for path, to in (("/sales-leader", "/sales-leader/"), ("/feed/itunes?x=1", "/feed/itunes/")):
        status, headers, body = ask(path)
        assert (status, headers["Location"], body) == (302, to, b"")


def test_unknown_urls_show_the_404_page(ask):
    for path in ("/none", "/sales-leader/none/", "/unlisted.txt", "/sales-leader/index.html"):
        status, headers, body = ask(path, Range="bytes=0-1")
        assert (status, body) == (404, FILES["/404.html"][0])
        assert headers["Content-Type"] == HTML


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sales-leader/../../secret.txt",
        "//etc/passwd",
        "/%00",
        "/%ff%fe",
        "/%",
        "*",
        "http://127.0.0.1/secret.txt",
    ],
)
def test_nothing_else_is_reached(ask, path):
    status, _, body = ask(path)
    assert (status, body) == (404, FILES["/404.html"][0])


def test_queries_are_ignored_and_escapes_understood(ask):
    for path in ("/sales-leader/?t=60", "/sales%2Dleader/", "/sales-leader/?a=/../%zz#x"):
        assert ask(path)[2] == FILES["/sales-leader/"][0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_other_methods_are_refused(ask, method):
    status, headers, _ = ask("/", method, body=b"x" * 100)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_a_connection_is_kept(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for path, status in (("/", 200), ("/none", 404), ("/sales-leader", 302), ("/", 200)):
        connection.request("GET", path)
        response = connection.getresponse()
        assert (response.status, bool(response.read())) == (status, status != 302)
    connection.request("GET", "/", headers={"If-None-Match": "*"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (304, b"")
    connection.request("GET", "/")
    assert connection.getresponse().read() == FILES["/"][0]
    connection.close()


def test_a_site_under_a_path(built):
    with serving(*built, base="/podcast") as port:
        assert fetch(port, "/podcast/")[2] == FILES["/"][0]
        assert fetch(port, "/podcast/sales-leader/")[2] == FILES["/sales-leader/"][0]
        assert fetch(port, "/podcast")[1]["Location"] == "/podcast/"
        assert fetch(port, "/podcast/sales-leader")[1]["Location"] == "/podcast/sales-leader/"
        for path in ("/", "/sales-leader/", "/podcastx/"):
            assert (fetch(port, path)[0], fetch(port, path)[2]) == (404, FILES["/404.html"][0])


def test_a_new_build_shows_at_once(tmp_path):
    entries = write(tmp_path, {"/": (b"old", HTML)})
    with serving(tmp_path, entries) as port:
        old = fetch(port, "/")[1]["ETag"]
        assert fetch(port, "/x/")[2] == b"404 Not Found\n"
        entries |= write(tmp_path, {"/": (b"newer", HTML), "/x/": (b"x", HTML)})
        assert fetch(port, "/", If_None_Match=old)[2] == b"newer"
        assert fetch(port, "/x/")[2] == b"x"
        (tmp_path / "x" / "index.html").unlink()
        assert fetch(port, "/x/")[0] == 404


def test_a_client_that_hangs_up_is_no_news(built, capfd):
    with serving(*built) as port:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(f"GET {MP3} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                client.recv(1000)
                linger = struct.pack("ii", 1, 0)  # close with a reset, as browsers do
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        time.sleep(0.1)
        assert fetch(port, "/")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken(built, port):
    root, entries = built
    with pytest.raises(Failure) as caught:
        serve.server(root, lambda: entries, "", port)
    assert caught.value.code == Exit.CONFLICT
    assert caught.value.message == f"cannot serve at port {port}: something else is using it"
    assert f"--port {port + 1}" in caught.value.hint


def test_a_port_that_does_not_exist(built):
    root, entries = built
    with pytest.raises(Failure) as caught:
        serve.server(root, lambda: entries, "", 70_000)
    assert caught.value.code == Exit.USAGE
    assert "--port" in caught.value.hint


@pytest.mark.browser
def test_audio_seeks_in_a_browser(browser, tmp_path, request):
    episode = (request.config.rootpath / "episodes" / "sales-leader.mp3").read_bytes()
    page = b'<!doctype html><title>x</title><audio src="/audio/x.mp3" preload="metadata"></audio>'
    entries = write(tmp_path, {"/": (page, HTML), "/audio/x.mp3": (episode, "audio/mpeg")})
    with serving(tmp_path, entries) as port:
        tab, statuses = browser.new_page(), set()
        tab.on("response", lambda it: statuses.add((it.url.rpartition("/")[2], it.status)))
        tab.goto(f"http://127.0.0.1:{port}/")
        times = tab.evaluate("""async () => {
            const audio = document.querySelector("audio");
            const happens = name => new Promise(done => audio.addEventListener(name, done));
            if (audio.readyState < 1) await happens("loadedmetadata");
            const seeked = happens("seeked");
            audio.currentTime = 30;
            await seeked;
            const first = audio.currentTime;
            await new Promise(done => setTimeout(done, 300));
            return [first, audio.currentTime];
        }""")
        tab.close()
    assert times == [30, 30]
    assert ("x.mp3", 206) in statuses
