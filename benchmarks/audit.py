"""Lighthouse, axe and the Nu HTML checker over the sample show.

python benchmarks/audit.py > benchmarks/audit.txt (needs apt-get install chromium
default-jre-headless nodejs npm; the rest comes from npm, as pinned in tests/audit/)
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import judges
from browsing import CHROMIUM, DESKTOP, PHONE, copy_of_sample
from playwright.sync_api import sync_playwright

COLUMNS = ("performance", "accessibility", "best-practices", "seo")


def axe(base: str) -> dict[str, int]:
    """Violations on each page, light at a desk and dark on a phone together."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), chromium_sandbox=False)
        found = {}
        for path in judges.PAGES:
            found[path] = 0
            for look, viewport in (("light", DESKTOP), ("dark", PHONE)):
                page = chromium.new_page(viewport=viewport, color_scheme=look, bypass_csp=True)
                page.goto(base + path)
                found[path] += len(judges.axe(page))
                page.close()
        chromium.close()
    return found


def main() -> None:
    judges.tools()
    with tempfile.TemporaryDirectory() as folder:
        show = copy_of_sample(Path(folder))
        with judges.served(show) as base:
            began = time.monotonic()
            scores = judges.lighthouse(base, *judges.PAGES)
            seconds, violations = time.monotonic() - began, axe(base)
        print(f"{'page':28}" + "".join(f"{name:>16}" for name in COLUMNS) + f"{'axe':>6}")
        for path, score in scores.items():
            row = "".join(f"{score[name]:16}" for name in COLUMNS)
            print(f"{path:28}{row}{violations[path]:6}")
        print(f"Lighthouse, mobile: medians of {judges.RUNS}, {seconds:.0f} s in all.")
        print("axe: violations, light at 1280 px and dark at 360 px together.")
        errors = judges.nu(show / "site")
        print(f"Nu HTML checker: {len(errors)} errors in the whole site and its CSS.")
        print(*errors, sep="\n", end="")


if __name__ == "__main__":
    main()
