"""The guard: what would hurt subscribers stops a run before its first write."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import Store
from shows import MEDIA, publish
from test_bad_input import edit
from test_main_job import aim

from publisher.errors import Exit
from publisher.live import Item, Live, breaks, changes

ONE = Live("https://x.example/feed/", "g", {"1": Item("One", "/a"), "2": Item("Two", "/b")})


def without_audio(show: Path) -> None:
    """The episode stays as an article."""
    (show / "episodes/suppe.mp3").unlink()


def without_article(show: Path) -> None:
    """The episode goes altogether."""
    for path in (show / "episodes").glob("suppe.*"):
        path.unlink()


BREAKS: dict[str, tuple[Callable[[Path], None], set[str], str]] = {
    "a changed guid": (
        edit("episodes/suppe.md", "guid: suppe-1", "guid: neu"),
        {"guid:suppe-1"},
        "the guid of “Die Suppe” changes from suppe-1 to neu",
    ),
    "a vanished episode": (
        without_article,
        {"guid:suppe-1", "fewer-episodes"},
        "“Die Suppe” vanishes from the feed (guid suppe-1)",
    ),
    "a lost enclosure": (
        without_audio,
        {"audio:suppe-1", "fewer-episodes"},
        "“Die Suppe” loses its audio",
    ),
    "another podcast:guid": (
        edit("show.toml", 'guid = "', 'guid = "ead4c236-bf58-58c6-a2c6-a6b28d128cb6" # "'),
        {"podcast-guid"},
        "the show's guid changes from ",
    ),
    "a feed that moves": (
        edit("show.toml", "https://kueche.example", "https://keller.example"),
        {"feed-url"},
        "the feed moves from https://kueche.example/feed/itunes/ to https://keller.example",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_stops_before_the_first_write(name: str, show: Path, moto: Store) -> None:
    make, ids, message = BREAKS[name]
    aim(show, moto)
    assert publish(show).code == 0
    before = {key: moto.get(key)["Body"] for key in moto.all_keys()}
    make(show)
    moto.proxy.reset()
    ran = publish(show)
    assert ran.code == Exit.GUARD
    assert message in ran.err
    for guard in ids:
        assert f"--accept {guard}" in ran.err
    assert ran.err.count("--accept") == len(ids)
    assert {asked.method for asked in moto.proxy.asked} <= {"GET", "HEAD"}
    assert before == {key: moto.get(key)["Body"] for key in moto.all_keys()}

    accepted = [word for guard in ids for word in ("--accept", guard)]
    assert publish(show, "--accept", "not-needed", *accepted).code == 0
    assert publish(show).code == 0


def test_a_changed_derived_guid_is_a_break(show: Path) -> None:
    """An episode without a guid gets one from its address; a new address would change it."""
    edit("episodes/suppe.md", "guid: suppe-1\n", "")(show)
    assert publish(show).code == 0
    edit("episodes/suppe.md", "episode: 1\n", "episode: 1\nslug: eintopf\n")(show)
    ran = publish(show)
    assert ran.code == Exit.GUARD
    assert "the guid of “Die Suppe” changes from " in ran.err


def test_the_plan_says_what_listeners_notice(show: Path) -> None:
    assert "listeners" not in publish(show).out
    shutil.copy(MEDIA / "ton.m4a", show / "episodes/brot.m4a")
    edit("episodes/suppe.md", "title: Die Suppe", "title: Die gute Suppe")(show)
    out = publish(show, "--dry-run").out
    assert "listeners  new episode: “Das Brot”\n" in out
    assert "listeners  new title: “Die Suppe” is now “Die gute Suppe”\n" in out


def test_nothing_breaks_where_nothing_was() -> None:
    assert list(breaks(Live(), ONE)) == []
    assert list(changes(Live(), ONE, {})) == []
    assert list(breaks(ONE, ONE)) == []


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("", "r2", "another recording, or other tags"),
        ("r1", "r2", "another recording"),
        ("r1", "r1", "the same recording with another title, date, number, chapters, picture"),
    ],
)
def test_replaced_audio_is_noticed_and_fine(was: str, now: str, why: str) -> None:
    before = Live(ONE.feed, ONE.guid, {**ONE.items, "2": Item("Two", "/b", was)})
    after = Live(ONE.feed, ONE.guid, {**ONE.items, "2": Item("2", "/c", now)})
    assert list(breaks(before, after)) == []
    new, replaced = changes(before, after, {"/c": "3 MB"})
    assert new == "new title: “Two” is now “2”"
    assert replaced.startswith(f"replaced audio: “2” plays /c (3 MB to send: {why}")


def test_a_changed_date_says_that_it_sends_the_recording_again(show: Path) -> None:
    assert publish(show).code == 0
    edit("episodes/suppe.md", "date: 2026-09-", "date: 2026-08-")(show)
    ran = publish(show, "--dry-run")
    (line,) = re.findall(r"^listeners  replaced audio: (.*)$", ran.out, re.MULTILINE)
    (sent,) = re.findall(
        r"^create     /audio/suppe-\w+\.mp3  \(new, (.*)\)$", ran.out, re.MULTILINE
    )
    assert f"({sent} to send: the same recording with another title, date, " in line
