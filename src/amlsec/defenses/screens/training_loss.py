"""Training loss: rows whose label a model finds unlikely are not trained on."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import MALICIOUS, Batch
from amlsec.defenses.screens.calibration import halved, judged
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.model_of import model_of
from amlsec.evidence import Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.impact.refit import evidence
from amlsec.threat import Influence, ThreatModel, Violation


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("steinhardt2017certified", "koh2022stronger", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class TrainingLoss(BaseEstimator):  # type: ignore[misc]
    """Judges a row by its logistic loss under a model of the trusted rows.

    The loss is log(1 + exp(-margin)), the margin being the evidence for its label: the log-loss of logistic regression and
    naive Bayes. A row is held back where its loss is among the highest `hold_back` of trusted rows of its label that the
    model was not trained on (`calibration.judged`). Koh, Steinhardt and Liang (2022) train the model on all rows,
    poison included: that is `with_offered`, which sees poison the less the more it moves the model.

    What it misses: rows that the model is right about, however much they move it; Koh, Steinhardt and Liang break it with
    rows of low loss, placed close together. Flips where the classes overlap.

    Parameters
    ----------
    estimator : the model; None takes logistic regression, of TF-IDF for texts
    with_offered : whether the model is trained on the offered rows, and those to calibrate by, as well
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into, for the model and to calibrate by, and of the model

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(500) % 2
    >>> rows = Batch(rng.normal(size=(500, 2)) + 4.0 * y[:, None], y)
    >>> screen, offered = TrainingLoss().fit(rows.rows(slice(0, 400))), rows.rows(slice(400, 500))
    >>> int(screen.judge(offered).accepted.sum()), int(screen.judge(offered.relabelled(1 - offered.y)).accepted.sum())
    (97, 0)
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        with_offered: bool = False,
        hold_back: float = 0.05,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.with_offered = with_offered
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Train the model on half of the trusted rows."""
        if self.estimator is not None:
            check_estimator(self.estimator)
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        self.model_ = model_of(self.known_.base, self.estimator, self.random_state)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says the loss."""
        check_is_fitted(self)
        of = "all rows" if self.with_offered else "trusted rows"
        return judged(self._losses, f"loss under a model of {of}", self.known_, offered, self.hold_back)

    def _losses(self, rows: Batch) -> Floats:
        joined = self.known_.base + rows
        model = model_of(joined, self.estimator, self.random_state) if self.with_offered else self.model_
        return np.logaddexp(0.0, np.where(rows.y == MALICIOUS, -1.0, 1.0) * evidence(model, rows.X))
