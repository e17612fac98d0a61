"""The exact evasion of linear models against the closed form and against every row there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.attacks.evasion.linear_exact import linear_exact
from amlsec.errors import InvalidInput, NotApplicable
from amlsec.oracle import Classifier
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.relation import Relation
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest, cheapest_whole, fitted
from oracles.play import play
from oracles.tables import box, stopped


def attack(model, X, space, **budget):
    return play(linear_exact, model, X, space, access=Access.PARAMETERS, queries=0, **budget)


@pytest.mark.parametrize("width", [2, 9, 60])
def test_the_closed_form_where_columns_flow(width):
    space, model = box(width, seed=width), Linear(np.random.default_rng(width).normal(size=width), -1.0)
    X = stopped(model, width, 30)
    best = np.array([cheapest(model, space, x) for x in X])
    changed, won, cost, spent = attack(fitted(model), X, space)
    assert (won == np.isfinite(best)).all()
    assert won.any()
    assert cost[won] == pytest.approx(best[won], rel=1e-6, abs=1e-9)
    assert (changed[~won] == X[~won]).all()
    assert not spent.any()


@st.composite
def whole_tables(draw):
    """Up to four columns of whole numbers and codes, weights, a threshold, and a row that is stopped."""
    width = draw(st.integers(1, 4))
    columns = [
        Column(
            f"c{j}",
            kind := draw(st.sampled_from([Kind.INTEGER, Kind.CATEGORY])),
            0,
            draw(st.integers(1, 4)),
            scale=draw(st.floats(0.3, 3)),
            may=draw(st.sampled_from(list(May) if kind == Kind.INTEGER else [May.BOTH, May.NOT])),
            price=draw(st.floats(0.5, 2)),
        )
        for j in range(width)
    ]
    weights = np.array([draw(st.floats(-2, 2).filter(lambda w: abs(w) > 0.01)) for _ in range(width)])
    x = np.array([float(draw(st.integers(0, int(column.high)))) for column in columns])
    return TabularSpace(columns), Linear(weights, float(weights @ x) - draw(st.floats(0.05, 6))), x


@settings(max_examples=150, deadline=None)
@given(whole_tables())
def test_brute_force_where_columns_are_whole(table):
    """Where a row lies on the very edge, rounding decides: the edge is moved a little both ways."""
    space, model, x = table
    least, most = (cheapest_whole(Linear(model.weights, model.threshold + by), space, x) for by in (1e-9, -1e-9))
    _, won, cost, _ = attack(fitted(model), x[None], space)
    assert least - 1e-6 <= (cost[0] if won[0] else np.inf) <= most + 1e-6


def test_whole_numbers_that_rounding_up_gets_wrong():
    """Best ratio first takes the wide column twice (cost 20); once it and twice the narrow one costs 16."""
    columns = [Column("wide", Kind.INTEGER, 0, 5, price=10.0), Column("narrow", Kind.INTEGER, 0, 5, price=3.0)]
    model = Linear(np.array([10.0, 2.9]), 64.5 - 15.7)
    changed, won, cost, _ = attack(fitted(model), np.array([[5.0, 5.0]]), TabularSpace(columns))
    assert won.all()
    assert changed.tolist() == [[4.0, 3.0]]
    assert cost[0] == 16


def test_a_flowing_column_fills_what_whole_ones_leave():
    columns = [Column("count", Kind.INTEGER, 0, 9), Column("rate", Kind.NUMERIC, 0, 9, price=4.0)]
    changed, won, _, _ = attack(fitted(Linear(np.array([1.0, 1.0]), 6.9)), np.array([[2.0, 6.0]]), TabularSpace(columns))
    assert won.all()
    assert changed[0] == pytest.approx([1.0, 5.9])


@pytest.mark.parametrize(("start", "expected"), [(0.97, 0.9), (0.9, 0.9), (0.88, 0.88)])
def test_rows_that_stand_between_two_steps(start, expected):
    """A row between two steps first moves to the nearer one below; the bound can be reached."""
    space = TabularSpace([Column("share", Kind.NUMERIC, 0.2, 1, step=0.1)])
    changed, won, _, _ = attack(fitted(Linear(np.array([1.0]), 0.905)), np.array([[start]]), space)
    assert won.all()
    assert changed[0, 0] == pytest.approx(expected)
    changed, won, _, _ = attack(fitted(Linear(np.array([1.0]), 0.26)), np.array([[start]]), space)
    assert won.all()
    assert changed[0, 0] == pytest.approx(0.2)


def test_the_verdict_is_the_models_own_through_a_scaler():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5)) * [1, 10, 0.1, 5, 2] + 3
    y = (X[:, 0] * 3 + X[:, 1] > 33 / 5).astype(int)
    space = TabularSpace([Column(f"c{j}", Kind.NUMERIC, -50, 50, scale) for j, scale in enumerate([1, 10, 0.1, 5, 2.0])])
    for estimator in (LogisticRegression(), RidgeClassifier()):
        model = Classifier(make_pipeline(StandardScaler(), estimator).fit(X, y))
        mine = X[model.labels(X) == 1]
        changed, won, cost, _ = attack(model, mine, space)
        assert won.all()
        nearer = mine + (1 - 1e-3) * (changed - mine)
        assert (model.labels(nearer) == 1).all()
        assert (cost > 0).all()


def test_a_change_over_the_cost_is_given_up():
    model, space = Linear(np.ones(2), 0.0), TabularSpace([Column(name, Kind.NUMERIC, -9, 9) for name in "ab"])
    X = np.array([[3.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    changed, won, cost, _ = attack(fitted(model), X, space, cost=2.0)
    assert won.tolist() == [False, True, True]
    assert cost == pytest.approx([0, 1, 0])
    assert (changed[[0, 2]] == X[[0, 2]]).all()


def test_what_is_not_linear_or_no_table_is_refused():
    X = np.random.default_rng(0).normal(size=(40, 2))
    forest = Classifier(RandomForestClassifier(3).fit(X, np.arange(40) % 2))
    with pytest.raises(NotApplicable, match="has no linear"):
        attack(forest, X, box(2))
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        attack(fitted(Linear(np.ones(2))), X, TextSpace([]))


def test_a_total_follows_its_parts_and_a_choice_takes_another_s_place():
    """Both parts cost 1 a step and take the total with them at 0.1; the script is another choice, not none."""
    columns = [Column(name, Kind.INTEGER, 0, 9, price=price) for name, price in (("a", 1.0), ("b", 1.0), ("total", 0.1))]
    flags = [Column(name, Kind.INTEGER, 0, 1) for name in ("latin", "greek")]
    total = Relation("parts", {"a": 1, "b": 1, "total": -1}, 0, 0)
    space = GroupedSpace([*columns, *flags], [Group("script", ("latin", "greek"))], [total])
    model = Linear(np.array([0.5, 0.1, 0.4, -0.2, 0.3]), 4.05)
    x = np.array([[4.0, 3.0, 7.0, 0.0, 1.0]])
    changed, won, cost, _ = attack(fitted(model), x, space)
    assert won.all()
    assert changed.tolist() == [[3.0, 3.0, 6.0, 1.0, 0.0]]
    assert cost[0] == pytest.approx(2.1)
