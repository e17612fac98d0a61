import numpy as np
import pytest

from amlsec.attacks.questions import Questions
from amlsec.budget import QueryBudget
from amlsec.oracle import Oracle
from amlsec.threat import Access


class Sum:
    def labels(self, X):
        return (X.sum(axis=1) > 0).astype(np.int64)

    def scores(self, X):
        return X.sum(axis=1)


@pytest.mark.parametrize(("granted", "budget", "left"), [(5, 9, 5), (9, 5, 5), (0, 5, 0), (5, 0, 0)])
def test_no_more_is_asked_than_is_granted_and_may_be_spent(granted, budget, left):
    oracle = Oracle(Sum(), access=Access.SCORES, rows=1, queries=granted)
    ask, rows = Questions(oracle, QueryBudget(budget)), np.arange(8.0)[:, None]
    assert ask.left == left
    assert ask.scores(rows).tolist() == list(range(left))
    assert (ask.left, ask.asked, int(oracle.spent[0])) == (0, left, left)
    assert len(ask.labels(rows)) == 0


def test_all_that_was_told_is_kept_in_order():
    ask = Questions(Oracle(Sum(), access=Access.SCORES, rows=1, queries=9), QueryBudget(9))
    ask.labels(np.array([[2.0], [-2.0]]))
    ask.scores(np.array([[3.0]]))
    rows, answers = ask.told()
    assert rows[:, 0].tolist() == [2, -2, 3]
    assert answers.tolist() == [1, 0, 3]
