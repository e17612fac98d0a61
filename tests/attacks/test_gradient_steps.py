"""From changes that flow to rows of the space: whole numbers, categories, formats, and what stands before the model."""

from itertools import product

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from amlsec.attacks.evasion.apgd import apgd
from amlsec.attacks.evasion.fmn import fmn
from amlsec.defenses.guards.abstain import Abstain
from amlsec.errors import InvalidInput, NotApplicable
from amlsec.evaluation.systems import GuardedModel
from amlsec.oracle import Classifier
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play

SEEN = {"access": Access.PARAMETERS, "queries": 0}


def logistic(weights, bias):
    """A logistic regression with these weights."""
    model = LogisticRegression()
    model.coef_, model.intercept_ = np.array([weights], dtype=float), np.array([float(bias)])
    model.classes_, model.n_features_in_ = np.array([0, 1]), len(weights)
    return Classifier(model)


def whole(width=4, may=(May.BOTH,), scales=(1.0,)):
    return TabularSpace(
        [Column(f"c{j}", Kind.INTEGER, 0, 3, scales[j % len(scales)], may[j % len(may)]) for j in range(width)]
    )


def cheapest_whole(model, space, x):
    """By brute force over every row of whole numbers."""
    rows = np.array(list(product(range(4), repeat=len(x))), dtype=float)
    cost = space.cost(np.repeat(x[None], len(rows), axis=0), rows)
    return np.where(model.labels(rows) == 0, cost, np.inf).min()


@pytest.mark.parametrize("seed", range(6))
def test_whole_numbers_are_close_to_the_cheapest_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    space = whole(scales=tuple(rng.uniform(0.5, 2, 4)), may=(May.BOTH, May.DOWN))
    model = logistic(rng.normal(1, 1, 4), -1.5)
    X = rng.integers(0, 4, (30, 4)).astype(float)
    X = X[model.labels(X) == 1][:10]
    best = np.array([cheapest_whole(model, space, x) for x in X])
    changed, won, cost, _ = play(fmn, model, X, space, **SEEN)
    assert (changed % 1 == 0).all()
    assert (won == np.isfinite(best)).all()
    assert (cost[won] >= best[won] - 1e-9).all()
    assert cost[won].sum() <= 1.05 * best[won].sum()


def test_categories_are_changed_where_that_is_cheaper():
    space = TabularSpace([Column("tld", Kind.CATEGORY, 0, 2, price=0.5), Column("n", Kind.NUMERIC, 0, 9)])
    model = logistic([3.0, 1.0], -4.0)
    changed, won, cost, _ = play(fmn, model, np.array([[2.0, 1.5], [0.0, 4.5]]), space, **SEEN)
    assert won.all()
    assert changed[0].tolist() == [0.0, 1.5]
    assert changed[1, 0] == 0
    assert cost == pytest.approx([0.5, 0.5], abs=0.01)


def test_categories_and_numbers_together():
    space = TabularSpace([Column("tld", Kind.CATEGORY, 0, 2), Column("n", Kind.NUMERIC, 0, 9)])
    changed, won, cost, _ = play(fmn, logistic([2.0, 1.0], -4.0), np.array([[2.0, 8.0]]), space, **SEEN)
    assert won.all()
    assert changed[0, 0] == 0
    assert cost == pytest.approx([5.0], abs=0.05)


def test_one_hot_groups_are_changed_as_one_choice():
    flags = [Column(name, Kind.INTEGER, 0, 1) for name in ("latin", "greek", "thai")]
    space = GroupedSpace([*flags, Column("n", Kind.NUMERIC, 0, 9)], [Group("script", ("latin", "greek", "thai"), price=0.5)])
    X = np.array([[0.0, 0, 1, 1.5], [0.0, 1, 0, 4.2]])
    changed, won, cost, _ = play(fmn, logistic([1.0, 0.0, 3.0, 1.0], -4.0), X, space, **SEEN)
    assert won.all()
    assert changed[0].tolist() == [0.0, 1.0, 0.0, 1.5]
    assert (changed[:, :3].sum(axis=1) == 1).all()
    assert cost == pytest.approx([0.5, 0.2], abs=0.01)


def test_encoded_categories_are_changed_where_that_wins():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 3, 300), rng.normal(size=300)]).astype(float)
    steps = ColumnTransformer([("codes", OneHotEncoder(), [0])], remainder=StandardScaler())
    model = Classifier(make_pipeline(steps, LogisticRegression()).fit(X, (X[:, 0] == 1) & (X[:, 1] > -1)))
    space = TabularSpace([Column("tld", Kind.CATEGORY, 0, 2), Column("n", Kind.NUMERIC, -5, 5)])
    changed, won, cost, _ = play(apgd, model, np.array([[1.0, 1.5]]), space, **SEEN, cost=1.2)
    assert won.all()
    assert changed[0].tolist() in ([0.0, 1.5], [2.0, 1.5])
    assert cost.tolist() == [1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_rows_keep_their_format(dtype):
    space, model = whole(), logistic([1.0, 1, 1, 1], -5.5)
    X = np.array([[3, 3, 3, 3], [2, 2, 2, 1]], dtype=dtype)
    changed, won, cost, _ = play(fmn, model, X, space, **SEEN)
    assert changed.dtype == dtype
    assert won.all()
    assert cost.tolist() == [7.0, 2.0]


def test_a_win_is_the_models_not_the_margins():
    """A guard escalates what is barely benign; the attack must go further than the margin says."""
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    X = rng.normal(3.0 * y[:, None], 1.0, (400, 2))
    guard = Abstain(estimator=GaussianNB(), escalate=0.2).fit(X, y)
    model = GuardedModel(guard)
    space = TabularSpace([Column("a", Kind.NUMERIC, -9, 9), Column("b", Kind.NUMERIC, -9, 9)])
    stopped = X[(y == 1) & (model.labels(X) == 1)][:10]
    _, won, cost, _ = play(apgd, model, stopped, space, **SEEN, cost=9.0)
    _, alone, before, _ = play(apgd, Classifier(guard.estimator_), stopped, space, **SEEN, cost=9.0)
    assert won.all()
    assert alone.all()
    assert (cost > before).all()


def test_benign_rows_are_made_alarms():
    space, model = whole(), logistic([1.0, 2, 1, 1], -5.5)
    X = np.array([[0.0, 0, 1, 1]])
    changed, won, cost, _ = play(fmn, model, X, space, **SEEN, wanted=1)
    assert won.all()
    assert cost.tolist() == [2.0]
    assert changed.tolist() == [[0.0, 2.0, 1.0, 1.0]]


def test_a_column_that_only_grows_is_never_lowered():
    space, model = whole(may=(May.UP,)), logistic([1.0, 1, 1, 1], -2.5)
    X = np.full((2, 4), 2.0)
    changed, won, _, _ = play(apgd, model, X, space, **SEEN)
    assert not won.any()
    assert (changed == X).all()


def test_a_row_s_result_does_not_depend_on_its_company():
    space, model = whole(), logistic([1.0, 2, 1, 0.5], -4.5)
    X = np.array([[3.0, 3, 3, 3], [2, 2, 2, 2], [3, 2, 1, 3]])
    together = play(apgd, model, X, space, **SEEN)[0]
    assert (play(apgd, model, X[:2], space, **SEEN)[0] == together[:2]).all()


@pytest.mark.parametrize("learner", [KNeighborsClassifier(1), RandomForestClassifier(3)])
def test_a_model_without_a_slope_is_not_applicable(learner):
    X = np.arange(8.0)[:, None]
    model = Classifier(learner.fit(X, X[:, 0] > 3))
    with pytest.raises(NotApplicable, match="has no slope to be seen"):
        play(apgd, model, X[5:], TabularSpace([Column("n", Kind.NUMERIC, 0, 9)]), **SEEN)


def test_texts_are_refused():
    with pytest.raises(InvalidInput, match="must be a TabularSpace or an ImageSpace"):
        play(apgd, logistic([1.0], 1.0), np.array([[1.0]]), TextSpace(["a"]), **SEEN)
