"""Two publishers, deletes, releases, and how much a run asks of the target."""

import itertools
import json
import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import Site

from publisher.errors import Exit, Failure
from publisher.live import Item, Live
from publisher.model import FOR_EVER, Entry, TargetSettings, on_s3
from publisher.targets import (
    after,
    is_done,
    lease,
    open_target,
    prepare,
    releases,
    s3,
    s3_client,
    say_nothing,
)
from publisher.targets.lease import Found, Held, Lease, me
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY, PRIVATE, Manifest, Stored
from publisher.targets.plan import Terms, plan
from publisher.targets.run import apply
from publisher.targets.survey import drift, survey

MP3 = "audio/mpeg"


@pytest.fixture
def target(store, tmp_path):
    return open_target(store.settings(), tmp_path)


@pytest.fixture
def at_moto(moto, tmp_path):
    return open_target(moto.settings(), tmp_path)


def copy_of(site, folder):
    """The same site, on another computer."""
    other = Site(folder / "site")
    for url, entry in site.entries.items():
        other.write(url, site.body(url), entry.content_type, entry.cache_control)
    return other


# -- the lease ---------------------------------------------------------------------------------


def test_the_lease_is_released_and_never_deleted(store, target, site):
    site.publish(target)
    assert target.read_lease().lease.state == "free"
    asked = [(it.method, it.key) for it in store.proxy.asked if it.key == LEASE_KEY]
    assert ("DELETE", LEASE_KEY) not in asked


def test_a_server_that_ignores_conditions_is_found_out_once(store, target, site):
    site.publish(target)
    ignores = store.server.name == "rclone"
    assert target.conditional is not ignores
    assert bool(target.note) is ignores
    again = open_target(store.settings(), site.root)
    assert again.conditional is target.conditional


def held(**changes):
    return Lease("held", "owner", "host", os.getpid(), "token", **changes)


@pytest.mark.parametrize(
    ("there", "age", "may"),
    [
        (Lease("free"), 0, True),
        (Lease("failed"), 0, True),
        (Lease("held", "other", "host", 1), 59, False),
        (Lease("held", "other", "host", 1), 60, True),
        (Lease("held", "owner", "elsewhere", 2**22 + 1), 0, False),
        (Lease("held", "owner", "host", 2**22 + 1), 0, True),
        (Lease("held", "owner", "host", 1), 0, False),
    ],
)
def test_who_may_take_a_lease(there, age, may):
    assert there.may_be_taken(held(), age) is may


@pytest.mark.parametrize(
    "name", ["state", "owner", "host", "pid", "token", "beat", "release", "keys"]
)
@pytest.mark.parametrize("value", [None, 1.5, [1], "x"])
def test_what_is_no_lease_counts_as_left_behind(name, value):
    content = json.dumps({**json.loads(held().as_bytes()), name: value}).encode()
    found = Lease.parse(content)
    assert found.may_be_taken(held(), 0) or type(value) is str
    assert found == Lease("failed") or type(value) is type(getattr(held(), name))


def test_another_publisher_at_work_is_a_conflict(moto, at_moto, site, tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "LOOK_AGAIN", 0.01)
    site.publish(at_moto)
    other = copy_of(site, tmp_path / "other")
    other.write("/one/", b"theirs")
    waited = []

    def renew(line):
        waited.append(line)
        holder._rewrite(lease.replace(holder.lease, beat=1))  # noqa: SLF001 - what its thread does

    mine = lease.replace(me(other.root), pid=1)
    with Held(open_target(moto.settings(), other.root), mine, at_moto.read_lease().etag) as holder:
        moto.proxy.reset()
        with pytest.raises(Failure, match="publishes to this target just now") as caught:
            lease.wait(at_moto, me(site.root), renew)
    assert caught.value.code == Exit.CONFLICT
    assert len(waited) == 1


def test_who_only_looks_waits_for_nobody(at_moto, site, tmp_path):
    site.publish(at_moto)
    lease_there = at_moto.read_lease().etag
    with Held(at_moto, lease.replace(me(tmp_path / "other"), pid=1), lease_there):
        told = []
        looks = {"terms": Terms(site.now), "tell": told.append, "patient": False}
        found, made = prepare(at_moto, site.root, site.entries, **looks)
    assert (told, made.steps, found.interrupted) == ([], (), True)


def test_a_lease_without_a_sign_of_life_is_taken_over(monkeypatch):
    ages = iter((59.9, 60.0))
    place = SimpleNamespace(read_lease=lambda: Found(held(), "same", next(ages)))
    told = []
    monkeypatch.setattr(lease, "LOOK_AGAIN", 0.01)
    assert lease.wait(place, Lease("held", "me", "here", 1), told.append).age == 60.0
    assert told == [f"waiting    for process {os.getpid()} on host, 0 s at most"]


def test_a_lease_is_renewed_while_it_is_held(at_moto, site, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL", 0.05)
    with Held(at_moto, me(site.root), None):
        before = after = at_moto.read_lease()
        ends = time.monotonic() + 30
        while after.lease.beat < before.lease.beat + 2 and time.monotonic() < ends:
            time.sleep(0.05)
            after = at_moto.read_lease()
        assert after.lease.beat >= before.lease.beat + 2
        assert after.etag != before.etag
    assert at_moto.read_lease().lease.state == "free"


def test_a_lease_that_somebody_took_ends_the_run(moto, at_moto, site, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL", 0.05)
    theirs = held(beat=7).as_bytes()

    def lose():
        with Held(at_moto, me(site.root), None) as mine:
            moto.put(LEASE_KEY, theirs)
            mine.thread.join(30)
            mine.check()

    with pytest.raises(Failure, match="somebody else") as it:
        lose()
    assert it.value.code == Exit.CONFLICT
    assert moto.get(LEASE_KEY)["Body"] == theirs


def test_a_computer_that_slept_stops(at_moto, site):
    def sleep():
        with Held(at_moto, me(site.root), None) as mine:
            mine.alive -= lease.EXPIRY + 1
            mine.check()

    with pytest.raises(Failure, match="out of reach for a minute") as caught:
        sleep()
    assert caught.value.code == Exit.CONFLICT
    assert at_moto.read_lease().lease.state == "failed"


def test_the_slower_of_two_changes_nothing(moto, at_moto, site, tmp_path):
    site.publish(at_moto)
    other = copy_of(site, tmp_path / "other")
    there = open_target(moto.settings(), other.root)
    other.write("/one/", b"theirs")
    site.write("/one/", b"ours")
    found, made = other.prepare(there)
    site.publish(at_moto)
    moto.proxy.reset()
    with pytest.raises(Failure) as caught:
        other.apply(there, made, found=found)
    assert caught.value.code == Exit.CONFLICT
    assert moto.get("one/index.html")["Body"] == b"ours"
    assert {it.key for it in moto.proxy.asked if it.method == "PUT"} == {LEASE_KEY}


def test_a_write_to_what_changed_behind_our_back_is_a_conflict(moto, at_moto, site):
    site.publish(at_moto)
    moto.put("one/index.html", b"by hand")
    site.write("/one/", b"ours")
    with pytest.raises(Failure, match=r"one/index\.html was changed by somebody else") as caught:
        site.publish(at_moto)
    assert caught.value.code == Exit.CONFLICT
    assert moto.get("one/index.html")["Body"] == b"by hand"


def test_races_leave_one_of_the_two_sites(moto, at_moto, site, tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "LOOK_AGAIN", 0.01)
    site.publish(at_moto)
    for number in range(10):
        bodies = (f"a{number}".encode() * 9, f"b{number}".encode() * 9)
        sites = [copy_of(site, tmp_path / f"{number}{name}") for name in "ab"]
        ends = []

        def go(it, body, ends=ends):
            for url in ("/", "/one/", "/two/"):
                it.write(url, body)
            try:
                it.publish(open_target(moto.settings(), it.root))
                ends.append(body)
            except Failure as failure:
                assert failure.code == Exit.CONFLICT, failure  # noqa: PT017 - in a thread

        threads = [threading.Thread(target=go, args=it) for it in zip(sites, bodies, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        there = {moto.get(f"{key}index.html")["Body"] for key in ("", "one/", "two/")}
        assert ends
        assert there == {ends[-1]}


# -- what is deleted, and what is not ----------------------------------------------------------


def test_many_deletes_need_a_word(store, target, site):
    for number in range(30):
        site.write(f"/old/{number}/", b"1")
    site.publish(target)
    for number in range(30):
        site.drop(f"/old/{number}/")
    store.proxy.reset()
    with pytest.raises(Failure, match="would delete 30 of 37 files") as caught:
        site.publish(target)
    assert caught.value.code == Exit.GUARD
    assert not [it for it in store.proxy.asked if it.method in ("PUT", "POST", "DELETE")]
    site.publish(target, accept=("deletes", "unneeded"))
    assert "old/1/index.html" not in store.all_keys()


def test_a_foreign_file_in_the_way_needs_a_word(store, target, site):
    store.put("one/index.html", b"mine")
    with pytest.raises(Failure, match=r"one/index\.html at the target would be replaced") as caught:
        site.publish(target)
    assert caught.value.code == Exit.GUARD
    assert store.all_keys() == ["one/index.html"]
    site.publish(target, accept=("foreign",))
    assert store.get("one/index.html")["Body"] == b"<h1>One</h1>"


def test_a_foreign_file_under_a_new_name_is_met_before_the_first_write(store, target, site):
    """A run after one that ended well knows the target from its manifest; new names it looks up."""
    site.publish(target)
    store.put("new/index.html", b"mine")
    site.write("/new/", b"<h1>New</h1>")
    site.write("/audio/new-1.mp3", b"1", MP3, FOR_EVER)
    for _ in range(2):  # a dry run plans the same
        store.proxy.reset()
        with pytest.raises(Failure, match=r"new/index\.html.* would be replaced") as caught:
            site.publish(open_target(store.settings(), site.root))
        assert caught.value.code == Exit.GUARD
        assert {it.method for it in store.proxy.asked} <= {"GET", "HEAD"}
    assert store.get("new/index.html")["Body"] == b"mine"
    site.publish(open_target(store.settings(), site.root), accept=("foreign",))
    assert store.get("new/index.html")["Body"] == b"<h1>New</h1>"


@pytest.mark.parametrize("after", ["the same", "another name"])
def test_a_foreign_file_that_only_the_write_meets_is_left_as_it_is(moto, at_moto, site, after):
    """It came between the look and the write; what was begun makes it not ours."""
    site.publish(at_moto)
    site.write("/new/", b"<h1>New</h1>")
    found, made = site.prepare(at_moto)
    moto.put("new/index.html", b"mine")
    with pytest.raises(Failure, match=r"new/index\.html would be replaced") as caught:
        site.apply(at_moto, made, found=found)
    assert caught.value.code == Exit.GUARD
    if after == "the same":
        with pytest.raises(Failure, match=r"new/index\.html.* would be replaced"):
            site.publish(open_target(moto.settings(), site.root))
    else:
        site.drop("/new/")
        site.write("/other/", b"<h1>New</h1>")
        site.publish(open_target(moto.settings(), site.root))
        assert moto.get("other/index.html")["Body"] == b"<h1>New</h1>"
    assert moto.get("new/index.html")["Body"] == b"mine"


def test_a_foreign_file_in_a_folder_needs_a_word(site, tmp_path):
    settings = TargetSettings(f"file:{tmp_path / 'live'}")
    site.publish(open_target(settings, site.root))
    strange = tmp_path / "live/new/index.html"
    strange.parent.mkdir()
    strange.write_bytes(b"mine")
    site.write("/new/", b"<h1>New</h1>")
    for _ in range(2):
        with pytest.raises(Failure, match="would be replaced, and is not ours") as caught:
            site.publish(open_target(settings, site.root))
        assert caught.value.code == Exit.GUARD
        assert strange.read_bytes() == b"mine"


def test_audio_stays_for_a_day_and_ten_releases(store, target, site):
    site.publish(target)
    site.drop("/audio/one-11.mp3")
    site.write("/", b"without")
    site.publish(target)
    assert "audio/one-11.mp3" in store.all_keys()
    for number in range(9):
        site.now += timedelta(hours=1)
        site.write("/", f"{number}".encode())
        site.publish(target)
        assert "audio/one-11.mp3" in store.all_keys()
    site.now += timedelta(hours=30)
    made = site.publish(target)
    assert [(step.key, step.reason) for step in made.steps] == [
        ("audio/one-11.mp3", "retired long enough")
    ]
    assert "audio/one-11.mp3" not in store.all_keys()
    zips = [key for key in store.all_keys() if key.startswith(f"{PRIVATE}releases/")]
    assert len(zips) == 10


def test_purge_deletes_at_once(store, target, site):
    site.publish(target)
    site.drop("/audio/one-11.mp3")
    site.publish(target, purge=True)
    assert "audio/one-11.mp3" not in store.all_keys()


NAMES = st.sampled_from(["/", "/a/", "/b/", "/a/b/", "/feed.json"])
SITES = st.lists(st.dictionaries(NAMES, st.binary(max_size=3), min_size=1), max_size=4)
FOREIGN = st.sets(st.sampled_from(["x.html", "a/x.html", "b/index.htm", "audio/x.mp3", "zz"]))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SITES, FOREIGN)
def test_foreign_keys_survive_any_sequence_of_publishes(moto, tmp_path, sites, foreign):
    prefix = f"p{next(_prefixes)}"
    for key in foreign:
        moto.put(f"{prefix}/{key}", b"mine")
    target = open_target(moto.settings(prefix), tmp_path)
    site = Site(tmp_path / prefix / "site")
    for contents in sites:
        for url in list(site.entries):
            site.drop(url)
        for url, body in contents.items():
            site.write(url, body)
        site.publish(target)
    assert all(moto.get(f"{prefix}/{key}")["Body"] == b"mine" for key in foreign)


_prefixes = itertools.count()


# -- releases ----------------------------------------------------------------------------------


def roll_back(site, target, folder, wanted=""):
    """As `publish rollback` does."""
    before = survey(target, {}, me(site.root), say_nothing)
    begun = before.lease.lease.release if before.interrupted else ""
    back = releases.back(target, before.base, wanted, begun)
    site.entries = dict(back.local)
    terms = Terms(site.now, back.live, note=f"{releases.BACK_TO}{back.id}")
    found, made = prepare(target, site.root, back.local, terms, before=before)
    sends = {step.url: step.entry for step in made.steps if step.kind != "delete"}
    releases.refuse_missing(back, sends)
    back.write(folder)
    apply(made, found, target, folder, site.texts)
    return made


@pytest.mark.parametrize("cached", [True, False])
def test_rollback_brings_back_the_bytes_and_sends_no_audio(store, target, site, tmp_path, cached):
    site.publish(target)
    before = {key: store.get(key)["Body"] for key in store.all_keys() if PRIVATE not in key}
    site.write("/audio/new-1.mp3", b"new", MP3, FOR_EVER)
    site.drop("/audio/one-11.mp3")
    site.drop("/two/")
    site.write("/new/", b"new")
    site.write("/one/", b"changed")
    site.write("/feed/itunes/", b"<rss>2</rss>", "application/rss+xml; charset=utf-8")
    if not cached:
        site.texts = releases.Texts(tmp_path / "elsewhere")
    site.publish(target)
    store.proxy.reset()
    made = roll_back(site, target, tmp_path / "back")
    assert len(store.proxy.asked) <= len(made.steps) + 8 + (0 if cached else 3)
    assert not [it for it in store.proxy.asked if "audio" in it.key and it.method == "PUT"]
    now = {key: store.get(key)["Body"] for key in store.all_keys() if PRIVATE not in key}
    assert now == {**before, "audio/new-1.mp3": b"new"}  # retired, not deleted
    assert len(target.read_manifest().releases) == 3


@pytest.mark.parametrize("then", ["rollback", "publish"])
def test_a_rollback_that_was_broken_off_is_finished_or_undone(
    store, site, tmp_path, then, monkeypatch
):
    monkeypatch.setattr(s3_client, "ATTEMPTS", 1)

    def pages():
        return {key: store.get(key)["Body"] for key in store.all_keys() if PRIVATE not in key}

    def target():
        return open_target(store.settings(), site.root)

    site.publish(target())
    old = pages()
    site.write("/one/", b"changed")
    site.write("/new/", b"new")
    site.drop("/two/")
    site.publish(target())
    new, newer = pages(), dict(site.entries)
    broken = 0
    for number in itertools.count():
        store.proxy.reset()
        store.proxy.fault = (number, ("kill-before", "kill-after")[number % 2])
        try:
            roll_back(site, target(), tmp_path / "back")
        except Failure:
            broken += 1
        else:
            break
        store.proxy.reset()
        ended = target().read_lease().lease.state == "free"
        if ended and target().read_manifest().releases[0].note:
            break  # only the answer to its last request was lost
        if then == "rollback":
            roll_back(site, target(), tmp_path / "back")
            assert pages() == old
        site.entries = dict(newer)
        site.publish(target())
        assert pages() == new
        assert drift(target()) == []
    assert broken > 8
    assert pages() == old


def test_rollback_over_several_releases(store, target, site, tmp_path):
    for number in range(4):
        site.write("/one/", f"{number}".encode())
        site.now += timedelta(minutes=1)
        site.publish(target)
    first = target.read_manifest().releases[-1].id
    roll_back(site, target, tmp_path / "back", first)
    assert store.get("one/index.html")["Body"] == b"0"


def test_a_release_whose_zip_is_lost_or_damaged_is_told(store, target, site, tmp_path):
    site.publish(target)
    site.write("/one/", b"changed")
    site.publish(target)
    (key,) = (it for it in store.all_keys() if it.startswith(f"{PRIVATE}releases/"))
    for body, what in ((b"PK", "is damaged"), (None, "is missing at the target")):
        store.put(key, body) if body else store.client.delete_object(Bucket=store.bucket, Key=key)
        with pytest.raises(Failure, match=f"^{key} {what}\n  hint: choose a newer") as caught:
            roll_back(site, target, tmp_path / "back")
        assert caught.value.code == Exit.TARGET


def test_a_release_that_is_not_there(target, site):
    site.publish(target)
    with pytest.raises(Failure, match="there is no earlier release"):
        releases.back(target, target.read_manifest(), "")
    with pytest.raises(Failure, match='there is no release "1999"'):
        releases.back(target, target.read_manifest(), "1999")


# -- drift, requests, the look afterwards ------------------------------------------------------


def test_verify_finds_and_mends_drift(store, target, site):
    site.publish(target)
    assert drift(target) == []
    store.put("one/index.html", b"by hand")
    store.client.delete_object(Bucket=store.bucket, Key="two/index.html")
    assert drift(target) == [("one/index.html", "changed"), ("two/index.html", "missing")]
    site.publish(target, whole=True)
    assert drift(target) == []
    assert store.get("one/index.html")["Body"] == b"<h1>One</h1>"


@pytest.mark.parametrize("count", [100, 5000])
def test_nothing_to_do_costs_two_requests_whatever_there_is(moto, at_moto, site, count):
    for number in range(count - len(site.entries)):
        url = f"/p/{number}/"
        site.entries[url] = Entry(f"{number:064}", 1, "text/html", "no-cache")
    files = {
        url: Stored(entry, at_moto.name(url, entry), "e") for url, entry in site.entries.items()
    }
    at_moto.write_manifest(Manifest(files))
    moto.proxy.reset()
    found, made = site.prepare(at_moto)
    assert made.steps == ()
    assert is_done(made, found)
    assert len(moto.proxy.asked) == 2


@pytest.mark.parametrize("count", [100, 5000])
def test_a_new_episode_costs_its_objects_and_twelve(store, target, site, count):
    site.publish(target)
    there = target.read_manifest()
    more = {f"/p/{it}/": Entry(f"{it:064}", 1, "text/html", "") for it in range(count)}
    listed = {url: Stored(entry, target.name(url, entry), "e") for url, entry in more.items()}
    target.write_manifest(replace(there, files={**there.files, **listed}))
    site.write("/audio/new-1.mp3", b"ID3" * 99, MP3, FOR_EVER)
    site.write("/assets/new-1.jpg", b"JPG", "image/jpeg", FOR_EVER)
    site.write("/new/", b"new")
    site.write("/new/chapters.json", b"{}", "application/json+chapters")
    site.write("/newsletter/new/", b"new")
    site.write("/", b"home")
    site.write("/feed/itunes/", b"<rss>2</rss>", "application/rss+xml; charset=utf-8")
    store.proxy.reset()
    terms = Terms(site.now, Live(items={"guid": Item("New", "/audio/new-1.mp3")}))
    found, made = prepare(target, site.root, {**site.entries, **more}, terms)
    assert len(made.steps) == 7
    site.apply(target, made, found=found)
    after.check(after.looks(made), after.place(store.settings(check="endpoint"), "", target))
    assert len(store.proxy.asked) <= len(made.steps) + 12


@pytest.mark.parametrize("strangers", [0, 40])
def test_a_new_page_is_looked_up_in_few_requests(store, target, strangers, monkeypatch):
    """However many strangers' files lie in the bucket."""
    monkeypatch.setattr(s3, "A_LIST", 10)
    for number in range(strangers):
        store.put(f"{number}.html", b"theirs")

    def asks(among):
        store.proxy.reset()
        taken = target.is_taken({"new/index.html", "new/a/index.html", "zz/index.html"}, among)
        return taken, len(store.proxy.asked)

    assert asks(among=9) == (False, 4 if strangers else 1)
    assert asks(among=20) == (False, 2)
    store.put("zz/index.html", b"mine")
    assert asks(among=9)[0]
    assert asks(among=20)[0]


def test_what_is_amiss_after_the_upload_is_told(moto, at_moto, site):
    site.publish(at_moto)
    local = {url: it for url, it in site.entries.items() if url.startswith("/audio/")}
    live = Live(items={"1": Item("One", "/audio/one-11.mp3")})
    made = plan(local, Manifest(), at_moto.name, Terms(live=live))
    place = after.place(moto.settings(check="endpoint"), "https://p.example", at_moto)
    after.check(after.looks(made), place)
    moto.put("audio/one-11.mp3", b"short")
    with pytest.raises(Failure) as caught:
        after.check(after.looks(made), place)
    assert caught.value.code == Exit.CHECK
    assert caught.value.message.startswith(
        "published, but /audio/one-11.mp3 promises 5 bytes instead of 2997, and 1 more"
    )
    assert after.place(TargetSettings("file:x"), "", at_moto) is None


# -- large files -------------------------------------------------------------------------------


def test_a_broken_off_upload_goes_on_at_its_part(store, target, site, monkeypatch):
    monkeypatch.setattr(s3_client, "ATTEMPTS", 1)
    target = open_target(store.settings(), site.root)
    site.write("/audio/big-9.mp3", os.urandom(40 << 20), MP3, FOR_EVER)
    made = site.prepare(target)[1]
    assert made.steps
    sent = []

    def stop(step, done):
        sent.append(done)
        if step.url.startswith("/audio/big") and done >= 16 << 20:
            store.proxy.kill()

    found, made = site.prepare(target)
    with pytest.raises(Failure):
        site.apply(target, made, stop, found)
    store.proxy.reset()
    site.publish(open_target(store.settings(), site.root))
    parts = [it for it in store.proxy.asked if "partNumber" in it.query]
    assert len(parts) <= 3
    assert store.get("audio/big-9.mp3")["Body"] == site.body("/audio/big-9.mp3")
    import closure

    assert closure.orphans(store) == 0


def test_manifest_keeps_the_enclosures(moto, at_moto, site):
    site.publish(at_moto)
    content = json.loads(moto.get(MANIFEST_KEY)["Body"])
    assert content["live"]["items"] == {}
    assert all(it["etag"] for it in content["files"].values())
    assert on_s3("/") in {it["key"] for it in content["files"].values()}
