"""The fast search against the exact one, and against models whose cheapest evasion is known."""

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from amlsec.attacks.evasion.exact_trees import exact_trees
from amlsec.attacks.evasion.leaf_regions import leaf_regions
from amlsec.errors import NotApplicable
from amlsec.oracle import Classifier
from amlsec.space.column import Column, Kind
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation
from amlsec.space.tabular import infer
from amlsec.threat import Access
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import inside
from oracles.play import play
from oracles.stump import Stump
from oracles.trees import least, rows, space


def attacked(attack, model, X, table, **options):
    return play(attack, model, X, table, access=Access.PARAMETERS, queries=0, **options)


def crooked(X):
    return (np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + X[:, 3] + (X[:, 5] == 2) > 0).astype(int)


@pytest.mark.parametrize("wanted", [0, 1])
@pytest.mark.parametrize("depth", [1, 3, 6])
def test_of_a_single_tree_it_is_exact(depth, wanted):
    X, table = rows(500, 4), space()
    model = Classifier(DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, crooked(X)))
    X = X[model.labels(X) != wanted][:6]
    known = np.array([least(inside(model, Forest), table, x, wanted) for x in X])
    _, won, cost, spent = attacked(leaf_regions, model, X, table, wanted=wanted)
    assert (won == np.isfinite(known)).all()
    assert cost[won] == pytest.approx(known[won], abs=1e-7)
    assert (spent == 0).all()


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(15, max_depth=5, random_state=0),
        ExtraTreesClassifier(12, max_depth=6, random_state=0),
        GradientBoostingClassifier(n_estimators=60, random_state=0),
        lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=1),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_it_wins_where_the_exact_attack_does_and_costs_a_few_per_cent_more_at_most(estimator):
    X, table = rows(600, 5), space()
    model = Classifier(estimator.fit(X, crooked(X)))
    X = X[model.labels(X) == 1][:8]
    _, possible, least_cost, _ = attacked(exact_trees, model, X, table)
    _, won, cost, _ = attacked(leaf_regions, model, X, table)
    assert possible.all()
    assert won.all()
    ratio = cost / least_cost
    assert ratio.min() >= 1 - 1e-6
    assert np.median(ratio) <= 1.001
    assert np.quantile(ratio, 0.9) <= 1.05


def test_a_rows_result_does_not_depend_on_its_company():
    X, table = rows(400, 6), space()
    model = Classifier(RandomForestClassifier(20, random_state=0).fit(X, crooked(X)))
    X = X[model.labels(X) == 1][:5]
    together = attacked(leaf_regions, model, X, table)[0]
    assert (attacked(leaf_regions, model, X[2:4], table)[0] == together[2:4]).all()


def test_without_enough_budget_rows_stay():
    X, table = rows(400, 6), space()
    model = Classifier(RandomForestClassifier(20, random_state=0).fit(X, crooked(X)))
    X = X[model.labels(X) == 1][:8]
    free = attacked(leaf_regions, model, X, table)[2]
    changed, won, cost, _ = attacked(leaf_regions, model, X, table, cost=float(free.min()) * 0.99)
    assert not won.any()
    assert (changed == X).all()
    assert (cost == 0).all()


def test_rows_that_pass_already_stay():
    X, table = rows(400, 6), space()
    model = Classifier(RandomForestClassifier(20, random_state=0).fit(X, crooked(X)))
    X = X[model.labels(X) == 0][:4]
    assert (attacked(leaf_regions, model, X, table)[0] == X).all()


def test_whole_columns_of_a_single_value_are_no_way():
    X = np.column_stack([np.ones(200), np.arange(200.0)])
    model = Classifier(RandomForestClassifier(5, random_state=0).fit(X, (X[:, 1] > 99).astype(int)))
    changed, won, _, _ = attacked(leaf_regions, model, X[150:152], infer(X, ["same", "count"]))
    assert won.all()
    assert (changed[:, 0] == 1).all()


def test_models_without_trees_are_refused():
    with pytest.raises(NotApplicable, match="a Stump has no forest"):
        attacked(leaf_regions, Stump(0, 0.0), rows(1), space())


def test_where_columns_are_bound_rows_win_within_the_space_or_stay():
    columns = [Column(name, Kind.INTEGER, 0, 40) for name in ("in", "out", "all")]
    table = RelatedSpace(columns, [Relation("all", {"in": 1, "out": 1, "all": -1}, 0, 0)])
    parts = np.random.default_rng(0).integers(0, 20, (400, 2)).astype(float)
    X = np.column_stack([parts, parts.sum(axis=1)])
    model = Classifier(RandomForestClassifier(10, max_depth=4, random_state=0).fit(X, (X[:, 2] > 18).astype(int)))
    X = X[model.labels(X) == 1][:10]
    changed, won, cost, _ = attacked(leaf_regions, model, X, table)
    assert won.mean() >= 0.5
    assert np.isfinite(cost).all()
    assert (changed[~won] == X[~won]).all()
