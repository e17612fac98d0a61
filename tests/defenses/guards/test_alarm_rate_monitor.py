import math
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.decisions import ALLOW, DENY, ESCALATE
from amlsec.defenses.guards.alarm_rate_monitor import AlarmRateMonitor, _Watch
from amlsec.errors import InvalidInput
from search_ground import TEST, fitted


def naive_cusum(alarms, usual, flood):
    """Page's statistic, written plainly: the greatest sum of log-likelihood ratios of a run that ends here."""
    often = flood * usual / (1 - usual + flood * usual)
    ratios = [math.log(often / usual) if alarm else math.log((1 - often) / (1 - usual)) for alarm in alarms]
    return [max(0.0, *(sum(ratios[start : end + 1]) for start in range(end + 1))) for end in range(len(ratios))]


def test_the_sum_is_pages():
    alarms = (np.random.default_rng(0).random(120) < 0.3).tolist()
    watch, sums = _Watch(0.1, 3.0, 1e9, 2.0), []
    for alarm in alarms:
        watch.decided(alarm, 0.0)
        sums.append(watch._sum)
    np.testing.assert_allclose(sums, naive_cusum(alarms, 0.1, 3.0), atol=1e-12)


def test_false_floods_are_as_rare_as_promised():
    """Lorden: at least `patience` rows until a false alarm, on average over 300 runs; a run is cut at 8 times that."""
    patience, rng, lengths = 200.0, np.random.default_rng(0), []
    for _ in range(300):
        watch, rows = _Watch(0.1, 3.0, math.log(patience), 2.0), 0
        alarms = (rng.random(int(8 * patience)) < 0.1).tolist()
        while rows < len(alarms) and not watch.flooded:
            watch.decided(alarms[rows], 0.0)
            rows += 1
        lengths.append(rows)
    assert np.mean(lengths) >= patience


def test_a_flood_is_told_after_about_as_many_rows_as_wald_says():
    """log(patience) over the mean log-likelihood ratio under a flood, and a little for the overshoot."""
    usual, flood, patience = 0.05, 10.0, 1e4
    often = flood * usual / (1 - usual + flood * usual)
    gain = often * math.log(often / usual) + (1 - often) * math.log((1 - often) / (1 - usual))
    rng, delays = np.random.default_rng(0), []
    for _ in range(200):
        watch, rows = _Watch(usual, flood, math.log(patience), 2.0), 0
        while not watch.flooded:
            watch.decided(bool(rng.random() < often), 0.0)
            rows += 1
        delays.append(rows)
    assert math.log(patience) / gain - 1 <= np.mean(delays) <= (math.log(patience) + math.log(often / usual)) / gain + 1


def stream(rng, rows, share):
    """Rows of the test set in random order, so many of them malicious."""
    bad = rng.random(rows) < share
    pools = {label: TEST.labelled(label).X for label in (BENIGN, MALICIOUS)}
    return np.where(bad[:, None], rng.choice(pools[MALICIOUS], rows), rng.choice(pools[BENIGN], rows))


def test_usual_times_are_left_alone_and_a_flood_is_rationed_to_the_surest():
    guard = fitted(AlarmRateMonitor(usual=0.05, quota=2.0))
    rng = np.random.default_rng(0)
    calm = stream(rng, 1000, 0.03)
    assert guard.decide(calm).tolist() == guard.estimator_.predict(calm).tolist()
    flood = stream(rng, 3000, 0.8)
    decided = guard.decide(flood)
    assert guard.flooded
    late = decided[500:]
    assert (late == DENY).mean() == pytest.approx(0.10, abs=0.04)
    evidence = guard.estimator_.decision_function(flood[500:])
    assert np.median(evidence[late == DENY]) > np.quantile(evidence[late == ESCALATE], 0.9)
    assert ((decided == ALLOW) == (guard.estimator_.predict(flood) == 0)).all()


def test_the_flood_ends_when_alarms_are_as_usual_again():
    guard = fitted(AlarmRateMonitor(usual=0.10))
    guard.decide(stream(np.random.default_rng(0), 500, 0.9))
    assert guard.flooded
    guard.decide(stream(np.random.default_rng(1), 6000, 0.0))
    assert not guard.flooded


def test_the_usual_rate_is_that_of_rows_it_has_not_seen():
    guard = fitted(AlarmRateMonitor())
    assert guard.usual_ == pytest.approx(0.5, abs=0.05)


def test_takes_microseconds_a_row_in_a_flood_too():
    guard = fitted(AlarmRateMonitor(usual=0.02))
    X, spent = stream(np.random.default_rng(0), 4000, 1.0), []
    for _ in range(3):
        start = time.process_time()
        guard.decide(X)
        spent.append(time.process_time() - start)
    assert min(spent) / len(X) < 200e-6


@pytest.mark.parametrize(
    "wrong", [{"usual": 0.0}, {"usual": 1.0}, {"flood": 1.0}, {"patience": 1.0}, {"quota": 0.0}, {"flood": math.nan}]
)
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is"):
        AlarmRateMonitor(estimator=LogisticRegression(), **wrong).fit(TEST.X, TEST.y)
