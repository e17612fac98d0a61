"""Dense batches on which algebra may differ from training again, and checks that all dense families share."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from amlsec.data import Batch
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, by_algebra, measured
from amlsec.impact.units import Units
from exactness import agrees, left_out, refitted

CELLS = st.lists(st.integers(-3, 3).map(float), min_size=3, max_size=3)
GROUPS = Units.of([[0], [1, 2], [], [3, 4, 5, 6, 7, 8, 9, 10], [11, 0], list(range(12, 40))])


def dense(least: int) -> st.SearchStrategy[Batch]:
    """Batches of both classes, small whole numbers, duplicates among them."""
    listed = st.lists(st.tuples(CELLS, st.integers(0, 1)), min_size=least, max_size=14)
    labels = lambda pairs: np.array([k % 2 if k < 4 else pair[1] for k, pair in enumerate(pairs)], dtype=np.int64)  # noqa: E731
    return listed.map(lambda pairs: Batch(np.array([row for row, _ in pairs]).reshape(-1, 3), labels(pairs)))


def normal(n: int, seed: int, d: int = 6, weights: bool = False) -> Labelled:
    """Two overlapping normal classes; some weights are 0."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, d)) @ (np.eye(d) + 0.3) + 0.8 * y[:, None] + 2.0
    return Labelled(X, y, np.maximum(rng.normal(1.0, 0.7, n), 0.0) if weights else None)


def taking_back(base: Labelled, quiz: Labelled) -> Question:
    return Question(base, base._replace(weight=-base.weights), quiz, removing=True)


def check_removal(estimator: Any, base: Labelled, quiz: Labelled, units: Units) -> Impacts:
    """Algebra takes base rows back, and as training without them does."""
    question = taking_back(base, quiz)
    assert by_algebra(estimator, question) is not None
    found = measured(estimator, question, units)
    agrees(found, left_out(estimator, base, quiz, units))
    return found


def check_evidence(estimator: Any, question: Question, units: Units, within: float = 1e-9) -> None:
    """`after`, `tally` and `margins` say the same, and what training again says of every quiz row."""
    model = by_algebra(estimator, question)
    assert model is not None
    answer, tally = model.after(units), model.tally(units)
    sound = ~answer.open
    margin, still_open = model.margins(units)
    np.testing.assert_allclose(margin[~still_open], tally.margin[~still_open], atol=1e-12)
    truth = refitted(estimator, question.base, question.offered, question.quiz, units)
    mean = (answer.evidence - model.before) @ model.quiz.mean_margin
    np.testing.assert_allclose(mean[sound], truth["margin"][sound], atol=within, rtol=0)
    np.testing.assert_array_equal((tally.helped - tally.hurt)[sound], (truth["helped"] - truth["hurt"])[sound])
