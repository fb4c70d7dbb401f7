"""The author's desk over HTTP: what it builds, says and survives."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import judges
import pytest
from desks import NOW, running
from shows import publish, run, snapshot

from publisher import build, serve, spoken
from publisher.preview import watch

DRAFT = "---\ntitle: Der Entwurf\ndate: 2026-10-01\nguid: d-1\ndraft: true\n---\n\nNoch nicht.\n"
LATER = "---\ntitle: Das Später\ndate: 2026-12-01\nguid: l-1\n---\n\nNoch lange nicht.\n"


def get(port, path, host="127.0.0.1", method="GET", **headers):
    """Status, headers and text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers={"Host": host, **headers})
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    connection.close()
    return response.status, response.headers, text


def until(happens, seconds=20):
    """Wait for something that will be true soon, on a busy machine too."""
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        if found := happens():
            return found
        time.sleep(0.02)
    pytest.fail("it never happened")


class Events:
    """The stream of news that an open page listens to."""

    def __init__(self, port, page):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.request("GET", f"/.desk/events?page={page}")
        self.response = self.connection.getresponse()

    def next(self):
        while line := self.response.readline():
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
        return None


def test_drafts_and_future_posts_are_shown_and_marked(show):
    (show / "episodes/entwurf.md").write_text(DRAFT)
    (show / "episodes/spaeter.md").write_text(LATER)
    with running(show) as it:
        home, later = get(it.port, "/")[2], get(it.port, "/spaeter/")[2]
        draft = get(it.port, "/entwurf/")[2]
    for page, word in (home, "Entwurf"), (home, "Geplant"), (draft, "Entwurf"), (later, "Geplant"):
        assert f'<strong class="unpublished">{word}</strong>' in page
    assert home.count("unpublished") == 2


def test_nothing_of_it_is_published(show):
    publish(show, "build")
    before = snapshot(show / "site"), snapshot(show / "mail")
    (show / "episodes/entwurf.md").write_text(DRAFT)
    with running(show) as it:
        assert "desk.js" in get(it.port, "/")[2]
    assert (snapshot(show / "site"), snapshot(show / "mail")) == before
    publish(show, "build")
    for path in (show / "site").rglob("*"):
        if path.is_file():
            assert b"/.desk/" not in path.read_bytes(), path
            assert b"unpublished" not in path.read_bytes(), path


def test_only_pages_differ_from_what_is_published(show):
    with running(show) as it:
        built = it.desk.state.built
        for url, entry in built.listing.items():
            status, headers, text = get(it.port, url)
            path = it.desk.site / serve.model.on_disk(url, entry.content_type)
            assert status == 200
            if entry.content_type.startswith("text/html"):
                script, rest = text.split('<script src="/.desk/desk.js"', 1)
                rest = rest.split("</script>\n", 1)[1]
                assert script + rest == path.read_text("utf-8")
                assert headers["Cache-Control"] == "no-cache"
            else:
                is_for_ever = "immutable" in entry.cache_control
                expected = entry.cache_control if is_for_ever else "no-cache"
                assert headers["Cache-Control"] == expected
                assert headers["Content-Length"] == str(entry.size)
        audio = next(url for url in built.listing if url.endswith(".mp3"))
        assert get(it.port, audio, Range="bytes=0-9")[0] == 206
        assert get(it.port, "/nirgends/")[0] == 404


def test_errors_do_not_wait_for_the_judgement_of_mails(show):
    article = min(show.glob("episodes/**/*.md"))
    article.write_text(article.read_text("utf-8") + "\n\n" + "Zu viel. " * 15_000)
    with running(show) as it:
        assert [problem.rule for problem in it.desk.state.problems] == ["mail-size"]
        article.write_text(article.read_text("utf-8") + "\n\n[nowhere](nowhere.md)")
        until(lambda: [problem.rule for problem in it.desk.state.problems] == ["dead-link"])


def test_in_a_hurry_pages_come_before_their_pictures(show):
    article = min(show.glob("episodes/**/*.md"))
    with running(show, hurry=True) as it:
        assert "/favicon.ico" not in it.desk.state.built.listing
        assert get(it.port, "/")[0] == 200
        until(lambda: "/favicon.ico" in it.desk.state.built.listing, 60)
        whole = set(it.desk.state.built.listing)
        article.write_text(article.read_text("utf-8") + "\n\nSpäter.\n")
        until(lambda: len(it.said) > 1)
        assert set(it.desk.state.built.listing) == whole
    with running(show, hurry=True) as it:  # they are there already
        assert set(it.desk.state.built.listing) == whole


def test_pictures_wait_for_a_show_without_errors(show):
    article = min(show.glob("episodes/**/*.md"))
    good = article.read_text("utf-8")
    article.write_text(good.replace("title:", "titel:", 1))
    with running(show, hurry=True) as it:
        assert not it.desk.state.built
        article.write_text(good)
        until(lambda: it.desk.state.built and "/favicon.ico" in it.desk.state.built.listing, 60)


def test_plain_is_what_would_be_published(show):
    (show / "episodes/entwurf.md").write_text(DRAFT)
    with judges.served(show) as address:
        port = int(address.rpartition(":")[2])
        home = get(port, "/")[2]
        assert get(port, "/entwurf/")[0] == 404
    assert home == (show / "site/index.html").read_text("utf-8")


def test_the_command_tells_what_it_does_and_ends_in_peace(show):
    command = [sys.executable, "-m", "publisher", "-C", str(show), "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        said = [process.stdout.readline().split()[0] for _ in range(4)]
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of its processes
        rest, complaints = process.communicate(timeout=60)
    assert said == ["building", "built", "serving", "drawing"]
    assert rest.endswith("stopped\n")
    assert "Traceback" not in complaints
    assert process.returncode == 0


def test_plain_answers_as_before(show):
    built = build.build(show, NOW, build.Options())
    server = serve.server(show / "site", lambda: built.listing, "", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        for url, entry in built.listing.items():
            path = show / "site" / serve.model.on_disk(url, entry.content_type)
            status, headers, _ = get(server.server_port, url)
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request("GET", url)
            assert connection.getresponse().read() == path.read_bytes()
            connection.close()
            assert (status, headers["Cache-Control"]) == (200, entry.cache_control)
        assert get(server.server_port, "/.desk/desk.js")[0] == 404
        assert get(server.server_port, "/", host="evil.example")[0] == 421
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "LOCALHOST:8000", "[::1]:8000"])
def test_names_of_this_computer_are_answered(show, host):
    with running(show) as it:
        assert get(it.port, "/", host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["kueche.example", "evil.example:8000", "127.0.0.1.evil.example", "x@localhost"],
)
def test_no_other_name_is_answered(show, host):
    with running(show) as it:
        for path in ("/", "/.desk/events?page=/", "/.desk/feed/"):
            status, _, text = get(it.port, path, host=host)
            assert status == 421
            assert "Suppe" not in text


def test_an_edit_is_news_for_its_page_only(show):
    path = show / "episodes/brot.md"
    with running(show) as it:
        of_bread, of_soup = Events(it.port, "/brot/"), Events(it.port, "/suppe/")
        bread, soup = of_bread.next(), of_soup.next()
        assert f'data-page="{bread["page"]}"' in get(it.port, "/brot/")[2]
        path.write_text(path.read_text() + "\nGanz neu.\n")
        new = of_bread.next()
        assert new["page"] != bread["page"]
        assert f'data-page="{new["page"]}"' in get(it.port, "/brot/")[2]
        assert "Ganz neu" in get(it.port, "/brot/")[2]
        assert Events(it.port, "/suppe/").next()["page"] == soup["page"]


def test_new_styles_are_no_new_page(show):
    with running(show) as it:
        events = Events(it.port, "/brot/")
        before = events.next()
        (show / "templates").mkdir()
        (show / "templates/style.css").write_text("body { color: red }")
        after = events.next()
    assert after["page"] == before["page"]
    assert len(after["styles"]) == len(before["styles"]) == 1
    assert after["styles"] != before["styles"]


def test_a_mistake_is_told_and_the_last_good_page_stays(show):
    path = show / "episodes/brot.md"
    good = path.read_text()
    with running(show) as it:
        events = Events(it.port, "/brot/")
        before, page = events.next(), get(it.port, "/brot/")[2]
        path.write_text(good.replace("title:", "titel:"))
        broken = events.next()
        assert broken["failed"]
        assert broken["page"] == before["page"]
        for part in ("episodes/brot.md:2", "unknown key “titel”", "Did you mean “title”?"):
            assert part in broken["bar"]
        assert get(it.port, "/brot/")[2] == page
        path.write_text(good)
        mended = events.next()
        assert (mended["failed"], mended["page"]) == (False, before["page"])
        assert "titel" not in mended["bar"]
    assert [state.failed for state in it.said] == [True, False]


BREAKS = {
    "a deleted picture": lambda show: (show / "episodes/topf.png").unlink(),
    "no show.toml": lambda show: (show / "show.toml").unlink(),
    "an empty show.toml": lambda show: (show / "show.toml").write_text(""),
    "a half-written letter": lambda show: (show / "episodes/brot.md").write_bytes(
        (show / "episodes/brot.md").read_bytes() + "ö".encode()[:1]
    ),
    "a template without end": lambda show: theme(show, "post.html", "{% if x %}"),
    "a template with an unknown name": lambda show: theme(show, "post.html", "{{ nichts }}"),
    "a template that is too deep": lambda show: theme(show, "post.html", "{{ (" * 5000),
    "a folder in the place of a file": lambda show: (
        (show / "episodes/x.md").mkdir()
        or (show / "cover.jpg").unlink()
        or (show / "cover.jpg").mkdir()
    ),
    "no episodes": lambda show: shutil.rmtree(show / "episodes"),
    "a catalog that is none": lambda show: theme(show, "locale/de.mo", "nichts"),
}


def theme(show, name, content):
    path = show / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize("name", BREAKS)
def test_whatever_breaks_it_goes_on(show, tmp_path, name):
    whole = tmp_path / "whole"
    shutil.copytree(show, whole)
    with running(show) as it:
        page = get(it.port, "/brot/")[2]
        BREAKS[name](show)
        until(lambda: it.desk.state.failed)
        assert it.desk.state.problems
        assert all(problem.message for problem in it.desk.state.problems)
        assert get(it.port, "/brot/")[2] == page
        for wrong in [path for path in show.iterdir() if not path.name.startswith(".")]:
            shutil.rmtree(wrong) if wrong.is_dir() else wrong.unlink()
        shutil.copytree(whole, show, dirs_exist_ok=True)
        until(lambda: not it.desk.state.failed)
        assert get(it.port, "/brot/")[2] == page


def test_a_show_that_is_broken_at_the_start_is_served(show):
    good = (show / "show.toml").read_text()
    (show / "show.toml").write_text(good + "\n[[[")
    with running(show) as it:
        status, _, page = get(it.port, "/suppe/")
        assert status == 503
        assert "desk.js" in page
        events = Events(it.port, "/suppe/")
        broken = events.next()
        assert broken["failed"]
        assert "show.toml:" in broken["bar"]
        assert f'data-page="{broken["page"]}"' in page
        (show / "show.toml").write_text(good)
        assert events.next()["page"] != broken["page"]
        assert "Die Suppe" in get(it.port, "/suppe/")[2]


def test_the_last_good_state_is_there_after_a_restart(show):
    with running(show):
        pass
    (show / "show.toml").write_text("[[[")
    with running(show) as it:
        assert it.desk.state.failed
        assert "Die Suppe" in get(it.port, "/suppe/")[2]


def test_a_deleted_article_becomes_the_404_page(show):
    with running(show) as it:
        events = Events(it.port, "/brot/")
        before = events.next()["page"]
        suppe = show / "episodes/suppe.md"
        suppe.write_text(suppe.read_text().replace("[Brot](brot.md)", "Brot"))
        (show / "episodes/brot.md").unlink()
        until(lambda: get(it.port, "/brot/")[0] == 404)
        gone = Events(it.port, "/brot/").next()["page"]
        assert gone != before
        assert f'data-page="{gone}"' in get(it.port, "/brot/")[2]


def test_a_burst_of_edits_ends_with_the_last(show):
    path = show / "episodes/brot.md"
    begin = path.read_text()
    with running(show) as it:
        for number in range(60):
            with path.open("w") as file:  # in two steps, as editors do
                file.write(begin[:40])
                file.flush()
                file.write(begin[40:] + f"\n{'Wort ' * 10_000}\n\nStand {number}.\n")
            time.sleep(0.005)
        until(lambda: "Stand 59." in get(it.port, "/brot/")[2])
        assert not it.desk.state.failed
    assert len(it.said) < 30


def test_a_post_is_due_when_its_time_comes(show):
    (show / "episodes/spaeter.md").write_text(LATER)
    with running(show) as it:
        assert "Geplant" in get(it.port, "/spaeter/")[2]
        it.later[0] = timedelta(days=40)
        until(lambda: "Geplant" not in get(it.port, "/spaeter/")[2])


def test_the_mail_is_shown_as_it_is_sent(show):
    with running(show) as it:
        page = get(it.port, "/.desk/mail/suppe/")[2]
        assert "<b>Die Suppe</b>" in page
        assert page.count("<iframe") == 4
        assert "Eine gute Suppe beginnt mit" in page.rsplit("<pre", 1)[1]
        _, headers, light = get(it.port, "/.desk/mail/suppe/html?scheme=light")
        dark = get(it.port, "/.desk/mail/suppe/html?scheme=dark")[2]
        assert "script" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "@media not all" in light
        assert "@media all" in dark
        assert "https://kueche.example/assets" not in light
        assert 'src="/assets/' in light
        assert get(it.port, "/.desk/mail/nichts/")[0] == 200
        assert "desk.js" in get(it.port, "/.desk/mail/nichts/")[2]


def test_the_feed_is_readable(show):
    (show / "episodes/entwurf.md").write_text(DRAFT + "\n")
    shutil.copy(show / "episodes/suppe.mp3", show / "episodes/entwurf.mp3")
    with running(show) as it:
        page = get(it.port, "/.desk/feed/")[2]
    assert "Die Suppe" in page
    assert "suppe-1" in page
    assert '<b class="mark">Entwurf</b>' in page
    assert 'src="/audio/suppe-' in page
    lines = re.search(r"<p>Noch nicht\.<br>(https:[^<]*)</p>", page)
    assert lines[1].endswith("/entwurf/")  # each paragraph of the feed has a line of its own


def test_nothing_else_is_there(show):
    with running(show) as it:
        for path in ("/.desk/", "/.desk/../show.toml", "/.desk/%2e%2e/desk.py", "/.desk/bar.html",
                     "/.desk/x.js", "/.desk/mail/../../html", "/../show.toml"):  # fmt: skip
            status, _, text = get(it.port, path)
            assert status == 404, path
            assert "desk.py" not in text
            assert "guid =" not in text


def test_a_site_under_a_path(show):
    toml = show / "show.toml"
    toml.write_text(toml.read_text().replace('kueche.example"', 'kueche.example/podcast"', 1))
    with running(show) as it:
        assert get(it.port, "/")[1]["Location"] == "/podcast/"
        page = get(it.port, "/podcast/brot/")[2]
        assert f'data-page="{Events(it.port, "/podcast/brot/").next()["page"]}"' in page
        outside = get(it.port, "/brot/")
        assert outside[0] == 404
        assert f'data-page="{Events(it.port, "/brot/").next()["page"]}"' in outside[2]
        bar = Events(it.port, "/podcast/brot/").next()["bar"]
        assert "/.desk/mail/brot/" in bar
        assert 'src="/podcast/audio/suppe-' in get(it.port, "/.desk/feed/")[2]


def test_the_bar_counts(show):
    with running(show) as it:
        bar = Events(it.port, "/suppe/").next()["bar"]
        assert "1 min zu lesen" in bar
        assert "zu hören" in bar
        assert "Wörter" in bar
        assert 'href="/.desk/mail/suppe/"' in bar
        assert "zu lesen" not in Events(it.port, "/").next()["bar"]
        toml = show / "show.toml"
        toml.write_text(toml.read_text().replace('"de"', '"en"'))
        until(lambda: "min to read" in Events(it.port, "/suppe/").next()["bar"])


def test_the_program_is_translated():
    from babel.messages.extract import extract_from_dir
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    with (spoken.FOLDER / "de.po").open("rb") as po, (spoken.FOLDER / "de.mo").open("rb") as mo:
        source, compiled = read_po(po), read_mo(mo)
    for message in source:
        if message.id:
            assert list(compiled.get(message.id).string) == list(message.string), message.id
    texts = extract_from_dir(
        spoken.PACKAGE,
        [("preview/browser/*.html", "jinja2.ext.babel_extract"), ("*.py", "python")],
        {"preview/browser/*.html": {"trimmed": "true"}},
    )
    found = [text if isinstance(text, str) else text[0] for _, _, text, *_ in texts]
    assert len(found) > 20
    assert [text for text in found if not catalog_has(source, text)] == []


def catalog_has(catalog, text):
    message = catalog.get(text)
    return message is not None and all(message.string)


def test_a_look_is_cheap(show):
    for number in range(600):
        (show / f"episodes/x{number}.txt").write_text("x")
    looks, stats = [], []
    for _ in range(5):
        begin = time.perf_counter()
        seen = watch.look(show, ())
        looks.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        for path in seen:
            Path(path).stat()
        stats.append(time.perf_counter() - begin)
    assert len(seen) > 600
    assert min(looks) < 3 * min(stats)


def test_a_taken_port(show):
    with running(show) as it:
        ran = run("-C", str(show), "serve", "--port", str(it.port))
    assert ran.code == 7
    assert ran.err.startswith(
        f"publish: cannot serve at port {it.port}: something else is using it"
    )


def test_no_show_no_preview(tmp_path):
    ran = run("-C", str(tmp_path), "serve")
    assert ran.code == 1
    assert "there is no show here" in ran.err
