import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace
from people import TRAIT, Answers, guesses, people

OWN = people(500, seed=9)


@pytest.mark.parametrize("chance", [(0.2, 0.5, 0.9), (0.5, 0.5, 0.5), (0.97, 0.9, 0.03)])
def test_guesses_have_the_greatest_product_of_frequency_and_chance_of_the_label(chance) -> None:
    rows, frequency = people(40), np.bincount(OWN.X[:, TRAIT].astype(int), minlength=3)
    fit = np.where(rows.y[:, None] == 1, chance, 1 - np.array(chance))
    expected = (frequency * fit).argmax(axis=1)
    assert (guesses("attribute-inference", Answers(*chance), rows, own=OWN)[:, 0] == expected).all()


def test_a_model_that_says_nothing_of_the_trait_leaves_the_commonest_value() -> None:
    assert (guesses("attribute-inference", Answers(0.3, 0.3, 0.3), people(50), own=OWN) == 0).all()


def test_no_answer_is_taken_for_surer_than_99_in_100() -> None:
    """A label that the model rules out with the commonest trait, which is over 99 times as common, is likelier an error."""
    own = OWN.rows(np.repeat([np.flatnonzero(OWN.X[:, TRAIT] == 0)[0], np.flatnonzero(OWN.X[:, TRAIT] == 1)[0]], [200, 1]))
    rows = people(20)
    assert (guesses("attribute-inference", Answers(0.0, 1.0, 0.5), rows, own=own) == 0).all()


def test_margins_are_read_as_the_probabilities_they_stand_for() -> None:
    rows, chance = people(60), np.array([0.2, 0.5, 0.9])
    margins = np.log(chance / (1 - chance))
    one, two = (guesses("attribute-inference", Answers(*said), rows, own=OWN) for said in (chance, margins))
    assert (one == two).all()


def test_each_value_costs_a_query_and_with_too_few_the_commonest_are_tried() -> None:
    model, rows = Answers(0.0, 1.0, 1.0), people(30)
    for queries, tried in ((9, 3), (3, 3), (2, 2), (1, 0), (0, 0)):
        model.asked = 0
        found = guesses("attribute-inference", model, rows, own=OWN, queries=queries)
        assert model.asked == tried * len(rows)
        assert (found == 0).all() == (tried == 0)


def test_several_hidden_columns_are_guessed_one_after_the_other() -> None:
    class Both(Answers):
        def scores(self, X):
            return np.where((X[:, 0] == 3) & (X[:, TRAIT] == 2), 0.99, 0.05)

    own = people(400, seed=9, shares=(0.1, 0.1, 0.8))
    own = Batch(np.column_stack([np.minimum(own.X[:, 0], 3), own.X[:, 1:]]), own.y)
    rows = people(30).relabelled(np.ones(30, dtype=int))
    found = guesses("attribute-inference", Both(), rows, own=own, hidden=(0, TRAIT))
    assert (found == [3, 2]).all()


def test_a_hidden_number_is_guessed_to_a_tenth_of_its_spread() -> None:
    class Band(Answers):
        def scores(self, X):
            return np.where(np.abs(X[:, 2] - 2.0) < 0.3, 0.99, 0.01)

    rows = people(20).relabelled(np.ones(20, dtype=int))
    found = guesses("attribute-inference", Band(), rows, own=OWN, hidden=(2,), queries=20)
    assert np.abs(found - 2.0).max() < 0.65


def test_images_have_no_columns_to_guess() -> None:
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        guesses("attribute-inference", Answers(0.1, 0.2, 0.3), people(3), own=OWN, space=ImageSpace((1, 3)))
