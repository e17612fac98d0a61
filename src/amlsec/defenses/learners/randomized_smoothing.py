"""Randomized smoothing: the verdict most often given under normal noise, and how far it bears."""

from __future__ import annotations

from hashlib import blake2b
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logsumexp
from scipy.stats import beta, norm
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.catalogue import learner
from amlsec.data import Batch
from amlsec.defenses.learners.two_classes import TwoClasses
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import TabularSpace
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual
from amlsec.whitebox.look import read, reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]

_AT_ONCE = 200_000
"""Noisy rows that are judged in one call."""
_SEEN_BY_THE_ATTACKER = 64


@learner(
    threats=(
        ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),
        ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY),
    ),
    spaces=("tabular", "image"),
    references=("cohen2019certified", "salman2019provably"),
)
class RandomizedSmoothing(TwoClasses):
    """Says what a classifier says most often when normal noise is added to the row, with a radius that it bears.

    Cohen et al. (2019): where the more frequent verdict has a share of at least p, no change of Euclidean length below
    noise x Phi^-1(p) makes the other the more frequent. Lengths are in standard units: each number divided by its
    column's scale; categories and one-hot groups get no noise, and the radius holds while they stay as they are. In a
    table whose prices are at least 1 a change never is longer than it costs. The classifier is trained on rows with such
    noise.

    The noise on a row is drawn from its content and a seed that is not told, so equal rows get equal verdicts, and no
    draw can be tried again. The radius is that of the true share; a verdict rests on `draws`, so who may ask about many
    rows near the edge of it finds some that few more draws would have turned. An attacker who holds the classifier
    averages over noise of his own (Athalye et al. 2018, Salman et al. 2019): every attack along gradients does so by
    itself, for the slope that is read here is that average's.

    Parameters
    ----------
    estimator : the classifier to smooth; None takes logistic regression
    space : gives the columns' scales; None takes the training rows' deviations
    noise : its deviation, in standard units, above 0
    draws : how often a verdict is asked for, at least 1
    copies : noisy copies of each row to train on, at least 1
    random_state : seed of all noise; None for one that nobody knows

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    estimator_ : the fitted classifier
    scale_ : the noise's unit in each column (d,); 0 where there is none

    Raises InvalidInput where a parameter is out of range, or there are not two labels.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(400) % 2
    >>> X = rng.normal(4.0 * y)[:, None]
    >>> model = RandomizedSmoothing(noise=0.5).fit(X, y)
    >>> asked = np.array([[-1.0], [2.0], [5.0]])
    >>> model.predict(asked[[0, 2]]), model.certified_radius(asked).round(2)
    (array([0, 1]), array([1.14, 0.  , 1.14]))
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        space: Space | None = None,
        noise: float = 0.25,
        draws: int = 101,
        copies: int = 4,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.noise = noise
        self.draws = draws
        self.copies = copies
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train on noisy copies of rows (n, d) and their labels (n,), of two kinds."""
        self._check()
        table, index = self._learned_from(X, y)
        rng = np.random.default_rng(self.random_state)
        self.scale_ = _scale(self.space, table)
        self.key_ = rng.bytes(32)
        rows, told = np.repeat(table, self.copies, axis=0), np.repeat(index, self.copies)
        noisy = rows + rng.normal(0, self.noise, rows.shape) * self.scale_
        base = usual(Batch(noisy, told)) if self.estimator is None else self.estimator
        self.estimator_ = clone(base).fit(noisy, told)
        return self

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The label given most often under noise (n,)."""
        second = self._share(X, self.draws, b"verdict") > 0.5
        labels: NDArray[Any] = self.classes_[second.astype(int)]
        return labels

    def predict_proba(self, X: Any, /) -> Floats:
        """The share of each label under noise (n, 2)."""
        second = self._share(X, self.draws, b"verdict")
        return np.column_stack([1 - second, second])

    def certified_radius(self, X: Any, /, *, alpha: float = 0.001, draws: int = 1000) -> Floats:
        """How long a change must be, in standard units, to make the smoothed verdict another (n,); 0 where it abstains.

        For each row it is wrong with a chance of at most alpha: the share's lower end is Clopper and Pearson's, from
        draws of its own, after the label was chosen by those of `predict` (Cohen et al. 2019, algorithm CERTIFY). It
        abstains where that end is not above one half, as everywhere where `draws` are too few for alpha, fewer than 10
        for 0.001. Raises InvalidInput where alpha is not in (0, 1), or draws are no whole number from 1 on.
        """
        if not 0 < alpha < 1:
            raise InvalidInput("alpha", alpha, "must lie in (0, 1)")
        _check_whole("draws", draws)
        chosen = self._share(X, self.draws, b"verdict") > 0.5
        second = self._share(X, draws, b"certificate")
        least = lowest_share(np.round(np.where(chosen, second, 1 - second) * draws), draws, alpha)
        return np.where(least > 0.5, self.noise * norm.ppf(np.clip(least, 0.5, None)), 0.0)

    def _share(self, X: Any, draws: int, purpose: bytes) -> Floats:
        """Of noisy copies of each row, the share (n,) that is given the second label."""
        check_is_fitted(self)
        table = validate_data(self, X, reset=False, dtype=np.float64)
        step = max(1, _AT_ONCE // draws)
        parts = [self._votes(table[k : k + step], draws, purpose) for k in range(0, len(table), step)]
        return np.concatenate([np.zeros(0), *parts])

    def _votes(self, table: Floats, draws: int, purpose: bytes) -> Floats:
        noise = np.stack([self._noise(row, draws, purpose) for row in table])
        noisy = (table[:, None, :] + noise * self.noise * self.scale_).reshape(-1, table.shape[1])
        votes: Floats = np.asarray(self.estimator_.predict(noisy)).reshape(len(table), draws)
        return np.asarray(votes.mean(axis=1), dtype=np.float64)

    def _noise(self, row: Floats, draws: int, purpose: bytes) -> Floats:
        """Standard normal draws (draws, d) that depend on the row's content, the purpose and the key alone."""
        digest = blake2b((row + 0.0).tobytes(), key=self.key_, person=purpose, digest_size=16).digest()
        return np.random.default_rng(int.from_bytes(digest)).standard_normal((draws, len(row)))

    def _check(self) -> None:
        if not 0 < self.noise < np.inf:
            raise InvalidInput("noise", self.noise, "must be a finite number above 0")
        for name in ("draws", "copies"):
            _check_whole(name, getattr(self, name))


def _check_whole(name: str, value: Any) -> None:
    if not isinstance(value, Integral) or value < 1:
        raise InvalidInput(name, value, "must be a whole number, at least 1")


def lowest_share(hits: Floats, draws: int, alpha: float) -> Floats:
    """Clopper and Pearson's lower end, at 1 - alpha, of the share behind so many hits (n,).

    >>> lowest_share(np.array([0.0, 100.0]), 100, 0.001).round(3)
    array([0.   , 0.933])
    """
    return np.asarray(np.where(hits > 0, beta.ppf(alpha, np.maximum(hits, 1e-9), draws - hits + 1), 0.0))


def _scale(space: Space | None, table: Floats) -> Floats:
    """The noise's unit in each column (d,): the space's scale, 0 where no number stands; without a space the deviation."""
    if isinstance(space, TabularSpace):
        return np.where(space.numbers, [column.scale for column in space.columns], 0.0)
    if isinstance(space, ImageSpace):
        return np.full(table.shape[1], space.high - space.low)
    return np.asarray(table.std(axis=0))


@reads(Slope, "RandomizedSmoothing")
def _expected(model: RandomizedSmoothing) -> Slope:
    """The log-odds of the mean, over noise of his own, of the chance that the classifier's margin gives."""
    base = read(model.estimator_, Slope)
    own = np.random.default_rng(0).standard_normal((_SEEN_BY_THE_ATTACKER, len(model.scale_)))
    noise = own * model.noise * model.scale_

    def margins(X: Floats) -> Floats:
        return np.stack([base.margin(X + shift) for shift in noise])

    def gradient(X: Floats) -> Floats:
        at = margins(X)
        up = _softmax(log_expit(at)) * expit(-at) + _softmax(log_expit(-at)) * expit(at)
        return np.asarray(sum(up[k][:, None] * base.gradient(X + noise[k]) for k in range(len(noise))))

    return Slope(lambda X: logsumexp(log_expit(margins(X)), axis=0) - logsumexp(log_expit(-margins(X)), axis=0), gradient)


def _softmax(logs: Floats) -> Floats:
    return np.asarray(np.exp(logs - logsumexp(logs, axis=0)))
