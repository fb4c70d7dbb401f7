"""Makes the theme's text face, templates/serif.woff2 and its italic, from Source Serif 4.

pip install fonttools brotli; npm install @fontsource-variable/source-serif-4
python tests/make_font.py node_modules/@fontsource-variable/source-serif-4/files

The licence is the SIL Open Font License. Kept are the letters of western Europe and weights from
400 to 700; of the italic, of which a page shows a few words, one weight, fewer letters and no
kerning: both together have less than 40 KB. The licence reserves the name “Source”, so what is made
here has another one; copyright and licence stay inside.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
ASCII = [*range(0x20, 0x7F)]
LETTERS = [*ASCII, *range(0xA0, 0x100)]
LETTERS += map(ord, "ŒœŠšŸŽžẞ–—‘’‚“”„•…‰‹›€™−‑→↗←\u2009\u202f")
FEW_LETTERS = [it for it in ASCII if chr(it) not in "\\^`{|}~"]
FEW_LETTERS += map(ord, "\u00a0ÄÖÜäöüßÅåÆæØøÉáàâçéèêëíîïñóôúûœ«»–—‘’‚“”„…€")
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum"]
NAME = "Publisher Serif"


def cut(source, letters, features):
    """What is left of a font."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=features, hinting=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=letters)
    chosen.subset(font)
    font.flavor = None
    whole = io.BytesIO()
    font.save(whole)
    return TTFont(whole, recalcTimestamp=False)


def write(font, weight, name, target):
    """Write one face in these weights, under a name of its own."""
    font = instancer.instantiateVariableFont(font, {"wght": weight})
    for number in (1, 3, 4):
        font["name"].setName(name, number, 3, 1, 0x409)
    font["name"].setName(name.replace(" ", ""), 6, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(ROOT / "templates" / target)


def main() -> None:
    folder = Path(sys.argv[1])
    start = "source-serif-4-latin-wght"
    upright = cut(folder / f"{start}-normal.woff2", LETTERS, FEATURES)
    write(upright, (400, 700), NAME, "serif.woff2")
    italic = cut(folder / f"{start}-italic.woff2", FEW_LETTERS, [])
    write(italic, 400, f"{NAME} Italic", "italic.woff2")


if __name__ == "__main__":
    main()
