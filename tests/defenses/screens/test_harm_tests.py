import numpy as np
import pytest

from amlsec.defenses.screens.harm_tests import Harm, judge_rows
from amlsec.evidence import Decision
from amlsec.statistics import benjamini_hochberg, conformal_p_values


def harm(offered: list[list[float]], null: list[list[float]], label: int = 1) -> Harm:
    """Rows of one label, by several tests."""
    y, null_y = np.full(len(offered[0]), label), np.full(len(null[0]), label)
    return Harm(np.array(offered), y, np.array(null), null_y, [f"test {k}" for k in range(len(null))])


def test_several_p_values_count_by_the_smallest_times_their_number() -> None:
    rng = np.random.default_rng(0)
    null, offered = rng.normal(size=(3, 150)), rng.normal(size=(3, 40)) + 1
    one_by_one = np.array([conformal_p_values(a, b) for a, b in zip(null, offered, strict=True)])
    measured = harm(offered.tolist(), null.tolist())
    combined = np.minimum(1, 3 * one_by_one.min(axis=0))
    inside = (measured.beyond == 0).all(axis=0)
    verdicts = judge_rows(measured, 0.1)
    np.testing.assert_allclose(verdicts.score[inside], -np.log10(combined)[inside])
    rejected = verdicts.decision == Decision.REJECT
    np.testing.assert_array_equal(rejected, benjamini_hochberg(combined, 0.1) & measured.far)


def test_the_reason_names_the_test_in_which_the_row_is_farthest_out() -> None:
    null = np.arange(300.0)
    measured = harm([[900.0, 0.0, 299.5], [310.0, 350.0, 0.0]], [null.tolist(), null.tolist()])
    reasons = judge_rows(measured, 0.05).reason
    assert reasons[0].startswith("test 0: 900, p = 0.0066 by the strongest of 2 tests against 300 trusted rows")
    assert reasons[1].startswith("test 1: 350")
    assert reasons[2].startswith("test 0: 300, p = 0.0066")


@pytest.mark.parametrize(("rows", "taken"), [(98, Decision.ACCEPT), (99, Decision.QUARANTINE)])
def test_one_row_is_looked_at_where_a_good_one_would_be_in_a_hundred(rows: int, taken: Decision) -> None:
    null = np.arange(float(rows)).tolist()
    crowd = [0.0] * 50
    assert judge_rows(harm([[rows + 1.0, *crowd]], [null]), 0.05).decision[0] == taken
    twice = np.arange(2.0 * rows + 1).tolist()
    assert judge_rows(harm([[2 * rows + 2.0, *crowd]] * 2, [twice, twice]), 0.05).decision[0] == taken


def test_a_row_beyond_the_worst_scores_by_how_far() -> None:
    measured = harm([[20.0, 25.0, 31.0, 40.0]], [np.arange(21.0).tolist()])
    np.testing.assert_allclose(measured.beyond, [[0, 0.5, 1.1, 2]])
    np.testing.assert_allclose(
        judge_rows(measured, 0.05).score, -np.log10([2 / 22, 1 / 22, 1 / 22, 1 / 22]) + measured.beyond[0]
    )


def test_rows_far_out_are_not_accepted_however_few_calibration_rows_there_are() -> None:
    verdicts = judge_rows(harm([[31.0, 10.0]], [np.arange(21.0).tolist()]), 0.05)
    assert verdicts.decision.tolist() == [Decision.QUARANTINE, Decision.ACCEPT]


def test_nothing_is_far_out_of_a_handful() -> None:
    assert not harm([[1e9]], [np.arange(19.0).tolist()]).far.any()


def test_what_rounding_can_do_is_not_far_out() -> None:
    assert not harm([[1e-10]], [[0.0] * 30]).far.any()
    assert harm([[1e-3]], [[0.0] * 30]).far.all()


def test_without_calibration_rows_of_a_label_nothing_is_said_of_it() -> None:
    measured = Harm(np.array([[99.0]]), np.array([1]), np.arange(50.0)[None], np.zeros(50, dtype=int), ["harm"])
    assert judge_rows(measured, 0.05).accepted.all()


def test_labels_are_judged_apart() -> None:
    null = np.concatenate([np.arange(200.0), 1000 + np.arange(200.0)])
    measured = Harm(np.array([[500.0, 500.0]]), np.array([0, 1]), null[None], np.repeat([0, 1], 200), ["harm"])
    assert judge_rows(measured, 0.05).accepted.tolist() == [False, True]


def test_the_score_is_above_the_limit_where_a_row_is_not_accepted_and_nowhere_else() -> None:
    rng = np.random.default_rng(0)
    for n in (5, 30, 150):
        null, offered = rng.standard_t(2, size=(2, n)), rng.standard_t(2, size=(2, 60)) * 3
        measured = Harm(offered, rng.integers(0, 2, 60), null, rng.integers(0, 2, n), ["one", "two"])
        verdicts = judge_rows(measured, 0.1)
        np.testing.assert_array_equal(verdicts.score > verdicts.limit, ~verdicts.accepted)
