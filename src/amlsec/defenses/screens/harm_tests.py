"""From measured harm to verdicts: every row beside calibration rows of its label, which are known to be good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS
from amlsec.evidence import Decision, Verdicts
from amlsec.statistics import benjamini_hochberg, by_stratum, smallest_of, smallest_p

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FAR_OF = 20  # being far out only where there is an out
_SAME = 1e-9  # harm is not measured closer


@dataclass(frozen=True, eq=False)
class Harm:
    """What each test measured of the offered rows (tests, n) and of calibration rows (tests, m), and their labels."""

    harm: Floats
    y: Ints
    null: Floats
    null_y: Ints
    measures: Sequence[str]

    @cached_property
    def p(self) -> Floats:
        """Conformal p-values (tests, n) against the calibration rows of the label."""
        pairs = zip(self.null, self.harm, strict=True)
        return np.array([by_stratum(null, self.null_y, harm, self.y) for null, harm in pairs])

    @cached_property
    def beyond(self) -> Floats:
        """How far (tests, n) each row is beyond the worst of the calibration rows of its label.

        Their distance from their median to the worst is 1; more than 1 is far out. 0 for those that are not beyond, and
        where there are fewer than 20.
        """
        out = np.zeros(self.harm.shape)
        for label in (BENIGN, MALICIOUS):
            null, own = self.null[:, self.null_y == label], self.y == label
            if null.shape[1] >= _FAR_OF:
                out[:, own] = _beyond(null, self.harm[:, own])
        return out

    @property
    def far(self) -> NDArray[np.bool_]:
        """Which rows (n,) are far out by some test."""
        return np.asarray((self.beyond > 1).any(axis=0))

    @property
    def sizes(self) -> Ints:
        """How many calibration rows (2,) each label has."""
        return np.bincount(self.null_y, minlength=2)


def judge_rows(measured: Harm, fdr: float, hold_back: float = 0.01) -> Verdicts:
    """Each row by the smallest of its conformal p-values, times the number of tests.

    Rejected where Benjamini and Hochberg's rule says so and the row is far out; quarantined where either holds, or where
    p is at most `hold_back`, as that of a good row is at most so often. Scores are -log10 p; beyond the worst of the
    calibration rows they go on by how far. The reason is of the test that gave the p-value, of
    several that agree the one in which the row is farthest out.
    """
    p, tests = smallest_of(measured.p).p, len(measured.p)
    fired = np.where(measured.p == measured.p.min(axis=0), measured.beyond, -1.0).argmax(axis=0)
    score = _strength(p) + np.take_along_axis(measured.beyond, fired[None], axis=0)[0]
    found = benjamini_hochberg(p, fdr)
    limits, far = _limits(measured.sizes, tests, max(hold_back, float(p[found].max(initial=0.0))))
    decision = decided(score > limits[measured.y], found & (score > far[measured.y]))
    return Verdicts(decision, score, limits[measured.y], [_reason(measured, k, test, p[k]) for k, test in enumerate(fired)])


def decided(caught: NDArray[np.bool_], rejected: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Rejected, else quarantined where caught, else accepted."""
    return np.where(rejected, Decision.REJECT, np.where(caught, Decision.QUARANTINE, Decision.ACCEPT)).astype(np.int8)


def just_below(p: Floats | float) -> Floats:
    """The score that only p-values of at most p exceed."""
    return np.asarray(np.nextafter(_strength(p), -np.inf))


def _beyond(null: Floats, harm: Floats) -> Floats:
    worst = null.max(axis=1, keepdims=True)
    reach = np.maximum(worst - np.median(null, axis=1, keepdims=True), _SAME)
    return np.asarray(np.maximum(harm - worst, 0.0) / reach)


def _strength(p: Floats | float) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log10(p))


def _limits(sizes: Ints, tests: int, level: float) -> tuple[Floats, Floats]:
    """For each label (2,) the score above which a row is not accepted, and that above which it is far out."""
    smallest = np.minimum(1.0, [tests * smallest_p(int(n)) for n in sizes])
    far = np.where(sizes >= _FAR_OF, _strength(smallest) + 1, np.inf)
    return np.minimum(just_below(np.where(smallest <= level, level, 0.0)), far), far


def _reason(measured: Harm, row: int, test: int, p: float) -> str:
    tests = len(measured.measures)
    among = f" by the strongest of {tests} tests" if tests > 1 else ""
    return (
        f"{measured.measures[test]}: {measured.harm[test, row]:.3g}, p = {p:.2g}{among} against "
        f"{measured.sizes[measured.y[row]]} trusted rows of its label"
    )
