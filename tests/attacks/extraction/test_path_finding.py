from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier, Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from amlsec.threat import Access
from copied import Counted, Rounded, agreement, copy

NAME = "path-finding"
GRID = TabularSpace([Column(name, Kind.INTEGER, 0, 7) for name in "abc"])
CELLS = np.array(list(product(range(8), repeat=3)), dtype=np.float64)


class Distinct:
    """A tree whose leaves have scores of their own: those of a fitted tree, told apart by a little."""

    def __init__(self, tree):
        self.tree = tree

    def scores(self, X):
        if not len(X):
            return np.zeros(0)
        leaves = self.tree.apply(X)
        return 0.5 + 0.4 * (self.tree.predict(X) - 0.5) + leaves / (10 * self.tree.tree_.node_count)

    def labels(self, X):
        return (self.scores(X) > 0.5).astype(np.int64)

    @property
    def leaves(self):
        return self.tree.get_n_leaves()


def drawn(seed, rows=400, columns=8, **how):
    """Rows, and a tree fitted to some of them."""
    X, y = make_classification(rows, columns, n_informative=min(columns, 5), n_redundant=0, random_state=seed)
    return Batch(X[:60], y[:60]), X, DecisionTreeClassifier(random_state=seed, **how).fit(X[60:], y[60:])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 16))
def test_every_cell_of_a_small_space_scores_as_in_the_tree(seed, leaves):
    rng = np.random.default_rng(seed)
    rows, y = CELLS[rng.integers(512, size=120)], rng.integers(0, 2, 120)
    tree = Distinct(DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(rows, y))
    stolen, _ = copy(NAME, tree, Batch(rows[:20], y[:20]), GRID, queries=5000, seed=seed)
    assert (stolen.scores(CELLS) == tree.scores(CELLS)).all()


@pytest.mark.parametrize("seed", range(4))
def test_thresholds_are_found_to_the_precision(seed):
    """Between any two thresholds of a column the tree is the same: a row from each cell of the grid they make shows all."""
    own, X, fitted = drawn(seed, columns=5, max_leaf_nodes=12)
    space = infer(X, list("abcde"))
    tree, flows = Distinct(fitted), [[column.low, column.high] for column in space.columns]
    for feature, threshold in zip(fitted.tree_.feature, fitted.tree_.threshold, strict=True):
        if feature >= 0:
            width = space.columns[feature].high - space.columns[feature].low
            flows[feature] += [threshold - 1e-6 * width, threshold + 1e-6 * width]
    cells = np.array(list(product(*flows)))
    stolen, asked = copy(NAME, tree, own, space, queries=20_000)
    assert (stolen.scores(cells) == tree.scores(cells)).all()
    assert asked <= 500 + len(own) + tree.leaves * (2 * 5 + 3 * 35) * 3


def test_a_tree_of_real_scores_is_copied_by_few_large_calls():
    own, X, fitted = drawn(7, rows=3000, max_depth=4, min_samples_leaf=30)
    model = Counted(Classifier(fitted))
    stolen, asked = copy(NAME, model, own, infer(X, list("abcdefgh")), queries=10_000)
    assert (stolen.scores(X) == model.scores(X)).all()
    assert asked < 5000
    assert len(model.calls) < asked / 5


def test_categories_that_the_tree_sees_one_hot_are_tried_code_by_code():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 6, 600), rng.integers(0, 5, 600), rng.normal(size=600)]).astype(np.float64)
    y = ((X[:, 0] == 3) ^ (X[:, 1] == 1) ^ (X[:, 2] > 0.3)).astype(np.int64)
    encoder = make_column_transformer((OneHotEncoder(), [0, 1]), remainder="passthrough")
    pipeline = make_pipeline(encoder, DecisionTreeClassifier(max_depth=5, random_state=0)).fit(X, y)
    columns = [Column("a", Kind.CATEGORY, 0, 5), Column("b", Kind.CATEGORY, 0, 4), Column("c", Kind.NUMERIC, -4, 4)]
    stolen, _ = copy(NAME, Classifier(pipeline), Batch(X[:50], y[:50]), TabularSpace(columns), queries=5000)
    assert agreement(stolen, Classifier(pipeline), X) == 1


def test_leaves_of_equal_score_are_found_by_rows_at_random():
    """All leaves are pure: their scores are 0 and 1."""
    own, X, fitted = drawn(3, rows=300, columns=3)
    model = Classifier(fitted)
    stolen, _ = copy(NAME, model, own, infer(X, list("abc")), queries=20_000)
    assert set(model.scores(X)) == {0.0, 1.0}
    assert agreement(stolen, model, X) > 0.95


def test_few_questions_go_to_where_rows_are():
    own, X, fitted = drawn(5, rows=3000, columns=8, max_depth=6, min_samples_leaf=20)
    space, model = infer(X, list("abcdefgh")), Classifier(fitted)
    shares = [agreement(copy(NAME, model, own, space, queries)[0], model, X) for queries in (200, 2000, 20_000)]
    assert shares[0] > 0.75
    assert shares[1] > 0.9
    assert shares[2] == 1


def test_a_stump_costs_a_bisection_and_its_ends():
    """One own row: d + 1 ends show one that differs, halving finds where; two cells' ends are asked; 500 rows confirm."""

    class Stump:
        def scores(self, X):
            return np.where(X[:, 1] > 0.3, 0.8, 0.1)

        def labels(self, X):
            return (X[:, 1] > 0.3).astype(np.int64)

    space = TabularSpace([Column(name, Kind.NUMERIC, 0, 1) for name in "abc"])
    own = Batch(np.full((1, 3), 0.5), np.ones(1, dtype=np.int64))
    stolen, asked = copy(NAME, Stump(), own, space, queries=5000)
    edge = np.array([[0.5, 0.3 - 1e-8, 0.5], [0.5, 0.3 + 1e-8, 0.5]])
    assert stolen.scores(edge).tolist() == [0.1, 0.8]
    assert stolen.leaves == 2
    assert 500 < asked <= 500 + 1 + 3 * 6 + 40


def test_of_a_model_that_is_no_tree_he_asks_no_more_than_shows_it():
    X = drawn(0)[1]
    y = (X[:, 0] > 0).astype(np.int64)
    own, model = Batch(X[:80], y[:80]), Classifier(LogisticRegression().fit(X, y))
    stolen, asked = copy(NAME, model, own, infer(X, list("abcdefgh")), queries=4000)
    assert asked == len(own)
    assert agreement(stolen, model, X) > 0.9


def test_rounded_scores_of_a_forest_are_a_tree_too_and_the_budget_is_kept():
    own, X, _ = drawn(0)
    model = Classifier(RandomForestClassifier(5, max_depth=2, random_state=0).fit(X, X[:, 0] > 0))
    stolen, asked = copy(NAME, Rounded(model, 1), own, infer(X, list("abcdefgh")), queries=3000)
    assert asked <= 3000
    assert agreement(stolen, model, X) > 0.9


def test_answers_that_change_end_with_the_budget_at_the_latest():
    class Fickle:
        def __init__(self):
            self.rng = np.random.default_rng(0)

        def scores(self, X):
            return self.rng.integers(0, 3, len(X)) / 2

        def labels(self, X):
            return (self.scores(X) > 0.5).astype(np.int64)

    rng = np.random.default_rng(0)
    own = Batch(CELLS[rng.integers(512, size=200)], rng.integers(0, 2, 200))
    stolen, asked = copy(NAME, Fickle(), own, GRID, queries=1000)
    assert asked <= 1000
    assert np.isin(stolen.labels(CELLS), (0, 1)).all()


@pytest.mark.parametrize("precision", [0.0, 1.0, -1.0])
def test_a_precision_out_of_range_is_an_error(precision):
    own, _, fitted = drawn(0, columns=5)
    oracle = Oracle(Classifier(fitted), access=Access.SCORES, rows=1, queries=9)
    shadow, rng = Shadow(own, infer(own.X, list("abcde"))), np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="precision"):
        named(NAME).run(oracle, shadow, budget=QueryBudget(9), rng=rng, precision=precision)
