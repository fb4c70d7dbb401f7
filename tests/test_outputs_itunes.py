"""The podcast feed as two independent readers see it, and what must never change in it."""

import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import podcastparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from PIL import Image
from shows import MEDIA, NOW, ROOT, make, publish, snapshot

from publisher import memo, outputs, read
from publisher.model import Chapter, Texts
from publisher.outputs import itunes, notes, podcasting

PODCAST = {
    "podcast": "https://podcastindex.org/namespace/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "atom": "http://www.w3.org/2005/Atom",
    "fh": "http://purl.org/syndication/history/1.0",
    "psc": "http://podlove.org/simple-chapters",
}
FEED = "feed/itunes/index.xml"
PARTYTIME = """
const { parseFeed } = require("podcast-partytime");
const xml = require("fs").readFileSync(process.argv[2], "utf8");
process.stdout.write(JSON.stringify(parseFeed(xml)));
"""


@functools.cache
def partytime_folder() -> Path:
    """podcast-partytime, installed once for all runs on this machine."""
    folder = Path(tempfile.gettempdir()) / "podcast-partytime-5.0.0"
    if not (folder / "node_modules/podcast-partytime/package.json").exists():
        folder.mkdir(exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "podcast-partytime@5.0.0"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    (folder / "run.js").write_text(PARTYTIME)
    return folder


@pytest.fixture(scope="module")
def partytime():
    """What podcast-partytime returns for a feed."""
    failures = (OSError, subprocess.SubprocessError)
    try:
        folder = partytime_folder()
    except failures as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"podcast-partytime cannot be installed through npm: {error}")

    def parse(feed: Path):
        ran = ["node", "run.js", str(feed)]
        return json.loads(subprocess.run(ran, cwd=folder, check=True, capture_output=True).stdout)

    return parse


def model(show: Path):
    """The show as the publisher reads it."""
    (show / ".cache").mkdir(exist_ok=True)
    with memo.Memo(show / ".cache" / "test.sqlite", jobs=1) as remembered:
        return read.show(show, read.settings(show), remembered, datetime.fromisoformat(NOW))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample show: the folder, built, and the model."""
    folder = tmp_path_factory.mktemp("sample") / "show"
    ours = shutil.ignore_patterns(".*", "site", "mail", "published", "publisher", "tests", "docs")
    shutil.copytree(ROOT, folder, ignore=ours)
    ran = publish(folder, "build")
    assert (ran.code, ran.err) == (0, "")
    return folder, model(folder)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def given_only(**values):
    """What has a value: readers leave the rest out."""
    return {key: value for key, value in values.items() if value not in ("", None, [], ())}


# -- two readers


def test_podcastparser_returns_the_model(sample):
    folder, show = sample
    it = show.settings
    with (folder / "site" / FEED).open("rb") as stream:
        found = podcastparser.parse(it.url + itunes.URL, stream)
    episodes = [episode for episode in show.episodes if episode.enclosure]
    items = found.pop("episodes")
    assert found == {
        "title": it.title,
        "link": it.url + "/",
        "description": it.description,
        "generator": "publisher",
        "cover_url": it.url + show.cover.url,
        "language": it.language,
        "itunes_author": it.author,
        "type": it.type,
        "explicit": it.explicit,
        "itunes_categories": [list(names) for names in it.categories],
        "itunes_owner": {"name": it.author, "email": it.email},
    }
    assert [item["guid"] for item in items] == [episode.guid for episode in episodes]
    for item, episode in zip(items, episodes, strict=True):
        text = html.fromstring(item.pop("description_html")).text_content().split()
        assert text == html.fromstring(f"<p>{episode.article.html}").text_content().split()
        item.pop("description")
        assert item == given_only(
            title=episode.title,
            guid=episode.guid,
            link=it.url + episode.url,
            published=int(episode.date.timestamp()),
            total_time=round(episode.enclosure.duration),
            enclosures=[
                {
                    "url": it.url + episode.enclosure.url,
                    "file_size": episode.enclosure.size,
                    "mime_type": episode.enclosure.media_type,
                }
            ],
            chapters=[
                given_only(title=c.title, href=c.href, image=it.url + c.image if c.image else "")
                | {"start": int(c.start)}
                for c in episode.chapters
            ],
            itunes_author=", ".join(host.name for host in episode.hosts),
            type=episode.type,
            subtitle=episode.subtitle,
            number=episode.whole_number,
            season=episode.season,
            episode_art_url=it.url + episode.image.url if episode.image else "",
        ) | {"payment_url": None, "explicit": episode.explicit}


def test_podcast_partytime_returns_the_model(sample, partytime):
    folder, show = sample
    it = show.settings
    found = partytime(folder / "site" / FEED)
    newest = show.episodes[0]

    def people(persons, role):
        return [
            given_only(
                name=person.name,
                role=(person.role or role).title(),
                group=(person.group or "cast").title(),
                img=it.url + person.image if person.image else "",
                href=person.url,
            )
            for person in persons
        ]

    trailer = next(episode for episode in show.episodes if episode.type == "trailer")
    expected = {
        "title": it.title,
        "description": it.description,
        "link": it.url + "/",
        "explicit": it.explicit,
        "itunesBlock": it.block,
        "itunesComplete": it.complete,
        "itunesImage": it.url + show.cover.url,
        "language": it.language,
        "itunesCategory": [" > ".join(names) for names in it.categories],
        "itunesType": it.type,
        "author": it.author,
        "owner": {"name": it.author, "email": it.email},
        "subtitle": it.subtitle,
        "copyright": it.copyright,
        "locked": it.locked,
        "podcastOwner": it.email,
        "guid": it.guid,
        "medium": it.medium,
        "podcastFunding": [{"message": text, "url": url} for url, text in it.funding],
        "podcastPeople": people(it.hosts, "host"),
        "podcastLocation": {"name": "Stuttgart", "geo": "geo:48.7758,9.1829", "osm": "R2793104"},
        "podcastTxt": [{"value": text, "purpose": purpose} for purpose, text in it.txt],
        "podcastSeasons": {"1": {"number": 1, "name": it.seasons["1"]}},
        "pubsub": {"self": it.url + itunes.URL},
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["license"]["identifier"] == it.license
    assert moment(found["lastBuildDate"]) == newest.date
    announced = found["trailers"][0]
    assert moment(announced.pop("pubdate")) == trailer.date
    assert announced == {
        "title": trailer.title,
        "url": it.url + trailer.enclosure.url,
        "type": trailer.enclosure.media_type,
        "length": trailer.enclosure.size,
        "season": trailer.season,
    }
    episodes = [episode for episode in show.episodes if episode.enclosure]
    for item, episode in zip(found["items"], episodes, strict=True):
        audio, page = episode.enclosure, it.url + episode.url
        expected = given_only(
            title=episode.title,
            guid=episode.guid,
            link=page,
            author=", ".join(host.name for host in episode.hosts),
            subtitle=episode.subtitle,
            enclosure={"url": it.url + audio.url, "length": audio.size, "type": audio.media_type},
            duration=round(audio.duration),
            itunesEpisode=episode.whole_number,
            itunesEpisodeType=episode.type,
            itunesSeason=episode.season,
            itunesImage=it.url + episode.image.url if episode.image else "",
            podcastPeople=people(episode.hosts, "host") + people(episode.guests, "guest"),
            podcastSeason={"number": episode.season, "name": it.seasons["1"]},
            podcastEpisode=given_only(
                number=int(episode.number) if episode.number else None, display=episode.display
            )
            or None,
            podcastTranscripts=[
                {
                    "url": it.url + transcript.url,
                    # what this reader calls SRT, under either of its two names
                    "type": transcript.media_type.partition(";")[0].replace("x-subrip", "srt"),
                    "language": transcript.language,
                }
                for transcript in episode.transcripts
            ],
            podcastChapters={"url": page + "chapters.json", "type": "application/json+chapters"}
            if episode.chapters
            else None,
            podcastSoundbites=[
                {"startTime": bite.start, "duration": bite.duration, "title": bite.title}
                for bite in episode.soundbites
            ],
            podcastLocation={"name": "Reutlingen", "geo": "geo:48.4914,9.2043"}
            if episode.location
            else None,
        ) | {"explicit": episode.explicit}
        assert {key: item.get(key) for key in expected} == expected
        assert moment(item["pubDate"]) == episode.date
        assert item.get("license", {}).get("identifier", "") == episode.license
        assert item["description"] == notes.of(episode, page)


def test_the_sample_uses_every_element(sample):
    """All that the facts of the trade list, but what would end, hide or move the show."""
    folder, _ = sample
    tree = etree.parse(folder / "site" / FEED)
    found = {etree.QName(element).localname for element in tree.iter(etree.Element)}
    podcast = (
        "guid locked medium person funding txt updateFrequency trailer location license season"
    )
    apple = "author subtitle type explicit image category owner title duration episodeType"
    others = "transcript chapters chapter soundbite episode encoded enclosure pubDate copyright"
    assert {*podcast.split(), *apple.split(), *others.split()} <= found
    frequency = tree.find(".//podcast:updateFrequency", PODCAST)
    assert frequency.attrib == {"rrule": "FREQ=WEEKLY;INTERVAL=2"}
    assert frequency.text == "zweiwöchentlich"


def test_what_lies_beside_the_page_is_what_the_feed_says(sample):
    folder, show = sample
    for url in re.findall(r'url="([^"]*)"', (folder / "site" / FEED).read_text()):
        path = url.removeprefix(show.settings.url)
        if path.startswith("/") and not path.endswith("/"):
            assert (folder / "site" / path[1:]).is_file(), url
    chapters = json.loads((folder / "site/angebote-nachfassen/chapters.json").read_text())
    assert chapters["chapters"][2]["startTime"] == 34.9
    assert chapters["chapters"][2]["img"].startswith(show.settings.url + "/assets/antworten-")
    vtt = (folder / "site/sales-leader/transcript.vtt").read_text()
    assert "<v Ilka Birkenrath>" in vtt
    srt = (folder / "site/sales-leader/transcript.srt").read_text()
    assert "Ilka Birkenrath: " in srt
    spoken = json.loads((folder / "site/sales-leader/transcript.json").read_text())
    assert spoken["segments"][3]["speaker"] == "Ilka Birkenrath"
    assert (
        "<cite>Ilka Birkenrath:</cite>"
        in (folder / "site/sales-leader/transcript.html").read_text()
    )


# -- hostile text

HOSTILE = "“A & B” <script>alert('1')</script> ]]> 🎉 &amp; \u200fעברית\u202e " + "lang " * 2000
FRONT = ("title", "subtitle", "description", "location", "license", "guid", "tags", "chapter",
         "soundbite", "person", "display")  # fmt: skip


def hostile_front_matter() -> str:
    text = json.dumps(HOSTILE.strip(), ensure_ascii=False)
    return f"""---
title: {text}
subtitle: {text}
description: {text}
date: 2026-09-07 06:00
guid: {text}
episode: {{number: 1, display: {text}}}
season: 1
tags: [Suppe]
guests: [{{name: {text}, url: "https://kueche.example/?a=1&b=<2>"}}]
chapters: [{{start: 0:00, title: {text}}}, {{start: 0:01, title: {text}, href: "https://a.example/?a&b"}}]
soundbites: [{{start: 0:00, duration: 1, title: {text}}}]
location: {text}
license: {text}
---

{HOSTILE}
"""


def test_hostile_text_in_every_field_stays_text(show, partytime):
    (show / "episodes/suppe.md").write_text(hostile_front_matter())
    text = json.dumps(HOSTILE.strip(), ensure_ascii=False)
    toml = (show / "show.toml").read_text()
    for name in ("title", "author", "description"):
        toml = re.sub(rf"(?m)^{name} = .*$", lambda _, n=name: f"{n} = {text}", toml)
    more = "".join(f"{it} = {text}\n" for it in ("subtitle", "copyright", "location", "license"))
    more += f"update_frequency = {text}\nseasons = {{ 1 = {text} }}\n"
    more += f"txt = {{ purpose = {text}, text = {text} }}\nhosts = [{{ name = {text} }}]\n"
    more += f'funding = {{ url = "https://a.example/?a&b", text = {text} }}\n'
    (show / "show.toml").write_text(more + toml)
    it = model(show)
    assert [problem for problem in it.problems if problem.severity == "error"] == []
    with memo.Memo(show / ".cache/test.sqlite", jobs=1) as remembered:
        bodies = {
            file.url: b"".join(file.body())
            for batch in outputs.feeds.files(it, read.templates(show, it.settings), remembered)
            for file in batch.files(())
        }
    root = etree.fromstring(bodies["/feed/itunes/"])
    whole = " ".join(HOSTILE.split())
    short = whole[: podcasting.LONGEST_TEXT].strip()
    episode = next(root.iter("item"))
    for path in ("title", "guid", "itunes:title", "itunes:subtitle"):
        assert episode.findtext(path, namespaces=PODCAST) == whole, path
    for path in ("title", "itunes:subtitle", "itunes:author", "copyright", "podcast:txt"):
        assert root[0].findtext(path, namespaces=PODCAST) == whole, path
    for path in ("podcast:person", "podcast:soundbite", "podcast:location", "podcast:license"):
        assert episode.findtext(path, namespaces=PODCAST).strip() == short, path
    titles = [chapter.get("title") for chapter in episode.iter(f"{{{PODCAST['psc']}}}chapter")]
    assert titles == [whole, whole]
    assert whole.startswith(root[0].findtext("description").removesuffix(notes.ELLIPSIS))
    assert len(root[0].findtext("description").encode()) <= notes.LONGEST
    said = html.fromstring(episode.findtext("description"))
    assert not list(said.iter("script"))
    assert whole.startswith(said[0].text_content().removesuffix(notes.ELLIPSIS))
    found = json.loads(bodies["/feed.json"])
    assert (found["title"], found["items"][-1]["title"]) == (whole, whole)
    etree.fromstring(bodies["/feed/"])
    (show / "feed.xml").write_bytes(bodies["/feed/itunes/"])
    seen = partytime(show / "feed.xml")["items"]
    assert seen[0]["enclosure"]["length"] == it.episodes[-1].enclosure.size


def test_content_that_would_end_its_section_does_not(show):
    path = show / "episodes/suppe.md"
    path.write_text(path.read_text() + '\n`]]>` und <b title="]]>">fett</b> ]]>\n')
    assert publish(show, "build").code == 0
    tree = etree.parse(show / "site" / FEED)
    content = tree.findtext(".//{http://purl.org/rss/1.0/modules/content/}encoded")
    assert html.fromstring(content).text_content().count("]]>") == 2


# -- what must not change


def guids(show: Path) -> set[str]:
    return {it.text for it in etree.parse(show / "site/feed/index.xml").iter("guid")}


def edit(name, old, new):
    def change(show):
        path = show / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return change


def rename(show):
    for path in show.glob("episodes/suppe*"):
        path.rename(path.with_name(path.name.replace("suppe", "bruehe")))


def other_audio(show):
    (show / "episodes/suppe.mp3").unlink()
    shutil.copy(MEDIA / "ton.m4a", show / "episodes/suppe.m4a")


def other_template(show):
    (show / "templates").mkdir()
    (show / "templates/post.html").write_text("{{ episode.title }}")


SUPPE = "episodes/suppe.md"
CHANGES = {
    "text": edit(SUPPE, "Eine gute", "Eine sehr gute"),
    "title": edit(SUPPE, "Die Suppe", "Die Brühe"),
    "slug": edit(SUPPE, "episode: 1", "episode: 1\nslug: bruehe"),
    "date": edit(SUPPE, "2026-09-07", "2026-09-08"),
    "file name": rename,
    "audio": other_audio,
    "address of the site": edit("show.toml", "https://kueche.example", "https://neu.example"),
    "permalink": edit("show.toml", "language =", 'permalink = "/{year}/{slug}/"\nlanguage ='),
    "title of the show": edit("show.toml", 'title = "Küche & Keller"', 'title = "Herd"'),
    "template": other_template,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_guid_that_is_written_never_changes(name, show):
    publish(show, "build")
    assert guids(show) == {"suppe-1", "brot-1"}
    CHANGES[name](show)
    ran = publish(show, "build")
    assert (ran.code, ran.err) == (0, "")
    assert guids(show) == {"suppe-1", "brot-1"}


def test_a_new_name_or_cover_of_the_show_replaces_no_audio(show):
    publish(show)
    before = snapshot(show / "site/audio")
    edit("show.toml", 'title = "Küche & Keller"', 'title = "Herd"')(show)
    edit("show.toml", 'author = "Änne Öz"', 'author = "Ö. Änne"')(show)
    Image.new("RGB", (1400, 1400), "olive").save(show / "cover.jpg")
    ran = publish(show, "--dry-run")
    assert ran.code == 0
    assert "/audio/" not in ran.out
    assert snapshot(show / "site/audio") == before


def test_chapters_of_every_source_are_the_same_everywhere(show):
    (show / "episodes/suppe.chapters.json").write_text(
        json.dumps(
            {"chapters": [{"startTime": 0, "title": "Öl"}, {"startTime": 1, "title": "Maß"}]}
        )
    )
    publish(show, "build")
    from_json = snapshot(show / "site")
    (show / "episodes/suppe.chapters.json").unlink()
    (show / "episodes/suppe.chapters.txt").write_text("00:00 Öl\n00:00:01.000 Maß\n")
    publish(show, "build")
    names = [name for name in from_json if not name.startswith(".")]
    assert {n: (show / "site" / n).read_bytes() for n in names} == {
        n: from_json[n][0] for n in names
    }
    published = next((show / "site/audio").glob("suppe-*.mp3"))
    (show / "episodes/suppe.chapters.txt").unlink()
    shutil.copy(published, show / "episodes/suppe.mp3")  # now the audio itself has them
    publish(show, "build")
    assert (show / "site/suppe/chapters.json").read_bytes() == from_json["suppe/chapters.json"][0]


# -- archive pages


def many(show, count):
    """The show with so many episodes, in memory."""
    one = next(it for it in show.episodes if it.enclosure)
    from dataclasses import replace

    start = datetime(2020, 1, 1, tzinfo=UTC)
    episodes = [
        replace(one, slug=f"f{n}", url=f"/f{n}/", guid=f"g{n}", date=start + timedelta(days=n))
        for n in range(count)
    ]
    settings = replace(show.settings, feed_items=5)
    return replace(show, settings=settings, episodes=tuple(reversed(episodes)))


def numbers(body):
    return [int(it.text[1:]) for it in etree.fromstring(body).iter("guid")]


def links(body):
    found = etree.fromstring(body)[0].findall("atom:link", PODCAST)
    return {it.get("rel"): it.get("href").partition(".example")[2] for it in found}


def test_archive_pages_hold_everything_and_never_change(show):
    it = model(show)
    seen = {}
    for count in (1, 5, 6, 10, 11, 12, 23):
        pages = {page.url: itunes.feed(page) for page in itunes.pages(many(it, count))}
        main = pages.pop("/feed/itunes/")
        assert numbers(main) == list(range(count - 1, max(-1, count - 6), -1))
        everything = {n for body in (main, *pages.values()) for n in numbers(body)}
        assert everything == set(range(count))
        for url, body in pages.items():
            assert len(numbers(body)) == 5
            assert seen.setdefault(url, body) == body, "a full page never changes"
            assert etree.fromstring(body)[0].find("fh:archive", PODCAST) is not None
            assert links(body)["current"] == "/feed/itunes/"
            assert links(body)["self"] == url
        assert etree.fromstring(main)[0].find("fh:archive", PODCAST) is None
        walked, at = [], links(main).get("prev-archive")
        while at:
            walked.append(at)
            at = links(pages[at]).get("prev-archive")
        assert walked == [f"/feed/itunes/{n}/" for n in range(len(pages), 0, -1)]
    assert len(seen) == 4


def test_a_heavy_feed_is_a_warning(show):
    import random
    from dataclasses import replace

    it = model(show)
    one = next(e for e in it.episodes if e.enclosure)
    noise = random.Random(1).randbytes(1_200_000).hex()
    article = replace(one.article, digest="", texts=Texts(f"<p>{noise}</p>"))
    heavy = replace(one, article=article)
    with memo.Memo(show / ".cache/test.sqlite", jobs=1) as remembered:
        assert list(itunes.problems(it, remembered)) == []
        (found,) = itunes.problems(replace(it, episodes=(heavy,)), remembered)
    assert found.severity == "warning"
    assert found.message.startswith("the feed has 1.4 MB, compressed")
    assert len(gzip.compress(itunes.feed(next(itunes.pages(replace(it, episodes=(heavy,))))))) > (
        itunes.HEAVY
    )


# -- descriptions


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300),
    st.integers(1, 60),
    st.lists(st.text("ä<&>\"'b 🎉", min_size=1, max_size=90), max_size=90),
)
def test_a_description_is_cut_at_a_tag(text, times, titles):
    """Well-formed, of allowed tags, below 4000 bytes, and the beginning of what was written."""
    from dataclasses import dataclass

    @dataclass
    class Post:
        description: str
        chapters: tuple
        enclosure: bool = True

    written = text * times
    chapters = tuple(Chapter(n * 60.0, title) for n, title in enumerate(titles))
    said = notes.of(Post(written, chapters), "https://kueche.example/a/?b&c")
    assert len(said.encode()) <= notes.LONGEST
    tree = etree.fromstring(f"<div>{said}</div>")
    assert {element.tag for element in tree.iter()} <= {"div", "p", "a"}
    marks = [p.text for p in tree if re.match(r"\d\d:\d\d:00 ", p.text or "")]
    assert not marks or (len(marks) >= 3 and marks[0].startswith("00:00:00 "))
    assert [m[9:] for m in marks] == titles[: len(marks)]


def test_timestamps_are_left_out_where_no_app_would_read_them():
    assert list(notes.timestamps([Chapter(0, "a"), Chapter(5, "b")])) == []
    assert list(notes.timestamps([Chapter(1, "a"), Chapter(5, "b"), Chapter(9, "c")])) == []
    assert list(notes.timestamps([Chapter(0, "a"), Chapter(5, "b"), Chapter(3725.9, "c & d")])) == [
        "<p>00:00:00 a</p>", "<p>00:00:05 b</p>", "<p>01:02:05 c &amp; d</p>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("weekly", {"rrule": "FREQ=WEEKLY"}, "weekly"),
        ("Alle zwei Wochen", {"rrule": "FREQ=WEEKLY;INTERVAL=2"}, "Alle zwei Wochen"),
        ("wenn es passt", {}, "wenn es passt"),
        ("RRULE:FREQ=DAILY", {"rrule": "FREQ=DAILY"}, "FREQ=DAILY"),
        (
            "Jeden ersten Montag FREQ=MONTHLY;BYDAY=1MO DTSTART:2026-09-07",
            {"rrule": "FREQ=MONTHLY;BYDAY=1MO", "dtstart": "2026-09-07"},
            "Jeden ersten Montag",
        ),
    ],
)
def test_a_rhythm_in_words_or_as_a_rule(text, expected, words):
    (tag,) = podcasting.update_frequency(text)
    assert (tag.attributes, tag.content) == (expected, words)


def test_a_feed_names_its_stylesheet_and_its_language(show):
    publish(show, "build")
    start = (show / "site" / FEED).read_text()[:300]
    assert '<?xml-stylesheet href="/feed.css" type="text/css"?>' in start
    assert (show / "site/feed.css").read_text().count(":lang(de)") == 1
    root = etree.parse(show / "site" / FEED).getroot()
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"


def test_the_audio_of_the_site_is_what_the_feed_says(tmp_path):
    show = make(tmp_path / "show")
    publish(show, "build")
    for enclosure in etree.parse(show / "site" / FEED).iter("enclosure"):
        path = show / "site" / enclosure.get("url").removeprefix("https://kueche.example/")
        assert path.stat().st_size == int(enclosure.get("length"))
