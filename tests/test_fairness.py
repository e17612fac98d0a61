import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts, rate
from amlsec.fairness import treatment


def judged(decision, source=None, y=None) -> tuple[Batch, Verdicts]:
    n = len(decision)
    batch = Batch(np.zeros((n, 1)), np.zeros(n, dtype=np.int64) if y is None else np.asarray(y), source)
    return batch, Verdicts(np.asarray(decision, dtype=np.int8), np.zeros(n), 0.0, [""] * n)


@given(rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=40))
def test_every_group_is_counted_and_its_intervals_are_the_binomial_ones(rows: list[tuple[str, int, int]]) -> None:
    source, y, decision = (np.array(column) for column in zip(*rows, strict=True))
    found = treatment(*judged(decision, source, y), confidence=0.9)
    assert [(group.by, group.name) for group in found] == [
        *(("source", name) for name in sorted(set(source))),
        *(("label", name) for name in sorted(set(y.astype(str)))),
    ]
    for group in found:
        own = (source if group.by == "source" else y.astype(str)) == group.name
        groups = len({other.name for other in found if other.by == group.by})
        for which, share in ((Decision.REJECT, group.rejected), (Decision.QUARANTINE, group.quarantined)):
            hit = decision == which
            exact = rate(int(hit[own].sum()), group.rows, 1 - 0.1 / groups / 2)
            assert (share.here.low, share.here.high) == pytest.approx((exact.low, exact.high))
            assert share.elsewhere == (pytest.approx(hit[~own].mean()) if (~own).any() else None)
            assert share.above == ((~own).any() and share.here.low > hit[~own].mean() + 1e-12)


@pytest.mark.parametrize("which", [Decision.REJECT, Decision.QUARANTINE])
def test_a_source_refused_more_than_the_others_is_singled_out_and_the_others_are_not(which: Decision) -> None:
    source = np.repeat(["one", "two", "three"], 100)
    decision = np.where((source == "two") & (np.arange(300) % 2 == 0), which, Decision.ACCEPT)
    found = treatment(*judged(decision, source, np.arange(300) % 2))
    assert [group.name for group in found if group.singled_out] == ["two", "0"]


def test_sources_treated_alike_are_singled_out_as_seldom_as_stated() -> None:
    rng, source = np.random.default_rng(0), np.arange(2000) % 20
    singled = []
    for _ in range(200):
        batch, verdicts = judged(rng.choice(3, 2000, p=[0.8, 0.1, 0.1]), source)
        singled.append(any(group.singled_out for group in treatment(batch, verdicts, 0.9)))
    assert np.mean(singled) <= 0.1


def test_without_sources_labels_remain_and_a_group_alone_is_not_compared() -> None:
    (only,) = treatment(*judged([Decision.REJECT] * 50))
    assert (only.by, only.rejected.elsewhere, only.singled_out) == ("label", None, False)


def test_verdicts_of_other_rows_are_refused() -> None:
    with pytest.raises(InvalidInput, match="verdicts"):
        treatment(judged([0, 0])[0], judged([0])[1])


@pytest.mark.parametrize("confidence", [0.0, 1.0, 2.0, np.nan])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(InvalidInput, match="confidence"):
        treatment(*judged([0, 0]), confidence)
