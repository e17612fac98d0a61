"""Boxes miss no quiz row that a change turns, and interpolation of a smoothing is off by no more than it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.impact.boxes import Boxes, Verdicts
from amlsec.impact.contract import Quiz
from amlsec.impact.normals import log_product
from amlsec.impact.smoothing import Interpolation


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), m=st.integers(1, 70), scale=st.sampled_from([1e-3, 0.1, 1.0, 1e6]))
def test_every_row_turned_is_found(seed: int, m: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    evidence, features = rng.normal(size=m) * 10, rng.normal(size=(m, 3)) * np.array([1.0, 10.0, scale])
    judged = (evidence > 0) ^ (rng.random(m) < 0.05)
    quiz = Quiz(rng.integers(0, 2, m))
    boxes = Boxes(Verdicts(evidence, judged, np.full(m, 1e-9)), features, quiz)
    changes = rng.normal(size=(20, 3)) * rng.choice([0.01, 1.0, 10.0], (20, 1))
    reached, margin = boxes.screened(changes)
    after = evidence + changes @ features.T
    helped, hurt, near = boxes.turned(changes, reached)
    turned, right = (after > 0) != judged, judged == quiz.malicious
    np.testing.assert_array_equal(helped, quiz.counted(turned & ~right))
    np.testing.assert_array_equal(hurt, quiz.counted(turned & right))
    np.testing.assert_array_equal(near, (np.abs(after) <= 1e-9).any(axis=1))
    np.testing.assert_allclose(margin, (after - evidence) @ quiz.mean_margin, atol=1e-9 * scale + 1e-9)


def test_rows_in_doubt_are_looked_at_whatever_the_change() -> None:
    boxes = Boxes(
        Verdicts(np.array([1e-12, 5.0]), np.array([True, True]), np.full(2, 1e-9)), np.eye(2), Quiz(np.array([1, 0]))
    )
    reached, _ = boxes.screened(np.zeros((1, 2)))
    assert reached.any()
    assert boxes.turned(np.zeros((1, 2)), reached)[2].tolist() == [True]


@pytest.mark.parametrize("variance", [0.0, 1e-3, 1.0, 1e6])
def test_interpolation_is_exact_where_it_answers(variance: float) -> None:
    at, growth = Interpolation(), np.concatenate([np.linspace(0.9, 2.0, 200), Interpolation().nodes])[:, None]
    amounts = at.amounts(growth)
    answered = ~np.isnan(amounts[:, 0])
    for value in (lambda s: 1 / (variance + s), lambda s: np.log(variance + s)):
        np.testing.assert_allclose(amounts[answered] @ value(at.nodes), value(growth[answered, 0]), rtol=1e-14, atol=1e-15)
    assert answered[(growth[:, 0] > 0.96) & (growth[:, 0] < 1.35)].all()
    assert not answered[growth[:, 0] > 1.8].any()


@pytest.mark.parametrize("d", [1, 2, 3, 15, 16, 17, 57, 1000])
def test_logarithm_of_a_product(d: int) -> None:
    ratios = np.random.default_rng(d).lognormal(size=(5, d), sigma=3)
    np.testing.assert_allclose(log_product(ratios), np.log(ratios).sum(axis=1), rtol=1e-12, atol=1e-12)
