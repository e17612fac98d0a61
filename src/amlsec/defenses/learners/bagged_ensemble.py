"""Bagging of small samples: models that seldom see the poison vote, and most probably bear a number of changed rows."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.parts import labelled_rows
from amlsec.defenses.learners.voters import Voting, trained
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

ROUNDING = 1e-12
"""Added to what is needed, so that a lead that only equals it does not pass for more."""


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("jia2021intrinsic", "clopper1934use"),
)
class BaggedEnsemble(Voting):
    """Let models vote that were each trained on a few rows drawn with replacement (Jia, Cao and Gong 2021).

    Of n rows, a sample of k holds none of r poisoned ones with chance (1 - r/n)^k, so most models are clean while r is well
    below n/k. `certify_probably` turns the votes into a number of rows that the vote of infinitely many such models bears.
    This is a statement of confidence, not a proof of what these `models` would say if they were trained again: more models
    and a larger lead make the two agree. The price on clean rows is that no model sees more than `sample` of them.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d). See PartitionEnsemble for what may stand before it.

    Parameters
    ----------
    estimator : classifier of every sample; None: as in PartitionEnsemble
    models : how many, at least 1; each keeps its weights, for texts by default 2 MB
    sample : rows that each is trained on, at least 1, drawn with replacement; fewer bear more poison and know less. 30 are
        enough for naive Bayes and trees, and not for every estimator: `fit` warns (TooFewRows) where most learn nothing
    alpha : the chance that anything `certify_probably` says in one call is wrong, in (0, 1)
    random_state : seed of the samples and of the models' open random states

    Attributes
    ----------
    classes_ : labels seen, in ascending order; of equally voted ones the smaller wins
    estimators_ : the fitted models; a sample with one class votes for it
    n_rows_ : how many rows the samples were drawn from

    Raises InvalidInput where a setting is out of range, or `y` does not match `X`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 100)
    >>> X = rng.normal(4.0 * y[:, None], 1.0, (200, 2))
    >>> ensemble = BaggedEnsemble(models=300, sample=8).fit(X, y)
    >>> asked = np.array([[0.0, 0.0], [2.4, 2.4]])
    >>> ensemble.predict(asked), ensemble.certify_probably(asked)
    (array([0, 1]), array([15,  6]))
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        models: int = 100,
        sample: int = 30,
        alpha: float = 0.001,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.models = models
        self.sample = sample
        self.alpha = alpha
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train one model on each sample."""
        for name, value in (("models", self.models), ("sample", self.sample)):
            if value < 1:
                raise InvalidInput(name, value, "must be at least 1")
        if not 0 < self.alpha < 1:
            raise InvalidInput("alpha", self.alpha, "must lie strictly between 0 and 1")
        rows, labels = labelled_rows(X, y)
        rng = np.random.default_rng(self.random_state)
        seeds = rng.choice(2**31, self.models, replace=False).tolist()
        self.n_rows_ = len(labels)
        drawn = {seed: rng.integers(self.n_rows_, size=self.sample) for seed in seeds}
        self._keep(trained(self.estimator, rows, labels, drawn))
        return self

    def certify_probably(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be modified, removed or added, in sum, before each prediction (n,) might change.

        It is about the vote of infinitely many models, whose shares p of the votes these models estimate: from below for
        the winner and from above for its rivals, after Clopper and Pearson, at `alpha` over the rows asked about times the
        ends of intervals (Bonferroni), so that all answers of one call hold together with confidence 1 - `alpha`: which
        end of a class's is needed depends on the votes, so both count, and two classes share theirs. The bound is the
        largest r whose `leads_needed` is below p_winner - p_rival. 0: nothing is said of even one row.
        """
        votes = self.votes(X)
        rows, classes = votes.shape
        ends = 2 * classes if classes > 2 else 2
        lead = _lead(votes, self.alpha / max(rows * ends, 1))
        return np.searchsorted(leads_needed(self.n_rows_, self.sample), lead, side="left").astype(np.int64)


def leads_needed(rows: int, sample: int) -> NDArray[np.float64]:
    """The lead of the winner's share of the votes that r = 1, 2, ... changed rows cannot take, while it is below 1.

    Of the n' rows after the change m = max(n, n') - r are old. A sample of k old rows is (n/n')^k times as likely as before.
    By Neyman and Pearson the winner keeps at least (p - 1 + (m/n)^k) (n/n')^k of the votes, and a rival gets at most
    p' (n/n')^k + 1 - (m/n')^k; so p - p' must exceed (n'/n)^k - 2 (m/n)^k + 1 for every n' from n - r to n + r. Those below
    n need no more than n itself.

    >>> leads_needed(100, 5).round(2)
    array([0.1 , 0.19, 0.28, 0.37, 0.45, 0.53, 0.61, 0.68, 0.75, 0.82, 0.88, 0.94])
    """
    most = int(np.ceil(rows * (1 - 0.5 ** (1 / sample))))
    needed = np.array([_hardest(rows, sample, changed) for changed in range(1, most + 1)])
    return needed[needed < 1]


def _hardest(rows: int, sample: int, changed: int) -> float:
    """The largest lead needed, by how many rows there are after the change."""
    after = np.arange(rows, rows + changed + 1)
    return float(((after / rows) ** sample - 2 * ((after - changed) / rows) ** sample + 1).max()) + ROUNDING


def _lead(votes: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """How far, at least, the winner's share of the votes is above any rival's (n,), each end wrong with chance `level`."""
    from scipy.special import betaincinv

    total = votes.sum(axis=1)
    at = np.arange(len(votes))
    winner = votes.argmax(axis=1)
    won = votes[at, winner]
    rival = votes.copy()
    rival[at, winner] = -1
    second = np.maximum(rival.max(axis=1), 0)
    low = betaincinv(won, total - won + 1, level)
    high = np.where(second < total, betaincinv(second + 1, np.maximum(total - second, 1), 1 - level), 1)
    return np.asarray(low - np.minimum(high, 1 - low))
