import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.space.image import ImageSpace
from amlsec.space.text import TextSpace
from people import SPACE, TRAIT, Answers, guesses, people

SIDE = 6


def strangers(n=200, seed=0):
    """Pictures of 6 x 6 pixels that differ in brightness from pixel to pixel."""
    rng = np.random.default_rng(seed)
    return Batch(np.clip(0.5 + 0.15 * rng.normal(size=(n, SIDE**2)), 0, 1), np.zeros(n, dtype=int))


def test_a_face_that_nobody_showed_him_is_drawn_from_the_scores() -> None:
    """The model knows one person, and answers whether it is he; the attacker owns pictures of others only."""
    rng = np.random.default_rng(1)
    face = np.clip(0.5 + 0.15 * rng.normal(size=SIDE**2), 0, 1)
    his, others = np.clip(face + 0.02 * rng.normal(size=(20, SIDE**2)), 0, 1), strangers(seed=2).X
    model = LogisticRegression(C=10).fit(np.vstack([his, others]), np.repeat([1, 0], [20, 200]))
    own, unseen = strangers(seed=3), Batch(np.zeros((1, SIDE**2)), np.array([1]))
    space, every = ImageSpace((SIDE, SIDE)), range(SIDE**2)
    drawn = guesses("model-inversion", Classifier(model), unseen, own=own, queries=1000, hidden=every, space=space)[0]
    likeness = [np.corrcoef(drawn - own.X.mean(axis=0), x - own.X.mean(axis=0))[0, 1] for x in (face, *others[:99])]
    assert np.argmax(likeness) == 0
    assert likeness[0] > 0.7


def test_without_a_query_he_draws_the_mean_of_those_he_knows() -> None:
    own, unseen, space = strangers(), Batch(np.zeros((2, SIDE**2)), np.array([0, 1])), ImageSpace((SIDE, SIDE))
    drawn = guesses("model-inversion", Answers(0.5), unseen, own=own, queries=0, hidden=range(SIDE**2), space=space)
    np.testing.assert_allclose(drawn, np.tile(own.X.mean(axis=0), (2, 1)))


def test_hidden_categories_are_guessed_value_by_value_and_numbers_by_ascent() -> None:
    class Both(Answers):
        def scores(self, X):
            return 1 / (1 + np.exp(-X[:, 2] - 4.0 * (X[:, TRAIT] == 2)))

    rows, own = people(2).relabelled(np.array([1, 1])), people(300, seed=9, shares=(0.4, 0.3, 0.3))
    found = guesses("model-inversion", Both(), rows, own=own, queries=60, hidden=(TRAIT, 2))
    assert (found[:, 0] == 2).all()
    assert (found[:, 1] > own.X[:, 2].mean() + 0.01).all()


def test_known_columns_are_asked_about_as_they_are() -> None:
    seen = []

    class Watching(Answers):
        def scores(self, X):
            seen.append(X[:, :2].copy())
            return np.full(len(X), 0.5)

    rows = people(3)
    guesses("model-inversion", Watching(), rows, own=people(50, 9), hidden=(2,), queries=30)
    asked = np.concatenate(seen)
    assert len(asked) > 0
    assert {tuple(row) for row in asked} == {tuple(row) for row in rows.X[:, :2]}


def test_whole_numbers_are_drawn_whole() -> None:
    from amlsec.space.column import Column, Kind
    from amlsec.space.tabular import TabularSpace

    space = TabularSpace([Column("links", Kind.INTEGER, 0, 30), Column("size", Kind.NUMERIC, 0, 30)])
    rng = np.random.default_rng(0)
    own = Batch(rng.integers(0, 30, (90, 2)).astype(float), np.zeros(90, dtype=int))

    class Rising:
        def scores(self, X):
            return 1 / (1 + np.exp(-0.13 * X.sum(axis=1) + 4))

    unseen = Batch(np.zeros((1, 2)), np.array([1]))
    links, size = guesses("model-inversion", Rising(), unseen, own=own, hidden=(0, 1), queries=200, space=space)[0]
    assert links % 1 == 0
    assert size % 1 != 0
    assert min(links, size) > own.X.mean()


def test_texts_have_no_columns_to_draw() -> None:
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        guesses("model-inversion", Answers(0.5), people(2), own=people(5), space=TextSpace(("a",)))


def test_a_table_of_numbers_is_drawn_within_its_bounds() -> None:
    class Steep:
        def scores(self, X):
            return 1 / (1 + np.exp(-50 * X[:, 2]))

    rows = people(4)
    found = guesses("model-inversion", Steep(), rows, own=people(200, 9), hidden=(2,), queries=300)[:, 0]
    assert (np.abs(found) <= SPACE.columns[2].high).all()
    assert ((found > 0) == (rows.y == 1)).all()
