"""The sign-up form in a browser without JavaScript: what each provider is sent.

A server of this machine stands for the providers, keeps what it is asked and leads back to the
site, as they do.
"""

import contextlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from defects import edit
from shows import make, publish

from publisher import build, serve, settings
from publisher.forms import PRESETS

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

# what an author types, where it goes, and what is posted there beside the address
FORMS = {
    "buttondown": (
        '{ provider = "buttondown", user = "kueche" }',
        "https://buttondown.com/api/emails/embed-subscribe/kueche",
        {"email": "", "embed": "1"},
    ),
    "buttondown with a tag": (
        '{ provider = "buttondown", user = "kueche", tag = "Website & Blog" }',
        "https://buttondown.com/api/emails/embed-subscribe/kueche",
        {"email": "", "embed": "1", "tag": "Website & Blog"},
    ),
    "listmonk": (
        '{ provider = "listmonk", host = "https://liste.example", list = "4f1c-uuid" }',
        "https://liste.example/subscription/form",
        {"email": "", "l": "4f1c-uuid", "nonce": ""},
    ),
    "mailchimp": (
        '{ provider = "mailchimp", domain = "kueche.us21", user = "0a1b", list = "9f8e" }',
        "https://kueche.us21.list-manage.com/subscribe/post?u=0a1b&id=9f8e",
        {"EMAIL": "", "b_0a1b_9f8e": ""},
    ),
    "brevo": (
        '{ provider = "brevo", domain = "5a2b", token = "MUIF" }',
        "https://5a2b.sibforms.com/serve/MUIF",
        {"EMAIL": "", "email_address_check": "", "locale": "de"},
    ),
    "cleverreach": (
        '{ provider = "cleverreach", action = "https://seu2.cleverreach.com/f/1-2/wcs/" }',
        "https://seu2.cleverreach.com/f/1-2/wcs/",
        {"email": ""},
    ),
    "rapidmail": (
        '{ provider = "rapidmail", action = "https://t1.emailsys1a.net/1/2/subscribe/form.html" }',
        "https://t1.emailsys1a.net/1/2/subscribe/form.html",
        {"email": "", "rm_email": "", "rm_comment": ""},
    ),
    "pasted": (
        '{ action = "https://post.example/add?x=1", address = "mail",'
        ' fields = { list = "7", "größe" = "ä \\" <b>" }, honeypot = ["url", "fax"] }',
        "https://post.example/add?x=1",
        {"mail": "", "list": "7", "größe": 'ä " <b>', "url": "", "fax": ""},
    ),
}


@dataclass
class Provider:
    """What came in, and where readers are led afterwards."""

    port: int = 0
    back: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def provider():
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append((self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<meta http-equiv=refresh content="0;url={made.back}">'.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def plain(browser):
    """Opens a tab without JavaScript, and closes it whatever happens: servers wait for it."""

    @contextlib.contextmanager
    def opened():
        with contextlib.closing(browser.new_context(java_script_enabled=False)) as context:
            yield context.new_page()

    return opened


@contextlib.contextmanager
def served(show):
    listing = build.build(show, NOW, build.Options()).listing
    server = serve.server(show / "site", lambda: listing, "", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def with_form(folder, typed):
    show = make(folder / "show")
    edit("show.toml", "unsubscribe =", f"form = {typed}\nunsubscribe =")(show)
    return show


@pytest.mark.browser
@pytest.mark.parametrize("name", FORMS)
def test_the_form_posts_what_the_provider_expects(plain, provider, tmp_path, name):
    typed, action, fields = FORMS[name]
    with served(with_form(tmp_path, typed)) as site, plain() as tab:
        provider.back = f"{site}/newsletter/thanks/"
        tab.set_default_timeout(8000)
        host = f"https://{urlsplit(action).hostname}/**"
        tab.route(host, lambda route: route.fulfill(response=route.fetch(
            url=route.request.url.replace(f"https://{urlsplit(action).netloc}",
                                          f"http://127.0.0.1:{provider.port}"))))  # fmt: skip
        tab.goto(f"{site}/newsletter/")
        traps = tab.locator(".trap input")
        assert all(it.bounding_box()["x"] < -300 for it in traps.all())  # out of sight
        tab.get_by_label("Deine E-Mail-Adresse").fill("anne@x.example")
        tab.get_by_role("button", name="Anmelden").click()
        tab.wait_for_url(provider.back)
        assert "Fast geschafft" in tab.title()
        assert "Schau in dein Postfach" in tab.locator("main").inner_text()
    ((path, kind, body),) = provider.asked
    assert f"https://{urlsplit(action).netloc}{path}" == action
    assert kind == "application/x-www-form-urlencoded"
    address = next(iter(fields))
    posted = parse_qsl(body, keep_blank_values=True)
    assert sorted(posted) == sorted((fields | {address: "anne@x.example"}).items())


def test_each_preset_is_tried():
    assert {it.split()[0] for it in FORMS} - {"pasted"} == PRESETS.keys()


@pytest.mark.browser
def test_no_address_is_posted_that_is_none(plain, provider, tmp_path):
    with served(with_form(tmp_path, FORMS["listmonk"][0])) as site, plain() as tab:
        tab.goto(f"{site}/newsletter/")
        for typed in ("", "anne", "anne@"):
            tab.get_by_label("Deine E-Mail-Adresse").fill(typed)
            tab.get_by_role("button", name="Anmelden").click()
            assert tab.url == f"{site}/newsletter/"
    assert provider.asked == []


def test_the_pages_afterwards_are_for_people_only(tmp_path):
    show = with_form(tmp_path, FORMS["brevo"][0])
    assert publish(show, "build").code == 0
    words = {
        "thanks": "Erst wenn du ihn öffnest",
        "confirmed": "Deine Adresse ist bestätigt",
        "error": 'action="https://5a2b.sibforms.com/serve/MUIF"',
    }
    sitemap = (show / "site/sitemap.xml").read_text()
    for state, said in words.items():
        html = (show / f"site/newsletter/{state}/index.html").read_text("utf-8")
        assert said in html
        assert '<meta name="robots" content="noindex">' in html
        assert f"/newsletter/{state}/" not in sitemap
    english = edit("show.toml", 'language = "de"', 'language = "en"')
    english(show)
    assert publish(show, "build").code == 0
    assert "Check your inbox" in (show / "site/newsletter/thanks/index.html").read_text()


def test_without_a_form_there_are_no_such_pages(tmp_path):
    show = make(tmp_path / "show")
    assert publish(show, "build").code == 0
    assert not (show / "site/newsletter/thanks").exists()


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ('{ provider = "listmonk", list = "1" }', "needs “host” for listmonk", "form code"),
        ('{ provider = "rapidmail" }', "needs “action” for rapidmail", "form code"),
        ('{ provider = "mailchump" }', "unknown newsletter provider “mailchump”", "mailchimp"),
        ('{ provider = "brevo", domain = "x", tokn = "y" }', "unknown key", "Did you mean “token”"),
        ('{ fields = { a = "1" } }', "“newsletter.form.action” is missing", "form code"),
    ],
)
def test_what_is_no_form_is_named(typed, message, hint):
    found = settings.parse(f'[newsletter]\nfrom = "a@b.example"\nform = {typed}\n').problems
    (problem,) = [it for it in found if message in it.message]
    assert problem.line == 3
    assert hint in problem.hint
