"""The search in real Chromium, and the size of its index."""

import gzip
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from browsing import PHONE, Sample, Tab
from shows import MEDIA, publish, snapshot

Visit = Callable[..., Tab]


@pytest.mark.browser
def test_parts_of_words_and_spelt_out_umlauts_are_found(visit: Visit) -> None:
    tab = visit("/search/")
    field, titles = tab.page.get_by_role("searchbox"), tab.page.locator(".results h2")
    tab.page.keyboard.type("analyse")  # the field has the focus
    titles.filter(has_text="Erst fragen, dann zeigen").wait_for()
    assert "Bedarfsanalyse" in tab.page.locator(".results .meta").first.inner_text()
    field.fill("BEGRUESSUNG")
    tab.page.locator(".moments", has_text="Begrüßung").first.wait_for()
    field.fill("führung birkenrath")
    titles.filter(has_text="Sales Leader").wait_for()
    assert titles.count() == 1
    assert tab.page.get_by_role("status").inner_text() == "1 Treffer"
    assert urlsplit(tab.page.url).query == "q=f%C3%BChrung+birkenrath"
    field.fill("xyzzy")
    tab.page.get_by_text("Nichts gefunden").wait_for()
    assert not any("transcripts" in url for url in tab.asked)


@pytest.mark.browser
def test_a_search_can_be_linked_and_walked_with_keys(visit: Visit) -> None:
    tab = visit("/search/?q=sales", viewport=PHONE)
    tab.page.locator(".results a").first.wait_for()
    tab.page.get_by_role("searchbox").focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/sales-leader/")


@pytest.mark.browser
def test_what_is_said_is_found_on_request(visit: Visit) -> None:
    tab = visit("/search/?q=heldentaten")
    tab.page.get_by_text("Nichts gefunden").wait_for()
    tab.page.get_by_label("Auch Gesprochenes").check()
    passage = tab.page.locator(".moments a")
    passage.wait_for()
    assert "?t=54" in passage.get_attribute("href")
    assert urlsplit(tab.page.url).query == "q=heldentaten&said=1"


@pytest.mark.browser
def test_without_javascript_the_archive_is_offered(visit: Visit) -> None:
    tab = visit("/search/?q=sales", java_script_enabled=False)
    assert tab.page.get_by_text("braucht JavaScript").is_visible()


def test_the_index_of_the_sample(sample: Sample) -> None:
    entries = json.loads(sample.text("/search.json"))
    assert entries[0]["url"] == "/sales-leader/"
    assert entries[0]["chapters"][0] == [0, "Begrüßung"]
    assert list(json.loads(sample.text("/search-transcripts.json"))) == ["/sales-leader/"]


def test_two_hundred_episodes_fit(show, sample: Sample) -> None:
    """Words of the sample's articles, in an order of their own for each episode."""
    import random
    import re
    import shutil

    text = " ".join(path.read_text("utf-8") for path in sample.show.glob("episodes/*.md"))
    words, chance = re.findall(r"[A-Za-zÄÖÜäöüß]{3,}", text), random.Random(7)

    def some(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    for number in range(200):
        times = (f"  00:00:00.{tenth}00 {some(4)}" for tenth in range(8))
        front = (
            f'title: "{some(6)}"\ndate: 2025-{number % 12 + 1:02}-{number % 28 + 1:02}\n'
            f'description: "{some(22)}"\nguid: g{number}\ntags: [{some(1)}, {some(1)}]\n'
            "chapters: |\n" + "\n".join(times)
        )
        (show / f"episodes/folge-{number}.md").write_text(f"---\n{front}\n---\n\n{some(50)}\n")
        shutil.copy(MEDIA / "ton.mp3", show / f"episodes/folge-{number}.mp3")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err[:999]
    size = len(gzip.compress((show / "site/search.json").read_bytes(), 9))
    print(f"search.json of 200 episodes: {size:,} bytes gzip")
    assert size <= 60_000


def test_a_show_below_a_path(show) -> None:
    path = show / "show.toml"
    path.write_text(path.read_text().replace('kueche.example"', 'kueche.example/pod"', 1))
    publish(show, "build")
    entries = json.loads(snapshot(show / "site")["search.json"][0])
    assert entries[0]["url"] == "/pod/brot/"
