"""How soon the preview shows what was saved, in real Chromium, at a show of so many articles.

    python benchmarks/desk.py [COUNT]

Each row is a median: from the end of a save until the open page shows it. What must be shown: an
edit within 1 s, an error within 0.5 s. "build" is the same edit by `publish build`, a new process.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus

sys.path.insert(0, str(corpus.ROOT / "tests"))
from desks import running

from publisher.preview import watch

REPEATS = 7
STYLE = (corpus.ROOT / "templates/style.css").read_text("utf-8")
BORDER = "getComputedStyle(document.body).borderTopWidth"


def shown(page, expression):
    """Seconds until an expression is true in the page."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < 30:
        try:
            if page.evaluate(f"Boolean({expression})"):
                return time.perf_counter() - begin
        except Exception:  # noqa: BLE001 - the page is just being reloaded
            pass
        time.sleep(0.005)
    raise SystemExit(f"never: {expression}")


def measured(show: Path, number: int, page, desk) -> dict[str, list[float]]:
    """Seconds until a page that shows one article follows what is saved, some times each."""
    rows = {name: [] for name in ("edit, page reloaded", "error, shown", "mended", "style, shown")}
    edits, errors, mended, styles = rows.values()
    (show / "templates").mkdir()
    article = show / f"episodes/folge-{number:05}.md"
    good = article.read_text("utf-8")
    bar = "document.querySelector('body > div:last-child').shadowRoot"
    error = f"{bar}.querySelector('[role=alert]')"
    for turn in range(REPEATS):
        article.write_text(f"{good}\n\nStand {turn}.\n", "utf-8")
        has_it = f"document.body.textContent.includes('Stand {turn}.')"
        edits.append(shown(page, f"{has_it} && {bar}"))
        time.sleep(0.3)
        article.write_text(good.replace("title:", "titel:"), "utf-8")
        errors.append(shown(page, error))
        time.sleep(0.3)
        article.write_text(f"{good}\n\nStand {turn}.\n", "utf-8")
        mended.append(shown(page, f"!{error}"))
        time.sleep(0.3)
        css = f"{STYLE}\nbody {{ border-top: {turn + 1}px solid }}"
        (show / "templates/style.css").write_text(css, "utf-8")
        styles.append(shown(page, f"{BORDER} === '{turn + 1}px'"))
        while desk.state.looks:  # shown before it is built
            time.sleep(0.05)
        time.sleep(0.3)
    return rows


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    number = count // 2
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        show = Path(temporary) / "show"
        corpus.make(show, count)
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", chromium_sandbox=False
        )
        with running(show) as it:
            page = chromium.new_page()
            page.goto(f"{it.url}/folge-{number:05}/")
            page.locator("aside.desk").wait_for()
            rows = measured(show, number, page, it.desk)
        chromium.close()
        rows["build (one run)"] = [built(show, show / f"episodes/folge-{number:05}.md")]
        rows["look for changes"] = [looked(show) for _ in range(20)]
    print(f"{count} articles, medians of {REPEATS} in Chromium")
    for name, times in rows.items():
        print(f"{name:<22}{statistics.median(times):>8.3f} s   most {max(times):.3f}")


def built(show: Path, article: Path) -> float:
    """Seconds for the same edit by `publish build`, once the others are built."""
    command = [sys.executable, "-m", "publisher", "-C", str(show), "--now", "2100-01-01",
               "build"]  # fmt: skip
    for text in ("Ende.", "Ganz am Ende."):
        article.write_text(f"{article.read_text('utf-8')}\n\n{text}\n", "utf-8")
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def looked(show: Path) -> float:
    """Seconds for one look at all files of the show."""
    begin = time.perf_counter()
    watch.look(show, ())
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
