"""plan.py: what must happen, in which order, and why."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Exit, Failure, PublishError
from publisher.live import Item, Live
from publisher.model import FOR_EVER, PAGE_CACHE, Entry, on_disk, on_s3
from publisher.targets.manifest import MANIFEST_KEY, Manifest, Release, Retired, Stored
from publisher.targets.plan import KINDS, Plan, Terms, plan


def s3_name(url, _entry):
    return on_s3(url)


def entry(body="", content_type="text/html; charset=utf-8", cache_control=PAGE_CACHE):
    return Entry(f"digest of {body}", len(body), content_type, cache_control)


def disk_name(url, entry):
    return on_disk(url, entry.content_type)


FEED = entry("feed", "application/rss+xml; charset=utf-8")
AUDIO = entry("audio", "audio/mpeg", FOR_EVER)


def manifest(local):
    return Manifest({url: Stored(it, s3_name(url, it)) for url, it in local.items()})


def lines(made: Plan):
    return [f"{step.kind} {step.key}: {step.reason}" for step in made.steps]


def test_everything_is_new_at_an_empty_target():
    local = {"/feed/itunes/": FEED, "/": entry("home"), "/audio/a-1.mp3": AUDIO}
    assert lines(plan(local, Manifest(), s3_name)) == [
        "create audio/a-1.mp3: new",
        "create index.html: new",
        "create feed/itunes/index.html: new",
    ]


def test_nothing_to_do():
    local = {"/": entry("home"), "/feed/itunes/": FEED}
    made = plan(local, manifest(local), s3_name)
    assert made.steps == ()
    assert made.summary().unchanged == 2


def test_reasons_and_order():
    before = {
        "/": entry("home"),
        "/about/": entry("about"),
        "/feed.json": entry("feed", "application/json"),
        "/feed/itunes/": FEED,
        "/old/": entry("old"),
        "/audio/old-1.mp3": AUDIO,
        "/same/": entry("same"),
    }
    after = {
        "/": entry("home 2"),
        "/about/": replace(entry("about"), cache_control="no-store"),
        "/feed.json": entry("feed 2", "application/json"),
        "/feed/itunes/": entry("feed 2", FEED.content_type),
        "/new/": entry("new"),
        "/audio/new-1.mp3": AUDIO,
        "/same/": entry("same"),
    }
    made = plan(after, manifest(before), s3_name)
    assert lines(made) == [
        "create audio/new-1.mp3: new",
        "create new/index.html: new",
        "modify about/index.html: headers changed",
        "modify index.html: changed",
        "modify feed.json: changed",
        "modify feed/itunes/index.html: changed",
        "delete old/index.html: no longer in the site",
    ]
    assert [len(phase) for phase in made.phases()] == [1, 1, 2, 2, 1]
    assert made.manifest.files == manifest(after).files
    assert list(made.manifest.retired) == ["/audio/old-1.mp3"]


def test_summary_and_json():
    before = {"/": entry("home"), "/same/": entry("same"), "/old/": entry("old")}
    after = {"/": entry("home 2"), "/same/": entry("same"), "/audio/a-1.mp3": AUDIO}
    made = plan(after, manifest(before), s3_name)
    assert json.loads(json.dumps(made.as_json())) == {
        "summary": {"create": 1, "modify": 1, "delete": 1, "unchanged": 1, "bytes": 11},
        "steps": [
            {"kind": "create", "url": "/audio/a-1.mp3", "key": "audio/a-1.mp3"}
            | {"size": 5, "reason": "new"},
            {"kind": "modify", "url": "/", "key": "index.html"} | {"size": 6, "reason": "changed"},
            {"kind": "delete", "url": "/old/", "key": "old/index.html"}
            | {"size": 3, "reason": "no longer in the site"},
        ],
        "stale": ["/", "/old/"],
        "guards": [],
    }


def test_a_url_whose_key_changes_with_its_type_is_made_anew():
    before = {"/feed/": Stored(entry("page"), "feed/index.html")}
    made = plan({"/feed/": FEED}, Manifest(before), disk_name)
    assert lines(made) == [
        "create feed/index.xml: new",
        "delete feed/index.html: no longer in the site",
    ]


def test_two_files_in_one_place_are_a_problem():
    local = {"/a/": entry("a"), "/a/index.html": entry("b"), f"/{MANIFEST_KEY}": entry("c")}
    with pytest.raises(PublishError) as caught:
        plan(local, Manifest(), s3_name)
    assert [problem.message for problem in caught.value.problems] == [
        f"/{MANIFEST_KEY} and the manifest would both be {MANIFEST_KEY} at the target",
        "/a/index.html and /a/ would both be a/index.html at the target",
    ]


def test_a_manifest_that_lists_itself_deletes_it_not():
    before = Manifest({"/x": Stored(entry(), MANIFEST_KEY)})
    assert plan({}, before, s3_name).steps == ()


def test_manifest_is_canonical_json():
    one, two = {"/ä/": AUDIO, "/": FEED}, {"/": FEED, "/ä/": AUDIO}
    assert manifest(one).as_bytes() == manifest(two).as_bytes()
    assert Manifest.parse(manifest(one).as_bytes(), "here") == manifest(one)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"version": 1}',
        b'{"version": 1, "files": []}',
        b'{"version": 1, "files": {"/": 3}}',
        b'{"version": 1, "files": {"/": {"key": "index.html"}}}',
        manifest({"/": FEED}).as_bytes().replace(b"4", b'"4"'),
        manifest({"/": FEED}).as_bytes().replace(b'"application/rss+xml; charset=utf-8"', b"5"),
        manifest({"/": FEED}).as_bytes()[:-9],
    ],
)
def test_a_damaged_manifest_is_a_failure(content):
    with pytest.raises(Failure, match=r"^s3://b/m is damaged\n  hint: delete it") as caught:
        Manifest.parse(content, "s3://b/m")
    assert caught.value.code == Exit.TARGET


def places(value, path=()):
    """The path to each value inside a document."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def test_a_manifest_that_was_tampered_with_never_ends_in_a_traceback():
    """Whatever stands in any place of it, it is damaged, or a plan can be made from it."""
    item = Stored(FEED, "feed/index.html", "e")
    whole = Manifest(
        {"/": item},
        {"/audio/x.mp3": Retired(Stored(AUDIO, "audio/x.mp3"), "2026-01-01T00:00:00+00:00", "r")},
        (Release("r", "2026-01-01T00:00:00Z", 1, 0, 0),),
        Live("https://x.example/feed/", "g", {"1": Item("One", "/audio/x.mp3")}),
    )
    damaged = 0
    for path in places(json.loads(whole.as_bytes())):
        for value in (None, 5, "x", "2026-01-01", [1], {"x": 1}):
            document = {"": json.loads(whole.as_bytes())}
            *way, last = ("", *path)
            there = document
            for name in way:
                there = there[name]
            there[last] = value
            try:
                found = Manifest.parse(json.dumps(document[""]).encode(), "s3://b/m")
            except Failure as failure:
                assert failure.code == Exit.TARGET  # noqa: PT017 - either will do
                damaged += 1
            else:
                made = plan({"/": FEED}, found, s3_name, Terms(live=whole.live))
                assert json.dumps(made.as_json())
    assert damaged > 50


def test_a_manifest_of_the_future_is_a_failure():
    with pytest.raises(Failure, match="has format 2; this program knows format 1"):
        Manifest.parse(b'{"version": 2}', "s3://b/m")


URLS = st.sampled_from(["/", "/a/", "/b/", "/a/x.json", "/feed/", "/feed.json", "/audio/a-1.mp3"])
ENTRIES = st.builds(
    entry,
    st.sampled_from(["1", "2"]),
    st.sampled_from(["text/html", "application/rss+xml", "audio/mpeg"]),
    st.sampled_from([PAGE_CACHE, FOR_EVER]),
)
LOCALS = st.dictionaries(URLS, ENTRIES)


@given(LOCALS, LOCALS, st.sampled_from([s3_name, disk_name]))
def test_after_all_steps_the_store_holds_the_site_and_what_is_not_ours(before, after, name):
    ours = Manifest({url: Stored(it, name(url, it)) for url, it in before.items()})
    store = {it.key: it.entry for it in ours.files.values()} | {"foreign": entry("foreign")}
    made = plan(after, ours, name, Terms(purge=True))
    kinds = [KINDS.index(step.kind) for step in made.steps]
    assert kinds == sorted(kinds)
    for step in made.steps:
        assert (step.key in store) == (step.kind != "create")
        if step.kind == "delete":
            del store[step.key]
        else:
            store[step.key] = step.entry
    wanted = {name(url, it): it for url, it in after.items()}
    assert store == wanted | {"foreign": entry("foreign")}
    again = plan(after, Manifest.parse(made.manifest.as_bytes(), ""), name)
    assert again.steps == ()
    assert again.manifest == made.manifest
