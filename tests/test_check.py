"""Every defect is reported by exactly the rule that owns it, with file and line."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from defects import BROT, DEFECTS, SALAT, SUPPE, TOML, Defect, edit, healthy, write
from shows import ROOT, Ran, publish, run

from publisher import check, chunks, fix, inspection, loudness
from publisher.check import explain
from publisher.errors import Failure, Problem, PublishError

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LOUDNESS = {"loudness", "true-peak"}  # asked for with an option
RULES = {rule.id: rule for rule in check.RULES}


@pytest.fixture(autouse=True)
def apart(monkeypatch) -> None:
    """Each post is judged apart from all others: rules that compare them must say so."""
    monkeypatch.setattr(chunks, "USUAL_SIZE", 1)


@pytest.fixture(scope="module")
def healthy_show(tmp_path_factory) -> Path:
    show = healthy(tmp_path_factory.mktemp("healthy") / "show")
    assert problems(show) == []
    return show


@pytest.fixture
def show(healthy_show, tmp_path) -> Path:
    """A copy, with what was remembered of it."""
    return shutil.copytree(healthy_show, tmp_path / "show")


def problems(show: Path) -> list[Problem]:
    try:
        return inspection.problems(show, NOW)
    except PublishError as error:
        return error.problems


def line_of(show: Path, defect: Defect) -> int:
    """The line of the text that the defect names, 0 for the file as a whole."""
    if not defect.line:
        return 0
    lines = (show / defect.path).read_bytes().decode("utf-8", "replace").split("\n")
    return next(number for number, line in enumerate(lines, 1) if defect.line in line)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda it: it.name)
def test_a_defect_is_reported_by_the_rule_that_owns_it(defect, show, record_property) -> None:
    defect.change(show)
    found = problems(show)
    assert [problem.rule for problem in found] == [defect.rule], "\n".join(map(str, found))
    [problem] = found
    assert (problem.path, problem.line) == (defect.path, line_of(show, defect))
    assert problem.severity == RULES[defect.rule].severity
    assert problem.hint
    row = f"{problem.rule:<22} {problem.severity:<8} {problem.path}:{problem.line}  {defect.name}"
    record_property("defect", row)
    print(row)


def test_there_are_sixty_defects_and_more_and_each_rule_has_one() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 60
    assert {defect.rule for defect in DEFECTS} == RULES.keys() - LOUDNESS


HARMLESS = {
    "Spotify's three chapters are no must": edit(SALAT, "  - start: 01:00\n    title: Öl\n", ""),
    "a category without a subcategory": edit(TOML, '["Arts", "Food"]', '"Arts"'),
    "more categories than Apple reads": edit(TOML, '"Food"]', '"Food"], ["Comedy", "Improv"]'),
    "a region": edit(TOML, '"de"', '"de-at"'),
    "a language of three letters": edit(TOML, '"de"', '"gsw"'),
    "a number at the beginning": edit(SUPPE, "Die Suppe", "7 Suppen"),
    "the name of the show inside a word": edit(SUPPE, "Die Suppe", "Küche & Kellerei"),
    "the same number in another season": edit(SUPPE, "episode: 1", "episode: 2\nseason: 2"),
    "a bonus with the same number": edit(SUPPE, "episode: 1", "episode: 2\nseason: 1\ntype: bonus"),
    "a description of 4000 bytes": edit(SALAT, "Grün und gut.", "ä" * 2000),
    "a soundbite of 15 seconds": edit(SALAT, "duration: 20", "duration: 15"),
    "a role in capitals": edit(SALAT, "role: guest", "role: GUEST"),
    "a script in the language": edit(TOML, '"de"', '"zh-Hans-CN"'),
    "hostile text": edit(
        BROT, "title: Das Brot", "title: ']]> <script> & &amp; \u202eRTL\u202c 🎉'"
    ),
    "an English show without an imprint": edit(TOML, '"de"', '"en"'),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_allowed_is_not_reported(name, show) -> None:
    HARMLESS[name](show)
    assert problems(show) == []


def test_an_english_show_needs_no_imprint(show) -> None:
    edit(TOML, '"de"', '"en"')(show)
    edit(TOML, 'imprint = "pages/impressum.md"\nprivacy = "pages/datenschutz.md"\n', "")(show)
    assert problems(show) == []


def test_nothing_is_found_in_the_sample_show(tmp_path) -> None:
    ours = shutil.ignore_patterns(".*", "site", "mail", "published", "publisher", "tests")
    shutil.copytree(ROOT, tmp_path / "sample", ignore=ours)
    assert problems(tmp_path / "sample") == []


HINTS = {
    ("language", '"de"', '"Deutsch"'): 'Write "de".',
    ("language", '"de"', '"ger"'): 'Write "de".',
    ("language", '"de"', '"de_DE"'): 'Write "de".',
    ("categories", '"Arts", "Food"', '"Art", "Food"'): "Did you mean “Arts”?",
    ("categories", '"Arts", "Food"', '"Food"'): 'It is a subcategory: write ["Arts", "Food"].',
    ("medium", '"podcast"', '"potcast"'): "Did you mean “podcast”?",
    ("url", "https://kueche", "https://küche"): "Write the host as xn--kche-0ra.example.",
}


@pytest.mark.parametrize("change", HINTS, ids=lambda change: f"{change[0]} {change[2]}")
def test_hints_name_what_was_meant(change, show) -> None:
    edit(TOML, *change[1:])(show)
    assert [problem.hint for problem in problems(show)] == [HINTS[change]]


# -- the command


def checked(show: Path, *options: str) -> Ran:
    return publish(show, "check", *options)


def test_check_ends_with_a_count(show) -> None:
    assert checked(show) == Ran(0, "no problems\n", "")
    edit(SALAT, "role: guest", "role: gest")(show)
    ran = checked(show)
    assert (ran.code, ran.out) == (0, "1 warning\n")
    assert ran.err == (
        "episodes/salat.md:12: warning: “gest”, the role of Ilse Kraut, is not one that apps know"
        " [person-role]\n  hint: Did you mean “guest”?\n"
    )
    assert checked(show, "--strict").code == 1
    edit(SALAT, "season: 1", "season: 0")(show)
    edit(SALAT, "group: cast", "group: x")(show)
    ran = checked(show)
    assert (ran.code, ran.out) == (1, "1 error, 2 warnings\n")


@pytest.mark.parametrize("id_", RULES)
def test_every_rule_is_explained(id_, tmp_path) -> None:
    rule = RULES[id_]
    assert all((rule.says, rule.why, rule.remedy, rule.source))
    ran = run("-C", str(tmp_path), "check", "--explain", id_)  # needs no show
    assert ran.code == 0
    for part in (id_, rule.severity, rule.source, rule.says, rule.why, rule.remedy):
        assert part in ran.out


def test_an_unknown_rule_is_guessed() -> None:
    ran = run("check", "--explain", "derived-gid")
    assert ran.code == 2
    assert "Did you mean “derived-guid”?" in ran.err
    assert all(id_ in ran.err for id_ in RULES)


def test_the_rules_are_documented() -> None:
    """Write it anew with `publish check --explain all > docs/rules.md`."""
    assert (ROOT / "docs/rules.md").read_text("utf-8") == explain.page(check.RULES)


# -- --fix


def test_fix_writes_guids_and_nothing_else(show) -> None:
    edit(SUPPE, "guid: suppe-1\n", "")(show)
    edit(BROT, "guid: brot-1", "guid:   # kommt noch")(show)
    before = {path: (show / path).read_text("utf-8") for path in (SUPPE, BROT, SALAT)}
    feed = publish(show, "build"), (show / "site/feed/itunes/index.xml").read_bytes()
    ran = checked(show, "--fix")
    assert (ran.code, ran.err) == (0, "")
    guid = re.search(r"episodes/suppe.md: guid: ([0-9a-f-]{36})$", ran.out, re.MULTILINE)
    assert guid
    assert ran.out.endswith("\nno problems\n")
    assert ran.out.count("wrote ") == 2
    after = {path: (show / path).read_text("utf-8") for path in (SUPPE, BROT, SALAT)}
    old = before[SUPPE].replace("Grundlagen]\n---", f"Grundlagen]\nguid: {guid[1]}\n---")
    assert after[SUPPE] == old
    assert (
        re.sub(r"guid: [0-9a-f-]{36}  # kommt noch", "guid:   # kommt noch", after[BROT])
        == (before[BROT])
    )
    assert after[SALAT] == before[SALAT]
    assert publish(show, "build").code == 0
    assert (show / "site/feed/itunes/index.xml").read_bytes() == feed[1]  # subscribers see nothing
    assert checked(show, "--fix").out == "no problems\n"


@pytest.mark.parametrize(
    "content",
    [
        "---\r\ntitle: A\r\ndate: 2026-09-01\r\n---\r\n\r\nText\r\n",
        "\ufeff---\ntitle: A\ndate: 2026-09-01\n---\nText",
        "---\ntitle: A\ndate: 2026-09-01\nguid: ''\n---\nText",
        "---\ntitle: >\n  A\n\n  guid: b\ndate: 2026-09-01\n# Ende\n---\nguid:\n---\n",
    ],
)
def test_fix_keeps_line_ends_marks_and_comments(content, show) -> None:
    write(BROT, content)(show)
    (show / BROT).chmod(0o640)
    edit(SUPPE, "(brot.md)", "(suppe.md)")(show)
    edit(SALAT, "(brot.md#kruste)", "(suppe.md)")(show)
    [(path, written)] = inspection.mend(show, NOW)
    assert path == BROT
    after = (show / BROT).read_bytes().decode()
    lines = [line for line in after.splitlines(keepends=True) if written not in line]
    assert "".join(lines) == content.replace("guid: ''\n", "")
    assert (show / BROT).stat().st_mode & 0o777 == 0o640
    assert problems(show) == []


def test_fix_leaves_a_file_that_it_cannot_mend(show) -> None:
    content = "---\n{title: A, date: 2026-09-01}\n---\n\n## Kruste\n"
    write(BROT, content)(show)
    assert list(inspection.mend(show, NOW)) == []
    assert (show / BROT).read_text("utf-8") == content


def test_with_guid_needs_front_matter() -> None:
    assert fix.with_guid("Text", "x") == "Text"


# -- --loudness


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="install ffmpeg to measure loudness")
def test_loudness_is_measured_once(show, monkeypatch) -> None:
    tone = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=440:d=100", "-b:a", "32k"]
    for volume, name in (("-30dB", "suppe"), ("22dB", "salat")):
        path = show / f"episodes/{name}.mp3"
        subprocess.run([*tone, "-af", f"volume={volume}", path], check=True)
    ran = checked(show, "--loudness")
    assert re.findall(r"^([\w/.]+): warning: .* \[(.*)\]$", ran.err, re.MULTILINE) == [
        ("episodes/salat.mp3", "loudness"),
        ("episodes/salat.mp3", "true-peak"),
        ("episodes/suppe.mp3", "loudness"),
    ]
    monkeypatch.setattr(loudness.subprocess, "run", None)  # remembered: ffmpeg is not asked again
    assert checked(show, "--loudness").err == ran.err
    assert checked(show).out == "no problems\n"


def test_loudness_without_ffmpeg(show, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    ran = checked(show, "--loudness")
    assert ran.code == 2
    assert ran.err.startswith("publish: --loudness needs ffmpeg, which is not installed\n  hint: ")


def test_silence_and_nonsense() -> None:
    summary = (
        "Summary:\n  Integrated loudness:\n    I: -70.0 LUFS\n  True peak:\n    Peak: -inf dBFS"
    )
    assert loudness.parse(summary, "x.mp3") == (-70.0, -70.0)
    with pytest.raises(Failure, match=r"could not measure x\.mp3: no such filter"):
        loudness.parse("ffmpeg\nno such filter\n", "x.mp3")
