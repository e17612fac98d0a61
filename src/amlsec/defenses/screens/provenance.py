"""Provenance: rows of a source that is probably compromised are held back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, logsumexp
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.defenses.usual import usual, without
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Interval, Verdicts
from amlsec.oracle import Classifier
from amlsec.register import Register, Weight, beta, combined
from amlsec.threat import Influence, ThreatModel, Violation

_LABELS = (BENIGN, MALICIOUS)


class Count(NamedTuple):
    """Rows of one label, and on how many of them a model says the other."""

    rows: float
    disagree: float

    def worth(self, most: float) -> Count:
        """The same shares, as weighty as at most so many rows."""
        share = min(1.0, most / self.rows) if self.rows else 1.0
        return Count(self.rows * share, self.disagree * share)


Counts = Mapping[int, Count]


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("barreno2010security", "baracaldo2018detecting"),
)
class Provenance(BaseEstimator):  # type: ignore[misc]
    """Judges a row by the source it came from: all rows of a source share its fate, whatever their order.

    The likelihood that a source is compromised starts from the register (docs/sources.md) and is updated by how often a
    model of the trusted rows disagrees with the source's labels, against how often it errs on trusted rows it has not
    seen, label by label. The source is quarantined where the likelihood exceeds the limit, rejected where the lower end
    of its 95 % interval does. A source that is not registered, or a batch without sources, is judged as open to anyone.

    Parameters
    ----------
    register : what is known of the sources; None knows nothing
    estimator : the model of the trusted rows; None takes logistic regression, of TF-IDF for texts
    limit : the likelihood above which rows are not accepted, in (0, 1)
    worth : a source's disagreements count as those of at most so many rows of each label, above 0: a model's verdict is
        worth less than a person's, and a source may be harder than the trusted rows
    random_state : seed of the parts that the trusted rows are split into

    Attributes
    ----------
    model_ : fitted on the trusted rows; None where they are too few or of one label, and agreement is not weighed
    errors_ : by label, the trusted rows and the errors of a model that has not seen them

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 400)
    >>> rows = Batch(rng.normal(4.0 * y - 2)[:, None], y)
    >>> liar = rows.rows(slice(200, 230)).relabelled(1 - y[200:230]).from_source("liar")
    >>> offered = rows.rows(slice(230, 400)).from_source("honest") + liar
    >>> verdicts = Provenance().fit(rows.rows(slice(0, 200))).judge(offered)
    >>> bool(verdicts.accepted[:170].all()), bool(verdicts.accepted[170:].any())
    (True, False)
    """

    def __init__(
        self,
        *,
        register: Register | None = None,
        estimator: Any = None,
        limit: float = 0.5,
        worth: float = 50,
        random_state: int | None = 0,
    ) -> None:
        self.register = register
        self.estimator = estimator
        self.limit = limit
        self.worth = worth
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Learn what rows look like, and how often that errs, from trusted rows; InvalidInput where a setting is wrong."""
        if not 0 < self.limit < 1:
            raise InvalidInput("limit", self.limit, "must lie in (0, 1)")
        if not self.worth > 0:
            raise InvalidInput("worth", self.worth, "must be above 0")
        estimator = usual(trusted) if self.estimator is None else self.estimator
        folds = min(5, *(len(np.unique(trusted.labelled(label).content())) for label in _LABELS))
        self.model_ = clone(estimator).fit(trusted.X, trusted.y) if folds >= 2 else None
        self.errors_ = _errors(estimator, trusted, folds, np.random.default_rng(self.random_state)) if folds >= 2 else {}
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row, by its source; its reason names the source, the likelihood and the limit."""
        check_is_fitted(self)
        sources = np.full(len(offered), "", dtype=object) if offered.source is None else offered.source
        names, of = np.unique(sources.astype(str), return_inverse=True)
        verdicts = None if self.model_ is None else Classifier(self.model_).labels(offered.X)
        counts = [None if verdicts is None else _counted(offered.y[of == k], verdicts[of == k]) for k in range(len(names))]
        found = [self.likelihood(str(name), count) for name, count in zip(names, counts, strict=True)]
        said = [self._reason(str(name), odds, count) for name, odds, count in zip(names, found, counts, strict=True)]
        decision = np.array([self._decision(likelihood) for likelihood in found], dtype=np.int8)
        score = np.array([likelihood.value for likelihood in found], dtype=np.float64)
        return Verdicts(decision[of], score[of], self.limit, [said[k] for k in of])

    def likelihood(self, source: str, counts: Counts | None = None) -> Interval:
        """How likely a source is compromised, given these counts of agreement with the trusted rows."""
        register = Register() if self.register is None else self.register
        said = register.evidence(source)
        if counts is not None:
            factor = agreement(counts, self.errors_, register.weights, self.worth)
            said["agreement"] = Weight(factor, register.weights["track-record"].sd * abs(factor))
        return combined(said)

    def _decision(self, likelihood: Interval) -> Decision:
        if likelihood.low > self.limit:
            return Decision.REJECT
        return Decision.QUARANTINE if likelihood.value > self.limit else Decision.ACCEPT

    def _reason(self, name: str, odds: Interval, counts: Counts | None) -> str:
        source = f"source {name!r}" if name else "a row without a source"
        judged = f"{source} is compromised with likelihood {odds}, limit {self.limit:.0%}"
        if counts is None:
            return f"{judged}; the trusted rows are too few to compare"
        rows, disagree = (sum(count[k] for count in counts.values()) for k in (0, 1))
        return f"{judged}; a model of the trusted rows disagrees with {disagree:.0f} of its {rows:.0f} labels"


def agreement(counts: Counts, errors: Counts, weights: Mapping[str, Weight], worth: float) -> float:
    """Log Bayes factor of a source's agreement with a model that errs: compromised against honest.

    With p the share of bad rows (beta, by kind of source) and e the model's error on rows of a label (beta, from errors on
    trusted rows and a uniform prior), a row is disagreed with at probability q = e (1 - p) + (1 - e) p. The marginal
    likelihood of k disagreements among m rows is the mean of q^k (1 - q)^(m - k) over p and e, taken at even quantiles.
    A compromised source lies about one label, either being equally likely: who wants alarms labels rows malicious, who
    wants to pass labels them benign. The counts of a label are worth at most `worth` rows.

    >>> from amlsec.register import WEIGHTS
    >>> errors = {0: Count(50, 2), 1: Count(50, 2)}
    >>> good, bad = {0: Count(20, 1), 1: Count(20, 1)}, {0: Count(20, 1), 1: Count(20, 6)}
    >>> agreement(good, errors, WEIGHTS, 50) < 0 < agreement(bad, errors, WEIGHTS, 50)
    True
    """
    compromised, honest = (beta(weights[f"bad.{kind}"]) for kind in ("compromised", "honest"))
    seen = [(count.worth(worth), errors[label].worth(worth)) for label, count in counts.items()]
    factors = [_log_likelihood(*pair, compromised) - _log_likelihood(*pair, honest) for pair in seen]
    return float(logsumexp(factors) - np.log(len(factors)))


def _log_likelihood(seen: Count, known: Count, bad: tuple[float, float]) -> float:
    p = _quantiles(*bad, 200)[:, None]
    e = _quantiles(1 + known.disagree, 1 + known.rows - known.disagree, 50)
    q = e * (1 - p) + (1 - e) * p
    logs = seen.disagree * np.log(q) + (seen.rows - seen.disagree) * np.log1p(-q)
    return float(logsumexp(logs) - np.log(logs.size))


def _quantiles(a: float, b: float, n: int) -> NDArray[np.float64]:
    points: NDArray[np.float64] = betaincinv(a, b, (np.arange(n) + 0.5) / n)
    return np.clip(points, 1e-12, 1 - 1e-12)


def _counted(y: NDArray[np.int64], verdicts: NDArray[np.int64]) -> dict[int, Count]:
    return {label: Count(*map(float, ((y == label).sum(), (verdicts[y == label] != label).sum()))) for label in _LABELS}


def _errors(estimator: Any, trusted: Batch, folds: int, rng: np.random.Generator) -> dict[int, Count]:
    parts = split(trusted, (1 / folds,) * folds, rng)
    verdicts = [Classifier(without(parts, k, estimator)).labels(part.X) for k, part in enumerate(parts)]
    return _counted(np.concatenate([part.y for part in parts]), np.concatenate(verdicts))
