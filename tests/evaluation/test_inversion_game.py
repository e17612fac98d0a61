"""The game of inversion: what is right is what malicious training rows look like."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.errors import NotApplicable
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.inversion_game import inversion_game
from amlsec.evaluation.kinds import game_of
from amlsec.evaluation.play import Play
from amlsec.space.column import Column, Kind
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import TabularSpace
from grounds import card

SPACE = TabularSpace([Column(name, Kind.CATEGORY, 0, 2) for name in "abcd"])


def rows(n, seed):
    """Malicious rows mostly hold 2 in a, benign ones 0; the others say nothing, and mostly hold 1."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    told = np.where(rng.random(n) < 0.9, 2.0 * y, rng.integers(0, 3, n))
    return Batch(np.column_stack([told, rng.choice(3, (n, 3), p=[0.1, 0.8, 0.1])]), y)


def ground(space=SPACE):
    offers = {"estimator": make_pipeline(OneHotEncoder(), LogisticRegression()), "random_state": 0}
    parts = {name: rows(200, k) for k, name in enumerate(("train", "trusted", "shadow", "outsiders", "test"))}
    return Ground(**parts, space=space, offers=offers)


def played(where, attack, queries=100):
    return inversion_game(Play(where, attack, None, QueryBudget(queries), np.random.default_rng(0)))


def test_what_the_label_hangs_on_is_drawn_and_what_it_does_not_is_right_anyway() -> None:
    outcome = played(ground(), named("model-inversion"))
    assert (outcome.gained, outcome.lost, outcome.trials, outcome.before) == (1, 0, 4, 0.75)
    assert outcome.measured["columns drawn right with the model"].startswith("100.0%")


def test_without_a_query_nothing_is_gained() -> None:
    outcome = played(ground(), named("model-inversion"), queries=0)
    assert (outcome.gained, outcome.lost) == (0, 0)


def test_who_draws_the_mean_of_his_rows_gains_nothing_where_their_median_is_wrong() -> None:
    rng = np.random.default_rng(0)
    skewed = Batch(rng.exponential(1.0, (400, 1)) ** 3, np.zeros(400, dtype=int))
    far = Batch(rng.normal(skewed.X.mean(), 0.01, (400, 1)), np.ones(400, dtype=int))
    space = TabularSpace([Column("size", Kind.NUMERIC, 0, 9999)])
    where = Ground(*(skewed + far for _ in range(5)), space=space, offers={"estimator": LogisticRegression()})

    def mean(oracle, rows, hidden, /, *, shadow, budget, rng):
        return shadow.rows.X.mean(axis=0)[None]

    outcome = played(where, card("inference", mean, "privacy", access="scores", knowledge="features"))
    assert (outcome.gained, outcome.lost, outcome.before) == (0, 0, 1)


def test_who_owns_no_row_at_all_may_ask_nevertheless() -> None:
    where = ground()
    outcome = played(replace(where, shadow=where.shadow.labelled(1)), named("model-inversion"))
    assert outcome.trials == 4


def test_the_attacker_owns_no_malicious_row_and_sees_no_value() -> None:
    seen = []

    def look(oracle, rows, hidden, /, *, shadow, budget, rng):
        seen.append((rows, hidden, shadow))
        return np.ones((len(rows), len(hidden)))

    outcome = played(ground(), card("inference", look, "privacy", access="scores"))
    unseen, hidden, shadow = seen[0]
    assert np.isnan(unseen.X).all()
    assert hidden.tolist() == [0, 1, 2, 3]
    assert (shadow.rows.y == 0).all()
    assert (outcome.gained, outcome.lost) == (0, 0)


def test_a_number_is_right_within_a_tenth_of_the_spread() -> None:
    rng = np.random.default_rng(0)
    space = TabularSpace([Column("size", Kind.NUMERIC, -99, 99)])
    batch = Batch((rng.normal(0, 1, 400) + 10 * (np.arange(400) % 2))[:, None], np.arange(400) % 2)
    where = Ground(*(batch for _ in range(5)), space=space, offers={"estimator": LogisticRegression()})
    truth, spread = np.median(batch.X[batch.y == 1]), np.subtract(*np.quantile(batch.X, (0.95, 0.05)))
    for off, gained in ((0.09, 1), (0.11, 0), (-0.09, 1)):

        def draw(oracle, rows, hidden, /, off=off, **kw):
            return np.full((1, 1), truth + off * spread)

        assert played(where, card("inference", draw, "privacy", access="scores")).gained == gained


def test_pictures_are_no_table() -> None:
    with pytest.raises(NotApplicable, match="it draws rows of a table, these are image"):
        played(ground(ImageSpace((2, 2))), named("model-inversion"))


def test_inversion_is_played_by_this_game() -> None:
    assert game_of(named("model-inversion")) is inversion_game
