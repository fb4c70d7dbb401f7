"""Published copies of real audio: tags and chapters inside, the sound untouched."""

import hashlib
import json
import subprocess
from datetime import date

import pytest
from PIL import Image
from shows import MEDIA
from test_audio import ffmpeg, make, sounds

from publisher import assets, audio, mp4, published
from publisher.model import Chapter

__all__ = ["make", "sounds"]

CHAPTERS = (
    Chapter(0.0, "Begrüßung"),
    Chapter(12.345, "Größe & Maß <b>„fett“</b> 🎉", "https://kueche.example/ä?a=1&b=2"),
    Chapter(30.5, "Schluss"),
)
TAGS = published.Tags(
    title="Käse & Öl: „Das“ \u200f🎉",
    day=date(2026, 9, 7),
    duration=47.0,
    album="Küche & Keller",
    artist="Änne Öz",
    number=7,
    chapters=CHAPTERS,
)


def publish(source, tags=TAGS):
    """The copy beside its source."""
    path = source.with_name("published" + source.suffix)
    path.write_bytes(b"".join(published.copy(source, tags)))
    return path


def probe(path):
    command = [
        "ffprobe",
        "-v",
        "error",
        "-show_chapters",
        "-show_format",
        "-show_streams",
        "-of",
        "json",
    ]
    ran = subprocess.run([*command, path], capture_output=True, check=True)
    assert ran.stderr == b""
    return json.loads(ran.stdout)


def sound(path):
    """The md5 of the decoded audio."""
    return ffmpeg("-i", path, "-map", "0:a", "-f", "md5", "-")


SOURCES = {
    "plain.mp3": (),
    "vbr.mp3": ("-q:a", "4"),
    "no-xing.mp3": ("-q:a", "4", "-write_xing", "0"),
    "old-tags.mp3": ("-metadata", "title=Alt", "-id3v2_version", "4", "-write_id3v1", "1"),
    "ape.mp3": ("-metadata", "title=Alt"),  # the test adds the other tag
    "fast.m4a": ("-movflags", "+faststart"),
    "slow.m4a": ("-metadata", "title=Alt"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_sound_stays_and_the_tags_are_ours(name, make):
    source = make(name, *SOURCES[name])
    if name == "ape.mp3":
        item = b"\x03\0\0\0\0\0\0\0Title\0Alt"
        size = len(item) + 32
        footer = b"APETAGEX" + b"".join(n.to_bytes(4, "little") for n in (2000, size, 1, 0))
        source.write_bytes(source.read_bytes() + item + footer + bytes(8))
    before = source.read_bytes()
    path = publish(source)
    assert source.read_bytes() == before
    assert sound(path) == sound(source)
    found = probe(path)
    tags = {key.lower(): value for key, value in found["format"]["tags"].items()}
    assert tags["title"] == TAGS.title
    assert (tags["album"], tags["artist"], tags["track"]) == (TAGS.album, TAGS.artist, "7")
    assert tags["date"].startswith("2026")
    starts = [round(float(it["start_time"]), 3) for it in found["chapters"]]
    assert starts == [chapter.start for chapter in CHAPTERS]
    assert [it["tags"]["title"] for it in found["chapters"]] == [it.title for it in CHAPTERS]
    facts, old = audio.probe(path), audio.probe(source)
    assert abs(facts.duration - old.duration) < 0.001
    assert facts.title == TAGS.title
    assert "Alt" not in tags.values()
    assert not {b"TAG", b"APE"} & {path.read_bytes()[-n:][:3] for n in (128, 32)}


def test_a_copy_is_the_same_bytes_each_time_and_its_digest_is_known():
    for name in ("ton.mp3", "ton.m4a"):
        source = MEDIA / name
        one, two = (b"".join(published.copy(source, TAGS)) for _ in range(2))
        assert one == two
        known = published.measured(assets.stamp(source), TAGS)
        assert known == (hashlib.sha256(one).hexdigest(), len(one))


@pytest.mark.parametrize("name", ["bild.mp3", "bild.m4a"])
def test_the_picture_of_an_episode_is_in_its_audio(name, make, tmp_path):
    Image.new("RGB", (600, 600), "teal").save(tmp_path / "bild.jpg")
    picture = assets.asset(assets.stamp(tmp_path / "bild.jpg"))
    source = make(name)
    path = publish(source, published.Tags("Titel", date(2026, 1, 2), 47.0, picture=picture))
    video = [it for it in probe(path)["streams"] if it["codec_type"] == "video"]
    assert [(it["width"], it["disposition"]["attached_pic"]) for it in video] == [(600, 1)]
    assert sound(path) == sound(source)


def test_chapters_that_an_m4a_had_as_a_track_give_way(make, tmp_path):
    """An encoder writes both kinds of chapters; players that read the track would show the old."""
    lines = [";FFMETADATA1"]
    for start in (0, 10, 20):
        lines += ["[CHAPTER]", "TIMEBASE=1/1", f"START={start}", f"END={start + 9}", "title=Alt"]
    (tmp_path / "alt.txt").write_text("\n".join(lines))
    source = make("kapitel.m4a", "-i", tmp_path / "alt.txt", "-map_metadata", "1")
    assert [it.title for it in audio.probe(source).chapters] == ["Alt"] * 3
    path = publish(source)
    assert [it["tags"]["title"] for it in probe(path)["chapters"]] == [c.title for c in CHAPTERS]
    assert [it["codec_type"] for it in probe(path)["streams"]] == ["audio"]
    assert sound(path) == sound(source)


def test_gapless_playback_is_kept(make):
    from mutagen.mp4 import MP4, MP4FreeForm

    source = make("luecke.m4a")
    found = MP4(source)
    value = " 00000000 00000840 000001CA 0000000000200000" + " 00000000" * 8
    found["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(value.encode())]
    found["----:com.apple.iTunes:andres"] = [MP4FreeForm(b"weg")]
    found.save()
    path = publish(source)
    assert sound(path) == sound(source)
    assert "----:com.apple.iTunes:iTunSMPB" in MP4(path)
    assert "----:com.apple.iTunes:andres" not in MP4(path)


def test_an_index_that_cannot_be_rewritten_stays_as_it_is(make):
    source = make("seltsam.m4a")
    content = source.read_bytes()
    source.write_bytes(content.replace(b"stts", b"saio", 1))
    path = publish(source)
    assert path.read_bytes() == source.read_bytes()


def test_offsets_that_would_need_more_bits_are_refused():
    stco = (24).to_bytes(4, "big") + b"stco" + bytes(4) + (1).to_bytes(4, "big") + b"\xff" * 4
    inner = stco + bytes(0)
    inner = (20).to_bytes(4, "big") + inner[4:20]
    for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        inner = (len(inner) + 8).to_bytes(4, "big") + name + inner
    with pytest.raises(mp4.UnusualError, match="32 bits"):
        mp4.moov(inner, {b"\xa9nam": mp4.text("Titel")}, (), 0)


def test_more_chapters_than_a_tag_can_list(make):
    many = tuple(Chapter(n / 10, f"Kapitel {n} " + "ü" * 200) for n in range(300))
    for name in ("viele.mp3", "viele.m4a"):
        tags = published.Tags("Titel", date(2026, 1, 2), 47.0, chapters=many)
        assert len(probe(publish(make(name), tags))["chapters"]) == 255
