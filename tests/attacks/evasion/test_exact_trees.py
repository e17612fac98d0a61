"""The exact attack against models whose cheapest evasion is known."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from amlsec.attacks.evasion import exact_trees as member
from amlsec.attacks.evasion.exact_trees import exact_trees
from amlsec.attacks.evasion.leaf_regions import leaf_regions
from amlsec.attacks.evasion.score_search import score_search
from amlsec.attacks.tree_milp import NotProven
from amlsec.defenses.guards.abstain import Abstain
from amlsec.errors import InvalidInput, NotApplicable
from amlsec.evaluation.systems import GuardedModel
from amlsec.oracle import Classifier
from amlsec.space.joint import joint
from amlsec.space.relation import Relation
from amlsec.space.tabular import Column, Kind, May, TabularSpace, infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import inside
from oracles.play import play
from oracles.stump import Stump, Votes
from oracles.tables import box
from oracles.trees import least, rows, space


def attacked(model, X, table, **options):
    """Changed rows, whether they won, what they cost."""
    return play(exact_trees, model, X, table, access=Access.PARAMETERS, queries=0, **options)[:3]


def learned(rule, width, estimator, table):
    """A fitted model that has learned a rule over a box from many rows, and rows that it stops."""
    X = np.random.default_rng(0).uniform(-3, 3, (4000, width))
    model = Classifier(estimator.fit(X, rule.labels(X)))
    return model, X[model.labels(X) == 1][:20]


def test_a_stumps_edge_is_reached_exactly():
    table, rule = box(4, may=(May.BOTH,)), Stump(2, -1.0)
    model, X = learned(rule, 4, DecisionTreeClassifier(random_state=0), table)
    changed, won, cost = attacked(model, X, table)
    edge = model.estimator.tree_.threshold[0]
    assert won.all()
    assert cost == pytest.approx((X[:, 2] - edge) * table.rate[2], abs=1e-6)
    assert (cost <= 1.01 * rule_cost(rule, table, X)).all()
    assert (np.delete(changed, 2, axis=1) == np.delete(X, 2, axis=1)).all()


@pytest.mark.parametrize("attack", [exact_trees, leaf_regions])
def test_a_row_on_the_very_edge_is_taken_across(attack):
    """Boosting stops rows of margin 0, as row 4 has, which rounding takes for a row that passes already."""
    X = np.array([4.0, 3, 1, 3, 3, 2, 1, 2, 0, 4, 3, 0, 1, 0])[:, None]
    boosting = GradientBoostingClassifier(n_estimators=8, random_state=0)
    model = Classifier(boosting.fit(X, [0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1]))
    table = TabularSpace([Column("c", Kind.INTEGER, 0, 4)])
    edge = np.array([[4.0]])
    assert boosting.decision_function(edge) == pytest.approx(0, abs=1e-15)
    changed, won, _, _ = play(attack, model, edge, table, access=Access.PARAMETERS, queries=0)
    assert won.all()
    assert changed == 2


def rule_cost(rule, table, X):
    """What it costs to cross the stump's own threshold, where the fitted one lies within 1e-3 of it."""
    return (X[:, rule.column] - rule.threshold + 1e-2) * table.rate[rule.column]


def test_the_cheapest_votes_are_lost():
    """Five stumps that vote, by scikit-learn's forest: the cheapest evasion crosses the cheapest three."""
    table, rule = box(5, may=(May.BOTH,)), Votes(np.zeros(5), needed=3)
    X = np.random.default_rng(0).uniform(-3, 3, (2000, 5))
    forest = RandomForestClassifier(5, random_state=0).fit(X, rule.labels(X))
    forest.estimators_ = [
        DecisionTreeClassifier(max_depth=1).fit(X * (np.arange(5) == j), (X[:, j] > 0) * 1) for j in range(5)
    ]
    model = Classifier(forest)
    X = X[model.labels(X) == 1][:15]
    edges = Votes([one.tree_.threshold[0] for one in forest.estimators_], needed=3)
    best = np.array([edges.cheapest(table, x) for x in X])
    _, won, cost = attacked(model, X, table)
    assert won.all()
    assert cost == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("wanted", [0, 1])
@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0),
        RandomForestClassifier(4, max_depth=3, random_state=1),
        HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=5, categorical_features=[5], learning_rate=0.7),
    ],
)
def test_it_costs_what_trying_everything_finds_in_both_directions(estimator, wanted):
    table, X = space(), rows(400, 1)
    y = ((X[:, 0] + X[:, 1] / 2 + X[:, 3] > 0) ^ (X[:, 5] == 2)).astype(int)
    model = Classifier(estimator.fit(X, y))
    forest = inside(model, Forest)
    against = X[model.labels(X) != wanted][:6]
    known = np.array([least(forest, table, x, wanted) for x in against])
    changed, won, cost = attacked(model, against, table, wanted=wanted)
    assert np.isfinite(known).any()
    assert (won == np.isfinite(known)).all()
    assert cost[won] == pytest.approx(known[won], abs=1e-7)
    assert (changed[~won] == against[~won]).all()


def test_what_costs_more_than_the_budget_is_not_done():
    table, X = space(), rows(300, 2)
    model = Classifier(
        GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, (X[:, 0] + X[:, 3] > 0).astype(int))
    )
    X = X[model.labels(X) == 1][:10]
    _, _, free = attacked(model, X, table)
    most = float(np.median(free[free > 0]))
    _, won, cost = attacked(model, X, table, cost=most)
    assert (won == ((free > 0) & (free <= most))).all()
    assert cost[won] == pytest.approx(free[won])


def test_it_sees_through_scalers_far_from_0():
    X = np.random.default_rng(0).normal(1e4, 30, (400, 3)) * [1, 1e-3, 1]
    model = make_pipeline(StandardScaler(), RandomForestClassifier(7, random_state=0)).fit(X, X[:, 0] > 1e4)
    against = X[X[:, 0] > 1e4][:8]
    _, won, cost = attacked(Classifier(model), against, infer(X, ["a", "b", "c"]))
    assert won.all()
    assert (cost > 0).all()


def test_behind_a_guard_rows_win_or_stay():
    X = np.random.default_rng(0).normal(size=(400, 3))
    guard = Abstain(estimator=RandomForestClassifier(7, random_state=0), escalate=0.02).fit(X, (X[:, 0] > 0).astype(int))
    model = GuardedModel(guard)
    against = X[model.labels(X) == 1][:12]
    changed, won, _ = attacked(model, against, infer(X, ["a", "b", "c"]))
    assert won.any()
    assert (changed[~won] == against[~won]).all()


def test_a_column_that_only_grows_or_is_out_of_reach_stays():
    X = np.random.default_rng(0).uniform(0, 9, (300, 2))
    table = TabularSpace([Column("grows", Kind.NUMERIC, 0, 9, may=May.UP), Column("fixed", Kind.NUMERIC, 0, 9, may=May.NOT)])
    model = Classifier(DecisionTreeClassifier(random_state=0).fit(X, (X.sum(axis=1) > 9).astype(int)))
    against = X[model.labels(X) == 1][:10]
    changed, won, _ = attacked(model, against, table)
    assert (changed >= against).all()
    assert (changed[:, 1] == against[:, 1]).all()
    assert (changed[~won] == against[~won]).all()


def test_an_unproven_answer_is_said_to_be_one(monkeypatch):
    monkeypatch.setattr(member, "NODES", 0)
    monkeypatch.setattr(member, "cheapest", lambda quest: _CHEAPEST(quest, nodes=0))
    X = rows(600, 3)
    y = (np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + X[:, 3] > 0).astype(int)
    model = Classifier(RandomForestClassifier(25, max_depth=7, random_state=0).fit(X, y))
    against = X[model.labels(X) == 1][:3]
    with pytest.warns(NotProven, match="after 0 nodes: found .*, none below"):
        _, won, _ = attacked(model, against, space())
    assert won.all()


_CHEAPEST = member.cheapest


def test_other_models_and_spaces_are_refused():
    X = rows(50)
    linear = Classifier(LogisticRegression().fit(X, X[:, 0] > 0))
    with pytest.raises(NotApplicable):
        attacked(linear, X[:1], space())
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        attacked(linear, X[:1], TextSpace(["a"]))


@pytest.mark.parametrize("attack", [exact_trees, leaf_regions])
def test_where_columns_hang_together_what_a_search_by_scores_finds_is_no_cheaper(attack):
    """A total that follows its parts: column by column the forest's cells are seldom rows of the space."""
    rng = np.random.default_rng(0)
    parts = rng.integers(0, 5, (80, 2)).astype(float)
    X = np.column_stack([parts, parts.sum(axis=1)])
    columns = [Column(name, Kind.INTEGER, 0, 8, price=price) for name, price in (("a", 0.8), ("b", 0.7), ("total", 0.3))]
    table = joint(columns, relations=[Relation("total", {"a": 1, "b": 1, "total": -1}, 0, 0)])
    forest = RandomForestClassifier(7, random_state=0)
    forest.fit(X, (1.2 * parts[:, 0] - parts[:, 1] + rng.normal(0, 0.8, 80) > 0).astype(int))
    model = Classifier(forest)
    theirs = X[model.labels(X) == 1][:6]
    _, won, cost, spent = play(attack, model, theirs, table, access=Access.PARAMETERS, queries=0)
    _, known, paid, _ = play(score_search, model, theirs, table, access=Access.SCORES, queries=100)
    assert won.all()
    assert known.any()
    assert (cost[known] <= paid[known] + 1e-9).mean() >= 0.8
    assert cost.sum() <= paid.sum() + 1e-9
    assert not spent.any()
