"""The net of reproductions/lira.py, against what is known of it, and the rows of private_learners.py."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from private_rows import in_the_ball


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "reproductions"))
    return importlib.import_module


@pytest.mark.data
def test_no_row_of_the_private_table_is_longer_than_one(script):
    missing = script("_data").missing(script("_adult").NEEDS)
    if missing:
        pytest.skip(f"{missing[0]}: missing; AMLSEC_DATA names the data")
    rows, people = script("_adult").in_the_unit_ball(), script("private_learners").people()
    assert len(rows) == len(people) == 48_842
    assert np.linalg.norm(rows.X, axis=1).max() <= 1
    assert np.abs(people.X).max() <= 1 + 1e-12


def test_margins_are_the_log_odds_of_the_nets_probabilities(script):
    X, side = in_the_ball(4, 60)
    y = (side > 0).astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = script("lira").overfit().set_params(max_iter=3, random_state=0).fit(X, y)
    model = script("lira").Margins(net)
    np.testing.assert_allclose(model.scores(X), logit(net.predict_proba(X)[:, 1]), rtol=1e-6, atol=1e-9)
    assert (model.labels(X) == net.predict(X)).all()
