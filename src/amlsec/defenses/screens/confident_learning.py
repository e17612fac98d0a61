"""Confident learning: rows whose label cleanlab counts as an error are not trained on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import halved, judged
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.model_of import model_of
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.impact.refit import evidence
from amlsec.threat import Influence, ThreatModel, Violation

_FOLDS = 5


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("northcutt2021confident", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class ConfidentLearning(BaseEstimator):  # type: ignore[misc]
    """Judges a row by whether confident learning counts its label as an error, and how sure of the other label it is.

    The library cleanlab's `find_label_issues` (Northcutt, Jiang and Chuang 2021), on probabilities from 5-fold
    cross-validation over the offered rows and those to calibrate by; half of the trusted rows is trained on in every fold.
    It names more good rows the more the classes overlap, so those it names are ranked, by 1 - the probability of their
    label, and held back where among the highest `hold_back` of trusted rows of the label (`calibration.judged`). It needs
    the extra: `pip install 'amlsec[cleanlab]'`. One judgement costs five trainings.

    What it misses: poison that agrees with itself. It is made for mistakes, which are independent: of a tight cluster of
    rows under one wrong label, four fifths teach the model to be sure of the fifth. Flips where the classes overlap.

    Parameters
    ----------
    estimator : the model; None takes logistic regression, of TF-IDF for texts
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into, of the folds and of the model

    Raises InvalidInput on other settings, where cleanlab is missing, where a label has fewer than 5 distinct trusted rows,
    or where offered rows have other columns.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(500) % 2
    >>> rows = Batch(rng.normal(size=(500, 2)) + 4.0 * y[:, None], y)
    >>> screen, offered = ConfidentLearning().fit(rows.rows(slice(0, 400))), rows.rows(slice(400, 500))
    >>> flipped = offered.relabelled(np.where(np.arange(100) < 10, 1 - offered.y, offered.y))
    >>> accepted = screen.judge(flipped).accepted
    >>> int(accepted[:10].sum()), int(accepted[10:].sum())
    (0, 90)
    """

    def __init__(self, *, estimator: Any = None, hold_back: float = 0.05, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Split the trusted rows."""
        if find_spec("cleanlab") is None:
            raise InvalidInput("cleanlab", "not installed", "must be there: pip install 'amlsec[cleanlab]'")
        if self.estimator is not None:
            check_estimator(self.estimator)
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says how unlikely its label is."""
        check_is_fitted(self)
        measure = "chance of the other label where cleanlab counts its label as an error, else 0"
        return judged(self._errors, measure, self.known_, offered, self.hold_back)

    def _errors(self, rows: Batch) -> Floats:
        from cleanlab.filter import find_label_issues

        chances = self._chances(rows)
        counted = find_label_issues(rows.y, chances, n_jobs=1)
        return np.where(counted, chances[np.arange(len(rows)), 1 - rows.y], 0.0)

    def _chances(self, rows: Batch) -> Floats:
        """The probability (n, 2) of each label by a model that has not seen the row."""
        malicious = np.empty(len(rows))
        for others, fold in KFold(_FOLDS, shuffle=True, random_state=self.random_state).split(rows.y):
            model = model_of(self.known_.base + rows.rows(others), self.estimator, self.random_state)
            malicious[fold] = expit(evidence(model, rows.X[fold]))
        return np.column_stack([1 - malicious, malicious])
