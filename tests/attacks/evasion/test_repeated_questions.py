import numpy as np
import pytest

from amlsec.attacks.evasion.repeated_questions import _Often
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from amlsec.frame import evade
from amlsec.oracle import Oracle
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access

SPACE = TabularSpace([Column(f"c{j}", Kind.NUMERIC, 0, 10) for j in range(3)])


class Moody:
    """A row's chance to pass falls from 1 at 2 to 0 at 4 in the first column."""

    def __init__(self):
        self.lots, self.asked = np.random.default_rng(0), 0

    def labels(self, X):
        self.asked += len(X)
        return (X[:, 0] > 2 + 2 * self.lots.random(len(X))).astype(np.int64)


def often(model, rows=1, queries=10_000):
    tasks = [Task(np.zeros(3), SPACE, EvasionBudget(9, queries), np.random.default_rng(i)) for i in range(rows)]
    return _Often(Oracle(model, access=Access.LABELS, rows=rows, queries=queries), tasks)


@pytest.mark.parametrize("chance", [1.0, 0.95, 0.8, 0.5])
def test_a_row_passes_as_often_as_11_of_12_lots_do(chance):
    X = np.tile([[4.0 - 2 * chance, 5.0, 5.0]], (400, 1))
    passed = often(Moody()).labels(X, of=np.zeros(400, dtype=int)) == 0
    expected = chance**12 + 11 * chance**11 * (1 - chance)  # the first must pass, one of the other 11 may fail
    assert passed.mean() == pytest.approx(expected, abs=0.07)


def test_a_row_that_fails_first_costs_one_question_and_one_that_passes_twelve():
    model = Moody()
    asked = often(model)
    assert asked.labels(np.array([[9.0, 0, 0], [0.0, 0, 0], [9.0, 0, 0]]), of=np.zeros(3, dtype=int)).tolist() == [1, 0, 1]
    assert model.asked == 3 + 11
    assert asked.left(np.array([0])).tolist() == [(10_000 - 14) // 12]


def test_half_of_the_repeats_are_of_the_row_itself_and_all_lie_near():
    class Log(Moody):
        seen = None

        def labels(self, X):
            self.seen = X
            return np.zeros(len(X), dtype=np.int64)

    model, row = Log(), np.array([[5.0, 5.0, 5.0]])
    often(model).labels(row, of=np.zeros(1, dtype=int))
    assert (model.seen == row).all(axis=1).sum() >= 5
    assert (model.seen != row).any()
    assert np.abs(model.seen - row).max() < 0.01


def test_what_it_finds_passes_again_where_label_search_was_lucky():
    X, budget = np.tile([[9.0, 5.0, 5.0]], (12, 1)), EvasionBudget(10, 600)

    def again(attack):
        found = evade(named(attack), Moody(), X, space=SPACE, budget=budget, rng=np.random.default_rng(0)).X
        return (Moody().labels(found.repeat(50, axis=0)) == 0).mean()

    assert again("repeated-questions") >= 0.75
    assert again("label-search") <= 0.5


def test_texts_are_refused():
    with pytest.raises(InvalidInput, match="space is"):
        named("repeated-questions").run(None, np.zeros((1, 1)), space=TextSpace(["a"]), budget=EvasionBudget(1, 1), rng=None)
