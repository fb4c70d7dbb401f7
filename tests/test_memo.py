"""What is remembered: by content, in one file, long texts apart, and never trusted blindly."""

import multiprocessing
import os
import pickle
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher import making, rows, shelf, workers
from publisher.errors import Exit, Failure
from publisher.memo import Memo
from publisher.model import Article, Ask, Episode, File, Made, Piece, Source, Spare, Texts
from publisher.report import Report, Timings
from publisher.workers import Workers

CALLS: list[str] = []


def shouted(word: str) -> str:
    CALLS.append(word)
    return word.upper()


@dataclass(frozen=True)
class Story:
    title: str
    texts: object


def told(title: str) -> Story:
    return Story(title, Texts(f"<p>{title}</p>"))


def pair(name: str) -> tuple[Made, ...]:
    CALLS.append(name)
    return tuple(Made(f"/{name}/{n}", "text/plain", f"{name} {n}".encode()) for n in (1, 2))


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    CALLS.clear()
    return tmp_path / ".cache" / "memo.sqlite"


def test_a_call_runs_once_in_a_lifetime(path: Path) -> None:
    for _ in range(2):
        with Memo(path, jobs=1) as remembered:
            assert remembered.map(shouted, [("a",), ("b",)]) == ["A", "B"]
            assert remembered.call(shouted, "a") == "A"
    assert CALLS == ["a", "b"]
    with Memo(path, fresh=True) as remembered:
        assert remembered.call(shouted, "a") == "A"
    assert CALLS == ["a", "b", "a"]


@pytest.mark.parametrize("large", [0, workers.LARGE])
def test_many_new_calls_are_shared_among_processes_in_order(
    path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(workers, "LARGE", large)
    words = [(f"wort {n}",) for n in range(40)]
    with Memo(path, jobs=2) as remembered:
        assert remembered.map(shouted, words) == [word.upper() for (word,) in words]
    assert not CALLS  # it was other processes that worked


def test_ctrl_c_is_for_the_first_process_alone() -> None:
    """Those that work for it would tell of it in their own way: with a traceback each."""
    others = Workers(2, Report())
    for _ in range(2):
        assert list(others.run(shouted, [(it,) for it in "abcdefghi"])) == list("ABCDEFGHI")
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGINT)
    others.close()


def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_who_is_interrupted_waits_for_nobody() -> None:
    others = Workers(2, Report())
    begin = time.monotonic()
    assert next(others.run(slow, [(0.0,), *[(60.0,)] * 8])) == 0.0
    others.close(at_once=True)
    for child in multiprocessing.active_children():
        child.join(10)
    assert time.monotonic() - begin < 10
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_long_texts_are_read_when_they_are_asked_for(path: Path, jobs: int) -> None:
    titles = [f"Folge {n}" for n in range(20)]
    with Memo(path, jobs=jobs) as remembered:
        stories = remembered.map(told, [(it,) for it in titles])
    assert [it.title for it in stories] == titles
    with closing(shelf.opened(path)) as table:
        values = [value for (value,) in table.execute("SELECT value FROM memo")]
    assert all(len(value) < 300 for value in values)  # they lie apart
    assert stories[7].texts() == Texts("<p>Folge 7</p>")


def written(title: str) -> Episode:
    article = Article("digest", Texts(f"<p>{title}</p>"), words=len(title))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return Episode(Source("a.md"), "a", "/a/", title, day, "guid", article, "What it is.")


def doubled(of: tuple[Episode, ...]) -> tuple[Episode, ...]:
    return (*of, *of)


def test_the_article_of_a_post_is_unpacked_when_it_is_asked_for(path: Path) -> None:
    with Memo(path, jobs=1) as remembered:
        remembered.call(written, "Kühl")
    with Memo(path, jobs=1) as remembered:
        post = remembered.call(written, "Kühl")
        remembered.call(doubled, (post,))
    path = path.rename(path.with_name("moved.sqlite"))
    with Memo(path, jobs=1) as remembered:
        post = remembered.call(written, "Kühl")
        again, same = remembered.call(doubled, (post,))
        assert again is same
        for it in (post, again, pickle.loads(pickle.dumps(post))):
            assert it.title == "Kühl"
            assert "article" not in vars(it)
            assert it.fingerprint() == written("Kühl").fingerprint()
            assert it.article.html == "<p>Kühl</p>"
            assert "article" in vars(it)
            assert it == written("Kühl")
    assert not hasattr(post, "titel")


def test_a_text_that_went_is_missed_in_words(path: Path) -> None:
    with Memo(path, jobs=1) as remembered:
        story = remembered.call(told, "Suppe")
    path.unlink()
    path.write_text("no database")
    with pytest.raises(Failure, match="was deleted or damaged while it was being read"):
        story.texts()


def test_a_damaged_file_is_only_a_memory(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("no database" * 1000)
    with Memo(path, jobs=1) as remembered:
        assert remembered.call(shouted, "a") == "A"
    with Memo(path, jobs=1) as remembered:
        assert remembered.call(shouted, "a") == "A"
    assert CALLS == ["a"]


def test_a_table_of_an_older_version_is_used_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as table:
        table.execute("CREATE TABLE memo (key BLOB PRIMARY KEY, value BLOB, used INTEGER)")
    for _ in range(2):
        with Memo(path, jobs=1) as remembered:
            assert remembered.call(shouted, "a") == "A"
    assert CALLS == ["a"]


def files(remembered: Memo, *words: str, sources: tuple[str, ...] = ()) -> list[File]:
    """The files of these words, those of each in a batch of its own."""
    pieces = [
        Piece((word,), lambda word=word: [(word,)], (source,))  # type: ignore[misc]
        for word, source in zip(words, sources or words, strict=True)
    ]
    batches = remembered.batches(pair, (), pieces)
    keys = [it.key for it in batches]
    return [file for it in batches for file in it.files(keys)]


def test_files_are_known_without_their_bodies(path: Path) -> None:
    with Memo(path, jobs=1) as remembered:
        new = files(remembered, "eins", "zwei")
    with Memo(path, jobs=1) as remembered:
        known = files(remembered, "eins", "zwei", sources=("1.md", "2.md"))
    assert known == new  # digests, sizes, types
    assert CALLS == ["eins", "zwei"]
    assert [it.source for it in known] == ["1.md", "1.md", "2.md", "2.md"]
    assert [b"".join(it.body()) for it in known] == [b"eins 1", b"eins 2", b"zwei 1", b"zwei 2"]
    assert CALLS == ["eins", "zwei"] * 2  # each was made again once, for both its files


def test_a_long_body_waits_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LONG", 6)
    with Memo(path, jobs=1) as remembered:
        (one, two, *_) = files(remembered, "lang", "weg")
        assert isinstance(one.body, Spare)
        assert isinstance(two.body, Spare)
        one.body.path.rename(path.parent / "mine")
        assert two.body.path.read_bytes() == b"lang 2"
    with Memo(path, jobs=1) as remembered:
        (one, *_) = files(remembered, "lang", "weg")
        assert not isinstance(one.body, Spare)
        assert b"".join(one.body()) == b"lang 1"


@dataclass(frozen=True)
class Leaf:
    words: tuple[str, ...]
    memo: Memo = field(compare=False)


def page(it: Leaf) -> bytes:
    CALLS.append("page")
    found = it.memo.map(told, [(word,) for word in it.words])
    return "".join(it.texts().html for it in found).encode()


def said(word: str) -> bytes:
    CALLS.append(word)
    return word.encode()


def wrong(words: tuple[str, ...]) -> bytes:
    CALLS.append("wrong")
    raise Failure(Exit.DISK, f"{words} cannot be said", "Say something else.")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a run of its own, without the threads of tests."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("jobs", "calls"), [(2, []), (1, ["page"])])
def test_another_process_makes_files_meanwhile(path: Path, jobs: int, calls: list[str]) -> None:
    call = "/page/", "text/plain", page
    with Memo(path, jobs=jobs) as remembered:
        remembered.call(told, "eins")  # of which the other process may know nothing yet
        batch = remembered.meanwhile([(*call, (Leaf(("eins", "zwei"), remembered),))])
        remembered.call(shouted, "a")
        (file,) = batch.files(())
        assert not isinstance(file.body, Path | Spare)
        assert b"".join(file.body()) == b"<p>eins</p><p>zwei</p>"
        assert ["a", *calls] == CALLS
        assert remembered.call(told, "zwei").texts() == Texts("<p>zwei</p>")
        assert list(batch.files(())) == [file]
    with closing(shelf.opened(path)) as table:
        assert table.execute("SELECT count(*) FROM apart").fetchone() == (2,)


@pytest.mark.usefixtures("alone")
def test_another_process_leaves_alone_what_is_not_committed(path: Path) -> None:
    """It has a copy of our connection: closing that would take our changes back."""
    journal = path.with_name(f"{path.name}-journal")
    with Memo(path, jobs=2) as remembered:
        remembered.call(told, "eins")
        assert not journal.exists()
        remembered.groups(stories, [("known",)], remembered)
        assert journal.exists()
        begun = [("/", "text/plain", page, (Leaf(("alt",), remembered),))]
        batch = remembered.meanwhile(begun)
        time.sleep(0.2)
        assert journal.exists()
        assert len(list(batch.files(()))) == 1
    with closing(shelf.opened(path)) as table:
        assert table.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_meanwhile_is_told_here(path: Path, jobs: int) -> None:
    with Memo(path, jobs=jobs) as remembered:
        batch = remembered.meanwhile([("/", "text/plain", wrong, ("leise",))])
        with pytest.raises(Failure, match="leise cannot be said"):
            list(batch.files(()))
    assert CALLS == ["wrong"]


def test_what_nobody_can_begin_is_made_here(path: Path) -> None:
    with Memo(path, jobs=2) as remembered:
        remembered.map(shouted, [(str(number),) for number in range(20)])  # a pool, with threads
        calls = [(f"/{n}/", "text/plain", page, (Leaf((str(n),), remembered),)) for n in range(20)]
        assert len(list(remembered.meanwhile(calls).files(()))) == 20
    assert CALLS == ["page"] * 20


@pytest.mark.usefixtures("alone")
def test_what_is_known_is_begun_by_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        with Memo(path, jobs=2) as remembered:
            batch = remembered.meanwhile([("/", "text/plain", said, ("eins",))])
            (file,) = batch.files(())
        monkeypatch.setattr(os, "fork", None)
    assert file.size == len("eins")


def test_only_what_is_wanted_is_made(path: Path) -> None:
    words = [f"w{number}" for number in range(9)]
    pieces = [Piece((it,), lambda it=it: [(it,)], (it,)) for it in words]  # type: ignore[misc]
    with Memo(path, jobs=1) as remembered:
        batches = remembered.batches(pair, (), pieces)
        wanted = [batches[at] for at in (2, 3, 7)]
        keys = [it.key for it in wanted]
        for batch, word in zip(wanted, ("w2", "w3", "w7"), strict=True):
            assert [it.url for it in batch.files(keys)] == [f"/{word}/1", f"/{word}/2"]
        assert CALLS == ["w2", "w3", "w7"]
        assert [it.url for it in wanted[0].files(keys)] == ["/w2/1", "/w2/2"]  # and once more


def test_what_nobody_used_for_a_month_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memo(path, jobs=1) as remembered:
        remembered.call(told, "alt")
        remembered.call(told, "benutzt")
    for days in (10, 20, 35):
        now = rows.time.time() + days * 86400
        with monkeypatch.context() as later:
            later.setattr(rows.time, "time", lambda now=now: now)
            with Memo(path, jobs=1) as remembered:
                remembered.call(told, "benutzt")
    with closing(shelf.opened(path)) as table:
        assert table.execute("SELECT count(*) FROM memo").fetchone() == (1,)
        assert table.execute("SELECT count(*) FROM apart").fetchone() == (1,)


def lists(missing: list[int], words: list[str], remembered: Memo) -> list[list[str]]:
    return [remembered.map(shouted, [(it,) for it in words[at].split()]) for at in missing]


def test_groups_are_made_all_at_once_and_of_what_is_known(path: Path) -> None:
    words = ["a b", "c d"]
    for changed in ("c d", "c d", "c e"):
        words[1] = changed
        with Memo(path, jobs=1) as remembered:
            known: list[tuple[object, ...]] = [(it,) for it in words]
            found = remembered.groups(lists, known, words, remembered)
        assert found == [it.upper().split() for it in words]
    assert CALLS == ["a", "b", "c", "d", "e"]


def stories(missing: list[int], remembered: Memo) -> list[list[Story]]:
    return [[remembered.call(told, "alt")] for _ in missing]


def test_a_group_keeps_its_parts_in_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(0, 60, 3):
        now = rows.time.time() + days * 86400
        with monkeypatch.context() as later:
            later.setattr(rows.time, "time", lambda now=now: now)
            with Memo(path, jobs=1) as remembered:
                (its,) = remembered.groups(stories, [("known",)], remembered)
        assert its[0].texts() == Texts("<p>alt</p>")  # which lies with the part


def test_a_group_can_be_moved_with_its_file(path: Path, tmp_path: Path) -> None:
    with Memo(path, jobs=1) as remembered:
        remembered.groups(stories, [("known",)], remembered)
    elsewhere = tmp_path / "elsewhere"
    path.parent.rename(elsewhere)
    with Memo(elsewhere / path.name, jobs=1) as remembered:
        (its,) = remembered.groups(stories, [("known",)], remembered)
    assert its[0].texts() == Texts("<p>alt</p>")


def follow(ask: Ask, start: str) -> str:
    CALLS.append(start)
    place = start
    while isinstance(there := ask(("leads to", place)), str):
        place = there
    return place


def test_what_was_asked_is_asked_again(path: Path) -> None:
    ways: dict[str, str] = {"a": "b"}
    steps = [("a", "b", 1), ("a", "b", 0), ("b", "c", 1), ("x", "y", 0), ("c", "d", 1)]
    for start, end, runs in steps:
        ways[start] = end
        CALLS.clear()
        with Memo(path, jobs=1) as remembered:
            found = remembered.traced(follow, (), lambda it: ways.get(it[1]), "a")
        assert found == {"b": "b", "c": "c", "y": "c", "d": "d"}[end]
        assert len(CALLS) == runs
    del ways["b"], ways["c"]  # as it was at first
    with Memo(path, jobs=1) as remembered:
        assert remembered.traced(follow, (), lambda it: ways.get(it[1]), "a") == "b"


def test_a_report_hears_of_each_new_thing(path: Path) -> None:
    heard = []

    class Ear(Report):
        def made(self, kind: str, count: int, total: int) -> None:
            heard.append((kind, count, total))

    for _ in range(2):
        with Memo(path, jobs=1, report=Ear()) as remembered:
            remembered.map(shouted, [("a",), ("b",)])
            files(remembered, "c")
    assert heard == [("shouted", 1, 2), ("shouted", 2, 2), ("pair", 1, 1)]


def test_timings_belong_to_what_came_at_their_end() -> None:
    moments = iter([0.0, 1.0, 3.0, 3.5, 10.0])
    timings = Timings(lambda: next(moments))
    timings.begins("reading")
    timings.made("articles", 1, 2)
    timings.made("articles", 2, 2)
    assert timings.rows() == [("starting", 1.0, 0), ("articles", 2.5, 2), ("reading", 6.5, 0)]
