import time

import numpy as np
import pytest
from scipy.stats import ks_2samp

from amlsec.data import texts
from amlsec.defenses.decisions import ALLOW, ESCALATE
from amlsec.defenses.guards.drift_monitor import TEXT_COLUMNS, DriftMonitor, drifted
from amlsec.errors import InvalidInput
from search_ground import TEST, TRAIN, fitted


@pytest.mark.parametrize(("shift", "above"), [(1.0, True), (-1.0, False)])
@pytest.mark.parametrize("grid", [0.0, 0.5])
def test_excess_and_place_are_those_of_scipys_test(shift, above, grid):
    rng = np.random.default_rng(0)
    known, rows = rng.normal(size=(400, 1)), rng.normal(shift, size=(100, 1))
    if grid:
        known, rows = np.round(known / grid) * grid, np.round(rows / grid) * grid
    [drift], theirs = drifted(known, rows, 0.01), ks_2samp(rows[:, 0], known[:, 0], method="asymp")
    assert drift.excess == pytest.approx(theirs.statistic)
    assert theirs.pvalue <= drift.p <= 100 * theirs.pvalue
    assert drift.above is above
    assert drift.holds(rows).mean() - drift.holds(known).mean() == pytest.approx(drift.excess)


def test_where_no_training_row_passes_nothing_can_be_compared():
    assert drifted(np.zeros((0, 2)), np.ones((10, 2)), 0.5) == ()


def test_the_promise_is_shared_among_columns():
    rng = np.random.default_rng(0)
    known, rows = rng.normal(size=(500, 20)), rng.normal(size=(100, 20))
    least = min(drift.p for drift in drifted(known, rows, 20.0))
    assert drifted(known, rows, 20 * least * 0.99) == ()
    assert len(drifted(known, rows, 20 * least * 1.01)) == 1


def test_false_alarms_are_as_rare_as_promised():
    """40 streams of 20 windows each like the training rows: at most alarm * 40 = 8 of them alarmed, give or take chance."""
    guard, alarmed = fitted(DriftMonitor(window=50, windows=20, alarm=0.2)), 0
    for seed in range(40):
        own, rng = guard.session(), np.random.default_rng(seed)
        for _ in range(20):
            X = rng.normal(size=(50, TRAIN.X.shape[1]))
            X[:, :5] += 2.0 * (rng.random(50) < 0.5)[:, None]
            own.decide(X)
            if own.drifts:
                alarmed += 1
                break
    assert alarmed <= 13


def test_a_campaign_is_escalated_from_the_next_window_on_until_it_ends():
    guard = fitted(DriftMonitor(window=100)).session()
    campaign = np.random.default_rng(0).normal(size=(240, TRAIN.X.shape[1]))
    campaign[:, 20] += 4.0
    decided = guard.decide(campaign)
    assert (decided[:100] != ESCALATE).all()
    assert (decided[120:] == ESCALATE).mean() >= 0.8
    assert (20, True) in [(drift.column, drift.above) for drift in guard.drifts]
    guard.decide(TEST.X[TEST.y == 0])
    assert guard.drifts == ()


@pytest.mark.parametrize("malicious", [0.0, 0.9])
def test_how_many_malicious_rows_are_stopped_is_no_drift(malicious):
    guard, rng = fitted(DriftMonitor(window=100)), np.random.default_rng(0)
    X = rng.normal(size=(3000, TRAIN.X.shape[1]))
    X[:, :5] += 4.0 * (rng.random(3000) < malicious)[:, None]
    decided = guard.decide(X)
    assert (decided != ESCALATE).all()
    assert (decided == ALLOW).sum() >= 250


def test_calls_of_any_length_decide_alike():
    guard = fitted(DriftMonitor(window=64))
    X = np.random.default_rng(0).normal(0.6, 2.0, size=(500, TRAIN.X.shape[1]))
    at_once, own = guard.session().decide(X), guard.session()
    in_parts = [own.decide(part) for part in np.split(X, [1, 63, 64, 65, 300])]
    assert np.concatenate(in_parts).tolist() == at_once.tolist()
    assert (at_once == ESCALATE).any()


def test_texts_of_words_nobody_has_seen_are_told():
    rng = np.random.default_rng(0)
    words = np.array([f"w{k:c}{j:c}" for k in range(97, 117) for j in range(97, 117)])
    mails = [" ".join([mark, *rng.choice(words, 30)]) for mark in ["ham", "spam"] * 200]
    guard = DriftMonitor(window=50).fit(texts(mails), np.tile([0, 1], 200))
    strange = texts([" ".join(["ham", *rng.choice(words, 20), *(f"zz{k}" for k in range(10))]) for _ in range(100)])
    assert (guard.decide(strange)[50:] == ESCALATE).all()
    assert {TEXT_COLUMNS[drift.column] for drift in guard.drifts} >= {"share of unknown words"}


def test_rare_words_of_clean_texts_are_no_drift():
    """Of a long tail of words every text has some that no training text has: no sign of anything."""
    rng = np.random.default_rng(0)
    mails = texts([" ".join([mark, *map(str, rng.zipf(1.3, 30))]) for mark in ["ham", "spam"] * 1000])
    labels = np.tile([0, 1], 1000)
    guard = DriftMonitor(window=50).fit(mails[:1000], labels[:1000])
    for part in np.split(mails[1000:], 10):
        assert (guard.decide(part) != ESCALATE).all()
        assert guard.drifts == ()


def test_malicious_rows_that_are_missed_as_ever_are_no_drift():
    """Of classes that overlap many pass, near the boundary: they passed among the training rows too."""

    def clean(n, seed):
        rng = np.random.default_rng(seed)
        y = np.arange(n) % 2
        return rng.normal(1.0 * y)[:, None], y

    guard = DriftMonitor(window=2000).fit(*clean(16_000, 10))
    for seed in range(5):
        assert (guard.decide(clean(6000, seed)[0]) != ESCALATE).all()
        assert guard.drifts == ()


def test_takes_microseconds_a_row():
    guard, spent = fitted(DriftMonitor()), []
    X = np.random.default_rng(0).normal(size=(4000, TRAIN.X.shape[1]))
    for _ in range(3):
        start = time.process_time()
        guard.decide(X)
        spent.append(time.process_time() - start)
    assert min(spent) / len(X) < 200e-6


@pytest.mark.parametrize("wrong", [{"window": 9}, {"windows": 0}, {"alarm": 0.0}, {"alarm": 1.0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is"):
        fitted(DriftMonitor(**wrong))
