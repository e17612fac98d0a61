import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from amlsec.errors import InvalidInput
from amlsec.online_fdr import OnlineFDR
from amlsec.statistics import benjamini_hochberg, conformal_p_values

BATCHES = st.lists(st.lists(st.integers(0, 400).map(lambda i: i / 400), max_size=8), max_size=12)


def naively(batches: list[list[float]], fdr: float, period: int) -> list[list[bool]]:
    """The paper's rule, one batch after another: the most r such that r p-values are at most alpha_t r / n_t."""
    out: list[list[bool]] = []
    t, found = 0, 0
    for p in batches:
        n = len(p)
        alpha = min(fdr, (fdr / period) * (n + found) / n) if n else 0.0
        most = max((r for r in range(n + 1) if sum(x <= alpha * r / n for x in p) >= r), default=0) if n else 0
        out.append([bool(most) and x <= alpha * most / n for x in p])
        t, found = t + (n > 0), found + most
        if t == period:
            t, found = 0, 0
    return out


def streamed(batches, stream: OnlineFDR) -> list[np.ndarray]:
    out = []
    for p in batches:
        found, stream = stream.judge(np.asarray(p))
        out.append(found)
    return out


@given(batches=BATCHES, fdr=st.sampled_from([0.1, 0.5]), period=st.integers(1, 5))
def test_the_rule_is_the_papers(batches: list[list[float]], fdr: float, period: int) -> None:
    found = streamed(batches, OnlineFDR(fdr, period))
    assert [batch.tolist() for batch in found] == naively(batches, fdr, period)


@given(batches=BATCHES)
def test_a_batch_may_be_told_by_its_different_p_values(batches: list[list[float]]) -> None:
    whole = counted = OnlineFDR(0.5, 3)
    for p in map(np.array, batches):
        found, whole = whole.judge(p)
        most, counted = counted.judge_counted(*np.unique(p, return_counts=True))
        np.testing.assert_array_equal(p <= most, found)
        assert counted == whole


@given(p=st.lists(st.integers(0, 100).map(lambda i: i / 1000), min_size=1, max_size=20))
def test_with_one_row_a_batch_it_is_lond(p: list[float]) -> None:
    found, rejected = streamed([[x] for x in p], OnlineFDR(0.2, 50)), 0
    for x, batch in zip(p, found, strict=True):
        assert batch[0] == (x <= min(0.2, 0.2 / 50 * (rejected + 1)))
        rejected += int(batch[0])


@given(batches=BATCHES, cut=st.integers(0, 12))
def test_a_restart_changes_nothing(batches: list[list[float]], cut: int) -> None:
    stream = OnlineFDR(0.3, 4)
    whole, kept = streamed(batches, stream), stream
    for p in batches[:cut]:
        kept = kept.judge(np.asarray(p))[1]
    again = OnlineFDR(**json.loads(json.dumps(dataclasses.asdict(kept))))
    for one, two in zip(whole[cut:], streamed(batches[cut:], again), strict=True):
        np.testing.assert_array_equal(one, two)


def shares(draw, streams: int, period: int, rows: int, bad: int, fdr: float = 0.05) -> np.ndarray:
    """False discoveries, and bad rows found, as shares (streams, 2) of seeded streams; the first rows of a batch are bad."""
    out, is_bad = [], np.arange(rows) < bad
    for seed in range(streams):
        found = np.array(streamed(draw(np.random.default_rng(seed), period, is_bad), OnlineFDR(fdr, period)))
        out.append(((found & ~is_bad).sum() / max(found.sum(), 1), found[:, is_bad].mean() if bad else 0.0))
    return np.array(out)


def independent(rng: np.random.Generator, period: int, bad: np.ndarray) -> np.ndarray:
    return ndtr(-rng.normal(size=(period, len(bad))) - 4.0 * bad)


def calibrated(rng: np.random.Generator, period: int, bad: np.ndarray) -> np.ndarray:
    null = rng.normal(size=20_000)
    return conformal_p_values(null, rng.normal(size=(period, len(bad))) + 4.0 * bad)


@pytest.mark.parametrize("draw", [independent, calibrated])
@pytest.mark.parametrize("bad", [0, 10])
def test_over_a_thousand_streams_the_rate_is_kept(draw, bad: int) -> None:
    false = shares(draw, 1000, 10, 40, bad)[:, 0]
    assert false.mean() <= 0.05 + 3 * false.std() / np.sqrt(1000)


@pytest.mark.parametrize("draw", [independent, calibrated])
def test_most_bad_rows_are_found_where_they_come_in_numbers(draw) -> None:
    assert shares(draw, 50, 10, 40, 10)[:, 1].mean() > 0.6


def test_of_clean_independent_streams_the_whole_rate_is_spent() -> None:
    false = shares(independent, 1000, 10, 40, 0)[:, 0]
    assert false.mean() == pytest.approx(1 - (1 - 0.005) ** 10, abs=0.02)


def test_below_its_resolution_a_calibration_set_finds_nothing() -> None:
    """Ten of forty rows beyond all calibration rows: found from n >= n_t / (r * level) on, within a row."""
    enough = int(np.ceil(40 / (10 * OnlineFDR(0.05, 30).level(40)))) - 1
    for n, found in ((enough + 1, 10), (enough - 1, 0)):
        p = conformal_p_values(np.arange(float(n)), np.where(np.arange(40) < 10, n, n / 2))
        assert OnlineFDR(0.05, 30).judge(p)[0].sum() == found


def test_the_procedure_of_one_batch_does_not_keep_the_rate_of_many() -> None:
    """What the rule is for: Benjamini and Hochberg's procedure every night finds something in most clean months."""
    rng = np.random.default_rng(0)
    some = [any(benjamini_hochberg(p, 0.05).any() for p in rng.random((30, 40))) for _ in range(300)]
    assert np.mean(some) > 0.6


def test_a_new_period_forgets() -> None:
    stream = OnlineFDR(0.1, 2)
    _, stream = stream.judge(np.zeros(5))
    assert stream.rejected == 5
    assert stream.judge(np.ones(3))[1] == OnlineFDR(0.1, 2)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("fdr", 0.0), ("fdr", 1.0), ("period", 0), ("period", 7.5), ("batches", 7), ("batches", -1), ("rejected", -1)],
)
def test_a_number_out_of_its_range_is_refused(argument: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=argument):
        OnlineFDR(**{argument: value})


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(InvalidInput, match="p is"):
        OnlineFDR().judge(np.array([np.nan]))
