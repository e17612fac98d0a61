from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch
from amlsec.defenses.screens.calibration import Known, TooFewTrusted, each_label, halved, judged
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from mails_and_blobs import blobs, inbox
from said import said

pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.screens.calibration.TooFewTrusted")


def column(values, label=0):
    X = np.asarray(values, dtype=float)[:, None]
    return Batch(X, np.full(len(X), label))


def first(rows):
    return rows.X[:, 0]


def verdicts(calibration, offered, hold_back, score=first):
    return judged(score, "its value", Known(calibration, calibration), offered, hold_back)


small = st.lists(st.integers(-5, 5), min_size=2, max_size=40)


@given(null=small, values=small, hold_back=st.sampled_from([0.05, 0.1, 0.25, 0.5]))
def test_decisions_are_those_of_the_naive_p_value(null, values, hold_back):
    """Values and ties among small integers; far-out rows, of which p does not decide, are left out."""
    found = verdicts(column(null), column(values), hold_back)
    far = np.array(values) > max(null) + max(max(null) - np.median(null), 1e-9)
    p = np.array([(1 + sum(n >= v for n in null)) / (len(null) + 1) for v in values])
    assert (found.accepted == (p > hold_back))[~far].all()
    assert found.accepted[far].all() == (len(null) < 20 and 1 / (len(null) + 1) > hold_back) or not far.any()


def test_labels_are_judged_by_trusted_rows_of_their_own():
    calibration = column(range(100)) + column(range(1000, 1100), label=1)
    found = verdicts(calibration, column([200, 500]) + column([200, 500], label=1), 0.05)
    assert found.accepted.tolist() == [False, False, True, True]
    assert said(found)[2].tolist() == [100] * 4


def test_what_is_far_out_is_rejected_and_what_is_only_high_quarantined():
    found = verdicts(column(range(100)), column([50, 99, 200]), 0.05)
    assert found.decision.tolist() == [Decision.ACCEPT, Decision.QUARANTINE, Decision.REJECT]


def test_a_score_sees_the_same_rows_in_the_same_order_whoever_is_offered():
    """What it is shown does not tell offered rows from calibration rows, so it cannot favour either."""
    seen = []

    def record(rows):
        seen.append(rows)
        return first(rows)

    one, two = blobs(30, 0), blobs(20, 1)
    verdicts(one, two, 0.1, record)
    verdicts(two, one, 0.1, record)
    verdicts(one, two.rows(np.arange(20)[::-1]), 0.1, record)
    assert all((rows.X == seen[0].X).all() and (rows.y == seen[0].y).all() for rows in seen)


def test_cells_end_a_million_standard_deviations_out():
    shown = []
    base = column([-1, 1] * 10)
    judged(lambda rows: shown.append(rows.X.max()) or first(rows), "its value", Known(base, base), column([1e300]), 0.05)
    assert shown == [1e6]


def test_halves_share_no_content_and_both_hold_both_labels():
    rows = blobs(60, 0)
    known = halved(rows + rows.rows(slice(0, 10)), 0.05, 0)
    assert not set(known.base.content()) & set(known.calibration.content())
    assert len(known.base) + len(known.calibration) == 70
    assert all(set(half.y) == {0, 1} for half in known)


@pytest.mark.parametrize(
    ("trusted", "hold_back", "enough"), [(38, 0.05, True), (36, 0.05, False), (18, 0.1, True), (16, 0.1, False)]
)
def test_too_few_to_hold_any_row_back_by_is_said(trusted, hold_back, enough):
    """With n rows to calibrate by, the worst row has p = 1 / (n + 1)."""
    rows = column(range(trusted)) + column(range(trusted), label=1)
    with nullcontext() if enough else pytest.warns(TooFewTrusted, match="Trust .* distinct rows of each label or more"):
        known = halved(rows, hold_back, 0)
    worst = judged(first, "its value", known, column([1000]), hold_back)
    assert worst.accepted.tolist() == [not enough]


def test_a_label_is_scored_without_the_other():
    y = np.array([0, 1, 0, 1, 1])
    assert each_label(y, lambda at: at - at.min()).tolist() == [0, 0, 2, 2, 3]


def test_texts_beside_tables_are_refused():
    with pytest.raises(InvalidInput, match="must be rows as the trusted ones, texts"):
        verdicts(inbox(20, 0), blobs(4, 0), 0.05)
