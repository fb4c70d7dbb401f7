"""From files to listeners, readers and subscribers, over real servers and a real feed parser."""

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import podcastparser
import pytest
from lxml import etree
from servers import Store, free_port
from shows import MEDIA, ROOT, publish, run, snapshot

from publisher.errors import Exit


def aim(show: Path, store: Store, **changes: str) -> None:
    """Let the show go to a bucket."""
    settings = store.settings()
    values = {"url": settings.url, "endpoint": settings.endpoint, "region": "us-east-1", **changes}
    table = "".join(f'{key} = "{value}"\n' for key, value in values.items())
    text = (show / "show.toml").read_text("utf-8").partition("[target]")[0]
    (show / "show.toml").write_text(f"{text}[target]\n{table}", "utf-8")


def content_type(key: str) -> str:
    """What a browser must be told about a file of the small show."""
    if key == "feed.json":
        return "application/feed+json; charset=utf-8"
    if key.startswith("feed/"):
        return "application/rss+xml; charset=utf-8"
    types = {
        "html": "text/html; charset=utf-8",
        "xml": "application/xml",
        "txt": "text/plain; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json; charset=utf-8",
        "mp3": "audio/mpeg",
        "jpg": "image/jpeg",
        "png": "image/png",
        "woff2": "font/woff2",
        "webp": "image/webp",
        "ico": "image/x-icon",
        "webmanifest": "application/manifest+json",
    }
    return types[key.rpartition(".")[2]]


def test_every_url_answers_on_s3_and_nothing_is_sent_twice(show: Path, store: Store) -> None:
    aim(show, store)
    ran = publish(show)
    assert (ran.code, ran.err) == (0, "")
    keys = [key for key in store.all_keys() if not key.startswith(".publish/")]
    assert {"index.html", "feed/itunes/index.html", "feed/index.html", "suppe/index.html"} < {*keys}
    for key in keys:
        found = store.get(key)
        name = key.removesuffix("index.html") + "index.xml" if key.startswith("feed/") else key
        assert found["ContentType"] == content_type(key), key
        assert found["Body"] == (show / "site" / name).read_bytes()
    frames = (MEDIA / "ton.mp3").read_bytes()[-10_000:]
    assert any(store.get(key)["Body"].endswith(frames) for key in keys)

    store.proxy.reset()
    ran = publish(show)
    assert "nothing changed" in ran.out
    assert {asked.method for asked in store.proxy.asked} <= {"GET", "HEAD"}


def test_a_dry_run_says_each_step_and_changes_nothing(show: Path) -> None:
    ran = publish(show, "--dry-run")
    assert ran.code == 0
    assert "create     /suppe/  (new, " in ran.out
    assert "would do   file:published: " in ran.out
    assert not (show / "published").exists()
    plan = json.loads(publish(show, "--dry-run", "--json").out)
    order = [step["url"] for step in plan["steps"]]
    assert order.index("/suppe/") < order.index("/feed/itunes/")
    assert {step["kind"] for step in plan["steps"]} == {"create"}


def test_words_for_what_the_world_does(show: Path, store: Store, monkeypatch) -> None:
    aim(show, store, url="s3://no-such-bucket")
    store.server.allow("no-such-bucket")
    ran = publish(show)
    assert ran.code == Exit.NO_TARGET
    assert "no-such-bucket" in ran.err
    assert "Traceback" not in ran.err

    aim(show, store, endpoint=f"http://127.0.0.1:{free_port()}")
    ran = publish(show)
    assert ran.code == Exit.UNREACHABLE
    assert "Traceback" not in ran.err
    store.server.allow(store.bucket)

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    aim(show, store)
    ran = publish(show)
    assert ran.code == Exit.ACCESS
    assert "hint: " in ran.err
    assert store.all_keys() == []


def test_a_refused_upload_leaves_the_feed_alone(show: Path, store: Store) -> None:
    aim(show, store)
    publish(show)
    feed = store.get("feed/itunes/index.html")["Body"]
    shutil.copy(MEDIA / "ton.mp3", show / "episodes/brot.mp3")
    with (show / "episodes/brot.mp3").open("ab") as audio:
        audio.write(b"TAG" + bytes(125))
    publish(show, "build")
    new = next((show / "site/audio").glob("brot-*.mp3")).name
    store.proxy.refuse["PUT", f"audio/{new}"] = (403, "AccessDenied")
    ran = publish(show)
    assert ran.code == Exit.ACCESS
    assert store.get("feed/itunes/index.html")["Body"] == feed
    store.proxy.refuse.clear()
    assert publish(show).code == 0
    assert new.encode() in store.get("feed/itunes/index.html")["Body"]


def test_the_feed_as_a_podcast_app_reads_it(show: Path) -> None:
    suppe = show / "episodes/suppe.md"
    suppe.write_text(suppe.read_text().replace("Die Suppe", "'Öl & <Äpfel>'"))
    assert publish(show).code == 0
    path = show / "site/feed/itunes/index.xml"
    feed = podcastparser.parse("https://kueche.example/feed/itunes/", path.open("rb"))
    assert feed["title"] == "Küche & Keller"
    assert feed["description"] == "Wie man gut isst."
    (item,) = feed["episodes"]
    assert item["title"] == "Öl & <Äpfel>"
    assert item["guid"] == "suppe-1"
    assert item["description"].startswith("Eine gute Suppe beginnt mit Brot.")
    (enclosure,) = item["enclosures"]
    audio = show / "site" / enclosure["url"].removeprefix("https://kueche.example/")
    assert enclosure["file_size"] == audio.stat().st_size
    assert enclosure["mime_type"] == "audio/mpeg"
    assert abs(item["total_time"] - 4) <= 1

    tree = etree.parse(path)
    spaces = {"itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd"}
    assert tree.findtext("channel/itunes:explicit", namespaces=spaces) == "false"
    assert tree.findtext("channel/lastBuildDate") == "Mon, 07 Sep 2026 06:00:00 +0200"
    assert tree.findtext("channel/link") == "https://kueche.example/"


def test_the_sample_show_has_an_item_for_each_recording(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    ours = shutil.ignore_patterns(".*", "site", "mail", "published", "publisher", "tests")
    shutil.copytree(ROOT, folder, ignore=ours)
    ran = publish(folder)
    assert (ran.code, ran.err) == (0, "")
    published = folder / "published"
    feed = podcastparser.parse("x", (published / "feed/itunes/index.xml").open("rb"))
    lengths = {path.stem: path.stat().st_size for path in (folder / "published/audio").iterdir()}
    assert len(feed["episodes"]) == len(lengths) == 4
    newest_first = [item["published"] for item in feed["episodes"]]
    assert newest_first == sorted(newest_first, reverse=True)
    for item in feed["episodes"]:
        (enclosure,) = item["enclosures"]
        name = enclosure["url"].rpartition("/")[2].rpartition(".")[0]
        assert enclosure["file_size"] == lengths[name]
    articles = podcastparser.parse("x", (published / "feed/index.xml").open("rb"))
    assert len(articles["episodes"]) in (4, 5)  # podcastparser leaves out what has no audio
    assert len(list(etree.parse(published / "feed/index.xml").iter("item"))) == 5


# -- init and new --------------------------------------------------------------------------------


def test_a_new_show_publishes_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "my-show"
    title = 'Rock & "Roll"'
    ran = run("init", str(folder), "--title", title, "--language", "en")
    assert (ran.code, ran.err) == (0, "")
    ran = publish(folder)
    assert ran.code == 0
    assert ran.err.count("warning: there is still a TODO here") == 6
    home = (folder / "published/index.html").read_text("utf-8")
    assert '<html lang="en">' in home
    assert "Subscribe" in home
    feed = etree.parse(folder / "published/feed/itunes/index.xml")
    assert feed.findtext("channel/title") == title
    assert run("init", str(folder), "--title", "x").code == 1


def test_a_german_show_speaks_german(tmp_path: Path) -> None:
    folder = tmp_path / "meine-show"
    run("init", str(folder), "--title", "Öl", "--language", "de")
    assert publish(folder).code == 0
    home = (folder / "published/index.html").read_text("utf-8")
    assert '<html lang="de">' in home
    assert "Abonnieren" in home
    assert "1. Januar 2026" in home


def test_new_begins_an_episode(show: Path, tmp_path: Path) -> None:
    recording = tmp_path / "Aufnahme 7.MP3"
    shutil.copy(MEDIA / "ton.mp3", recording)
    ran = publish(show, "new", "--audio", str(recording), 'Grüße & "Küsse"')
    assert (ran.code, ran.err) == (0, "")
    article = show / "episodes/gruesse-kuesse.md"
    assert ran.out == (
        f"wrote      {article}\nwrote      {article.with_suffix('.mp3')}\n"
        f"\nWrite it, and see it with:   publish -C {show} serve\n"
    )
    lines = article.read_text("utf-8").splitlines()
    assert lines[1:4] == [
        'title: "Grüße & \\"Küsse\\""',
        "date: 2026-11-01 13:00",
        "episode: 2",
    ]
    assert recording.exists()
    assert (show / "episodes/gruesse-kuesse.mp3").read_bytes() == recording.read_bytes()
    assert publish(show, "--now", "2026-11-02").code == 0
    assert (show / "site/gruesse-kuesse/index.html").exists()
    assert publish(show, "new", 'Grüße & "Küsse"').code == 1


def test_new_for_a_recording_that_lies_in_place(show: Path) -> None:
    shutil.copy(MEDIA / "ton.m4a", show / "episodes/Größe.m4a")
    assert publish(show).code == 1
    ran = publish(show, "new", "--audio", str(show / "episodes/Größe.m4a"), "Die Größe")
    assert ran.code == 0
    assert "slug: groesse" in (show / "episodes/Größe.md").read_text("utf-8")
    assert publish(show, "--now", "2026-11-02").code == 0
    assert (show / "site/groesse/index.html").exists()


def test_the_wheel_brings_its_theme(tmp_path: Path) -> None:
    """Installed elsewhere; only its dependencies are borrowed from this environment."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    wanted = {
        (Path("publisher") / path.relative_to(home)).as_posix()
        for folder, home in (("publisher", ROOT / "publisher"), ("templates", ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"publisher/templates/base.html", "publisher/amazon/workflow.yml"} <= wanted <= inside
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True)
    libraries = Path(pytest.__file__).parent.parent
    (tmp_path / f"venv/lib/python3.{sys.version_info.minor}/site-packages/borrowed.pth").write_text(
        str(libraries)
    )
    command = str(tmp_path / "venv/bin/publish")
    subprocess.run([command, "init", "X", "--title", "Über uns"], cwd=tmp_path, check=True)
    ran = subprocess.run(
        [command, "-C", "X"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "published  file:published" in ran.stdout
    where = [str(python), "-c", "import publisher; print(publisher.__file__)"]
    ran = subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert ran.stdout.startswith(str(tmp_path))
    assert (tmp_path / "X/published/index.html").exists()


def test_wrong_usage(show: Path) -> None:
    ran = publish(show, "--dry-run", "build")
    assert ran.code == Exit.USAGE
    assert "belong to publish itself" in ran.err
    assert run("publsh").code == Exit.USAGE


def test_a_full_disk_leaves_the_site_as_it_was(show: Path) -> None:
    """A limit on the size of files is what a process without root can have of a full disk."""
    publish(show)
    before = snapshot(show / "site")
    path = show / "episodes/brot.md"
    content = path.read_text().replace("guid:", "newsletter: false\nguid:")  # no mail is so large
    path.write_text(content + "Noch ein Satz. " * 9000)
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        f"sys.argv = ['publish', '-C', {str(show)!r}, '--now', '2026-11-01', 'build']\n"
        "from publisher.cli import main\nmain()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ran.returncode == Exit.DISK, ran.stderr
    assert ran.stderr == (
        f"publish: cannot write {show / '.cache/memo.sqlite'}: disk I/O error\n"
        "  hint: Free some space, or delete that file. Nothing was changed.\n"
    )
    assert {k: v for k, v in before.items() if k != ".publisher.json"} == {
        k: v for k, v in snapshot(show / "site").items() if k != ".publisher.json"
    }


def test_a_full_disk_while_pages_are_written_leaves_them_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    script = (
        "import hashlib, resource, signal\n"
        "from pathlib import Path\n"
        "from publisher import site\n"
        "from publisher.model import File\n"
        "from publisher.outputs.media import batch\n"
        "def made(url, body):\n"
        "    digest = hashlib.sha256(body).hexdigest()\n"
        "    return File(url, digest, len(body), 'text/html', body=lambda: [body])\n"
        f"folder = Path({str(folder)!r})\n"
        "site.write([batch([made('/a/', b'old'), made('/b/', b'old')])], folder, None)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "site.write([batch([made('/a/', b'new'), made('/b/', b'x' * 90_000)])], folder, None)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert f"Failure: the disk is full while writing {folder}" in ran.stderr
    assert (folder / "a/index.html").read_bytes() == b"old"
    assert (folder / "b/index.html").read_bytes() == b"old"
    assert sorted(it.name for it in folder.iterdir()) == [".publisher.json", "a", "b"]
