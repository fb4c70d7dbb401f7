"""What others say of the website: Lighthouse, axe and the Nu HTML checker.

They come from npm, as pinned in tests/audit/, into `.cache/`; Chromium, Java, Node and npm from
the system. Nothing here needs root.
"""

import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shows import NOW, ROOT

PINNED = ROOT / "tests/audit"
RUNS = 3  # Lighthouse's own advice: its speed varies, so the median of several counts
NEEDED = {
    "chromium": "chromium",
    "java": "default-jre-headless",
    "node": "nodejs",
    "npm": "npm",
}

# One of each kind; the sample show has them all.
PAGES = (
    "/",
    "/sales-leader/",
    "/messe-checkliste/",
    "/archive/",
    "/tags/gespraechsfuehrung/",
    "/people/jost-ackermeier/",
    "/search/",
    "/newsletter/",
    "/404.html",
)


class ToolMissingError(Exception):
    """Something has to be installed first; the message says what."""


def tools() -> Path:
    """The folder of the npm packages, installed when asked for the first time."""
    missing = sorted({package for name, package in NEEDED.items() if not shutil.which(name)})
    if missing:
        message = f"the website's judges need: apt-get install {' '.join(missing)}"
        raise ToolMissingError(message)
    names = ("package.json", "package-lock.json")
    digest = hashlib.sha256(b"".join((PINNED / name).read_bytes() for name in names)).hexdigest()
    folder = ROOT / f".cache/judges-{digest[:8]}"
    with _alone(folder.with_suffix(".lock")):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name in names:
                shutil.copy(PINNED / name, folder)
            # no scripts: vnu-jar's would fetch a Java of its own
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if ran.returncode:
                message = f"“npm ci” in tests/audit fails: {ran.stderr[-600:]}"
                raise ToolMissingError(message)
            (folder / "done").touch()
    return folder


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Parallel test processes wait for the one that installs."""
    import fcntl

    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def served(show: Path, now: str = NOW) -> Iterator[str]:
    """The address at which `publish serve --plain` shows a show."""
    command = [sys.executable, "-u", "-m", "publisher", "-C", str(show), "--now", now]
    command += ["serve", "--plain", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            lines = iter(server.stdout.readline, "")
            line = next(line for line in lines if "http://" in line)
            yield line[line.index("http://") :].split()[0].rstrip("/")
        finally:
            server.terminate()


def lighthouse(base: str, *paths: str, runs: int = RUNS) -> dict[str, dict[str, Any]]:
    """For each path the median score of each category, and all `failed` audits."""
    folder = tools()
    script = shutil.copy(PINNED / "lighthouse.mjs", folder)
    command = ["node", script, base, str(runs), *paths]
    environment = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    found = {}
    for path in paths:
        mine = [it for it in said if it["path"] == path]
        found[path] = {
            name: round(statistics.median(it["scores"][name] for it in mine))
            for name in mine[0]["scores"]
        }
        found[path]["failed"] = sorted({name for it in mine for name in it["failed"]})
    return found


def axe(page: Any) -> list[str]:
    """What axe holds against an open page of the browser: rule, and the first element."""
    source = (tools() / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    page.evaluate(source)
    violations = page.evaluate("async () => (await axe.run()).violations")
    return [f"{it['id']}: {it['nodes'][0]['html']}" for it in violations]


def nu(site: Path) -> list[str]:
    """Every error of the Nu HTML checker in the HTML and CSS below a folder."""
    jar = tools() / "node_modules/vnu-jar/build/dist/vnu.jar"
    command = ["java", "-jar", str(jar), "--errors-only", "--skip-non-html", "--also-check-css"]
    ran = subprocess.run(
        [*command, "--format", "gnu", str(site)], capture_output=True, text=True, check=False
    )
    lines = [line for line in ran.stderr.splitlines() if ": error: " in line]
    assert lines or ran.returncode == 0, ran.stderr[-2000:]
    return [line.removeprefix(f'"file:{site}') for line in lines]
