"""How a show and an episode begin: `publish init` and `publish new`."""

import io
import os
import pty
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from mutagen.id3 import APIC, CHAP, CTOC, ID3, TIT2, TRCK, WXXX
from PIL import Image
from shows import MEDIA, publish, run

from publisher import frontmatter


def recording(path, *, title="Über Öl", track="", size=1400, links=False, chapters=True):
    """An MP3 as a recording program writes it."""
    shutil.copy(MEDIA / "ton.mp3", path)
    tags = ID3()
    if title:
        tags.add(TIT2(encoding=3, text=title))
    if track:
        tags.add(TRCK(encoding=3, text=track))
    if size:
        image = io.BytesIO()
        Image.new("RGB", (size, size), "teal").save(image, "JPEG")
        tags.add(APIC(encoding=3, mime="image/jpeg", type=3, data=image.getvalue()))
    for number, name in enumerate(("Anfang: „los“", "Größe #1") if chapters else ()):
        inside = [TIT2(encoding=3, text=name)]
        inside += [WXXX(encoding=3, url="https://kueche.example/x")] if links and number else []
        tags.add(CHAP(element_id=f"c{number}", start_time=number * 1500, end_time=2000,
                      sub_frames=inside))  # fmt: skip
    if chapters:
        tags.add(CTOC(element_id="toc", flags=3, child_element_ids=["c0", "c1"]))
    tags.save(path)
    return path


def test_a_recording_tells_what_it_knows(show, tmp_path):
    ran = publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3", track="7/12")))
    assert (ran.code, ran.err) == (0, "")
    article = show / "episodes/ueber-oel.md"
    lines = article.read_text("utf-8").splitlines()
    assert lines[:4] == ["---", 'title: "Über Öl"', "date: 2026-11-01 13:00", "episode: 7"]
    assert lines[6:10] == [
        "chapters: |",
        "  00:00:00 Anfang: „los“",
        "  00:00:01.500 Größe #1",
        "---",
    ]
    with Image.open(article.with_suffix(".jpg")) as image:
        assert image.size == (1400, 1400)
    assert publish(show, "--now", "2026-11-02", "check").code == 0
    assert publish(show, "--now", "2026-11-02", "build").code == 0
    page = (show / "site/ueber-oel/index.html").read_text("utf-8")
    assert "Größe #1" in page


def test_chapters_keep_their_links(show, tmp_path):
    publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3", links=True)))
    publish(show, "--now", "2026-11-02", "build")
    assert "https://kueche.example/x" in (show / "site/ueber-oel/chapters.json").read_text("utf-8")


def test_a_typed_title_wins(show, tmp_path):
    publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3")), "Anders")
    assert 'title: "Anders"' in (show / "episodes/anders.md").read_text("utf-8")


@pytest.mark.parametrize(("track", "number"), [("1", 2), ("0", 2), ("x", 2), ("", 2), ("12/9", 12)])
def test_a_number_that_is_taken_is_not_taken_again(show, tmp_path, track, number):
    publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3", track=track)))
    assert f"\nepisode: {number}\n" in (show / "episodes/ueber-oel.md").read_text("utf-8")


def test_a_picture_that_apps_refuse_stays_out(show, tmp_path):
    ran = publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3", size=300)))
    assert "the recording's picture (300 × 300) is left out: apps want" in ran.out
    assert not (show / "episodes/ueber-oel.jpg").exists()


def test_the_shows_own_cover_is_not_brought_again(show, tmp_path):
    path = recording(tmp_path / "a.mp3", size=0)
    tags = ID3(path)
    tags.add(APIC(mime="image/jpeg", type=3, data=(show / "cover.jpg").read_bytes()))
    tags.save()
    ran = publish(show, "new", "--audio", str(path))
    assert "picture" not in ran.out
    assert not (show / "episodes/ueber-oel.jpg").exists()


def test_a_recording_without_title_needs_one(show, tmp_path):
    ran = publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3", title="")))
    assert ran.code == 1
    assert "the new post has no title" in ran.err


@pytest.mark.parametrize("there", ["neu.md", "neu/index.md", "neu.mp3"])
def test_nothing_is_written_over(show, tmp_path, there):
    path = show / "episodes" / there
    path.parent.mkdir(exist_ok=True)
    path.write_text("meins")
    before = sorted((show / "episodes").rglob("*"))
    ran = publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3")), "Neu")
    assert ran.code == 1
    assert f"episodes/{there}: this file exists already" in ran.err
    assert path.read_text() == "meins"
    assert sorted((show / "episodes").rglob("*")) == before


def test_titles_without_latin_letters(show, tmp_path):
    """Each gets a file and an address of its own."""
    publish(show, "new", "Война и мир")
    assert (show / "episodes/post-2026-11-01.md").exists()
    assert publish(show, "new", "مرحبا").out.startswith("wrote      ")
    assert 'title: "مرحبا"' in (show / "episodes/post-2026-11-01-2.md").read_text("utf-8")
    publish(show, "new", "--audio", str(recording(tmp_path / "a.mp3")), "日本語")
    assert (show / "episodes/episode-2.md").exists()
    assert 'title: "日本語"' in (show / "episodes/episode-2.md").read_text("utf-8")
    assert publish(show, "--now", "2026-11-02", "build").code == 0


def test_addresses_without_latin_letters_differ():
    texts = ["Мир", "日本語", "Ωmega"[0], "🎙", "!"]
    slugs = {frontmatter.slugified(text) for text in texts}
    assert len(slugs) == len(texts)
    assert all(slug.startswith("post-") and slug.isascii() for slug in slugs)
    assert frontmatter.slugified("МИР") == frontmatter.slugified("мир ")
    assert frontmatter.slugified("Größe & Maß") == "groesse-mass"


def test_the_editor_is_opened(show, tmp_path, monkeypatch):
    editor = tmp_path / "mein editor"
    editor.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/asked'\n")
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", f"'{editor}' --wait")
    assert publish(show, "new", "Neu", "--edit").code == 0
    assert (tmp_path / "asked").read_text().split() == ["--wait", str(show / "episodes/neu.md")]


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        (None, "no editor is set"),
        ("/no/such/editor", "does not start"),
        ("'open", "does not start"),
        ("false", "ended with 1"),
    ],
)
def test_without_an_editor_the_article_is_there_all_the_same(show, monkeypatch, editor, said):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor) if editor else monkeypatch.delenv("EDITOR", raising=False)
    ran = publish(show, "new", "Neu", "--edit")
    assert ran.code == 0
    assert said in ran.err
    assert (show / "episodes/neu.md").exists()


# -- a new show ----------------------------------------------------------------------------------


def answer(folder, language, *answers):
    """`publish init` at a terminal; what it showed, and its exit code."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "publisher", "init", str(folder)]
    environment = {**os.environ, "LC_ALL": language, "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=environment, close_fds=True
    )
    os.close(follower)
    os.write(leader, "".join(f"{it}\n" for it in answers).encode())
    shown = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:  # Linux says so when nobody holds the other end any more
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    return shown.decode("utf-8", "replace"), process.wait(30)


def settings(folder: Path):
    return tomllib.loads((folder / "show.toml").read_text("utf-8"))


def placeholders_only(folder):
    ran = publish(folder, "check", "--strict")
    warnings = [line for line in ran.err.splitlines() if not line.startswith("  ")]
    return warnings and all("there is still a TODO here" in line for line in warnings)


def test_questions_in_german(tmp_path):
    folder = tmp_path / "küche"
    shown, code = answer(folder, "de_DE.UTF-8", "", "Küche", "Änne", "a@kueche.example",
                         "kueche.example/podcast/", "2", "mark")  # fmt: skip
    assert code == 0, shown
    for question in ("Sprache der Show", "Titel der Show", "Wer sie macht", "Adresse der Website",
                     "Kategorie bei Apple", "Unterkategorie"):  # fmt: skip
        assert question in shown
    made = settings(folder)
    assert made["language"] == "de"
    assert made["url"] == "https://kueche.example/podcast"
    assert made["categories"] == [["Business", "Marketing"]]
    assert placeholders_only(folder)


def test_questions_in_english_with_mistakes(tmp_path):
    folder = tmp_path / "kitchen"
    shown, code = answer(folder, "C", "english", "en", "", "Ann", "no address", "ann@x.example",
                         "two words", "https://x.example", "Wine", "S", "Tech")  # fmt: skip
    assert code == 0, shown
    for wrong in ("“english” is no language", "“no address” is no e-mail address", "is no address",
                  "“Wine” is none of Apple's", "“S” can mean several: Science"):  # fmt: skip
        assert wrong in shown
    assert settings(folder)["categories"] == [["Technology"]]
    assert settings(folder)["title"] == "Kitchen"
    assert placeholders_only(folder)


def test_after_the_language_the_questions_change(tmp_path):
    shown, code = answer(tmp_path / "x", "en_US.UTF-8", "de", *[""] * 6)
    assert code == 0, shown
    assert "Language of the show" in shown
    assert "Titel der Show" in shown


def test_nobody_to_ask(tmp_path):
    command = [sys.executable, "-m", "publisher", "init", str(tmp_path / "x")]
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "nobody is here to answer questions" in ran.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--category", "Wine", "none of Apple's categories"),
        ("--category", "Arts/Marketing", "none of Apple's categories"),
        ("--email", "x", "no e-mail address"),
        ("--url", "ftp://x", "no address"),
        ("--language", "Deutsch!", "no language"),
    ],
)
def test_a_wrong_option_is_wrong_usage(tmp_path, option, value, said):
    ran = run("init", str(tmp_path / "x"), "--title", "X", option, value)
    assert ran.code == 2
    assert said in ran.err
    assert not (tmp_path / "x").exists()


def test_a_category_as_an_option(tmp_path):
    assert run("init", str(tmp_path / "x"), "--category", "Arts/Food").code == 0
    assert settings(tmp_path / "x")["categories"] == [["Arts", "Food"]]
