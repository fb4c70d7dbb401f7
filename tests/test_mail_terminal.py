"""`publish send` as a process of its own, with a person before it."""

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from mail_servers import Sink
from test_mail_sending import address_book, listening

SEND = [sys.executable, "-m", "publisher", "send", "suppe"]


def test_ctrl_c_does_not_wait_for_a_silent_server(show):
    with listening(Sink(slowness=600)) as server:
        address_book(show, server, "a@x.example", "slow@x.example", "b@x.example")
        with subprocess.Popen(
            [*SEND, "--yes"], cwd=show, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            while not server.handler.seen["slow@x.example"]:
                time.sleep(0.01)
            time.sleep(0.5)
            begin = time.monotonic()
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
        assert time.monotonic() - begin < 5
    assert running.returncode == 1
    assert "audience 3 = 1 accepted + 0 failed + 0 deferred + 1 uncertain + 0 excluded" in out
    assert "uncertain  slow@x.example  the run ended before the server answered" in out
    assert "Traceback" not in err


def in_terminal(show, answer):
    """What a person sees who answers so, and the exit code."""
    own, theirs = pty.openpty()
    with closing(os.fdopen(own, "r+b", buffering=0)) as terminal:
        with subprocess.Popen(
            SEND, cwd=show, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        ) as running:
            os.close(theirs)
            terminal.write(answer)
            seen = b""
            while piece := _read(terminal):
                seen += piece
        return seen.decode(), running.returncode


def _read(terminal):
    try:
        return terminal.read(4096)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("answer", [b"y\n", b"n\n", b"\n"])
def test_a_person_is_asked_and_sees_how_far_it_is(show, answer):
    with listening() as server:
        address_book(show, server, *(f"r{n}@x.example" for n in range(5)))
        seen, code = in_terminal(show, answer)
    assert "Send “Die Suppe” to 5? [y/N]" in seen
    says_yes = answer == b"y\n"
    assert code == (0 if says_yes else 1)
    assert ("sending" in seen and "100%" in seen) == says_yes
    assert ("audience 5 = 5 accepted" in seen) == says_yes
    assert len(server.handler.mails) == (5 if says_yes else 0)


class Clock(Sink):
    """Remembers when each mail came."""

    def __init__(self):
        super().__init__()
        self.times = []

    def _deliver(self, address, content):
        self.times.append(time.monotonic())
        super()._deliver(address, content)


def test_the_server_gets_no_more_mails_in_a_minute_than_it_may(show):
    with listening(Clock()) as server:
        address_book(show, server, *(f"r{n}@x.example" for n in range(9)))
        with (show / "show.toml").open("a") as config:
            config.write("per_minute = 300\n")
        subprocess.run([*SEND, "--yes"], cwd=show, check=True, capture_output=True)
        times = server.handler.times
    assert len(times) == 9
    assert times[-1] - times[1] >= 7 * 60 / 300 - 0.2, "the first one had to connect"
