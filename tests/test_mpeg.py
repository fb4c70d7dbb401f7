"""Frames made by hand: where they begin, what stands between them, where they end."""

import io

import pytest

from publisher import mpeg

# MPEG 1, Layer III, no checksum: 128 kbit/s, 44.1 kHz, mono; 417 bytes, 1152 samples
FRAME = b"\xff\xfb\x90\xc0" + bytes(413)
LONG = b"\xff\xfb\xe0\xc0" + bytes(1040)  # 320 kbit/s
SECONDS = 1152 / 44100


def xing(frames, delay=576, padding=1000, coder=b"LAME3.100"):
    tag = b"Info" + (1).to_bytes(4, "big") + frames.to_bytes(4, "big")
    lame = coder + bytes(12) + (delay << 12 | padding).to_bytes(3, "big")
    return (FRAME[:21] + tag + lame).ljust(len(FRAME), b"\0")


def id3v2(content, footer=False):
    size = len(content)
    syncsafe = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    flags = b"\x10" if footer else b"\0"
    return b"ID3\4\0" + flags + syncsafe + content + (b"3DI" + bytes(7) if footer else b"")


def apev2(content):
    rest = (2000).to_bytes(4, "little") + (len(content) + 32).to_bytes(4, "little") + bytes(4)
    header, footer = b"\0\0\0\xa0", b"\0\0\0\x80"
    return b"APETAGEX" + rest + header + bytes(8) + content + b"APETAGEX" + rest + footer + bytes(8)


def measure(content):
    return mpeg.measure(io.BytesIO(content))


def test_counts_every_frame_whatever_its_size():
    assert measure(FRAME * 40 + LONG * 10).seconds == pytest.approx(50 * SECONDS)


def test_without_a_header_players_estimate_from_the_first_frame():
    found = measure(FRAME * 40 + LONG * 40)
    assert found.announced == pytest.approx((40 * 417 + 40 * 1044) / 16000)
    assert found.announced > 1.5 * found.seconds


def test_constant_bit_rate_is_announced_rightly():
    found = measure(FRAME * 400)
    assert found.announced == pytest.approx(found.seconds, rel=0.01)


def test_the_encoder_s_silence_is_not_played():
    found = measure(xing(50) + FRAME * 50)
    assert found.seconds == pytest.approx(50 * SECONDS - 1576 / 44100)
    assert found.announced == found.seconds


@pytest.mark.parametrize("frames", [20, 90])
def test_a_header_that_does_not_fit_is_told_but_not_believed(frames):
    found = measure(xing(frames) + FRAME * 50)
    assert found.seconds == pytest.approx(50 * SECONDS)
    assert found.announced == pytest.approx(frames * SECONDS - 1576 / 44100)


def test_silence_counts_only_from_encoders_that_write_it():
    assert measure(xing(50, coder=b"Somebody!") + FRAME * 50).seconds == pytest.approx(50 * SECONDS)


def test_vbri_header():
    tag = b"VBRI" + bytes(10) + (50).to_bytes(4, "big")
    header = (FRAME[:36] + tag).ljust(len(FRAME), b"\0")
    assert measure(header + FRAME * 50).seconds == pytest.approx(50 * SECONDS)


@pytest.mark.parametrize(
    "front",
    [
        id3v2(FRAME * 3),
        id3v2(bytes(100), footer=True),
        id3v2(b"one") + id3v2(b"two"),
        b"\xff\xfb" * 500,
        b"junk\xff\xfb\x90\xc0junk" * 9,
        bytes(mpeg.WINDOW + 3),
        id3v2(bytes(mpeg.WINDOW + 3)),
    ],
    ids=["id3", "footer", "two tags", "sync bytes", "lone header", "zeros", "long tag"],
)
def test_what_stands_in_front_is_skipped(front):
    assert measure(front + FRAME * 50).seconds == pytest.approx(50 * SECONDS)


@pytest.mark.parametrize(
    "back",
    [
        b"TAG".ljust(128, b"\0"),
        apev2(FRAME * 5),
        apev2(FRAME * 5) + b"TAG".ljust(128, b"\0"),
        FRAME[:200],
        b"some words that a tool left here",
        bytes(5000),
    ],
    ids=["id3v1", "ape", "ape and id3v1", "cut off", "words", "zeros"],
)
def test_what_stands_behind_is_not_counted(back):
    assert measure(FRAME * 50 + back).seconds == pytest.approx(50 * SECONDS)


def test_what_stands_between_is_skipped():
    joined = FRAME * 20 + id3v2(FRAME) + FRAME * 20 + b"\xffgap\xff\xfb" + FRAME * 10
    assert measure(joined).seconds == pytest.approx(50 * SECONDS)


def test_joined_recordings_of_different_sample_rates():
    slow = b"\xff\xf3\x80\xc0" + bytes(204)  # MPEG 2, 64 kbit/s, 22.05 kHz: 208 bytes, 576 samples
    assert measure(FRAME * 20 + slow * 20).seconds == pytest.approx(40 * SECONDS)


@pytest.mark.parametrize("shift", [0, 1, 2, 3, 4, 5, 416])
def test_frames_are_counted_across_windows(monkeypatch, shift):
    monkeypatch.setattr(mpeg, "WINDOW", mpeg.LOOKAHEAD + 417 * 3 + shift)
    assert measure(FRAME * 200).seconds == pytest.approx(200 * SECONDS)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"\xff\xfb", FRAME[:4], FRAME, xing(0), id3v2(b"x" * 50), b"\xff" * 10_000],
    ids=["empty", "1 byte", "2 bytes", "header", "frame", "xing", "tag only", "sync only"],
)
def test_no_audio_is_a_value_error(content):
    with pytest.raises(ValueError, match="no MPEG audio frames"):
        measure(content)
