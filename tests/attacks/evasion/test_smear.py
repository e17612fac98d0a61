"""One addition for all rows of a victim: as good as the best of all additions, and the same in every row."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.frame import evade
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace

SMEAR = named("smear")
WEIGHTS = {"casino": 3.0, "free": 2.0, "click": 1.0, "now": 0.5, "please": -1.0}
MAILS = texts(["see you", "please see you", "minutes of the meeting please please", "at ten"])
HIGH = 3.2


class Words:
    """Sums the weights of a text's words; above 3.2 it is an alarm."""

    def scores(self, X):
        return np.array([sum(WEIGHTS.get(word, 0.0) for word in set(row.split())) for row in X])

    def labels(self, X):
        return (self.scores(X) > HIGH).astype(np.int64)


class Weighted:
    """Sums the columns."""

    def scores(self, X):
        return X @ np.array([1.0, 3.0, 0.5])

    def labels(self, X):
        return (self.scores(X) > 10).astype(np.int64)


def smeared(model, X, space, cost, queries=200):
    return evade(SMEAR, model, X, space=space, budget=EvasionBudget(cost, queries), rng=np.random.default_rng(0))


@pytest.mark.parametrize("cost", [1, 2, 3, 4])
def test_it_raises_as_many_alarms_as_the_best_of_all_additions(cost):
    space = TextSpace(["meeting"], bad_words=[*WEIGHTS])
    best = max(
        int(Words().labels(texts([f"{row} {' '.join(chosen)}" for row in MAILS])).sum())
        for size in range(1, cost + 1)
        for chosen in combinations(WEIGHTS, size)
    )
    found = smeared(Words(), MAILS, space, cost)
    assert found.verdicts.sum() == best


def test_the_addition_is_the_same_in_every_row_that_alarms_and_none_can_be_spared():
    found = smeared(Words(), MAILS, TextSpace(["meeting"], bad_words=[*WEIGHTS]), 4)
    added = {
        tuple((Counter(new.split()) - Counter(old.split())).elements()) for old, new in zip(MAILS, found.X, strict=True)
    }
    added.discard(())
    assert len(added) == 1
    (words,) = added
    for spared in words:
        rest = " ".join(word for word in words if word != spared)
        assert Words().labels(texts([f"{row} {rest}" for row in MAILS])).sum() < found.verdicts.sum()


def test_on_tables_the_same_amount_is_added_to_the_same_columns():
    columns = [Column(name, Kind.NUMERIC, 0, 50, may=May.UP) for name in "abc"]
    X = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0], [2.0, 0.0, 0.0]])
    found = smeared(Weighted(), X, TabularSpace(columns), 3.0)
    assert found.verdicts.tolist() == [1, 1, 1]
    assert np.allclose(found.X - X, (found.X - X)[0], atol=1e-9)
    assert smeared(Weighted(), X, TabularSpace(columns), 1.0).verdicts.sum() == 0, "3 is what the third row needs at least"


def test_every_row_pays_for_every_try():
    found = smeared(Words(), MAILS, TextSpace(["meeting"], bad_words=[*WEIGHTS]), 4, queries=9)
    assert len(set(found.queries.tolist())) == 1
    assert found.queries[0] <= 9
