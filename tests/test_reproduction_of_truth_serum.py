"""What reproductions/_leaking.py reads of trainings, where there is nothing to read."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from amlsec.evaluation.membership import threshold


@pytest.fixture
def leaking(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "reproductions"))
    return importlib.import_module("_leaking")


def test_of_models_that_say_the_same_of_members_nobody_is_found(leaking):
    """Nine answers in ten are one number, as of forests: how many other trainings saw a row would show through."""
    rng = np.random.default_rng(0)
    inside = leaking.coins(8, 20_000, rng)
    said = np.where(rng.random(inside.shape) < 0.9, 27.6, rng.normal(size=inside.shape))
    guesses = leaking.by_all_others(said, inside)
    assert 0.4 < inside.mean() < 0.6
    assert (guesses[inside] > threshold(guesses[~inside], 0.01)).mean() < 0.012
