"""How likely each source of a batch is compromised: what the register says, and how its rows agree with trusted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.evidence import Interval
from amlsec.oracle import Classifier, Model
from amlsec.register import Register, Weight, beta, combined, track_record, visible

WORTH = 50.0
"""So many rows of each label a source's disagreements are worth at most: a model is no person, and sources differ."""

_LABELS = (BENIGN, MALICIOUS)
_REACH, _NODES = 40.0, 200


class Count(NamedTuple):
    """Rows of one label, and on how many of them a model says the other."""

    rows: float
    disagree: float

    def worth(self, most: float) -> Count:
        """The same shares, as weighty as at most so many rows."""
        share = min(1.0, most / self.rows) if self.rows else 1.0
        return Count(self.rows * share, self.disagree * share)


Counts = Mapping[int, Count]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A model of trusted rows, and by label how often such a model errs on trusted rows it has not seen."""

    model: Model
    errors: Counts

    def counts(self, rows: Batch) -> Counts:
        """By label, on how many of these rows the model says the other."""
        return _counted(rows.y, self.model.labels(rows.X))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How likely a source is compromised, and the counts that this rests on; None where there was no reference."""

    likelihood: Interval
    counts: Counts | None


def reference(trusted: Batch, estimator: Any, rng: np.random.Generator) -> Reference | None:
    """The estimator fitted on trusted rows, its errors found in up to 5 parts of distinct content.

    None where there are fewer than 2 distinct rows of either label.
    """
    folds = min(5, *(len(np.unique(trusted.labelled(label).content())) for label in _LABELS))
    if folds < 2:
        return None
    parts = split(trusted, (1 / folds,) * folds, rng)
    errors = _added([Reference(without(parts, k, estimator), {}).counts(part) for k, part in enumerate(parts)])
    return Reference(without([*parts, trusted.rows(slice(0))], folds, estimator), errors)


def without(parts: Sequence[Batch], k: int, estimator: Any) -> Classifier:
    """A clone of the estimator, fitted on all parts but part k."""
    from sklearn.base import clone

    others: Batch = reduce(add, [part for j, part in enumerate(parts) if j != k])
    return Classifier(clone(estimator).fit(others.X, others.y))


def suspicions(offered: Batch, register: Register, against: Reference | None, worth: float = WORTH) -> dict[str, Suspicion]:
    """How likely each source of these rows is compromised; "" is the source of rows without one.

    >>> batch = Batch(np.zeros((2, 1)), np.zeros(2, dtype=np.int64)).from_source("web")
    >>> {name: str(found.likelihood) for name, found in suspicions(batch, Register(), None).items()}
    {'web': '26.9% (5.8% to 68.7%)'}
    """
    names = source_names(offered)
    counts = {name: against.counts(offered.rows(names == name)) if against else None for name in np.unique(names)}
    return {str(name): Suspicion(_likelihood(register, str(name), n, against, worth), n) for name, n in counts.items()}


def source_names(rows: Batch) -> NDArray[np.str_]:
    """The source (n,) of each row, "" where it has none."""
    return np.full(len(rows), "", dtype=str) if rows.source is None else rows.source.astype(str)


def _likelihood(register: Register, name: str, counts: Counts | None, against: Reference | None, worth: float) -> Interval:
    said = register.evidence(name)
    if counts is not None and against is not None:
        record = track_record(register[name].judged, register[name].bad, register.weights)
        both = record + agreement(counts, against.errors, register.weights, worth)
        # The same sources are dormant in both kinds of evidence, so the second is weighed given the first.
        factor = visible(both, register.weights) - visible(record, register.weights)
        said["agreement"] = Weight(factor, register.weights["track-record"].sd * abs(factor))
    return combined(said)


def agreement(counts: Counts, errors: Counts, weights: Mapping[str, Weight], worth: float = WORTH) -> float:
    """Log Bayes factor of a source's agreement with a model that errs: compromised against honest.

    With p the share of bad rows (beta, by kind of source) and e the model's error on rows of a label (beta, from errors on
    trusted rows and a uniform prior), a row is disagreed with at probability q = e (1 - p) + (1 - e) p. The marginal
    likelihood of k disagreements among m rows is the mean of q^k (1 - q)^(m - k) over p and e, taken at quantiles.
    A compromised source lies about one label, either being equally likely: who wants alarms labels rows malicious, who
    wants to pass labels them benign. The counts of a label are worth at most `worth` rows, above 0.

    >>> from amlsec.register import WEIGHTS
    >>> errors = {0: Count(50, 2), 1: Count(50, 2)}
    >>> good, bad = {0: Count(20, 1), 1: Count(20, 1)}, {0: Count(20, 1), 1: Count(20, 6)}
    >>> agreement(good, errors, WEIGHTS) < 0 < agreement(bad, errors, WEIGHTS)
    True
    """
    compromised, honest = (beta(weights[f"bad.{kind}"]) for kind in ("compromised", "honest"))
    seen = [(count.worth(worth), errors[label].worth(worth)) for label, count in counts.items()]
    factors = [_log_likelihood(*pair, compromised) - _log_likelihood(*pair, honest) for pair in seen]
    return _log_mean_exp(np.array(factors))


def _log_likelihood(seen: Count, known: Count, bad: tuple[float, float]) -> float:
    from scipy.special import logsumexp

    p, p_weight = _nodes(*bad)
    e, e_weight = _nodes(1 + known.disagree, 1 + known.rows - known.disagree)
    q = e * (1 - p[:, None]) + (1 - e) * p[:, None]
    logs = seen.disagree * np.log(q) + (seen.rows - seen.disagree) * np.log1p(-q)
    return float(logsumexp(logs + p_weight[:, None] + e_weight))


def _log_mean_exp(logs: NDArray[np.float64]) -> float:
    from scipy.special import logsumexp

    return float(logsumexp(logs) - np.log(logs.size))


def _nodes(a: float, b: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of a beta distribution, at even steps of their log-odds, and the logarithms of their weights.

    The steps reach far into the tails: a share that is all but impossible decides where nothing else explains the rows.
    """
    from scipy.special import betainccinv, betaincinv, expit, log_expit, logsumexp

    odds = np.linspace(-_REACH, _REACH, _NODES)
    tail, weight = expit(-np.abs(odds)), log_expit(odds) + log_expit(-odds)
    points: NDArray[np.float64] = np.where(odds < 0, betaincinv(a, b, tail), betainccinv(a, b, tail))
    return np.clip(points, 1e-12, 1 - 1e-12), weight - logsumexp(weight)


def _counted(y: NDArray[np.int64], verdicts: NDArray[np.int64]) -> dict[int, Count]:
    return {label: Count(*map(float, ((y == label).sum(), (verdicts[y == label] != label).sum()))) for label in _LABELS}


def _added(counts: Sequence[Counts]) -> dict[int, Count]:
    return {label: Count(*map(sum, zip(*(part[label] for part in counts), strict=True))) for label in _LABELS}
