"""What lay in folders is known again, and whatever changed is told."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from publisher import asked, seen

NAMES = some.sampled_from(("a", "b", "ü", ".hidden", "c/d", "c/e", "c/f/g", "h/i"))
STEPS = some.tuples(some.sampled_from(("write", "delete", "delete folder", "link")), NAMES)


def again(before):
    """What lies there now, and what of it changed."""
    return asked.Asked(before).result()


@pytest.fixture
def place(tmp_path):
    """A folder with files and folders."""
    for name in ("show.toml", "a", "c/d", "c/f/g", "mail/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def look(place: Path) -> seen.Seen:
    return seen.look([str(place / "show.toml")], [place / it for it in ("c", "mail", "h")])


def test_what_is_as_it_was(place):
    before = look(place)
    now, changed = again(before)
    assert now is before
    assert changed == frozenset()
    assert seen.unpack(seen.pack(before)) == before


def test_hidden_files_are_nothing_to_see(place):
    before = look(place)
    (place / "c" / ".hidden").write_text("x")
    now, changed = again(before)
    assert changed == frozenset()
    assert now.below(place / "c") == before.below(place / "c")
    assert set(before.below(place / "c")) == {"d", "f/g"}


def test_a_place_that_comes_and_goes(place):
    before = look(place)
    (place / "h").mkdir()
    (place / "h" / "i").write_text("i")
    there, changed = again(before)
    assert changed == {str(place / "h" / "i")}
    shutil.rmtree(place / "h")
    gone, changed = again(there)
    assert changed == {str(place / "h" / "i")}
    assert gone.below(place / "h") == {}


def test_a_folder_that_becomes_a_link(place):
    before = look(place)
    shutil.rmtree(place / "c" / "f")
    (place / "c" / "f").symlink_to(place / "mail")
    now, changed = again(before)
    assert changed == {str(place / "c" / "f"), str(place / "c" / "f" / "g")}
    assert set(now.below(place / "c")) == {"d", "f"}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rounds=some.lists(some.lists(STEPS, max_size=4), max_size=4))
def test_looking_again_finds_what_a_first_look_would(tmp_path_factory, rounds):
    place = tmp_path_factory.mktemp("place")
    known = seen.look([], [place])
    for steps in rounds:
        for what, name in steps:
            step(place / name, what)
        before = known.below(place)
        known, changed = again(known)
        fresh = seen.look([], [place]).below(place)
        assert known.below(place) == fresh
        found = {it[0] for it in before.items() ^ fresh.items()}
        assert {Path(it).relative_to(place).as_posix() for it in changed} == found


def step(path: Path, what: str) -> None:
    """Change something."""
    if what == "delete":
        path.unlink(missing_ok=True)
    elif what == "delete folder":
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
    elif what == "link" and not os.path.lexists(path) and path.parent.is_dir():
        path.symlink_to(path.parent)
    elif what == "write" and not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * (path.stat().st_size + 1 if path.is_file() else 1))


def test_only_what_was_touched_is_looked_at_again(place):
    before = look(place)
    (place / "c" / "new" / "er").mkdir(parents=True)
    (place / "c" / "new" / "er" / "x").write_text("x")
    (place / "c" / "d").unlink()
    (place / "mail" / "x").write_text("this is not told")
    now = seen.after(before, [str(place / "c/new/er/x"), str(place / "c/d")])
    assert now.below(place / "c") == look(place).below(place / "c")
    assert now.below(place / "mail") == before.below(place / "mail")


def test_a_hidden_file_that_came_is_no_reason_to_look_again(place):
    before = look(place)
    (place / "c" / ".hidden").write_text("x")
    now = seen.after(before, [str(place / "c/.hidden")])
    assert now.below(place / "c") == before.below(place / "c")
    assert again(now)[0] is now


def test_a_file_that_became_a_folder_is_one(place):
    before = look(place)
    (place / "c" / "d").unlink()
    (place / "c" / "d").mkdir()
    (place / "c" / "d" / "x").write_text("x")
    now = seen.after(before, [str(place / "c/d"), str(place / "c/d/x")])
    assert now.below(place / "c") == look(place).below(place / "c")


@pytest.fixture
def children(monkeypatch):
    """The processes that are forked, as in a run of its own, without the threads of tests."""
    forked, fork = [], os.fork

    def forking() -> int:
        forked.append(fork())
        return forked[-1]

    monkeypatch.setattr(os, "fork", forking)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    return forked


def test_many_files_are_asked_after_by_two_processes(tmp_path, children):
    for number in range(asked.MANY + 1):
        (tmp_path / str(number)).touch()
    before = seen.look([], [tmp_path])
    assert again(before)[0] is before
    assert len(children) == 1  # and by this one
    for number in (0, asked.MANY):
        (tmp_path / str(number)).write_text("x")
    _, changed = again(before)
    assert changed == {str(tmp_path / "0"), str(tmp_path / str(asked.MANY))}


@pytest.mark.parametrize("content", [b"", b"x", b"3\nshort", b"1\n" + b"\0" * 24 + b"a\0b"])
def test_what_is_not_whole_is_refused(content):
    with pytest.raises(ValueError, match=r".*"):
        seen.unpack(content)


def test_nobody_need_wait_for_the_answer(tmp_path, children):
    """Not even where it is longer than what a pipe holds unread."""
    names = [str(tmp_path / str(number)) for number in range(4 * asked.MANY)]
    others = asked.Asked(seen.look(names, []), is_patient=True)
    assert len(children) == 2
    others.close()
    for child in children:
        with pytest.raises(ChildProcessError):  # it has ended, and was waited for
            os.waitpid(child, os.WNOHANG)
