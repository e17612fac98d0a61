"""Whether a model says the same of the same row is counted as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.evaluation.games import clean_game
from amlsec.evaluation.steadiness import MOST_ROWS, asked_again, first_verdicts
from grounds import Stump, on_a_line


class Says:
    """A model whose verdict on row k is `verdicts[k]`."""

    def __init__(self, verdicts):
        self.verdicts, self.asked = np.asarray(verdicts), 0

    def labels(self, X):
        self.asked += len(X)
        return self.verdicts[X[:, 0].astype(int)]


@pytest.mark.parametrize("n", [1, 2, 99, 100, 101, 5000])
def test_at_most_a_hundred_rows_are_asked_again(n):
    X, verdicts = np.arange(n, dtype=float)[:, None], np.arange(n) % 2
    model = Says(verdicts)
    assert asked_again(model, X, verdicts) == [0, min(n, MOST_ROWS)]
    assert model.asked == min(n, MOST_ROWS)
    assert asked_again(Says(1 - verdicts), X, verdicts) == [min(n, MOST_ROWS)] * 2


def test_changes_are_counted_from_the_first_row_to_the_last():
    X, verdicts = np.arange(50, dtype=float)[:, None], np.zeros(50, dtype=int)
    changed = verdicts.copy()
    changed[[0, 7, 49]] = 1
    assert asked_again(Says(changed), X, verdicts) == [3, 50]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1))
def test_the_first_verdicts_follow_from_the_mistakes(pairs):
    verdicts, y = np.array(pairs).T
    wrong = [np.flatnonzero((verdicts != y) & (y == label)).tolist() for label in (0, 1)]
    assert (first_verdicts({"wrong": wrong}, y) == verdicts).all()


def test_a_clean_game_asks_the_model_alone_again():
    ground = on_a_line(Stump())
    clean = clean_game(ground, None)
    assert clean["again"] == [0, 70]
    assert (first_verdicts(clean, ground.test.y) == ground.clean_model(None).labels(ground.test.X)).all()
