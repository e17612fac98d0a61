"""Canaries are asked about by one sender in a random order, whatever stands before the model."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec.canaries.recipe import Domain
from amlsec.canaries.register import Canary, CanaryRegister
from amlsec.evaluation.canary_game import Questions, _Met, canary_game
from amlsec.evaluation.exposure import Exposure, exposures
from amlsec.oracle import Classifier
from amlsec.tables.load import Columns, load
from amlsec.threat import Access
from grounds import Stump, on_a_line

ROWS = pa.table({"x": np.arange(-15.5, 16.0), "label": ["good", "bad"] * 16})
TABLE = load(ROWS, Columns("label"))


class Wearies:
    """Answers the first so many questions of a sender with the row, all later ones with 0."""

    def __init__(self, patience):
        self.patience, self.senders = patience, set()

    def session(self, accounts):
        return self

    def scores(self, X, of):
        self.senders |= set(of.tolist())
        answered = np.arange(len(X)) < self.patience
        self.patience -= len(X)
        return np.where(answered, X[:, 0], 0.0)

    def labels(self, X, of):
        return (self.scores(X, of) > 0).astype(np.int64)


@pytest.mark.parametrize("ask", ["scores", "labels"])
def test_answers_come_back_in_the_order_of_the_rows(ask):
    X = np.arange(-5.0, 5.0)[:, None]
    met = _Met(Classifier(Stump().fit(X, None)))
    expected = X[:, 0] if ask == "scores" else (X[:, 0] > 0)
    np.testing.assert_array_equal(getattr(met, ask)(X), expected)


def test_one_sender_asks_and_a_guard_that_wearies_wearies_of_any_row_alike():
    model, X = Wearies(500), np.arange(1.0, 1001.0)[:, None]
    answered = np.flatnonzero(_Met(model).scores(X))
    assert model.senders == {0}
    assert len(answered) == 500
    assert abs(np.mean(answered < 500) - 0.5) < 0.1


def test_it_is_the_exposure_by_the_grounds_own_model_as_plain_data():
    ground = on_a_line(Stump())
    domain = Domain(columns={"x": [-3, -2, -1, 0, 1, 2, 3]})
    canaries = {f"c{x}": Canary(recipe="d", values={"x": x}, label="bad") for x in (-3, 0, 3)}
    register = CanaryRegister(domains={"d": domain}, canaries=canaries)
    told = canary_game(ground, None, Questions(register, TABLE, 100, Access.SCORES))
    expected = exposures(ground.clean_model(None), register, TABLE, queries=100)
    assert {name: Exposure(**each) for name, each in told.items()} == expected
    assert {name: each.p for name, each in expected.items()} == {"c-3": 1.0, "c0": 3 / 5, "c3": 1 / 5}
