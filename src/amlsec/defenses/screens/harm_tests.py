"""From measured harm to verdicts: rows alone, or groups of rows, against calibration rows known to be good."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS
from amlsec.evidence import Decision, Verdicts
from amlsec.statistics import benjamini_hochberg, by_stratum, limit, normal_scores_p_value, smallest_p

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WORST_OF = 99  # being worse than all calibration rows is worth a look only where that is rare
_FAR_OF = 20  # and being far out only where there is an out


@dataclass(frozen=True, eq=False)
class Harm:
    """Measured harm of the offered rows (n,) and of calibration rows (m,), with their labels."""

    harm: Floats
    y: Ints
    null: Floats
    null_y: Ints

    @cached_property
    def nulls(self) -> tuple[Floats, Floats]:
        """The calibration rows' harm, by label."""
        return self.null[self.null_y == BENIGN], self.null[self.null_y == MALICIOUS]

    @cached_property
    def far(self) -> NDArray[np.bool_]:
        """Which rows (n,) are far out."""
        return np.asarray(self.harm > np.array([far_out(null) for null in self.nulls])[self.y])


def far_out(null: Floats) -> float:
    """The harm twice as far from the median as the worst of the calibration rows; infinity for fewer than 20.

    >>> far_out(np.arange(21.0))
    30.0
    """
    return float(2 * null.max() - np.median(null)) if len(null) >= _FAR_OF else float("inf")


def judge_rows(measured: Harm, fdr: float) -> Verdicts:
    """Each row by its conformal p-value among calibration rows of its label; scores are harm.

    Rejected where Benjamini and Hochberg's rule says so and the row is far out; quarantined where either holds, or
    where it harms more than all of 99 or more calibration rows.
    """
    p = by_stratum(measured.null, measured.null_y, measured.harm, measured.y)
    found = benjamini_hochberg(p, fdr)
    level = float(p[found].max(initial=0.0))
    limits = np.array([_ceiling(null, level) for null in measured.nulls])[measured.y]
    sizes = [len(null) for null in measured.nulls]
    reasons = [
        f"adding this row changes the worse-hit class's mean margin by {-harm:+.3g}: p = {value:.2g} against {sizes[y]} "
        "trusted rows of its label"
        for harm, value, y in zip(measured.harm, p, measured.y, strict=True)
    ]
    return Verdicts(_decided(measured.harm > limits, found & measured.far), measured.harm, limits, reasons)


def judge_groups(measured: Harm, group: Ints, copies: Ints, null_copies: Ints, fdr: float) -> Verdicts:
    """Each label of a group by the normal-scores test of its harm among calibration rows; scores are -log10 p.

    `copies` (n,) and `null_copies` (m,) name clusters of near-duplicates: each counts once, by its mean harm. A group
    found by Benjamini and Hochberg's rule is quarantined, and so are far-out rows of any group; rows that are both are
    rejected.
    """
    nulls = [_once(measured.null[measured.null_y == c], null_copies[measured.null_y == c]) for c in (BENIGN, MALICIOUS)]
    units = _units(group, measured.y)
    values = [_once(measured.harm[unit], copies[unit]) for unit in units]
    p = np.array([normal_scores_p_value(nulls[measured.y[u[0]]], v) for u, v in zip(units, values, strict=True)])
    found = benjamini_hochberg(p, fdr)
    score, caught, reasons = np.zeros(len(group)), np.zeros(len(group), dtype=bool), [""] * len(group)
    for k, unit in enumerate(units):
        score[unit], caught[unit] = -np.log10(p[k]), found[k]
        because = _about(len(unit), len(values[k]), p[k], len(nulls[measured.y[unit[0]]]))
        for row in unit:
            reasons[row] = because
    barely = p[found].max(initial=0.0) or fdr / max(len(units), 1)
    ceiling = float(np.nextafter(-np.log10(barely), -np.inf))
    limits = np.where(measured.far, -np.inf, ceiling)
    return Verdicts(_decided(caught | measured.far, caught & measured.far), score, limits, reasons)


def _ceiling(null: Floats, level: float) -> float:
    """The harm above which a row is not accepted."""
    alone = smallest_p(len(null)) if len(null) >= _WORST_OF else 0.0
    return min(limit(null, max(level, alone)), far_out(null))


def _decided(caught: NDArray[np.bool_], rejected: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(rejected, Decision.REJECT, np.where(caught, Decision.QUARANTINE, Decision.ACCEPT)).astype(np.int8)


def _units(group: Ints, y: Ints) -> list[NDArray[np.intp]]:
    """The positions of each group's rows of each label."""
    _, name = np.unique(group, return_inverse=True)
    key = name.ravel() * 2 + y
    order = np.argsort(key, kind="stable")
    return [unit for unit in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(unit)]


def _once(harm: Floats, copies: Ints) -> Floats:
    """The mean harm of each cluster."""
    _, cluster, size = np.unique(copies, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(cluster, weights=harm, minlength=len(size)) / size)


def _about(rows: int, distinct: int, p: float, null: int) -> str:
    return (
        f"the {rows} rows of this label in its group, {distinct} without near-duplicates, harm the worse-hit class more "
        f"than {null} trusted rows of the label do: p = {p:.2g}"
    )
