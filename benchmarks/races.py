"""Two publishers with different sites at the same moment, a hundred times.

    python benchmarks/races.py [COUNT] > benchmarks/races.txt

At a server that minds conditions, the result is one of the two sites each time, and whoever did
not publish says so. At one that ignores them, every run says that it cannot tell.
"""

import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from closure import environment, quick
from servers import Site, fresh

from publisher.errors import Failure
from publisher.targets import lease, open_target

URLS = ("/", "/one/", "/two/", "/three/")


def race(store, folder):
    """Both go at once; how it ended, and whether every run that ended well told of the server."""
    ends, notes = [], []
    gate = threading.Barrier(2)

    def go(name):
        site = Site(Path(folder, name, "site"))
        for url in URLS:
            site.write(url, f"{name} {url}".encode())
        target = open_target(store.settings(), site.root)
        gate.wait()
        try:
            site.publish(target)
            ends.append("published")
        except Failure as failure:
            ends.append(failure.code.name)
        notes.append(target.note)

    threads = [threading.Thread(target=go, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = {store.get(url[1:] + "index.html")["Body"].split()[0] for url in URLS}
    return Counter(ends), len(there) == 1, any(notes)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    lease.LOOK_AGAIN = 0.05
    fine = True
    with environment() as both, quick():
        for server in both:
            ends, whole, told = Counter(), 0, 0
            for _ in range(count):
                with tempfile.TemporaryDirectory() as folder:
                    end, is_one, is_told = race(fresh(server), folder)
                ends += end
                whole += is_one
                told += is_told
            fine &= whole == count if server.name == "moto" else told == count
            how = ", ".join(f"{number} {name}" for name, number in sorted(ends.items()))
            print(
                f"{server.name}: {count} races, {whole} ended as one of the two sites, "
                f"{told} said that the server ignores conditions; runs: {how}",
                flush=True,
            )
    sys.exit(not fine)


if __name__ == "__main__":
    main()
