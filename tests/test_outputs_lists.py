"""Long lists: over pages whose numbers count from the oldest post, so that they stay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from shows import publish, snapshot

from publisher.model import Article, Episode, Source, Texts
from publisher.outputs import lists, pages

ARTICLE = Article("", Texts(""))


def posts(count: int) -> tuple[Episode, ...]:
    """The newest first."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(
        Episode(Source(f"{n}.md"), f"p{n}", f"/p{n}/", f"Post {n}", start + timedelta(days=n),
                f"guid-{n}", ARTICLE, "")
        for n in reversed(range(count))
    )  # fmt: skip


@given(st.integers(0, 60), st.integers(1, 12))
def test_all_posts_are_listed_and_full_pages_stay(count: int, size: int) -> None:
    before = list(lists.parts(posts(count), "/t/", "/t/page/", size))
    after = list(lists.parts(posts(count + 1), "/t/", "/t/page/", size))
    assert {it.url for part in before for it in part.posts} == {it.url for it in posts(count)}
    assert all(len(part.posts) == size for part in before[1:])
    for old, new in zip(before[1:], after[1:], strict=False):
        assert replace(old, newer=None) == replace(new, newer=None)
    changed = sum(old != new for old, new in zip(before[1:], after[1:], strict=False))
    assert changed <= 1  # the one that the next one follows


@given(st.integers(0, 60), st.integers(1, 12))
def test_each_item_is_in_one_shard_and_full_ones_stay(count: int, size: int) -> None:
    items = tuple(reversed(range(count)))
    shards = lists.shards(items, size)
    assert tuple(it for shard in shards for it in shard) == items
    assert all(len(shard) == size for shard in shards[1:])
    full = shards[1:]
    assert not full or lists.shards((count, *items), size)[-len(full) :] == full


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=8), min_size=1, max_size=25))
def test_related_posts_are_older_and_share_the_most_tags(tags: list[set[str]]) -> None:
    made = tuple(
        replace(post, tags=tuple(sorted(its)))
        for post, its in zip(posts(len(tags)), tags, strict=True)
    )
    found = pages.related(made, len(made))
    counted = [set(sorted(its)[: pages.TAGS_THAT_COUNT]) for its in tags]
    for at, post in enumerate(made):
        shared = [
            (-len(counted[at] & counted[other]), other)
            for other in range(at + 1, len(made))
            if counted[at] & counted[other]
        ]
        best = [made[other].url for _, other in sorted(shared)[: pages.RELATED]]
        assert [it.url for it in found[post.url]] == best


def test_a_tag_with_many_posts_has_numbered_pages(show: Path) -> None:
    for number in range(70):
        day = f"2025-{number // 28 + 1:02}-{number % 28 + 1:02}"
        front = f"title: Nummer {number}\ndate: {day}\nguid: n{number}\ntags: [Menge]"
        (show / f"episodes/n{number}.md").write_text(f"---\n{front}\n---\n\nText.\n")
    publish(show)
    newest = (show / "site/tags/menge/index.html").read_text()
    assert "70 Beiträge" in newest
    assert newest.count('<article class="post">') == 50
    assert 'href="/tags/menge/1/"' in newest
    first = (show / "site/tags/menge/1/index.html").read_text()
    assert first.count('<article class="post">') == 50
    assert "Nummer 0<" in first
    assert "Seite 1" in first
    letters = (show / "site/newsletter/page/1/index.html").read_text()
    assert "Nummer 0<" in letters


def test_a_new_post_writes_as_few_files_at_any_size(show: Path) -> None:
    def grown(start: int, count: int) -> int:
        for number in range(start, start + count):
            front = f"title: Nummer {number}\nguid: n{number}\ntags: [Menge, Große]"
            day = f"date: 2026-01-01 {number // 60:02}:{number % 60:02}"
            path = show / f"episodes/n{number:04}.md"
            path.write_text(f"---\n{front}\n{day}\n---\n\nText.\n")
        publish(show, "build", "--no-pictures")
        before = snapshot(show / "site")
        path = show / "episodes/neu.md"
        front = "title: Neu\nguid: neu\ntags: [Menge, Große]\ndate: 2026-01-02"
        path.write_text(f"---\n{front}\n---\n\nText.\n")
        publish(show, "build", "--no-pictures")
        after = snapshot(show / "site")
        path.unlink()
        return len([name for name in after if after[name] != before.get(name)])

    small, large = grown(0, 123), grown(123, 200)
    assert small == large <= 40
