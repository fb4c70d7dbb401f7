"""Chapters from lines and from JSON, and back."""

import json
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.chapters import ChapterError, parse_json, parse_lines, to_json
from publisher.model import Chapter

HINT = "Write a time and a title, such as `00:01:15 What engineers ask first`."


@pytest.mark.parametrize(
    ("line", "chapter"),
    [
        ("00:00:15.000 Begrüßung", Chapter(15, "Begrüßung")),
        ("00:00:15,250 Begrüßung", Chapter(15.25, "Begrüßung")),
        ("15 Title", Chapter(15, "Title")),
        ("1:15 Title", Chapter(75, "Title")),
        ("01:15\tTitle  of two   words ", Chapter(75, "Title of two words")),
        ("1:02:03.5 Title", Chapter(3723.5, "Title")),
        ("1:15 - Title", Chapter(75, "Title")),
        ("1:15 – 3 Gründe", Chapter(75, "3 Gründe")),
        ("00:01:15 Title <https://link>", Chapter(75, "Title", "https://link")),
        ("00:01:15 Title<https://a.de/?b=1#c>", Chapter(75, "Title", "https://a.de/?b=1#c")),
        ("1:15 a < b and c > d", Chapter(75, "a < b and c > d")),
        ("1:15 Was <jetzt>?", Chapter(75, "Was <jetzt>?")),
    ],
)
def test_a_line(line, chapter):
    assert parse_lines(line) == (chapter,)


def test_lines_of_any_system_with_empty_ones_between():
    text = "\ufeff0 Anfang\r\n\r\n  1:00 Mitte\r2:00 Ende\n\n"
    assert [c.title for c in parse_lines(text)] == ["Anfang", "Mitte", "Ende"]
    assert parse_lines("") == ()


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("0 A\n\nFazit", 3, "“Fazit” is not a time and a title", HINT),
        ("0 A\n1:15", 2, "“1:15” is not a time and a title", HINT),
        ("1:15 <https://link>", 1, "“1:15 <https://link>” is not a time and a title", HINT),
        ("0 A\nabout 1:15 B", 2, "“about” is not a time", HINT),
        ("-5 A", 1, "“-5” is not a time", HINT),
        (
            "0 A\n1:15 B\n1:05 C",
            3,
            "“C” does not start later than the chapter above it",
            "Put the lines in the order of their times.",
        ),
    ],
)
def test_a_bad_line_is_told(text, line, message, hint):
    with pytest.raises(ChapterError) as caught:
        parse_lines(text)
    error = caught.value
    assert (error.line, error.message, error.hint) == (line, message, hint)


def test_json_of_the_podcast_namespace():
    text = """{"version": "1.2.0", "author": "somebody", "chapters": [
        {"startTime": 168.25, "title": " Hearing\\n Aids", "img": "https://a/b.jpg", "url": "https://a/"},
        {"startTime": 0, "title": "Intro", "endTime": 20},
        {"startTime": 200, "img": "https://a/c.jpg", "toc": false}]}"""
    assert parse_json(text) == (
        Chapter(0, "Intro"),
        Chapter(168.25, "Hearing Aids", "https://a/", "https://a/b.jpg"),
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{\n"chapters": [\n}', 3, "not valid JSON: Expecting value"),
        ("[]", 0, "there is no list named “chapters”"),
        ('{"chapters": {}}', 0, "there is no list named “chapters”"),
        ('{"chapters": [{"title": "A"}]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [{"startTime": "0"}]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [{"startTime": NaN}]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [{"startTime": -1}]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [{"startTime": true}]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [7]}', 0, "chapter 1 has no “startTime” in seconds"),
        ('{"chapters": [{"startTime": 0, "title": " "}]}', 0, "chapter 1 has no title"),
    ],
)
def test_bad_json_is_told(text, line, message):
    with pytest.raises(ChapterError) as caught:
        parse_json(text)
    assert (caught.value.line, caught.value.message) == (line, message)
    assert caught.value.hint


def test_half_a_character_does_not_stop_the_writer():
    assert parse_json('{"chapters": [{"startTime": 0, "title": "a\\ud800"}]}') == (
        Chapter(0, "a?"),
    )


def test_json_is_written_as_utf8_without_what_is_empty():
    assert json.loads(to_json([])) == {"version": "1.2.0", "chapters": []}
    written = to_json([Chapter(15.0, "Begrüßung"), Chapter(16.4159, "B", "https://a/", "c.jpg")])
    assert "Begrüßung".encode() in written
    assert b'"startTime": 15,' in written
    assert json.loads(written)["chapters"][1] == {
        "startTime": 16.416,
        "title": "B",
        "url": "https://a/",
        "img": "c.jpg",
    }


# the table of all characters takes a second to make, once
steady = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])

titles = st.text(st.characters(codec="utf-8")).map(lambda t: " ".join(t.split())).filter(bool)
starts = st.lists(st.integers(0, 10**8), unique=True).map(sorted)


@steady
@given(starts, st.data())
def test_what_is_written_reads_the_same(milliseconds, data):
    chapters = tuple(
        Chapter(n / 1000, data.draw(titles), data.draw(st.sampled_from(["", "https://a/"])))
        for n in milliseconds
    )
    assert parse_json(to_json(chapters).decode()) == chapters


@steady
@given(st.text())
def test_any_text_gives_chapters_or_a_chapter_error(text):
    for parse in (parse_lines, parse_json):
        try:
            assert all(chapter.title for chapter in parse(text))
        except ChapterError as error:
            assert error.message  # noqa: PT017 - both ends are right
            assert error.hint  # noqa: PT017


def test_a_chapter_error_survives_the_process_pool():
    error = pickle.loads(pickle.dumps(ChapterError(7, "message", "hint")))
    assert (str(error), error.hint) == ("7: message", "hint")
