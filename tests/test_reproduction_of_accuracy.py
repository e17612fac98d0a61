"""What the reproduction on accuracy and robustness counts, on learners whose order is known."""

import importlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "reproductions"))
    return importlib.import_module("accuracy_is_not_robustness")


@pytest.mark.parametrize(
    ("medians", "order", "inverted"),
    [([1, 2, 3, 4], 1, 0), ([4, 3, 2, 1], -1, 1), ([2, 1, 4, np.inf], 0.8, 1 / 6), ([1, 1, 2, 2], 4 / np.sqrt(20), 0)],
)
def test_order_and_inverted_pairs_are_those_counted_by_hand(script, medians, order, inverted):
    learners = {
        f"learner {i}": script.Measured(0.9 + 0.01 * i, np.full(3, cost), np.full(3, cost)) for i, cost in enumerate(medians)
    }
    for seen in script.SEEN:
        assert script.order(learners, seen) == pytest.approx(order)
        assert script.inverted(learners, seen) == pytest.approx(inverted)


def test_without_correlation_the_interval_lies_evenly_around_it_and_narrows_with_learners(script):
    low, high = script.likely(0.0, 12)
    assert (-low, high) == pytest.approx((np.tanh(1.96 / 3),) * 2)
    assert script.likely(0.5, 103)[0] == pytest.approx(np.tanh(np.arctanh(0.5) - 0.196 * np.sqrt(1.125)))


def test_the_most_accurate_learner_is_held_against_the_one_evaded_least(script):
    learners = {
        "accurate": script.Measured(0.95, np.array([1.0, 1.0, np.inf]), np.ones(3)),
        "dull": script.Measured(0.80, np.array([9.0, 9.0, 1.0]), np.ones(3)),
    }
    assert script.best(learners, 5.0) == pytest.approx((2 / 3, 1 / 3))
