"""Truth serum: what it plants, and what that does to a model known in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from amlsec.attacks.poisoning.truth_serum import truth_serum
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.scene import Scene
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access

SPACE = infer(np.array([[-50.5, -50.5], [50.5, 50.5]]), ["a", "b"])


def targets(n):
    return Batch(np.column_stack([np.arange(float(n)), np.zeros(n)]), np.arange(n) % 2)


def attack(target, rows, space=SPACE, seed=0, **options):
    own = Batch(np.zeros((0, 2)), np.zeros(0, dtype=np.int64)) if target is None else target.rows([])
    scene = Scene(own, 1000, space, target=target)
    return truth_serum(scene, budget=PoisonBudget(rows / 1000), rng=np.random.default_rng(seed), **options)


@given(st.integers(1, 20), st.integers(0, 60), st.integers(1, 16))
def test_every_target_gets_as_many_mislabelled_copies_as_the_share_allows(many, rows, most):
    target = targets(many)
    added = attack(target, rows, most=most, stray=0.0).added
    counts = [int((added.X[:, 0] == number).sum()) for number in range(many)]
    each = min(rows // many, most)
    assert counts == ([each] * many if each else [1] * rows + [0] * (many - rows))
    assert (added.y == 1 - target.y[added.X[:, 0].astype(int)]).all()


@given(st.floats(0.01, 3), st.integers(0, 99))
def test_copies_stray_no_further_than_asked(stray, seed):
    target = targets(4)
    added = attack(target, 12, stray=stray, seed=seed).added
    assert (SPACE.cost(target.X[np.repeat(np.arange(4), 3)], added.X) <= stray + 1e-9).all()


def test_near_copies_stand_under_one_label_only():
    """So that whoever looks for rows under both labels finds none of them."""
    target = targets(10)
    added = attack(target, 80).added
    assert not set(added.content()) & set(target.content())
    assert (SPACE.cost(target.X[np.repeat(np.arange(10), 8)], added.X) <= 0.1 + 1e-9).all()


def test_copies_of_texts_hold_the_words_of_their_target():
    target = Batch(texts(["lunch at noon", "win cash now"]), np.array([0, 1]))
    added = attack(target, 8, space=TextSpace(["agenda", "prize"])).added
    assert [text.startswith("lunch at noon") for text in added.X] == [True] * 4 + [False] * 4
    assert all(len(text.split()) <= 4 for text in added.X)
    assert added.y.tolist() == [1] * 4 + [0] * 4


@pytest.mark.parametrize("target", [None, targets(0)])
def test_without_a_target_nothing_happens(target):
    assert len(attack(target, 10)) == 0


@pytest.mark.parametrize("copies", [1, 4, 16])
def test_in_least_squares_the_own_row_is_missed_the_more_the_more_copies_lie(copies):
    """What a model says of a row grows by leverage x what it was wrong by: h (y - f) / (1 - h), Sherman and Morrison.

    The copies raise what it is wrong by, at the price of the leverage, which falls from h to h / (1 + r h).
    """
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.choice([-1.0, 1.0], 40)
    target = Batch(np.array([[3.0, -2.0]]), np.array([1]))
    added = attack(target, copies, stray=0.0).added
    with_poison = np.concatenate([X, added.X]), np.concatenate([y, 2.0 * added.y - 1])

    def says(rows, labels):
        return float(Ridge(1.0, fit_intercept=False).fit(rows, labels).predict(target.X)[0])

    def leverage(rows):
        return float(target.X[0] @ np.linalg.solve(np.eye(2) + rows.T @ rows, target.X[0]))

    before, clean = says(*with_poison), leverage(X)
    here = leverage(with_poison[0])
    assert here == pytest.approx(clean / (1 + copies * clean))
    told = says(np.concatenate([with_poison[0], target.X]), np.append(with_poison[1], 1.0)) - before
    assert told == pytest.approx(here / (1 + here) * (1 - before))
    assert 1 - before > 1 - says(X, y)


@pytest.mark.parametrize(("options", "named_wrong"), [({"most": 0}, "most is 0"), ({"stray": -0.1}, "stray is -0.1")])
def test_options_are_checked(options, named_wrong):
    with pytest.raises(InvalidInput, match=named_wrong):
        attack(targets(2), 4, **options)


def test_its_card_says_that_it_reads_the_model():
    card = named("truth-serum")
    assert (card.code, str(card.cell), card.access) == ("AML-P26", "causative privacy targeted", Access.SCORES)
    assert not card.turns_verdicts
