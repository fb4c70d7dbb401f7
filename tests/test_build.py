"""Building: only what changed is written, and the result never depends on what was there."""

import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from shows import MEDIA, NOW, ROOT, Ran, make, publish, snapshot

from publisher import chunks
from publisher.errors import Exit


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of every published file below a folder."""
    files = snapshot(folder)
    return {name: body for name, (body, _) in files.items() if not name.startswith(".publisher")}


def clean_build(show: Path, elsewhere: Path) -> tuple[Ran, dict[str, bytes]]:
    """What the show becomes in another folder, from nothing, and what was said of it."""
    shutil.rmtree(elsewhere, ignore_errors=True)
    ours = shutil.ignore_patterns("site", ".cache", "mail", "published")
    shutil.copytree(show, elsewhere, ignore=ours)
    ran = publish(elsewhere, "build", "--jobs", "1")
    return ran, content(elsewhere / "site") | content(elsewhere / "mail")


def test_nothing_changed_writes_nothing(show: Path) -> None:
    assert publish(show).code == 0
    folders = ("site", "published", "mail")
    before = [snapshot(show / name) for name in folders]
    ran = publish(show)
    assert ran.out == (
        "built      2 posts, 1 with audio: nothing changed\n"
        "published  file:published: nothing changed\n"
    )
    assert before == [snapshot(show / name) for name in folders]


def test_a_touched_file_changes_nothing(show: Path) -> None:
    publish(show)
    before = snapshot(show / "site")
    for path in show.rglob("*"):
        if path.is_file() and "site" not in path.parts:
            os.utime(path)
    assert "nothing changed" in publish(show).out
    assert before == snapshot(show / "site")


def test_a_damaged_memory_is_only_a_memory(show: Path) -> None:
    publish(show)
    before = snapshot(show / "site")
    (show / ".cache/memo.sqlite").write_bytes(b"no database")
    (show / ".cache/site.json").write_text("{")
    assert "nothing changed" in publish(show).out
    assert before == snapshot(show / "site")


@pytest.mark.parametrize("value", [b"", b"no pickle"])
def test_a_memory_of_which_a_part_is_damaged_is_made_anew(show: Path, value: bytes) -> None:
    publish(show, "build")
    before = content(show / "site") | content(show / "mail")
    with closing(sqlite3.connect(show / ".cache" / "memo.sqlite")) as table:
        table.execute("UPDATE memo SET value = ?", [value])
        table.execute("UPDATE apart SET value = ?", [value])
        table.commit()
    (show / "show.toml").touch()
    ran = publish(show, "build")
    assert (ran.code, ran.err) == (0, "")
    assert content(show / "site") | content(show / "mail") == before


def test_a_build_that_was_killed_leaves_nobody_behind(show: Path) -> None:
    """Not even where it had others work for it: they would keep the next one waiting."""
    for number in range(60):
        front = f"---\ntitle: Nr. {number}\ndate: 2026-01-01\n---\n\n"
        (show / f"episodes/nr-{number}.md").write_text(front + "Ein Satz. " * 2000)
    command = [sys.executable, "-m", "publisher", "-C", str(show), "--now", NOW, "build"]
    with subprocess.Popen([*command, "--jobs", "2"], start_new_session=True) as run:
        wait_until(lambda: len(members(run.pid)) > 2)
        run.kill()
    wait_until(lambda: not members(run.pid))
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)


def members(session: int) -> list[int]:
    """The processes of a session that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its_session = path.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(path.parent.name))
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_an_interrupted_build_left_goes(show: Path) -> None:
    """Whatever the next one does: all, nothing, or tell of an article without a date."""
    wrong, body = show / "episodes/wrong.md", show / ".cache/7-7.body"
    body.parent.mkdir(exist_ok=True)
    for code in (Exit.DONE, Exit.DONE, Exit.SHOW):
        body.write_text("unfinished")
        if code:
            wrong.write_text("---\ntitle: Ohne Tag\n---\n")
        assert publish(show, "build").code == code
        assert not body.exists()


def test_an_edit_that_keeps_size_and_time_is_one(show: Path) -> None:
    """As archives do that are unpacked, and `cp -p`."""
    path = show / "episodes/brot.md"
    publish(show, "build")
    before = path.stat()
    path.write_text(path.read_text().replace("Brot ist", "Kase ist"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    publish(show, "build")
    assert "Kase ist ein Artikel" in (show / "site/brot/index.html").read_text()


def test_a_picture_behind_a_link_that_leads_out_is_told(show: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    shutil.move(show / "episodes/topf.png", outside)
    (show / "episodes/topf.png").symlink_to(outside)
    ran = publish(show, "build")
    assert "the picture leads to topf.png, which does not lie in the show's folder" in ran.err


def test_a_transcript_that_lies_elsewhere_is_looked_after(show: Path) -> None:
    post, said = show / "episodes/suppe.md", show / "said/suppe.vtt"
    said.parent.mkdir()
    said.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nGuten Tag!\n")
    front = post.read_text().replace("episode: 1", "episode: 1\ntranscript: ../said/suppe.vtt")
    post.write_text(
        f"{front}\n[Nachlesen](/suppe/transcript.vtt), [auch hier](/suppe/transcript.pdf)\n"
    )
    ran = publish(show, "build")
    assert "transcript.pdf, which does not exist" in ran.err
    assert "transcript.vtt" not in ran.err
    post.write_text(post.read_text().replace(".pdf", ".srt"))
    assert publish(show, "build").code == 0
    said.write_text(said.read_text().replace("Tag", "Abend"))
    assert "nothing changed" not in publish(show, "build").out
    for name in ("suppe/transcript.srt", "suppe/transcript/index.html", "search-transcripts.json"):
        assert "Guten Abend!" in (show / "site" / name).read_text()
    assert "nothing changed" in publish(show, "build").out


def test_a_file_lost_from_the_site_comes_back(show: Path) -> None:
    publish(show)
    whole = content(show / "site")
    (show / "site/brot/index.html").unlink()
    (show / "site/index.html").write_text("von Hand verändert")
    assert publish(show).code == 0
    assert content(show / "site") == whole


def test_another_folder_and_another_day_make_the_same_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "elsewhere" / "two")
    assert publish(one, "build").code == 0
    time.sleep(1.1)  # a clock that leaked into a file would show by now
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    day = "2026-12-24T23:59:00+09:00"
    command = [sys.executable, "-m", "publisher", "-C", str(two), "--now", day, "build"]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    assert content(one / "site") == content(two / "site")
    assert content(one / "mail") == content(two / "mail")


def test_drafts_and_the_future_wait(show: Path) -> None:
    later = "---\ntitle: Später\ndate: 2026-12-24 18:00\n---\n\nNoch nicht.\n"
    (show / "episodes/spaeter.md").write_text(later)
    (show / "episodes/entwurf.md").write_text(
        "---\ntitle: Entwurf\ndate: 2026-10-01\ndraft: yes\n---\n"
    )
    ran = publish(show)
    assert "waiting    “Später” until 2026-12-24 18:00 CET\n" in ran.out
    assert not (show / "site/spaeter").exists()
    assert not (show / "site/entwurf").exists()
    due = publish(show, "--now", "2026-12-24T18:00:00+01:00")
    assert "waiting" not in due.out
    assert (show / "site/spaeter/index.html").exists()
    assert "waiting" in publish(show).out
    assert not (show / "site/spaeter").exists()


def test_a_renamed_recording_keeps_its_guid(show: Path) -> None:
    publish(show)
    before = (show / "site/feed/itunes/index.xml").read_bytes()
    (show / "episodes/suppe.mp3").rename(show / "episodes/aufnahme-neu.mp3")
    path = show / "episodes/suppe.md"
    path.write_text(path.read_text().replace("episode: 1", "episode: 1\naudio: aufnahme-neu.mp3"))
    assert publish(show).code == 0
    assert (show / "site/feed/itunes/index.xml").read_bytes() == before


def test_an_old_address_leads_to_the_new_one(show: Path) -> None:
    path = show / "episodes/brot.md"
    path.write_text(
        path.read_text().replace(
            "tags:", "aliases: [/altes-brot/, 2019/brot, /alt/brot.html]\ntags:"
        )
    )
    assert publish(show).code == 0
    for name in ("altes-brot/index.html", "2019/brot/index.html", "alt/brot.html"):
        page = (show / "site" / name).read_text("utf-8")
        assert '<meta http-equiv="refresh" content="0; url=/brot/">' in page
        assert '<link rel="canonical" href="https://kueche.example/brot/">' in page
    assert "altes-brot" not in (show / "site/sitemap.xml").read_text()


def test_two_files_with_one_url_name_both_sources(show: Path) -> None:
    """No rule knows of the players for other sites; the outputs refuse to make a URL twice."""
    text = (show / "episodes/brot.md").read_text()
    (show / "episodes/brot.md").write_text(text.replace("tags:", "aliases: [brot/embed]\ntags:"))
    shutil.copy(MEDIA / "ton.m4a", show / "episodes/brot.m4a")
    ran = publish(show)
    assert ran.code == 1
    assert "/brot/embed/ is made twice: from " in ran.err
    assert "episodes/brot.md" in ran.err


def test_the_article_may_live_in_a_folder_of_its_own(show: Path) -> None:
    publish(show)
    before = content(show / "site")
    home = show / "episodes/suppe"
    home.mkdir()
    for name in ("suppe.mp3", "topf.png"):
        (show / "episodes" / name).rename(home / name)
    text = (show / "episodes/suppe.md").read_text().replace("(brot.md)", "(../brot.md)")
    (show / "episodes/suppe.md").unlink()
    (home / "index.md").write_text(text)
    assert publish(show).code == 0
    assert content(show / "site") == before


@pytest.mark.parametrize("alias", ["/archive/", "/search/", "/404.html", "/brot/index.html"])
def test_an_alias_takes_no_page_of_the_site(show: Path, alias: str) -> None:
    text = (show / "episodes/suppe.md").read_text()
    (show / "episodes/suppe.md").write_text(text.replace("tags:", f"aliases: [{alias}]\ntags:"))
    for _ in range(2):
        ran = publish(show)
        assert ran.code == 1
        assert f"episodes/suppe.md: {alias} is made twice: from " in ran.err


@pytest.mark.parametrize("name", ["site", "mail"])
def test_a_record_that_is_not_whole_is_noticed(show: Path, name: str) -> None:
    publish(show)
    before = content(show / "site") | content(show / "mail")
    record = show / name / ".publisher.json"
    lines = record.read_text().splitlines(keepends=True)
    for damaged in (lines[1:], [lines[0][:75], *lines[1:]], ["x"]):
        record.write_text("".join(damaged))
        assert publish(show).code == 0
        assert record.read_text().splitlines(keepends=True) == lines
    assert content(show / "site") | content(show / "mail") == before


def test_what_a_hand_did_in_the_site_is_undone(show: Path, tmp_path: Path) -> None:
    publish(show)
    before = content(show / "site")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("not ours")
    (show / "site/zz").symlink_to(elsewhere)
    home = show / "site/index.html"
    stat = home.stat()
    home.write_bytes(home.read_bytes().replace(b"html", b"HTML"))
    os.utime(home, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as if nothing had happened
    (show / "site/404.html").unlink()
    (show / "site/404.html").mkdir()
    assert publish(show).code == 0
    assert content(show / "site") == before
    assert not (show / "site/zz").exists()
    assert (elsewhere / "kept").exists()


def test_an_episode_behind_a_link_is_followed(show: Path, tmp_path: Path) -> None:
    home = tmp_path / "work" / "quark"
    home.mkdir(parents=True)
    article = home / "index.md"
    article.write_text("---\ntitle: Quark\ndate: 2026-09-01\nguid: q\n---\n\nEins.\n")
    (show / "episodes/quark").symlink_to(home)
    for words in ("Zwei.", "Drei."):
        assert publish(show).code == 0
        article.write_text(article.read_text() + words)
        assert "nothing changed" not in publish(show).out
        assert words in (show / "site/quark/index.html").read_text()
    assert "nothing changed" in publish(show).out


WORDS = st.sampled_from(
    ["Käse", "Öl & Essig", "<b>fett</b>", "Nudeln „al dente“", "Ein Satz. " * 30]
)
SLUGS = st.sampled_from(["kaese", "oel", "nudeln", "salz"])
DAYS = st.integers(1, 28)
EDITS = st.one_of(
    st.tuples(st.just("add"), SLUGS, WORDS, DAYS),
    st.tuples(st.just("record"), SLUGS),
    st.tuples(st.just("delete"), SLUGS),
    st.tuples(st.just("rename"), SLUGS, SLUGS),
    st.tuples(st.just("template"), WORDS),
    st.tuples(st.just("no template")),
    st.tuples(st.just("settings"), WORDS),
    st.tuples(st.just("link"), SLUGS, SLUGS),
    st.tuples(st.just("picture"), SLUGS, DAYS),
    st.tuples(st.just("slug"), SLUGS, DAYS),
    st.tuples(st.just("meddle"), SLUGS),
)


def apply(show: Path, edit: tuple[str, ...]) -> None:
    """Do to the show what an author does."""
    episodes, kind = show / "episodes", edit[0]
    path = episodes / f"{edit[1]}.md" if len(edit) > 1 else episodes
    match kind:
        case "add":
            front = f'title: "{edit[2]}"\ndate: 2026-10-{edit[3]:02}\ntags: [{edit[1]}, Essen]'
            path.write_text(f"---\n{front}\n---\n\n{edit[2]}\n\nSiehe [Brot](brot.md).\n")
        case "record" if path.exists():
            shutil.copy(MEDIA / "ton.m4a", path.with_suffix(".m4a"))
        case "delete":
            path.unlink(missing_ok=True)
            path.with_suffix(".m4a").unlink(missing_ok=True)
        case "rename" if path.exists() and edit[1] != edit[2]:
            apply(show, ("delete", edit[2]))
            path.rename(episodes / f"{edit[2]}.md")
            path.with_suffix(".m4a").unlink(missing_ok=True)
        case "template":
            (show / "templates").mkdir(exist_ok=True)
            (show / "templates/tag.html").write_text(f"{edit[1]} {{{{ tag.name }}}}")
        case "no template":
            shutil.rmtree(show / "templates", ignore_errors=True)
        case "settings":
            text = (show / "show.toml").read_text()
            head, _, rest = text.partition("\n")
            (show / "show.toml").write_text(f'title = "{edit[1]}"\n{rest}' if head else text)
        case _:
            apply_inside(show, path, edit)


def apply_inside(show: Path, path: Path, edit: tuple[str, ...]) -> None:
    """The same inside an article, and what no author should do inside site/."""
    episodes = show / "episodes"
    match edit[0]:
        case "link" if path.exists() and (episodes / f"{edit[2]}.md").exists():
            path.write_text(f"{path.read_text()}\nSiehe [dort]({edit[2]}.md).\n")
        case "picture" if path.exists():
            Image.new("RGB", (20 + edit[2], 30), "olive").save(episodes / f"{edit[1]}-bild.png")
            path.write_text(f"{path.read_text()}\n![Ein Bild]({edit[1]}-bild.png)\n")
        case "slug" if path.exists():
            head, *rest = path.read_text().split("\n", 1)
            path.write_text("\n".join([head, f"slug: neu-{edit[1]}-{edit[2]}", *rest]))
        case "meddle" if (show / "site/.publisher.json").exists():
            pages = sorted((show / "site").rglob("*.html"))
            for page in pages[:: 1 + len(edit[1])]:
                page.write_text("von Hand")
            for page in pages[1 :: 3 + len(edit[1])]:
                page.unlink()
            (show / "site/streuner").mkdir(parents=True, exist_ok=True)
            (show / "site/streuner/x.html").write_text("fremd")


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    edits=st.lists(st.lists(EDITS, min_size=1, max_size=5), min_size=1, max_size=4),
    size=st.sampled_from([1, 2, 32]),
)
def test_an_incremental_build_equals_a_clean_one(
    edits: list[list[tuple[str, ...]]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever was edited, even by hand in site/, and whatever the size of pieces."""
    folder = tmp_path_factory.mktemp("edits")
    show = make(folder / "show")
    for batch in edits:
        for edit in batch:
            apply(show, edit)
        with mock.patch.object(chunks, "USUAL_SIZE", size):
            ran = publish(show, "build", "--jobs", "1")
        clean, built = clean_build(show, folder / "clean")
        # a link to what was deleted or renamed is an error; the problems are the same then, too
        assert (ran.code, ran.err) == (clean.code, clean.err)
        if ran.code == 0:
            assert content(show / "site") | content(show / "mail") == built


def test_the_sample_show_builds_twice_the_same(tmp_path: Path) -> None:
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        ours = shutil.ignore_patterns(".*", "site", "mail", "published", "publisher", "tests")
        shutil.copytree(ROOT, folder, ignore=ours)
        ran = publish(folder, "build")
        assert (ran.code, ran.err) == (0, "")
        folders.append(content(folder / "site") | content(folder / "mail"))
    assert folders[0] == folders[1]


def test_an_edit_changes_what_shows_it_and_nothing_else(tmp_path: Path) -> None:
    """A sentence of an episode: its page, its feeds and its mail; no list, no other post."""
    for name in ("episodes", "pages"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("show.toml", "cover.jpg"):
        shutil.copy(ROOT / name, tmp_path)
    assert publish(tmp_path, "build").code == 0
    before = content(tmp_path / "site") | content(tmp_path / "mail")
    article = tmp_path / "episodes/sales-leader.md"
    article.write_text(article.read_text("utf-8") + "\nEin Satz mehr.\n", "utf-8")
    assert publish(tmp_path, "build").code == 0
    after = content(tmp_path / "site") | content(tmp_path / "mail")
    assert before.keys() == after.keys()
    changed = {str(name) for name in after if before[name] != after[name]}
    assert changed == {
        "feed.json",
        "feed/index.xml",
        "feed/itunes/index.xml",
        "newsletter/sales-leader/index.html",
        "sales-leader.eml",
        "sales-leader/index.html",
    }


def test_a_large_recording_needs_little_memory(show: Path) -> None:
    """1 GB of audio, real frames; the peak is measured by a process of its own."""
    if sys.platform != "linux":
        pytest.skip("the peak is read from Linux' /proc")
    tone = (MEDIA / "ton.mp3").read_bytes()
    size = 1_000_000_000
    with (show / "episodes/suppe.mp3").open("wb") as file:
        block = tone[tone.index(b"\xff\xf3") :] * 1000
        while file.tell() < size:
            file.write(block)
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        sys.argv = ["publish", "-C", {str(show)!r}, "--now", {NOW!r}, "build"]
        from publisher.cli import main
        main()
        status = Path("/proc/self/status").read_text()  # rusage would count the parent's memory
        print(int(status.partition("VmHWM:")[2].split()[0]) // 1000)
    """)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    peak = int(ran.stdout.split()[-1])
    print(f"peak memory with {size:,} bytes of audio: {peak} MB")
    assert peak < 150


def test_timings_tell_where_the_time_went(show: Path) -> None:
    said = publish(show, "build", "--timings").out
    rows = re.findall(r"^ +(\d+\.\d{3}) s  (.+?)(?:, (\d+) new)?$", said, re.MULTILINE)
    new = {name: int(count or 0) for _, name, count in rows}
    assert new["articles"] == len(list((show / "episodes").glob("*.md")))
    assert {"reading", "judging mails", "writing pages", "writing mails"} <= new.keys()
    again = publish(show, "build", "--timings").out
    assert "articles" not in again


def test_a_long_build_shows_a_bar_on_a_terminal(show: Path) -> None:
    terminal, inside = pty.openpty()
    script = (
        "import sys\n"
        "from publisher import cli, cli_bar\n"
        "cli_bar.Bar.PATIENCE = 0.0\n"  # the sample is built before anybody wonders
        f"sys.argv = ['publish', '-C', {str(show)!r}, '--now', '2026-11-01', 'build']\n"
        "cli.main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stderr=inside, stdout=subprocess.PIPE):
        os.close(inside)
        seen = b""
        with suppress(OSError):  # the terminal is gone when the program ends
            while part := os.read(terminal, 65536):
                seen += part
    os.close(terminal)
    assert re.search(rb"(reading|judging mails|writing (pages|mails)): [a-z]", seen)
