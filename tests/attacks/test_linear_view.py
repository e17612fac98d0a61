"""Views: vectors of rows, rows of vectors, and the regression that judges them."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from amlsec.attacks.linear_plan import DECOYS, decoys, stage
from amlsec.attacks.linear_view import view
from amlsec.attacks.logistic import C, Linear, fit, gradients, pull, unrest
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.scene import Scene
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace
from attacks.poisoning.linear_worlds import blobs, scene
from laws.toys import WORLDS, same


@pytest.mark.parametrize("kind", ["tabular", "image"])
def test_rows_of_their_own_vectors_are_the_rows(kind: str) -> None:
    world = WORLDS[Victim.CLASSIFIER, kind]
    rows = world.rows(30, 0)
    looks = view(rows, world.space)
    Z = looks.vectors(rows.X)
    assert Z.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert Z.std(axis=0) == pytest.approx(1)
    again = looks.rows(Z + 1e-9, rows.X, np.random.default_rng(0))
    assert again == pytest.approx(rows.X, abs=1e-6)


def test_words_are_counted_as_scikit_learn_does() -> None:
    mails = WORLDS[Victim.CLASSIFIER, "text"].rows(40, 0)
    looks = view(mails, TextSpace([]))
    theirs = CountVectorizer(binary=True, analyzer=str.split, vocabulary=looks.words).transform(mails.X)
    assert same(looks.vectors(mails.X), theirs.toarray().astype(np.float64))


def test_a_mail_holds_each_word_by_its_chance_and_no_other() -> None:
    mails = Batch(texts(["a b", "b c"]), np.array([0, 1]))
    looks = view(mails, TextSpace([]))
    chances = np.array([{"a": 0.2, "b": 1.0, "c": 0.0}[word] for word in looks.words])
    drawn = looks.rows(np.tile(chances, (2000, 1)), mails.X, np.random.default_rng(0))
    assert looks.vectors(drawn).mean(axis=0) == pytest.approx(chances, abs=0.03)


def test_whole_numbers_are_rounded_by_the_chance_of_their_fraction() -> None:
    space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("rate", Kind.NUMERIC, 0, 9)])
    seen = Batch(np.array([[0.0, 1.0], [9.0, 2.0]]), np.array([0, 1]))
    looks = view(seen, space)
    wanted = np.tile([[3.25, 1.5]], (2000, 1))
    rows = looks.rows(looks.vectors(wanted), np.repeat(seen.X[:1], 2000, axis=0), np.random.default_rng(0))
    assert set(rows[:, 0]) == {3.0, 4.0}
    assert rows.mean(axis=0) == pytest.approx([3.25, 1.5], abs=0.03)


def test_a_column_that_never_changes_does_no_harm() -> None:
    seen = Batch(np.array([[5.0, 0.0], [5.0, 1.0]]), np.array([0, 1]))
    looks = view(seen, TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9)]))
    assert looks.vectors(seen.X)[:, 0].tolist() == [0.0, 0.0]


def naive_loss(parameters: np.ndarray, Z: np.ndarray, y: np.ndarray) -> float:
    """The sum that training minimises, by its formula."""
    signs = 2 * y - 1
    losses = np.log(1 + np.exp(-signs * (Z @ parameters[:-1] + parameters[-1])))
    return float(parameters[:-1] @ parameters[:-1] / 2 + C * losses.sum())


def test_unrest_is_the_slope_of_the_training_loss_and_gradients_are_those_of_its_terms() -> None:
    rows, parameters = blobs(30, 1.0, 0), np.array([0.4, -0.7, 0.2])
    model = Linear(parameters[:2], 0.2)
    steps = 1e-6 * np.eye(3)
    naive = [(naive_loss(parameters + s, rows.X, rows.y) - naive_loss(parameters - s, rows.X, rows.y)) / 2e-6 for s in steps]
    assert unrest(model, rows.X, rows.y) == pytest.approx(naive, abs=1e-4)
    assert gradients(model, rows.X, rows.y)[:, 2] == pytest.approx(pull(model, rows.X, rows.y))


def test_weights_are_as_good_as_copies() -> None:
    rows = blobs(40, 1.0, 1)
    twice = np.tile(np.arange(40), 2)
    weighted, copied = fit(rows.X, rows.y, np.full(40, 2.0)), fit(rows.X[twice], rows.y[twice])
    assert weighted.weights == pytest.approx(copied.weights, abs=1e-3)


def test_every_decoy_finds_what_it_learned_more_malicious_than_the_true_model_does() -> None:
    on = stage(scene(blobs(200, 1.5, 0)), PoisonBudget(0.1), np.random.default_rng(0))
    true = fit(on.Z, on.seen.y)
    raised = [
        decoy.evidence(learned[None])[0] - true.evidence(learned[None])[0] for decoy, learned in decoys(on, MALICIOUS, 8)
    ]
    assert len(raised) == len(DECOYS)
    assert min(raised) > 0


def test_no_stage_without_budget_or_with_one_label() -> None:
    rows = blobs(40, 2.0, 0)
    for known, share in ((rows, 0.0), (rows.labelled(BENIGN), 0.1)):
        on = Scene(known.rows([]), 40, WORLDS[Victim.CLASSIFIER, "tabular"].space, known)
        assert stage(on, PoisonBudget(share), np.random.default_rng(0)) is None
