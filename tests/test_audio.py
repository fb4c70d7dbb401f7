"""Facts out of real audio, made by ffmpeg and compared with a full decode."""

import hashlib
import os
import pickle
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from publisher import audio
from publisher.model import Chapter

NOISY = "if(lt(mod(t,20),10),0.01,1)"  # quiet and loud by turns, so that a VBR encoder varies


def ffmpeg(*arguments):
    run = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(run, check=True, capture_output=True).stdout


def decoded(path):
    """The seconds of a full decode."""
    return len(ffmpeg("-i", path, "-vn", "-f", "s16le", "-ac", 1, "-ar", 8000, "-")) / 16000


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """A folder with a WAV file of 47 s, from which each test makes what it needs."""
    if not shutil.which("ffmpeg"):
        wish = "ffmpeg is missing: install it (apt-get install ffmpeg) to test real audio"
        pytest.fail(wish) if os.environ.get("CI") == "true" else pytest.skip(wish)
    folder = tmp_path_factory.mktemp("sounds")
    sine, noise = "sine=frequency=300:duration=47", "anoisesrc=duration=47:seed=1"
    mix = f"[1]volume='{NOISY}':eval=frame[n];[0][n]amix=inputs=2"
    inputs = ("-f", "lavfi", "-i", sine, "-f", "lavfi", "-i", noise)
    ffmpeg(*inputs, "-filter_complex", mix, "-ac", 1, folder / "original.wav")
    return folder


@pytest.fixture
def make(sounds, tmp_path):
    """Encode the sound: `make("name.mp3", *options of ffmpeg)`."""

    def encode(name, *options):
        path = tmp_path / name
        ffmpeg("-i", sounds / "original.wav", *options, path)
        return path

    return encode


@pytest.fixture(scope="session")
def mp3(sounds):
    """A tagged MP3 that no test may change."""
    path = sounds / "sales-leader.mp3"
    ffmpeg("-i", sounds / "original.wav", "-b:a", "64k", "-metadata", "title=Größe", path)
    return path


@pytest.fixture(scope="session")
def m4a(sounds):
    """An M4A that no test may change."""
    path = sounds / "sales-leader.m4a"
    tags = ("-metadata", "title=Größe", "-metadata", "artist=Jost")
    ffmpeg("-i", sounds / "original.wav", "-b:a", "64k", *tags, path)
    return path


@pytest.mark.parametrize(
    ("options", "is_announced"),
    [
        (("-b:a", "128k"), True),
        (("-b:a", "64k", "-ar", 22050), True),
        (("-b:a", "32k", "-ar", 8000), True),
        (("-b:a", "128k", "-ac", 2, "-write_xing", 0), True),
        (("-q:a", 4), True),
        (("-q:a", 4, "-ac", 2), True),
        (("-q:a", 4, "-write_xing", 0), False),
        (("-q:a", 4, "-write_xing", 0, "-write_id3v1", 1, "-id3v2_version", 4), False),
        (("-abr", 1, "-b:a", "96k"), True),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_duration_of_mp3_is_that_of_a_decode(make, options, is_announced):
    path = make("x.mp3", *options)
    facts = audio.probe(path)
    assert facts.duration == pytest.approx(decoded(path), abs=0.1)
    assert (abs(facts.announced - facts.duration) < 0.5) is is_announced


def test_junk_and_a_picture_in_front_change_nothing(make, request):
    from mutagen.id3 import APIC, ID3

    path = make("x.mp3", "-q:a", 4, "-metadata", "title=A title")
    tags = ID3(path)
    cover = (request.config.rootpath / "cover.jpg").read_bytes()
    tags.add(APIC(mime="image/jpeg", data=cover))
    tags.save()
    assert audio.probe(path).duration == pytest.approx(decoded(path), abs=0.1)
    assert audio.probe(path).title == "A title"
    path.write_bytes(bytes(3000) + b"\xff\xfbjunk" + path.read_bytes())
    assert audio.probe(path).duration == pytest.approx(47, abs=0.1)


@pytest.mark.parametrize("is_fast", [True, False])
def test_m4a(make, is_fast):
    path = make("x.m4a", "-b:a", "64k", *(("-movflags", "+faststart") if is_fast else ()))
    facts = audio.probe(path)
    assert facts.duration == pytest.approx(decoded(path), abs=0.1)
    assert facts.announced == facts.duration
    assert facts.moov_at_end is not is_fast
    assert (facts.media_type, facts.extension) == ("audio/x-m4a", "m4a")


def test_m4a_whose_edit_list_leaves_some_out(m4a, tmp_path):
    content = bytearray(m4a.read_bytes())
    for name, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"elst", 12)):
        struct.pack_into(">I", content, content.index(name) + offset, 5000)
    path = tmp_path / "cut.m4a"
    path.write_bytes(content)
    assert audio.probe(path).duration == pytest.approx(decoded(path), abs=0.1)
    assert audio.probe(path).duration == 5


def test_length_digest_and_tags(mp3, m4a):
    for path, artist in ((mp3, ""), (m4a, "Jost")):
        facts, content = audio.probe(path), path.read_bytes()
        assert facts.length == len(content)
        assert facts.digest == hashlib.sha256(content).hexdigest()
        assert (facts.title, facts.artist) == ("Größe", artist)


def test_the_sample_episode(request):
    facts = audio.probe(request.config.rootpath / "episodes" / "sales-leader.mp3")
    assert facts.duration == pytest.approx(116.93, abs=0.01)
    assert (facts.title, facts.artist) == ("Vom Ingenieur zum Sales Leader", "Jost Ackermeier")


def test_chapters_of_id3_go_by_contents_and_time(mp3, tmp_path):
    from mutagen.id3 import CHAP, CTOC, ID3, TIT2, WXXX, CTOCFlags

    path = Path(shutil.copy(mp3, tmp_path / "x.mp3"))
    tags = ID3(path)
    for name, start, *frames in (
        ("z", 0, TIT2(text="Anfang")),
        ("b", 12_345, TIT2(text="Mitte"), WXXX(url="https://b2b.example/")),
        ("a", 30_000, TIT2(text="Ende")),
        ("silent", 20_000, TIT2(text="not in the contents")),
    ):
        tags.add(CHAP(element_id=name, start_time=start, end_time=47_000, sub_frames=frames))
    flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
    tags.add(CTOC(element_id="toc", flags=flags, child_element_ids=["z", "b", "a"]))
    tags.save()
    assert audio.probe(path).chapters == (
        Chapter(0, "Anfang"),
        Chapter(12.345, "Mitte", "https://b2b.example/"),
        Chapter(30, "Ende"),
    )


def test_chapters_of_m4a(make, tmp_path):
    times = ((0, 12345, "Anfang"), (12345, 47000, "Ümläute"))
    lines = [f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={c}" for a, b, c in times]
    listed = tmp_path / "chapters.txt"
    listed.write_text(";FFMETADATA1\n" + "\n".join(lines), "utf-8")
    path = make("x.m4a", "-i", listed, "-map_metadata", 1)
    assert audio.probe(path).chapters == (Chapter(0, "Anfang"), Chapter(12.345, "Ümläute"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# Notes\n\nnot audio, \xc3\xa4h\n", "it begins like a text file"),
        (b"\n<!DOCTYPE html><title>Sign in", "it is a web page"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "it is a WAV file"),
        (b"OggS\0\2", "it is an Ogg file"),
        (b"\xff\xf1\x50\x80\0\0", "it is AAC audio without the M4A around it"),
        (bytes(5000), "no audio can be found in it"),
        (b"ID3\4\0\0\0\0\0\x10" + bytes(16), "no audio can be found in it"),
        (b"\xff\xfb\x90\xc0" + bytes(100), "no audio can be found in it"),
    ],
)
def test_what_is_no_audio_is_said(tmp_path, content, reason):
    path = tmp_path / "sales-leader.mp3"
    path.write_bytes(content)
    with pytest.raises(audio.AudioError) as caught:
        audio.probe(path)
    assert caught.value.message == f"sales-leader.mp3 is no MP3 audio: {reason}"
    assert caught.value.hint.startswith("Export it again as MP3 (mono, 64 to 128 kbit/s)")


def test_an_empty_file(tmp_path):
    (tmp_path / "x.mp3").touch()
    with pytest.raises(audio.AudioError, match=r"^x\.mp3 is empty \(0 bytes\)$"):
        audio.probe(tmp_path / "x.mp3")


@pytest.mark.parametrize(("kind", "wrong"), [("M4A", ".mp3"), ("MP3", ".m4a"), ("MP3", ".wav")])
def test_a_wrong_name_is_to_be_mended(request, tmp_path, kind, wrong):
    original = request.getfixturevalue(kind.lower())
    path = Path(shutil.copy(original, tmp_path / f"x{wrong}"))
    with pytest.raises(audio.AudioError, match=f"^x{wrong} is really {kind} audio$") as caught:
        audio.probe(path)
    assert caught.value.hint == f"Rename it to x.{kind.lower()}."


def test_capitals_in_the_name_are_fine(mp3, tmp_path):
    assert audio.probe(Path(shutil.copy(mp3, tmp_path / "X.MP3"))).extension == "mp3"


@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=["end", "front"])
def test_m4a_that_is_cut_off(make, options):
    path = make("x.m4a", *options)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(audio.AudioError, match=r"^x.m4a is cut off: .* bytes are missing"):
        audio.probe(path)


def test_m4a_without_an_index(m4a, tmp_path):
    content = m4a.read_bytes()
    path = tmp_path / "x.m4a"
    path.write_bytes(content[: content.index(b"moov") - 4])
    with pytest.raises(audio.AudioError, match="is cut off: its index is missing"):
        audio.probe(path)


def test_fragmented_m4a(make):
    path = make("x.m4a", "-movflags", "frag_keyframe+empty_moov")
    with pytest.raises(audio.AudioError, match="does not say how long it is"):
        audio.probe(path)


def test_a_video_is_no_audio(make):
    picture = ("-f", "lavfi", "-i", "color=size=16x16:rate=1", "-map", 0, "-map", 1)
    path = make("x.mp4", *picture, "-t", 5)
    with pytest.raises(audio.AudioError, match="is no M4A audio: it is a video"):
        audio.probe(path)


@pytest.mark.parametrize("name", ["mp3", "m4a"])
def test_damaged_files_give_facts_or_an_audio_error(request, tmp_path, name):
    """Whatever the bytes are, the author reads a sentence and no traceback."""
    whole, chance = request.getfixturevalue(name).read_bytes(), random.Random(1)
    index = max(whole.find(b"moov"), 0)
    path = tmp_path / f"x.{name}"
    for _ in range(200):
        content = bytearray(whole[: chance.choice([len(whole), len(whole) // 2])])
        for _ in range(chance.randrange(1, 20)):
            near = chance.choice([0, index]) + chance.randrange(600)
            content[near % len(content)] = chance.randrange(256)
        path.write_bytes(content)
        try:
            assert audio.probe(path).duration > 0
        except audio.AudioError as error:
            assert error.hint  # noqa: PT017 - both ends are right


def test_an_audio_error_survives_the_process_pool():
    error = pickle.loads(pickle.dumps(audio.AudioError("message", "hint")))
    assert (str(error), error.hint) == ("message", "hint")
