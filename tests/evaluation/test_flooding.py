"""Floods in closed form against days played out alarm by alarm."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.errors import InvalidInput
from amlsec.evaluation.flooding import Watch, over, rows_to_drown, rows_to_level
from amlsec.evidence import rate

SHARES = st.floats(0.001, 0.999)
WATCHES = st.builds(Watch, rows=st.floats(1, 1e6), rate=SHARES, read=st.floats(1, 1e4))


@given(WATCHES, SHARES, SHARES)
def test_so_many_rows_bring_the_rate_to_the_level_and_not_one_less(watch, level, raised):
    sent = rows_to_level(watch, level, raised)
    if sent == 0:
        assert watch.rate >= level
    elif sent == math.inf:
        assert raised <= level
    else:
        assert watch.alarms(sent, raised) / (watch.rows + sent) == pytest.approx(level)


@given(WATCHES, SHARES, SHARES)
def test_so_many_rows_leave_an_alarm_that_chance(watch, seen, raised):
    sent = rows_to_drown(watch, seen, raised)
    found = watch.seen(sent, raised)
    assert found == pytest.approx(seen) if sent else found <= seen + 1e-9


def test_the_chance_to_be_read_is_that_of_days_played_out():
    watch, rng = Watch(rows=2000, rate=0.05, read=60), np.random.default_rng(0)
    shares = []
    for _ in range(400):
        alarms = rng.binomial(2000, 0.05) + rng.binomial(500, 0.8)
        shares.append(min(60 / alarms, 1.0))
    assert watch.seen(500, 0.8) == pytest.approx(np.mean(shares), rel=0.02)


def test_the_wait_is_that_of_a_queue_played_out_alarm_by_alarm():
    watch, rng, queue = Watch(rows=2000, rate=0.05, read=60), np.random.default_rng(1), 0
    for _ in range(50):
        queue = max(queue + rng.binomial(2000, 0.05) + rng.binomial(500, 0.8) - 60, 0)
    assert watch.waiting(500, 0.8, days=50) == pytest.approx(queue / 60, rel=0.02)
    assert Watch(rows=2000, rate=0.01, read=60).waiting(10, 0.8, days=50) == 0


def test_an_interval_of_the_share_gives_one_of_the_rows():
    found = over(rate(80, 100), Watch(1000, 0.01, 10), 0.1)
    assert found.low < found.value < found.high
    assert over(rate(0, 20), Watch(1000, 0.01, 10), 0.1).value == math.inf


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: Watch(0, 0.1, 1), "rows is 0"),
        (lambda: Watch(1, 1.1, 1), "rate is 1.1"),
        (lambda: Watch(1, 0.1, 0), "read is 0"),
        (lambda: Watch(math.nan, 0.1, 1), "rows is nan"),
        (lambda: rows_to_level(Watch(1, 0.1, 1), 1.0, 0.5), "level is 1.0"),
        (lambda: rows_to_drown(Watch(1, 0.1, 1), 0.0, 0.5), "seen is 0.0"),
    ],
)
def test_bad_input_is_named(run, said):
    with pytest.raises(InvalidInput, match=said):
        run()
