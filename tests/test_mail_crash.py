"""`publish send` killed ten times: the account is true, and nobody has two mails."""

import sys

from shows import ROOT


def test_ten_kills_leave_a_true_account(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import send_crash

    tally = send_crash.Tally()
    for seed in range(5):
        if tally.kills < 10:
            send_crash.one_run(tally, seed, 150, 10 - tally.kills, faults=6)
    text = send_crash.table(tally, 150)
    assert tally.kills == 10, text
    assert (tally.doubled, tally.unreported, tally.open_equations) == (0, 0, 0), text
    assert tally.states["accepted"] > 100 * tally.runs, text
    sys.modules.pop("send_crash")
