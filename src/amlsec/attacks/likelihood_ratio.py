"""How much better what a model says of a row fits models that saw it than models that did not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from amlsec.attacks.halves import Told
from amlsec.attacks.spreads import LEAST_VARIANCE, Estimate, Spread, means, moderated, shared

Floats = NDArray[np.float64]
FALSE_CLAIMS, REHEARSALS = 0.01, 4
"""An attacker tries at this rate of false claims, on so many of his own models, how to take the variances."""


def likelier(seen: Floats, told: Told) -> Floats:
    """The likelihood ratio test (n,) of log-odds (n,): two-sided where models that saw each row are known, else `above`.

    Where rows are alike one variance for all tells most, where they are not each row's own does; the attacker takes what
    finds most of what his own models were trained on.
    """
    known = ~np.isnan(told.inside).all(axis=0)
    if not known.all():
        return above(seen, told.outside)
    found = {estimate: rehearsed(told, estimate) for estimate in (shared, moderated)}
    return ratio(seen, told, max(found, key=lambda estimate: found[estimate]))


def ratio(seen: Floats, told: Told, estimate: Estimate = moderated) -> Floats:
    """log p(seen; inside) - log p(seen; outside) (n,), by what models with and without a row say of it.

    Carlini et al. 2022, algorithm 1, with the law of the next draw, whose mean and variance are known from few: Student's
    (Gelman et al. 2013, section 3.2) where the paper takes the normal law that fits. Where only one of the variances is
    known it is that of both.

    >>> nan = np.nan
    >>> told = Told(np.array([[3.0, 4.0], [4.0, 2.0]]), np.array([[0.0, 1.0], [1.0, nan]]))
    >>> ratio(np.array([3.0, 1.0]), told, shared).round(2)
    array([ 3.64, -1.38])
    """
    inside, outside = (estimate(draws) for draws in told)
    return np.asarray(_fit(seen, told.inside, _or(inside, outside)) - _fit(seen, told.outside, _or(outside, inside)))


def above(seen: Floats, outside: Floats) -> Floats:
    """How many standard deviations log-odds (n,) lie above those (models, n) of models that never saw the row.

    It orders rows as the one-sided test does.

    >>> above(np.array([3.0, 1.0]), np.array([[0.0, 1.0], [2.0, 3.0]])).round(2)
    array([ 0.75, -0.37])
    """
    return np.asarray((seen - means(outside)) / np.sqrt(_usable(moderated(outside).variance)))


def rehearsed(told: Told, estimate: Estimate) -> float:
    """The mean share of rows that are found at 1 % false claims when each of the first models is the one attacked.

    Where a model saw some of the rows, the other of its pair saw the rest (`halves.models_of`), and is taken out with it:
    else how many of the others saw a row would tell whether it did.
    """
    pairs = len(told.inside) // 2 * 2
    return float(np.mean([_found(told, estimate, model) for model in range(min(REHEARSALS, pairs))]))


def _found(told: Told, estimate: Estimate, model: int) -> float:
    """With one model taken out and asked about the rows that it saw and, as they are or had they not been, did not see."""
    gone = [model, model ^ 1] if np.isnan(told.outside).any() else [model]
    others = Told(*(np.delete(draws, gone, axis=0) for draws in told))
    rows = ~(np.isnan(others.inside).all(axis=0) | np.isnan(others.outside).all(axis=0))
    others, said = Told(*(draws[:, rows] for draws in others)), [draws[model, rows] for draws in told]
    members, strangers = (ratio(each, others, estimate)[~np.isnan(each)] for each in said)
    if not (len(members) and len(strangers)):
        return 0.0
    limit = np.sort(strangers)[::-1][int(FALSE_CLAIMS * len(strangers))]
    return float((members > limit).mean())


def _or(spread: Spread, other: Spread) -> Spread:
    unknown = np.isnan(spread.variance)
    return Spread(*(np.where(unknown, theirs, mine) for mine, theirs in zip(spread, other, strict=True)))


def _fit(seen: Floats, draws: Floats, spread: Spread) -> Floats:
    """The log-likelihood (n,)."""
    return np.asarray(_law(draws, spread).logpdf(seen))


def _law(draws: Floats, spread: Spread) -> Any:
    """What one more model says of each row."""
    known = np.maximum((~np.isnan(draws)).sum(axis=0), 1)
    return student(spread.freedom, means(draws), np.sqrt(_usable(spread.variance) * (1 + 1 / known)))


def _usable(variance: Floats) -> Floats:
    """At least a little; 1 where it is not known."""
    return np.where(np.isnan(variance), 1.0, np.maximum(variance, LEAST_VARIANCE))
