"""A process that is asked to stop ends what it judges, or is interrupted after its patience."""

import os
import signal
import time

import pytest

from amlsec.gate.serving.stopping import TooLate, stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_wakes_who_waits_and_what_was_set_before_is_set_again(number):
    before, timer = signal.getsignal(number), signal.getitimer(signal.ITIMER_REAL)[0]
    with stopping(60.0) as asked:
        assert not asked(0.0)
        os.kill(os.getpid(), number)
        began = time.monotonic()
        assert asked(30.0)
        assert asked(0.0)
        assert time.monotonic() - began < 10
    assert signal.getsignal(number) == before
    assert abs(signal.getitimer(signal.ITIMER_REAL)[0] - timer) < 30  # who waits for a test that hangs waits on


def works_on(patience, signals):
    """Gets so many signals, and never looks whether he was asked."""
    with stopping(patience):
        deadline = time.monotonic() + 30
        for _ in range(signals):
            os.kill(os.getpid(), signal.SIGTERM)
        while time.monotonic() < deadline:
            pass


def test_who_works_on_is_interrupted_after_his_patience_and_not_before():
    began = time.monotonic()
    with pytest.raises(TooLate):
        works_on(0.2, signals=1)
    assert 0.2 < time.monotonic() - began < 10


def test_signals_that_come_again_do_not_prolong_the_patience():
    with pytest.raises(TooLate):
        works_on(0.2, signals=10**9)


def test_the_end_of_the_parents_pipe_asks_too():
    reading, writing = os.pipe()
    with stopping(60.0, parent=reading) as asked:
        assert not asked(0.0)
        os.close(writing)
        assert asked(30.0)
    os.close(reading)
