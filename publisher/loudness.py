"""How loud a recording is, measured by ffmpeg as EBU R 128 and ITU-R BS.1770 describe it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from publisher import files
from publisher.check import recordings
from publisher.errors import Exit, Failure, Problem
from publisher.files import relative
from publisher.model import Memo, Show

SILENCE = -70.0  # LUFS, the scale's lower end; ffmpeg says "-inf" for the peak of silence


def problems(root: Path, show: Show, memo: Memo) -> list[Problem]:
    """What is wrong with the loudness of the show's recordings; each is measured once."""
    if not shutil.which("ffmpeg"):
        hint = "Install it: apt install ffmpeg, brew install ffmpeg, or winget install ffmpeg."
        raise Failure(Exit.USAGE, "--loudness needs ffmpeg, which is not installed", hint)
    paths = [it.enclosure.path for it in show.episodes if it.enclosure]
    measured = memo.map(measure, [(files.stamp(path),) for path in paths])
    return list(_problems(root, paths, measured))


def _problems(
    root: Path, paths: list[Path], measured: list[tuple[float, float]]
) -> Iterator[Problem]:
    for path, (loudness, peak) in zip(paths, measured, strict=True):
        yield from recordings.loud(relative(path, root), loudness, peak)


def measure(file: files.Stamp) -> tuple[float, float]:
    """The integrated loudness in LUFS and the true peak in dBTP of a whole recording."""
    command = ["ffmpeg", "-nostdin", "-nostats", "-hide_banner", "-i", str(file.path)]
    command += ["-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"]
    ran = subprocess.run(  # noqa: S603 - no shell, and the path is one argument
        command, capture_output=True, text=True, errors="replace", check=False
    )
    return parse(ran.stderr, file.path.name)


def parse(output: str, name: str) -> tuple[float, float]:
    """Read the summary at the end of ffmpeg's output."""
    _, _, summary = output.rpartition("Summary:")
    loudness = re.search(r"\bI:\s*(-?[\d.]+|-inf|nan) LUFS", summary)
    peak = re.search(r"\bPeak:\s*(-?[\d.]+|-inf|nan) dBFS", summary)
    if not loudness or not peak:
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        hint = "Update ffmpeg, or leave --loudness out."
        raise Failure(Exit.USAGE, f"ffmpeg could not measure {name}: {last}", hint)
    return _decibel(loudness[1]), _decibel(peak[1])


def _decibel(text: str) -> float:
    return SILENCE if text in ("-inf", "nan") else float(text)
