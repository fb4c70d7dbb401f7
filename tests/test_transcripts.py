"""Transcripts from WebVTT and SRT, and in the formats that apps load."""

import json
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.transcripts import (
    Cue,
    TranscriptError,
    parse_srt,
    parse_vtt,
    to_html,
    to_json,
    to_srt,
    to_vtt,
)

CUES = (
    Cue(0, 2.76, "Sarah", "Guten Tag\nund <hallo> & Tschüß"),
    Cue(3723.005, 3725.5, "", "Ohne Namen"),
)


def vtt(body):
    return parse_vtt("WEBVTT\n\n" + body)


def test_vtt_with_all_that_may_stand_in_it():
    text = (
        "\ufeffWEBVTT - a title\r\nKind: captions\r\n\r\n"
        "NOTE\r\nmade by hand\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nREGION\r\nid:a\r\n\r\n"
        "intro\r\n00:00.500 --> 00:02.000 align:start position:10%\r\n"
        "<v.loud Jost Ackermeier>Erste <b>Zeile</b>\r\nzweite &amp; Zeile</v>\r\n\r\n\r\n"
        "100:00:03.000 --> 100:00:04.000\r\nOhne <00:03.500><c.x>Namen</c>\r\n"
    )
    assert parse_vtt(text) == (
        Cue(0.5, 2, "Jost Ackermeier", "Erste Zeile\nzweite & Zeile"),
        Cue(360003, 360004, "", "Ohne Namen"),
    )


def test_voices_in_one_cue_share_its_time():
    found = vtt("00:01.000 --> 00:02.000\n<v A>Ja?</v>\n<v B &amp; C>Nein.")
    assert found == (Cue(1, 2, "A", "Ja?"), Cue(1, 2, "B & C", "Nein."))


def test_cues_without_words_are_left_out():
    assert vtt("00:01.000 --> 00:02.000\n<v A></v>\n\n00:02.000 --> 00:03.000\n") == ()
    assert parse_vtt("WEBVTT") == ()


def test_the_sample_transcript(request):
    path = request.config.rootpath / "episodes" / "sales-leader.vtt"
    cues = parse_vtt(path.read_text("utf-8"))
    assert cues[0].speaker == "Jost Ackermeier"
    assert {cue.speaker for cue in cues} == {"Jost Ackermeier", "Ilka Birkenrath"}


POINT = "Write times such as 00:01:15.000 --> 00:01:18.500, with a point and three digits."


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the first line is not WEBVTT"),
        ("00:01.000 --> 00:02.000\nA", 1, "the first line is not WEBVTT"),
        ("\nWEBVTT\n", 1, "the first line is not WEBVTT"),
        ("WEBVTTX\n", 1, "the first line is not WEBVTT"),
        (
            "WEBVTT\n00:01.000 --> 00:02.000\nA",
            2,
            "no empty line divides this cue from the one above",
        ),
        ("WEBVTT\n\n00:01,000 --> 00:02.000\nA", 3, "“00:01,000” is not a time"),
        ("WEBVTT\n\n1\n00:01.000 -->\nA", 4, "“” is not a time"),
        ("WEBVTT\n\n00:01.000 --> 00:61.000\nA", 3, "“00:61.000” is not a time"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nA", 3, "the cue ends before it starts"),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\nA\n\nB",
            6,
            "“B” is not part of a cue: no timing stands above it",
        ),
        (
            "WEBVTT\n\n00:01.000 -> 00:02.000\nA",
            3,
            "“00:01.000 -> 00:02.000” is not part of a cue: no timing stands above it",
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\nA\n00:02.000 --> 00:03.000\nB",
            5,
            "no empty line divides this cue from the one above",
        ),
    ],
)
def test_bad_vtt_is_told(text, line, message):
    with pytest.raises(TranscriptError) as caught:
        parse_vtt(text)
    assert (caught.value.line, caught.value.message) == (line, message)
    assert caught.value.hint


def test_srt():
    text = (
        "\ufeff1\r\n00:00:00,000 --> 00:00:02,760\r\nSarah: In today's <i>episode</i>,\r\n"
        "you'll learn\r\n\r\n2\r\n0:00:02.760 --> 00:00:06,090\r\n{\\an8}whether: or < not\r\n\r\n"
        "00:00:06,090 --> 00:00:07,000\r\nJost von Öhr: Gut\r\n"
    )
    assert parse_srt(text) == (
        Cue(0, 2.76, "Sarah", "In today's episode,\nyou'll learn"),
        Cue(2.76, 6.09, "", "whether: or < not"),
        Cue(6.09, 7, "Jost von Öhr", "Gut"),
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("1\n00:00:01 --> 00:00:02,000\nA", 2, "“00:00:01” is not a time"),
        ("1\n00:00:03,000 --> 00:00:02,000\nA", 2, "the cue ends before it starts"),
        ("1\nA", 1, "“1” is not part of a cue: no timing stands above it"),
    ],
)
def test_bad_srt_is_told(text, line, message):
    with pytest.raises(TranscriptError) as caught:
        parse_srt(text)
    assert (caught.value.line, caught.value.message) == (line, message)


def test_to_vtt():
    assert to_vtt(CUES, "de").decode() == (
        "WEBVTT\n\nNOTE Language: de\n\n"
        "00:00:00.000 --> 00:00:02.760\n"
        "<v Sarah>Guten Tag\nund &lt;hallo&gt; &amp; Tschüß\n\n"
        "01:02:03.005 --> 01:02:05.500\nOhne Namen\n"
    )


def test_to_srt():
    assert to_srt(CUES).decode() == (
        "1\n00:00:00,000 --> 00:00:02,760\nSarah: Guten Tag\nund <hallo> & Tschüß\n\n"
        "2\n01:02:03,005 --> 01:02:05,500\nOhne Namen\n"
    )


def test_to_json():
    written = to_json(CUES)
    assert "Tschüß".encode() in written
    assert json.loads(written) == {
        "version": "1.0.0",
        "segments": [
            {
                "speaker": "Sarah",
                "startTime": 0,
                "endTime": 2.76,
                "body": "Guten Tag\nund <hallo> & Tschüß",
            },
            {"startTime": 3723.005, "endTime": 3725.5, "body": "Ohne Namen"},
        ],
    }


def test_to_html_joins_what_one_speaker_says_in_a_row():
    more = (Cue(3, 4, "Sarah", "Weiter."), Cue(70, 71, "Sarah", "Später."), *CUES[1:])
    assert to_html(CUES[:1] + more, "de").decode() == (
        '<!doctype html>\n<html lang="de">\n<meta charset="utf-8">\n'
        '<meta name="robots" content="noindex">\n<title>Sarah</title>\n'
        '<cite>Sarah:</cite>\n<time datetime="PT0S">0:00</time>\n'
        "<p>Guten Tag und &lt;hallo&gt; &amp; Tschüß Weiter.</p>\n"
        '<cite>Sarah:</cite>\n<time datetime="PT70S">1:10</time>\n<p>Später.</p>\n'
        '<time datetime="PT3723S">1:02:03</time>\n<p>Ohne Namen</p>\n'
    )


# the table of all characters takes a second to make, once
steady = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])

lines = st.text(st.characters(codec="utf-8")).map(lambda t: " ".join(t.split())).filter(bool)
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
times = st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)).map(
    lambda pair: (pair[0] / 1000, (pair[0] + pair[1]) / 1000)
)


def cues(speakers, words):
    cue = st.builds(lambda t, who, said: Cue(*t, who, said), times, speakers, words)
    return st.lists(cue, max_size=5).map(tuple)


@steady
@given(cues(st.just("") | lines, texts), st.sampled_from(["", "de"]))
def test_vtt_that_is_written_reads_the_same(written, language):
    assert parse_vtt(to_vtt(written, language).decode()) == written


plain = st.text("abcäöü 0123456789.,!?<&\n", min_size=1).filter(str.strip)
tidy = plain.map(lambda t: "\n".join(" ".join(x.split()) for x in t.split("\n") if x.strip()))
names = st.sampled_from(["", "Sarah", "Jost Ackermeier", "Öhr", "Dr. Ilka B. Müller"])


@steady
@given(cues(names, tidy))
def test_srt_that_is_written_reads_the_same(written):
    assert parse_srt(to_srt(written).decode()) == written


@steady
@given(st.text() | st.text("W<v A>:\n-0123456789.,").map("WEBVTT\n\n{}".format))
def test_any_text_gives_cues_or_a_transcript_error(text):
    for parse in (parse_vtt, parse_srt):
        try:
            assert all(cue.text and cue.end >= cue.start for cue in parse(text))
        except TranscriptError as error:
            assert error.line > 0  # noqa: PT017 - both ends are right


def test_a_transcript_error_survives_the_process_pool():
    error = pickle.loads(pickle.dumps(TranscriptError(7, "message", "hint")))
    assert (str(error), error.hint) == ("7: message", "hint")
