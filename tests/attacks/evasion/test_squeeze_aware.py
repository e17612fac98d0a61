from types import SimpleNamespace

import numpy as np
import pytest

from amlsec.attacks.evasion.squeeze_aware import Through
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.frame import evade
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace

SPACE = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9)])


class Rounding:
    """Stops rows whose sum is above 5.2, as it is or with both columns rounded up to whole numbers."""

    guard = SimpleNamespace(squeezers_=(np.ceil,))

    def labels(self, X):
        return ((X.sum(axis=1) > 5.2) | (np.ceil(X).sum(axis=1) > 5.2)).astype(np.int64)

    def scores(self, X):
        return X.sum(axis=1)


def test_it_reaches_the_cheapest_row_whose_copies_pass_too():
    """From (5, 4): rounded up, both together may be 5 at most, and so 4 is the least to take off."""
    result = evade(
        named("squeeze-aware"),
        Rounding(),
        np.array([[5.0, 4.0]]),
        space=SPACE,
        budget=EvasionBudget(9, 0),
        rng=np.random.default_rng(0),
    )
    assert result.verdicts.tolist() == [0]
    assert result.cost[0] == pytest.approx(4.0, rel=0.01)
    assert result.queries.tolist() == [0]


def test_scores_are_the_worst_among_a_row_and_its_copies_of_all_layers():
    X = np.array([[0.2, 0.2], [1.0, 3.0]])
    assert Through(Rounding()).scores(X).tolist() == [2.0, 4.0]
    layered = Rounding()
    layered.guard = SimpleNamespace(deciders_={"a": SimpleNamespace(squeezers_=(np.ceil,)), "b": SimpleNamespace()})
    assert Through(layered).scores(X).tolist() == [2.0, 4.0]


def test_without_squeezers_it_is_the_search_by_scores():
    class Plain(Rounding):
        guard = None

        def labels(self, X):
            return (X.sum(axis=1) > 5).astype(np.int64)

    budget = EvasionBudget(9, 0)
    found = evade(
        named("squeeze-aware"), Plain(), np.array([[4.0, 4.0]]), space=SPACE, budget=budget, rng=np.random.default_rng(1)
    )
    assert found.cost[0] == pytest.approx(3.0, rel=0.01)


def test_in_texts_it_adds_different_words_where_repeats_are_cut():
    class Cut:
        """Counts each good word once."""

        guard = SimpleNamespace(squeezers_=(lambda X: texts([" ".join(dict.fromkeys(text.split())) for text in X]),))

        def scores(self, X):
            return np.array(
                [3.0 - sum(word in ("agenda", "lunch", "report", "review") for word in text.split()) for text in X]
            )

        def labels(self, X):
            return ((self.scores(X) > 0) | (self.scores(self.guard.squeezers_[0](X)) > 0)).astype(np.int64)

    space = TextSpace(["agenda", "lunch", "report", "review", "pills"])
    found = evade(
        named("squeeze-aware"),
        Cut(),
        texts(["cheap pills"]),
        space=space,
        budget=EvasionBudget(5, 0),
        rng=np.random.default_rng(0),
    )
    assert found.verdicts.tolist() == [0]
    assert found.cost.tolist() == [3.0]
