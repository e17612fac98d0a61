import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.membership import measure
from amlsec.frame import recognise
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer


def noise(rng, n):
    return Batch(rng.normal(size=(n, 5)), rng.integers(0, 2, n))


def guesses(model, rows, queries=1):
    rng = np.random.default_rng(0)
    card = named("membership-by-loss")
    shadow = Shadow(rows.rows([]), infer(rows.X, list("abcde")))
    return recognise(card, Classifier(model), rows, shadow=shadow, budget=QueryBudget(queries), rng=rng)


def test_overfit_nearest_neighbour_gives_every_member_away():
    """On labels of pure noise 1-NN recalls members exactly, and is right on half of the others: a member and those others
    have equal loss, so the true positive rate is 1 where the false positive rate allowed is over 1/2, and 0 below."""
    rng = np.random.default_rng(0)
    members, others = noise(rng, 1000), noise(rng, 1000)
    model = KNeighborsClassifier(1).fit(members.X, members.y)
    one, two = guesses(model, members), guesses(model, others)
    right = (two == one[0]).mean()
    judged = measure(one, two, rates=(0.01, min(right + 0.01, 0.99)))
    assert (one == one[0]).all()
    assert judged.at[0].found.value == 0
    assert judged.at[1].found.value == 1
    assert judged.at[1].reached == right


def test_a_model_that_is_sure_only_of_what_it_saw_gives_true_positive_rate_one():
    rng = np.random.default_rng(0)
    members, others = noise(rng, 1000), noise(rng, 1000)
    model = _Memory(members)
    judged = measure(guesses(model, members), guesses(model, others))
    assert judged.at[0].found.value == 1
    assert judged.at[0].reached == 0


def test_a_constant_model_gives_nothing_away():
    rng = np.random.default_rng(0)
    members, others = noise(rng, 1000), noise(rng, 1000)
    judged = measure(guesses(_Constant(), members), guesses(_Constant(), others))
    assert judged.at[0].found.value <= 0.01


def test_probabilities_give_minus_the_log_loss():
    rng = np.random.default_rng(1)
    rows = noise(rng, 50)
    model = LogisticRegression().fit(rows.X, rows.y)
    expected = [-log_loss([y], p[None], labels=[0, 1]) for y, p in zip(rows.y, model.predict_proba(rows.X), strict=True)]
    np.testing.assert_allclose(guesses(model, rows), expected)


def test_margins_give_the_guess_of_the_probabilities_they_stand_for():
    rng = np.random.default_rng(1)
    rows = noise(rng, 50)
    model = LogisticRegression().fit(rows.X, rows.y)
    np.testing.assert_allclose(guesses(_Margins(model), rows), guesses(model, rows))


@pytest.mark.parametrize("label", [0, 1])
def test_guess_rises_with_the_evidence_for_the_rows_own_label(label):
    rng = np.random.default_rng(2)
    rows = noise(rng, 60)
    model = LinearSVC().fit(rows.X, rows.y)
    own = rows.labelled(label)
    evidence = model.decision_function(own.X) * (1 if label else -1)
    assert (np.diff(guesses(model, own)[np.argsort(evidence)]) >= 0).all()


def test_without_queries_every_guess_is_zero():
    rows = noise(np.random.default_rng(0), 10)
    assert (guesses(_Constant(), rows, queries=0) == 0).all()


def test_a_probability_of_zero_gives_a_finite_guess():
    rows = noise(np.random.default_rng(0), 10)
    assert np.isfinite(guesses(_Memory(rows.relabelled(1 - rows.y)), rows)).all()


class _Memory:
    """Certain of the rows it has seen, and of nothing else."""

    classes_ = (0, 1)

    def __init__(self, seen):
        self.seen = dict(zip(seen.content(), seen.y, strict=True))

    def predict_proba(self, X):
        content = Batch(X, np.zeros(len(X), dtype=np.int64)).content()
        malice = np.array([self.seen.get(row, 0.5) for row in content], dtype=float)
        return np.column_stack([1 - malice, malice])


class _Constant:
    classes_ = (0, 1)

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


class _Margins:
    def __init__(self, model):
        self.decision_function = model.decision_function
