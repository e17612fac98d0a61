"""Copies of models whose evidence is affine in features: what is asked, and how the answers are solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from amlsec.data import Batch, Rows
from amlsec.oracle import Model

Floats = NDArray[np.float64]
Features = Callable[[Rows], Any]
"""Rows in, a matrix (n, k) out, dense or sparse."""
SUREST, LEAST_SURE = 12.0, -700.0
"""Between these log-odds a probability of malice gives them to ten digits; nearer to 1 its rounding shows."""
COARSE = 4
"""Probabilities of at most so many digits were rounded."""
_WEAKEST, _MOST = 1e-8, 745.0


class Design(Protocol):
    """What a model is supposed to be affine in, and the rows that tell its parameters apart.

    Attributes
    ----------
    whole : whether the questions reach to all that a row may hold
    """

    whole: bool

    def features(self) -> Sequence[Features]:
        """The suppositions, the likeliest first."""

    def first(self, ask: Callable[[Rows], Floats]) -> bool:
        """Asks about the rows that tell the parameters apart; whether each had one, with an exact answer."""

    def more(self, n: int, rng: np.random.Generator) -> Rows:
        """n rows like those of the population."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearCopy:
    """A model affine in features; its scores are probabilities if those of the model it copies are.

    Its verdict turns where its evidence is `turns`.
    """

    features: Features
    weights: Floats
    intercept: float
    probable: bool
    turns: float = 0.0

    def evidence(self, X: Rows, /) -> Floats:
        """Log-odds, or margins (n,)."""
        return np.asarray(self.features(X) @ self.weights + self.intercept)

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.evidence(X) > self.turns).astype(np.int64)

    def scores(self, X: Rows, /) -> Floats:
        return np.asarray(expit(self.evidence(X))) if self.probable else self.evidence(X)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Rows (n, ...) and what the model said of each: scores (n,), which are margins even if all lie within [0, 1].

    The verdict turns where the evidence is `turns`.
    """

    rows: Rows
    scores: Floats
    margins: bool = False
    turns: float = 0.0

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def probable(self) -> bool:
        """Whether the scores are probabilities rather than margins."""
        return not self.margins and are_chances(self.scores)

    @property
    def coarse(self) -> bool:
        """Whether they are probabilities that were rounded, or verdicts."""
        return self.probable and bool(np.isclose(self.scores, self.scores.round(COARSE), rtol=1e-12, atol=0).all())

    @property
    def evidence(self) -> Floats:
        """Log-odds, of 0 and 1 the largest there are, or margins (n,)."""
        return np.asarray(np.clip(logit(self.scores), -_MOST, _MOST)) if self.probable else self.scores

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which answers (n,) give their log-odds without loss."""
        return exact(self.scores) | (not self.probable)


def are_chances(scores: Floats) -> bool:
    """Whether scores (n,) lie within [0, 1], as probabilities do."""
    return bool(((scores >= 0) & (scores <= 1)).all())


def exact(scores: Floats) -> NDArray[np.bool_]:
    """Which scores (n,) give log-odds without loss: of margins all, of probabilities those not too near 1, and no 0.

    >>> exact(np.array([0.0, 1e-9, 0.5, 1 - 1e-9])), exact(np.array([0.0, 2.0]))
    (array([False,  True,  True, False]), array([ True,  True]))
    """
    if not are_chances(scores):
        return np.ones(len(scores), dtype=bool)
    return np.asarray((scores > expit(LEAST_SURE)) & (scores < expit(SUREST)))


def solved(features: Features, answers: Answers) -> LinearCopy:
    """The affine function through the exact answers: of all that there are, the one of least weights."""
    from scipy.sparse import issparse
    from scipy.sparse.linalg import lsqr

    known = answers.exact
    Z, z = features(answers.rows[known]), answers.evidence[known]
    if issparse(Z):
        start = z[0] if len(z) else 0.0
        weights = lsqr(Z, z - start, atol=1e-15, btol=1e-15)[0] if len(z) else np.zeros(Z.shape[1])
        return LinearCopy(features, weights, float(start), answers.probable, answers.turns)
    found = np.linalg.lstsq(np.column_stack([Z, np.ones(len(z))]), z, rcond=None)[0]
    return LinearCopy(features, found[:-1], float(found[-1]), answers.probable, answers.turns)


def leant(features: Features, answers: Answers, own: Batch, strength: float) -> LinearCopy:
    """The logistic regression likeliest to give such probabilities, with his own labelled rows beside them.

    Unlike `solved` it bears answers that are rounded, verdicts alone, or not affine. `strength` is scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression

    chance = np.asarray(expit(answers.evidence - answers.turns))
    rows = np.concatenate([answers.rows, answers.rows, own.X])
    y = np.repeat([1, 0], len(answers))
    weight = np.concatenate([chance, 1 - chance, np.ones(len(own))])
    used = weight > _WEAKEST
    Z, y = features(rows[used]), np.concatenate([y, own.y])[used]
    if len(np.unique(y)) < 2:
        surely = float(y.mean() - 0.5) if len(y) else 0.0
        return LinearCopy(features, np.zeros(Z.shape[1]), surely + answers.turns, answers.probable, answers.turns)
    fitted = LogisticRegression(C=strength, max_iter=2000).fit(Z, y, sample_weight=weight[used])
    intercept = float(fitted.intercept_[0]) + answers.turns
    return LinearCopy(features, fitted.coef_[0], intercept, answers.probable, answers.turns)


def wrong(copy: Model, answers: Answers) -> int:
    """How many of the copy's verdicts are not those of the answers."""
    return int((copy.labels(answers.rows) != (answers.evidence > answers.turns)).sum())


def off(copy: Model, answers: Answers) -> float:
    """By how much the copy's scores differ from the answers, on average."""
    return float(np.abs(copy.scores(answers.rows) - answers.scores).mean()) if len(answers) else np.inf
