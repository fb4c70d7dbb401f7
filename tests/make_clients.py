"""Make publisher/check/clients.py anew: what mail clients show, by the data of caniemail.com.

    python tests/make_clients.py [VERSION]      (needs npm and the network)

The data are those of https://github.com/hteumeuleu/caniemail (MIT), as the npm package
`caniemail` (MIT) holds them in data/caniemail.json.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VERSION = "2.0.2"
MODULE = Path(__file__).parent.parent / "publisher" / "check" / "clients.py"
# our readers' clients: the family in the data, and its platforms (all, where none is named)
CLIENTS = {
    "GMX": ("gmx", ()),
    "WEB.DE": ("web-de", ()),
    "T-Online": ("t-online-de", ()),
    "Gmail": ("gmail", ()),
    "Outlook": ("outlook", ("windows",)),
    "Apple Mail": ("apple-mail", ()),
}
KINDS = re.compile(r"(css|html|image)-(?!pseudo|selector)")  # an inlined mail has no selectors
HEAD = '''"""What mail clients show, by the data of caniemail.com.

Made by `python tests/make_clients.py` from the npm package caniemail {version}, whose data are of
{date}: https://github.com/hteumeuleu/caniemail (MIT licence, © its contributors).
A letter stands for each of CLIENTS in their order, the worst of a client's platforms in its newest
version: y shown, a shown in part, n not shown, - never tested.
"""

CLIENTS = ({clients})
SUPPORT = {{
'''


def data(version: str) -> dict[str, Any]:
    """The package's data, from the npm registry."""
    with tempfile.TemporaryDirectory() as folder:
        pack = ["npm", "pack", "--silent", f"caniemail@{version}"]
        name = subprocess.run(pack, cwd=folder, check=True, capture_output=True, text=True).stdout
        with tarfile.open(Path(folder) / name.strip()) as packed:
            file = packed.extractfile("package/data/caniemail.json")
            assert file
            found: dict[str, Any] = json.load(file)
            return found


def letter(stats: dict[str, dict[str, str]], platforms: tuple[str, ...]) -> str:
    """The worst of the newest versions; what was never tested says nothing."""
    newest = [
        list(it.values())[-1][0] for name, it in stats.items() if name in platforms or not platforms
    ]
    return next((it for it in "nay" if it in newest), "-")


def main() -> None:
    """Write the module."""
    version = sys.argv[1] if len(sys.argv) > 1 else VERSION
    found = data(version)
    head = HEAD.format(
        version=version,
        date=found["last_update_date"][:10],
        clients=", ".join(f'"{name}"' for name in CLIENTS),
    )
    rows = (
        f'    "{it["slug"]}": "'
        + "".join(letter(it["stats"].get(family, {}), only) for family, only in CLIENTS.values())
        + '",\n'
        for it in sorted(found["data"], key=lambda it: it["slug"])
        if KINDS.match(it["slug"])
    )
    MODULE.write_text(head + "".join(rows) + "}\n", "utf-8")


if __name__ == "__main__":
    main()
