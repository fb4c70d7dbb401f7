"""Pictures of the sample show's pages: on a phone and a desktop, light and dark.

python tests/screenshots.py [SHOW] writes them to screenshots/, which git ignores; of the sample
show itself also the README's two, to docs/.
"""

import sys
import tempfile
from pathlib import Path

import judges
from browsing import CHROMIUM, DESKTOP, PHONE, copy_of_sample
from playwright.sync_api import Page, sync_playwright
from shows import ROOT

FOLDER = ROOT / "screenshots"
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def take(page: Page, path: str, name: str) -> None:
    """A whole page, and as it is printed."""
    page.reload()  # the font is in the cache now
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    if name.endswith("desktop-light") and path in ("/sales-leader/", "/messe-checkliste/"):
        page.pdf(path=FOLDER / f"{name}.pdf", format="A4")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        judges.served(Path(sys.argv[1]) if sys.argv[1:] else copy_of_sample(Path(folder))) as base,
    ):
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), chromium_sandbox=False)
        for path in judges.PAGES:
            stem = path.strip("/").replace("/", "-").removesuffix(".html") or "home"
            for size, viewport in SIZES.items():
                for look in ("light", "dark"):
                    page = chromium.new_page(viewport=viewport, color_scheme=look)
                    page.goto(base + path)
                    take(page, path, f"{stem}-{size}-{look}")
                    page.close()
        if not sys.argv[1:]:
            for_readme(chromium, base)
        chromium.close()
    print(*sorted(path.name for path in FOLDER.iterdir()), sep="\n")


def for_readme(chromium, base: str) -> None:
    """What a passer-by sees first: the home page at a desk, an episode on a phone."""
    for path, name, viewport, look in (
        ("/", "home", {"width": 1280, "height": 800}, "light"),
        ("/sales-leader/", "episode", {"width": 400, "height": 800}, "dark"),
    ):
        page = chromium.new_page(viewport=viewport, color_scheme=look)
        page.goto(base + path)
        page.screenshot(path=ROOT / f"docs/{name}.png")
        page.close()


if __name__ == "__main__":
    main()
