"""Every request of a publish, with every fault, at both servers, to V2 and back.

    python benchmarks/closure.py > benchmarks/closure.txt

After each request that changes something a visitor walks the whole bucket. Kills end a real
process. A few minutes for each server.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import closure
from closure import FAULTS, in_a_process, in_process, naive, trial
from servers import fresh


def begin(server, folder, back):
    sites = closure.releases(Path(folder))
    sites = sites[::-1] if back else sites
    store = fresh(server)
    in_process(sites[0], store)
    store.proxy.reset()
    return store, sites


def row(server, back, fault):
    """All requests with one fault, as one line."""
    with tempfile.TemporaryDirectory() as folder:
        store, sites = begin(server, folder, back)
        in_process(sites[1], store)
        total = len(store.proxy.asked)
    outcomes = []
    for number in range(total):
        with tempfile.TemporaryDirectory() as folder:
            store, sites = begin(server, folder, back)
            how = in_a_process if fault.startswith("kill") else in_process
            outcomes.append(trial(store, sites, (number, fault), how))
    walks, broken = sum(it.walks for it in outcomes), sum(len(it.broken) for it in outcomes)
    resent, orphans = sum(it.resent for it in outcomes), sum(it.orphans for it in outcomes)
    whole = sum(it.converged for it in outcomes)
    way = "V2 to V1" if back else "V1 to V2"
    print(
        f"{server.name:7} {way}  {fault:12} {total:8} {walks:6} {broken:7}"
        f" {f'{whole}/{total}':>10} {resent:7} {orphans:8}",
        flush=True,
    )
    for it in outcomes:
        if not it.fine:
            print(it, file=sys.stderr)
    killed = all(it.failure.startswith("-9") for it in outcomes)
    return all(it.fine for it in outcomes) and (killed or not fault.startswith("kill"))


def naive_row(server, back):
    """The same way in the order of keys, without any fault."""
    with tempfile.TemporaryDirectory() as folder:
        store, sites = begin(server, folder, back)
        outcome = trial(store, sites, (-1, ""), naive)
    way = "V2 to V1" if back else "V1 to V2"
    print(f"{server.name:7} {way}  keys in order, no fault: {len(outcome.broken)} broken links")
    return bool(outcome.broken)


def all_rows(name):
    """Everything at one server."""
    with closure.environment() as both, closure.quick():
        server = next(it for it in both if it.name == name)
        fine = [row(server, back, fault) for back in (0, 1) for fault in FAULTS]
        seen = [naive_row(server, back) for back in (0, 1)]
    sys.exit(not (all(fine) and all(seen)))


def main():
    began = time.monotonic()
    head = ("server", "way", "fault", "requests", "walks", "broken", "converged", "re-sent")
    print("{:7} {:9} {:12} {} {:>6} {:>7} {:>10} {:>7}  orphans".format(*head), flush=True)
    command = [sys.executable, __file__]
    both = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True)
        for name in ("moto", "rclone")
    ]
    for it in both:
        print(it.communicate()[0], end="", flush=True)
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(max(it.returncode for it in both))


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else all_rows(sys.argv[1])
