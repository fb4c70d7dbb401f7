"""cli_target.py: the commands that concern the target, as a user runs them."""

import json
import re
import shutil

import pytest
from shows import publish, run

from publisher.errors import Exit


@pytest.fixture
def edited(show):
    """The small show, published twice."""
    assert publish(show).code == 0
    path = show / "episodes/suppe.md"
    path.write_text(path.read_text("utf-8").replace("Eine gute", "Eine andere"), "utf-8")
    assert publish(show).code == 0
    return show


def ids(show):
    return re.findall(r"^(\d{8}T\d{6}Z-\w{6}) ", publish(show, "releases").out, re.MULTILINE)


def test_releases_and_rollback(edited):
    page = edited / "published/suppe/index.html"
    assert "Eine andere" in page.read_text("utf-8")
    newest, first = ids(edited)
    ran = publish(edited, "rollback")
    assert ran.code == 0
    assert f"live       release {first}; the next `publish` brings" in ran.out
    assert "Eine gute" in page.read_text("utf-8")
    assert len(ids(edited)) == 3
    assert publish(edited, "rollback", newest).code == 0
    assert "Eine andere" in page.read_text("utf-8")
    ran = publish(edited, "rollback", "1999")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err.startswith('publish: there is no release "1999" to go back to\n  hint: ')


def test_verify(edited):
    assert (
        publish(edited, "verify").out == "verified   file:published: all is as it was published\n"
    )
    (edited / "published/index.html").unlink()
    (edited / "published/feed/itunes/index.xml").write_text("broken")
    ran = publish(edited, "verify")
    assert ran.code == Exit.CHECK
    assert ran.out == "changed    feed/itunes/index.xml\nmissing    index.html\n"
    ran = publish(edited, "verify", "--mend")
    assert ran.code == 0
    assert re.search(r"^published  .*: 1 new, 1 changed, .* sent\)$", ran.out, re.MULTILINE)
    assert publish(edited, "verify").code == 0
    assert publish(edited, "verify", "--mend").out == publish(edited, "verify").out


def text_of(show):
    return (show / "published/suppe/index.html").read_text("utf-8")


def rewrite(show, old, new):
    path = show / "episodes/suppe.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_mending_brings_what_was_published_and_nothing_newer(edited):
    rewrite(edited, "Eine andere", "Eine dritte")
    (edited / "published/suppe/index.html").unlink()
    ran = publish(edited, "verify", "--mend")
    assert ran.code == 0, ran.err
    assert "Eine andere" in text_of(edited)
    assert len(ids(edited)) == 2

    assert publish(edited, "rollback").code == 0
    (edited / "published/index.html").write_text("broken")
    (audio,) = (edited / "published/audio").iterdir()
    sound = audio.read_bytes()
    audio.unlink()
    assert publish(edited, "verify", "--mend").code == 0
    assert "Eine gute" in text_of(edited)
    assert audio.read_bytes() == sound
    assert publish(edited, "verify").code == 0


def test_mending_without_what_was_published_says_so(edited):
    shutil.rmtree(edited / ".cache")
    shutil.rmtree(edited / "site")
    rewrite(edited, "Eine andere", "Eine dritte")
    (edited / "published/suppe/index.html").unlink()
    ran = publish(edited, "verify", "--mend")
    assert ran.code == Exit.CHECK
    assert "cannot be put back: what was published is not here any more" in ran.err
    assert not (edited / "published/suppe/index.html").exists()
    assert publish(edited).code == 0
    assert "Eine dritte" in text_of(edited)


@pytest.mark.parametrize("command", ["verify", "releases", "rollback"])
def test_where_nothing_was_published(show, command):
    ran = publish(show, command, "--to", "file:elsewhere")
    assert (ran.code, ran.out) == (Exit.NO_TARGET, "")
    assert ran.err.startswith("publish: nothing was published there: it has no manifest\n  hint: ")


def test_a_dry_run_meets_the_guards(edited):
    (edited / "episodes/suppe.md").unlink()
    (edited / "episodes/suppe.mp3").unlink()
    ran = publish(edited, "--dry-run")
    assert ran.code == Exit.GUARD
    assert "would do   file:published: " in ran.out
    assert "add --accept guid:suppe-1" in ran.err
    guards = json.loads(publish(edited, "--dry-run", "--json").out)["guards"]
    assert [it["id"] for it in guards][:1] == ["guid:suppe-1"]
    assert "Eine andere" in text_of(edited)


def test_a_guard_names_what_lets_it_pass(show):
    (show / "published").mkdir()
    (show / "published/index.html").write_text("somebody's")
    ran = publish(show)
    assert ran.code == Exit.GUARD
    assert ran.err == (
        "publish: index.html at the target would be replaced, and is not ours\n"
        "  hint: nothing was changed; if it is meant, add --accept foreign\n"
    )
    assert publish(show, "--accept", "foreign", "--accept", "whatever").code == 0


def test_what_is_planned_is_what_is_done(edited):
    (edited / "episodes/brot.md").unlink()
    path = edited / "episodes/suppe.md"
    path.write_text(path.read_text("utf-8").replace("[Brot](brot.md)", "Brot"), "utf-8")
    before = {it: it.read_bytes() for it in (edited / "published").rglob("*") if it.is_file()}
    steps = json.loads(publish(edited, "--dry-run", "--json").out)["steps"]
    after = {it: it.read_bytes() for it in (edited / "published").rglob("*") if it.is_file()}
    assert before == after
    assert publish(edited).code == 0
    changed = {step["key"] for step in steps if step["kind"] != "delete"}
    for path, body in before.items():
        name = path.relative_to(edited / "published").as_posix()
        if not name.startswith(".publish/"):
            gone = any(it["kind"] == "delete" and it["key"] == name for it in steps)
            assert path.exists() is not gone
            assert gone or (path.read_bytes() != body) is (name in changed)


def test_options_of_publish_do_not_reach_commands(show):
    ran = run("-C", str(show), "--purge", "verify")
    assert ran.code == Exit.USAGE
    assert "--wait belong to publish itself" in " ".join(ran.err.split())
