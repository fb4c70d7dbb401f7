"""Makes templates/serif.woff2, the theme's text face, from Source Serif 4 (SIL Open Font License).

pip install fonttools brotli; npm install @fontsource-variable/source-serif-4
python tests/make_font.py node_modules/@fontsource-variable/source-serif-4/files/\
source-serif-4-latin-wght-normal.woff2

Kept are the letters of western Europe and weights from 400 to 700. The licence reserves the name
“Source”, so what is made here has another one; copyright and licence stay inside.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
LETTERS += map(ord, "ŒœŠšŸŽžẞ–—‘’‚“”„•…‰‹›€™−‑→↗←\u2009\u202f")
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum"]
NAME = "Publisher Serif"


def main() -> None:
    font = TTFont(sys.argv[1], recalcTimestamp=False)
    options = subset.Options(layout_features=FEATURES, hinting=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=LETTERS)
    chosen.subset(font)
    font.flavor = None
    whole = io.BytesIO()
    font.save(whole)
    font = instancer.instantiateVariableFont(
        TTFont(whole, recalcTimestamp=False), {"wght": (400, 700)}
    )
    for number in (1, 3, 4):
        font["name"].setName(NAME, number, 3, 1, 0x409)
    font["name"].setName(NAME.replace(" ", ""), 6, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(ROOT / "templates/serif.woff2")


if __name__ == "__main__":
    main()
