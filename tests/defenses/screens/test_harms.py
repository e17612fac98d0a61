from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB

from amlsec.data import Batch
from amlsec.defenses.screens.case import Case, Trial
from amlsec.defenses.screens.harms import (
    consistency,
    margin,
    mcnemar,
    measures,
    net_loss,
    parameter_shift,
    protected_loss,
    scores,
    worse_class,
)
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs

ESTIMATORS = [MultinomialNB(), RidgeClassifier()]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=["algebra", "training"])


def positive(n: int, seed: int) -> Batch:
    rows = blobs(n, seed)
    return Batch(np.round(np.abs(rows.X), 2), rows.y)


def case(estimator: Any, protected: Batch | None = None) -> Case:
    trials = [Trial(positive(40, seed), positive(20, 10 + seed)) for seed in (1, 2)]
    return Case(positive(5, 0), trials, lambda _: estimator, protected)


def evidence_for_the_label(model: Any, rows: Batch) -> np.ndarray:
    if hasattr(model, "decision_function"):
        evidence = model.decision_function(rows.X)
    else:
        evidence = np.diff(model.predict_joint_log_proba(rows.X), axis=1)[:, 0]
    return evidence * np.where(rows.y == 1, 1, -1)


def by_hand(asked: Case, estimator: Any, quiz_of: Any, reduce: Any) -> np.ndarray:
    """Train on base, train on base and row, look at the quiz; the mean over trials."""
    falls = []
    for trial in asked.trials:
        quiz = quiz_of(trial)
        more = [trial.base + asked.rows.rows([k]) for k in range(len(asked.rows))]
        before, *after = (clone(estimator).fit(rows.X, rows.y) for rows in (trial.base, *more))
        falls.append([reduce(before, model, quiz) for model in after])
    return np.array(falls)


@every_estimator
def test_of_margins_the_worse_class_counts_and_the_other_pays_as_far_as_it_usually_changes(estimator: Any) -> None:
    def change(before: Any, after: Any, quiz: Batch) -> list[float]:
        moved = evidence_for_the_label(after, quiz) - evidence_for_the_label(before, quiz)
        return [moved[quiz.y == c].mean() for c in (0, 1)]

    asked = case(estimator)
    worse, other = np.sort(-by_hand(asked, estimator, lambda trial: trial.quiz, change).mean(axis=0), axis=1).T[::-1]
    usual = np.array([np.median(np.abs(other[asked.rows.y == y])) for y in asked.rows.y])
    np.testing.assert_allclose(worse_class(asked), worse, atol=1e-6)
    np.testing.assert_allclose(margin(asked), worse + np.maximum(other, -10 * usual), atol=1e-5)


def test_a_move_of_the_threshold_alone_is_seen_by_the_worse_class_and_by_no_sum() -> None:
    """Variances so large that only the priors count."""
    asked = case(GaussianNB(var_smoothing=1e9))
    assert np.abs(margin(asked)).max() < 1e-6
    assert worse_class(asked).min() > 0.01


def test_a_large_move_of_the_threshold_is_harm() -> None:
    """One row gives spam more than it takes from ham, a thousand times as much as the others do."""
    moves = np.array([[-1.0, 2.0]] * 9 + [[1000.0, -999.0]])
    asked = replace(case(MultinomialNB()), rows=positive(20, 0).labelled(1))
    asked.__dict__["margins"] = (moves * 1e-3,)
    np.testing.assert_allclose(margin(asked), [-0.001] * 9 + [0.999 - 0.02])


@every_estimator
def test_net_loss_counts_the_quiz_rows_lost(estimator: Any) -> None:
    def gained(before: Any, after: Any, quiz: Batch) -> list[int]:
        right, was = (model.predict(quiz.X) == quiz.y for model in (after, before))
        return [int(right[quiz.y == c].sum()) - int(was[quiz.y == c].sum()) for c in (0, 1)]

    asked = case(estimator)
    expected = -by_hand(asked, estimator, lambda trial: trial.quiz, gained).mean(axis=0).min(axis=1)
    np.testing.assert_allclose(net_loss(asked), expected)


@every_estimator
@pytest.mark.parametrize("label", [0, 1])
def test_protected_loss_is_the_largest_fall_in_standard_deviations_over_rows_of_the_label(
    estimator: Any, label: int
) -> None:
    protected = positive(9, 5).labelled(label)

    def fall(before: Any, after: Any, quiz: Batch) -> np.ndarray:
        return evidence_for_the_label(before, quiz) - evidence_for_the_label(after, quiz)

    asked = case(estimator, protected)
    falls = by_hand(asked, estimator, lambda _: protected, fall).mean(axis=0)
    alike = [falls[asked.rows.y == y].std(axis=0) for y in asked.rows.y]
    np.testing.assert_allclose(protected_loss(asked), (falls / np.array(alike)).max(axis=1), rtol=1e-3)


def test_a_protected_row_that_nothing_moves_counts_for_nothing() -> None:
    still = Batch(np.zeros((1, 4)), np.array([1]))
    ridge = RidgeClassifier(fit_intercept=False)
    np.testing.assert_allclose(protected_loss(case(ridge, still)), 0.0, atol=1e-9)
    moved = positive(9, 5)
    with_still = np.maximum(protected_loss(case(ridge, moved)), 0.0)
    np.testing.assert_allclose(protected_loss(case(ridge, moved + still)), with_still, atol=1e-9)


@every_estimator
def test_mcnemar_is_the_paired_test_of_the_worse_class(estimator: Any) -> None:
    def changed(before: Any, after: Any, quiz: Batch) -> float:
        was, now = (model.predict(quiz.X) == quiz.y for model in (before, after))
        counts = [((now & ~was & (quiz.y == c)).sum(), (was & ~now & (quiz.y == c)).sum()) for c in (0, 1)]
        return -np.log10(min(binomtest(b, a + b, alternative="greater").pvalue if b else 1.0 for a, b in counts))

    asked = case(estimator)
    expected = by_hand(asked, estimator, lambda trial: trial.quiz, changed).mean(axis=0)
    assert expected.any()
    np.testing.assert_allclose(mcnemar(asked), expected)


def test_parameter_shift_is_the_mean_over_trials() -> None:
    asked = case(RidgeClassifier())

    def moved(before: Any, after: Any, _: Batch) -> float:
        return float(np.linalg.norm(np.append(after.coef_ - before.coef_, after.intercept_ - before.intercept_)))

    expected = by_hand(asked, RidgeClassifier(), lambda trial: trial.quiz, moved).mean(axis=0)
    np.testing.assert_allclose(parameter_shift(asked), expected, atol=1e-9)


def test_consistency_asks_the_labeller_where_there_is_one() -> None:
    asked = replace(case(MultinomialNB()), labeller=lambda _: RidgeClassifier())
    np.testing.assert_array_equal(consistency(asked), consistency(case(RidgeClassifier())))


@every_estimator
def test_consistency_is_the_evidence_of_a_model_of_base_and_quiz_against_the_label(estimator: Any) -> None:
    asked = case(estimator)
    known = asked.trials[0].base + asked.trials[0].quiz
    model = clone(estimator).fit(known.X, known.y)
    np.testing.assert_allclose(consistency(asked), -evidence_for_the_label(model, asked.rows))


def test_without_rows_to_protect_their_loss_cannot_be_measured() -> None:
    for nothing in (None, positive(4, 5).rows([])):
        with pytest.raises(InvalidInput, match="protected is .*: must hold the rows that must stay right"):
            protected_loss(case(MultinomialNB(), nothing))


@pytest.mark.parametrize("wrong", [lambda _: np.zeros(4), lambda _: np.full(5, np.nan)])
def test_a_test_must_give_a_number_for_each_row(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="tests is .*: must give 5 finite numbers"):
        scores(wrong, case(MultinomialNB()))


def test_nothing_is_not_less_than_nothing_in_reasons() -> None:
    assert [f"{value:.3g}" for value in scores(lambda _: np.full(5, -0.0), case(MultinomialNB()))] == ["0"] * 5


def test_what_a_test_measures_is_its_docstrings_first_line_else_its_name() -> None:
    def length_of_mail(asked: Case, longest: int = 9) -> np.ndarray:
        return np.zeros(0)

    class Rare:
        """How rare its words are.

        More is not said.
        """

    assert measures(worse_class) == "how far adding it lowers the mean margin of the worse-hit class"
    assert measures(partial(length_of_mail, longest=3)) == "length of mail"
    assert measures(Rare()) == "how rare its words are"
