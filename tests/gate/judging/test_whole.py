"""Submissions as a whole: Mann and Whitney's test, by SciPy's."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from amlsec.evidence import rate
from amlsec.gate.judging.hearing import less_harmful
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.sentence import reasons
from amlsec.gate.judging.tally import tally
from amlsec.gate.judging.whole import whole_p
from gate_rows import judged, sentenced


def of(null, values) -> Judged:
    zeros = np.zeros(len(null) + len(values), dtype=np.int64)
    return judged(less_harmful(null, zeros[: len(null)], values, zeros[: len(values)]), calibration=(len(null), 0))


def p_of(said: Judged, tolerance: float) -> float:
    return whole_p(tally([said]), tolerance)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_it_is_the_test_of_mann_and_whitney(shift: float) -> None:
    rng = np.random.default_rng(0)
    null, values = rng.normal(size=80), rng.normal(size=30) + shift
    theirs = mannwhitneyu(values, null, alternative="greater", method="asymptotic", use_continuity=False).pvalue
    assert p_of(of(null, values), 0.0) == pytest.approx(min(1, 2 * theirs))


def test_good_submissions_are_held_back_as_seldom_as_is_said() -> None:
    rng = np.random.default_rng(0)
    found = [p_of(of(rng.normal(size=60), rng.normal(size=15)), 0.0) <= 0.1 for _ in range(800)]
    assert rate(sum(found), len(found), 0.99).low <= 0.05  # one label: the other's half is never spent


def test_copies_count_once() -> None:
    one = judged([0.9, 0.1], calibration=(50, 50))
    columns = (one.content, one.y, one.known, one.decision, one.p, one.harm)
    copies = Judged(*(np.repeat(column, [40, 1]) for column in columns), calibration=(50, 50))
    assert p_of(copies, 0.0) == p_of(one, 0.0)


def test_small_harms_of_many_rows_hold_the_submission_back() -> None:
    rng = np.random.default_rng(0)
    said = sentenced(judged(0.6 + 0.4 * rng.random(200)))
    assert set(said.decision.tolist()) == {1}
    assert "taken together" in reasons(said.why)[0]
    assert set(sentenced(judged(0.3 + 0.7 * rng.random(200))).decision.tolist()) == {0}  # within the tolerance


def test_where_nothing_is_new_nothing_is_odd() -> None:
    assert p_of(judged(np.ones(9), known=np.ones(9)), 0.0) == 1
    assert p_of(judged(np.ones(9), calibration=(0, 9)), 0.0) == 1
