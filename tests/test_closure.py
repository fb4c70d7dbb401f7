"""The site that a visitor sees is whole after every request, whatever goes wrong with one.

A sample; `benchmarks/closure.py` tries every request with every fault.
"""

import shutil
from itertools import product

import closure
import pytest
from closure import FAULTS, in_a_process, in_process, naive, orphans, quick, trial
from servers import fresh

EVERY = 5  # the sample: each fault at every fifth request, beginning elsewhere for each


def begin(server, folder, publish_first):
    """A bucket with one of the releases, and both of them."""
    shutil.rmtree(folder, ignore_errors=True)
    sites = closure.releases(folder)
    if publish_first == 1:
        sites = sites[::-1]
    store = fresh(server)
    in_process(sites[0], store)
    return store, sites


@pytest.fixture(params=["moto_server", "rclone_server"])
def server(request, credentials):  # noqa: ARG001 - needed, not used
    with quick():
        yield request.getfixturevalue(request.param)


@pytest.mark.parametrize("direction", [0, 1])
def test_the_fixture_has_at_most_25_requests_and_is_whole(server, tmp_path, direction):
    store, sites = begin(server, tmp_path / "show", direction)
    outcome = trial(store, sites, (-1, ""))
    assert outcome.failure == ""
    assert outcome.fine, outcome
    assert len(requests(server, tmp_path, direction)) <= 25


def requests(server, tmp_path, direction):
    """The requests of a run without a fault."""
    store, sites = begin(server, tmp_path / "show", direction)
    store.proxy.reset()
    in_process(sites[1], store)
    return list(store.proxy.asked)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("direction", [0, 1])
def test_a_visitor_never_meets_a_broken_link(server, tmp_path, direction, fault):
    total = len(requests(server, tmp_path, direction))
    for number in range(FAULTS.index(fault) % EVERY, total, EVERY):
        store, sites = begin(server, tmp_path / "show", direction)
        outcome = trial(store, sites, (number, fault))
        assert outcome.fine, outcome


@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_a_killed_process_leaves_nothing_that_the_next_run_does_not_mend(server, tmp_path, moment):
    total = len(requests(server, tmp_path, 0))
    for number in range(3, total, 9):
        store, sites = begin(server, tmp_path / "show", 0)
        outcome = trial(store, sites, (number, moment), in_a_process)
        assert outcome.failure.startswith("-9"), outcome
        assert outcome.fine, outcome
        assert orphans(store) == 0


def test_the_naive_order_is_seen_to_be_broken(server, tmp_path):
    for direction, _ in product((0, 1), (0,)):
        store, sites = begin(server, tmp_path / "show", direction)
        outcome = trial(store, sites, (-1, ""), naive)
        assert outcome.broken
