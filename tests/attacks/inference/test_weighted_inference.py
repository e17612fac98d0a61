import numpy as np
import pytest

from amlsec.data import Batch
from people import TRAIT, Answers, guesses, people

BY_ZIP = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.4, 0.35, 0.25]])
"""How likely each trait is by zip code."""


def townspeople(n, seed):
    rows = people(n, seed)
    cut = BY_ZIP[rows.X[:, 0].astype(int)].cumsum(axis=1)
    trait = (np.random.default_rng(seed + 1).random((n, 1)) > cut).sum(axis=1)
    return Batch(np.column_stack([rows.X[:, 0], np.minimum(trait, 2), rows.X[:, 2]]), rows.y)


@pytest.mark.parametrize("chance", [(0.2, 0.5, 0.9), (0.5, 0.5, 0.5), (0.9, 0.1, 0.9)])
def test_guesses_are_those_of_bayes_theorem(chance) -> None:
    own, rows = townspeople(6000, 9), townspeople(80, 3)
    fit = np.where(rows.y[:, None] == 1, chance, 1 - np.array(chance))
    posterior = np.sort(BY_ZIP[rows.X[:, 0].astype(int)] * fit, axis=1)
    clear = posterior[:, 2] > 1.3 * posterior[:, 1]  # what is learnt of the zip codes is off by a little
    expected = (BY_ZIP[rows.X[:, 0].astype(int)] * fit).argmax(axis=1)
    found = guesses("weighted-inference", Answers(*chance), rows, own=own)[:, 0]
    assert clear.sum() > 20
    assert (found == expected)[clear].all()


def test_a_model_that_says_nothing_leaves_what_the_known_columns_say() -> None:
    own, rows = townspeople(3000, 9), townspeople(60, 3)
    found = guesses("weighted-inference", Answers(0.3, 0.3, 0.3), rows, own=own)[:, 0]
    surely = np.isin(rows.X[:, 0], (0, 1, 2))
    assert (found == rows.X[:, 0])[surely].mean() > 0.95


def test_with_all_columns_hidden_it_guesses_by_frequency() -> None:
    own, rows, model = people(300, 9), people(30), Answers(0.2, 0.5, 0.95)
    names = "attribute-inference", "weighted-inference"
    by_frequency, weighted = (guesses(name, model, rows, own=own, hidden=(0, 1, 2), queries=60) for name in names)
    assert (by_frequency[:, TRAIT] == weighted[:, TRAIT]).all()


def test_without_a_query_nothing_is_asked() -> None:
    model = Answers(0.2, 0.5, 0.9)
    assert (guesses("weighted-inference", model, people(5), own=people(50, 9), queries=0) == 0).all()
    assert model.asked == 0
