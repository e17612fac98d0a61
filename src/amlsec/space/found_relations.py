"""Linear relations that a table holds: totals of parts, columns that never exceed others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.relation import Relation

Floats = NDArray[np.float64]
_MOST_COLUMNS = 8
_EXACT = 1e-9
_AT_RISK = 20
"""In so many rows a relation must have had the chance to break, before it is believed."""
_FEWEST_ROWS = 1000
"""Rows from which on an order of two columns is believed."""
_LEVELS = 20
_NEAR, _OFTEN = 0.02, 0.01
_CHANCE = 1e-6


def equalities(X: Rows, names: Sequence[str]) -> list[Relation]:
    """Weighted sums of at most 8 columns that have one value in every row, such as totals of their parts.

    A column that other columns before it explain to 9 digits is a find where the weights have 6 digits at most, and where in
    20 rows at least, and 5 for each column, two of its columns leave their most frequent values. Columns of two values are
    no part of any: they are choices, see `found_groups`.

    >>> a, b = np.random.default_rng(0).poisson(5, (2, 200)).astype(float)
    >>> equalities(np.column_stack([a, b, a + b]), ["in", "out", "all"])
    [Relation(name='all', weights={'in': 1.0, 'out': 1.0, 'all': -1.0}, at_least=0.0, at_most=0.0)]
    """
    usable = [j for j, values in enumerate(X.T) if len(np.unique(values)) > 2]
    if len(X) < 3 * len(usable) + _AT_RISK:
        return []
    basis, found = [], []
    orthogonal = np.zeros((len(X), 0))
    for j in usable:
        values = _standard(X[:, j])
        rest = _beyond(orthogonal, values)
        if np.linalg.norm(rest) > 1e-6 * np.linalg.norm(values):
            basis.append(j)
            orthogonal = np.column_stack([orthogonal, rest / np.linalg.norm(rest)])
        else:
            found.append(_explained(X, names, basis, j))
    return [relation for relation in found if relation is not None]


def orders(X: Rows, names: Sequence[str]) -> list[Relation]:
    """Pairs of columns of which one never exceeds the other, though it comes close, and not because others say so.

    Believed from 1,000 rows on, of columns of more than 20 values: where independent columns would break the order almost
    surely, and where in 1 % of the rows that could break it both are nearly equal (2 % of the larger, and a tenth of the
    gap's standard deviation). What follows from two other pairs is left out, and so are equal columns.

    >>> rng = np.random.default_rng(0)
    >>> low, extra = rng.exponential(size=(2, 2000))
    >>> [relation.name for relation in orders(np.column_stack([low, low + extra]), ["min", "max"])]
    ['min <= max']
    """
    rich = [j for j, values in enumerate(X.T) if len(np.unique(values)) > _LEVELS] if len(X) >= _FEWEST_ROWS else []
    some, width = X[:, rich], len(rich)
    below = np.array([(values[:, None] <= some).all(axis=0) for values in some.T], dtype=bool).reshape(width, width)
    below &= ~below.T
    for i, j in np.argwhere(below):
        below[i, j] = _is_plausible(some[:, i], some[:, j], X.shape[1])
    direct = below & ~((below.astype(np.float32) @ below.astype(np.float32)) > 0)
    pairs = [(names[rich[i]], names[rich[j]]) for i, j in np.argwhere(direct)]
    return [Relation(f"{low} <= {high}", {low: 1.0, high: -1.0}, at_most=0.0) for low, high in pairs]


def _standard(values: Floats) -> Floats:
    """Centred and scaled, so that columns of any size compare."""
    centred: Floats = values - values.mean()
    return np.asarray(centred / np.abs(centred).max())


def _beyond(orthogonal: Floats, values: Floats) -> Floats:
    """What is left of a column beside the others; twice, against rounding."""
    for _ in range(2):
        values = values - orthogonal @ (orthogonal.T @ values)
    return values


def _explained(X: Rows, names: Sequence[str], basis: Sequence[int], j: int) -> Relation | None:
    """The relation that gives a column as a sum of columns of the basis, if it is one to believe."""
    scale = np.array([np.abs(X[:, k] - X[:, k].mean()).max() for k in (*basis, j)])
    parts = np.column_stack([_standard(X[:, k]) for k in basis])
    shares = np.linalg.lstsq(parts, _standard(X[:, j]), rcond=None)[0]
    some = np.flatnonzero(np.abs(shares) > 1e-6)
    at = [*np.array(basis)[some].tolist(), j]
    weights = np.append(shares[some] * scale[-1] / scale[some], -1.0)
    if len(at) > _MOST_COLUMNS or _chances(X[:, at]) < max(_AT_RISK, 5 * len(at)):
        return None
    for written in (weights, weights / np.abs(weights).min()):
        short = _short(written)
        sums = X[:, at] @ short
        value = float(_short(np.median(sums))[0])
        if (np.abs(sums - value) <= _EXACT * (1 + np.abs(X[:, at]) @ np.abs(short))).all():
            return Relation(names[j], dict(zip([names[k] for k in at], short.tolist(), strict=True)), value, value)
    return None


def _short(values: Any) -> Floats:
    """The numbers to 6 digits."""
    return np.array([float(f"{value:.6g}") for value in np.atleast_1d(values)])


def _chances(columns: Rows) -> int:
    """In how many rows two columns at least are not at their most frequent values."""
    away = np.array([values != _mode(values) for values in columns.T])
    return int((away.sum(axis=0) >= 2).sum())


def _mode(values: Floats) -> float:
    levels, counts = np.unique(values, return_counts=True)
    return float(levels[counts.argmax()])


def _is_plausible(low: Floats, high: Floats, width: int) -> bool:
    """Whether `low <= high` is more than two columns far apart or seldom both at work."""
    crossed = np.searchsorted(np.sort(high), low).mean() / len(high)
    if len(low) * np.log1p(-crossed) > np.log(_CHANCE / width**2):
        return False
    risky = (low != _mode(low)) | (high != _mode(high))
    gap, most = (high - low)[risky], np.maximum(np.abs(low), np.abs(high))[risky]
    near = gap <= np.minimum(_NEAR * most, 0.1 * gap.std())
    return int(risky.sum()) >= _FEWEST_ROWS / 10 and bool(near.mean() >= _OFTEN)
