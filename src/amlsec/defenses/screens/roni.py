"""Reject on negative impact: rows that make a model trained on trusted rows worse are not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.defenses.screens.grouping import each_row
from amlsec.defenses.screens.stand_in import stand_in
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.impact.contract import Unit
from amlsec.impact.leet08 import leet08
from amlsec.impact.measure import exact_family, impacts
from amlsec.statistics import benjamini_hochberg, by_stratum, limit, smallest_p
from amlsec.threat import Influence, ThreatModel, Violation

_SHARES = (0.4, 0.2, 0.4)
_FEWEST = 5  # distinct trusted rows of a class, so that base, quiz and calibration each get one
_RESOLVED = 0.01  # being worse than all calibration rows is worth a look only where that is this rare
_FEWEST_NULL = 50  # calibration rows worth training for, one by one


class Trial(NamedTuple):
    """Trusted rows that a model is trained on, and others it is judged by."""

    base: Batch
    quiz: Batch


@dataclass(frozen=True, slots=True, eq=False)
class _Tested:
    """Harm and p-value of units, which are rejected, the harm above which one is not accepted, its number of nulls."""

    harm: NDArray[np.float64]
    p: NDArray[np.float64]
    rejected: NDArray[np.bool_]
    limit: NDArray[np.float64]
    null: NDArray[np.int64]
    by: str

    @property
    def accepted(self) -> NDArray[np.bool_]:
        return np.asarray(self.harm <= self.limit)


@screen(
    threats=(
        ThreatModel(influence=Influence.CAUSATIVE, violation=Violation.AVAILABILITY),
        ThreatModel(influence=Influence.CAUSATIVE, violation=Violation.INTEGRITY),
    ),
    references=("nelson2008exploiting", "barreno2010security", "bates2023testing", "benjamini1995controlling"),
)
class RONI(BaseEstimator):  # type: ignore[misc]
    """Reject on negative impact (Nelson et al. 2008), with error control.

    Trusted rows are split by distinct content into base, quiz and calibration. An offered row's harm is how far the
    mean margin of the worse-hit class of quiz rows falls when the row joins the base, averaged over trials. Its p-value
    is conformal, against the harm of calibration rows of its label. A row is not accepted where Benjamini and Hochberg's
    rule over the batch says so, or where it harms more than all of 99 or more calibration rows, though too few rows do
    for the rule. Of these, it is rejected where the rule says so and its harm is far out, twice as far from the
    calibration rows' median as any of them; else quarantined. The worst class is judged because sums over classes let
    one class pay for the other.

    Groups are judged first, each label of a group for itself, by as many of its rows as calibration can match with
    disjoint groups; a rejected group is bisected. The smallest rejected parts are rejected, the rest of their group is
    quarantined. Calibration groups hold unrelated rows: a real campaign of look-alikes stands out against them too.

    Impacts are exact by algebra for multinomial naive Bayes (after word counts too) and SpamBayes. Any other classifier
    is trained again for every row, up to `max_refits` times; for more, a naive Bayes stand-in judges, and the reasons say
    so.

    What it misses: attacks aimed at rows unlike the quiz (the focused attack), rows harmless one by one (so group),
    and an attacker who knows the quiz rows. It needs about 1 / fdr times (rows / poison) calibration rows of a label to
    reject at all.

    Parameters
    ----------
    estimator : the classifier to protect; None is the stand-in
    group : Batch -> group name (n,) of each row: `each_row`, or `by_source`, `by_day`, `near_duplicates` of `grouping`
    trials : how often base and quiz are drawn anew (>= 1)
    at_most : trusted rows that serve as base, quiz and calibration; they share 40 : 20 : 40 where there are fewer
    fdr : false discovery rate, in (0, 1)
    max_refits : trainings one judgement may cost
    n_jobs : processes for training again

    Attributes
    ----------
    counts_ : how many rows serve as base, quiz and calibration (of the first trial)
    trials_ : base and quiz of each trial
    calibration_ : calibration rows

    Raises InvalidInput where trusted rows stand in the offered batch, or a class has fewer than 5 distinct trusted rows.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(1000) % 2
    >>> batch = Batch(rng.normal(size=(1000, 4)) + 2.0 * y[:, None], y)
    >>> roni = RONI().fit(batch.rows(slice(0, 900)))
    >>> roni.counts_
    {'base': 360, 'quiz': 180, 'calibration': 360}
    >>> offered = batch.rows(slice(900, 1000))
    >>> flipped = offered.relabelled(np.where(np.arange(100) < 30, 1 - offered.y, offered.y))
    >>> decided = roni.judge(flipped).decision
    >>> int((decided[:30] > 0).sum()), int((decided[30:] > 0).sum())
    (26, 1)
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        group: Callable[[Batch], NDArray[Any]] = each_row,
        trials: int = 3,
        at_most: tuple[int, int, int] = (2000, 500, 2000),
        fdr: float = 0.05,
        max_refits: int = 400,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.group = group
        self.trials = trials
        self.at_most = at_most
        self.fdr = fdr
        self.max_refits = max_refits
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Split the trusted rows."""
        self._check(trusted)
        rng = np.random.default_rng(self.random_state)
        base, quiz, calibration = (
            min(share, most / len(trusted)) for share, most in zip(_SHARES, self.at_most, strict=True)
        )
        self.calibration_, rest = split(trusted, (calibration, 1 - calibration), rng)
        again = base / (1 - calibration), quiz / (1 - calibration)
        self.trials_ = [Trial(*split(rest, again, rng)) for _ in range(self.trials)]
        self.trusted_, self.content_ = trusted, set(trusted.content())
        first = self.trials_[0]
        self.counts_ = {"base": len(first.base), "quiz": len(first.quiz), "calibration": len(self.calibration_)}
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """Accept, quarantine or reject each offered row; scores are harm, in units of the classifier's margin."""
        self._check_apart(offered)
        units = _units(self.group(offered), offered.y)
        tested = self._tested(offered, units)
        decision = np.zeros(len(offered), dtype=np.int8)
        score, ceiling, reason = np.zeros(len(offered)), np.zeros(len(offered)), np.full(len(offered), "", dtype=object)
        for k, unit in enumerate(units):
            decision[unit] = Decision.ACCEPT if tested.accepted[k] else Decision.QUARANTINE
            score[unit], ceiling[unit], reason[unit] = tested.harm[k], tested.limit[k], _reason(tested, k, len(unit))
        for unit in self._culprits(offered, units, tested):
            decision[unit] = Decision.REJECT
        return Verdicts(decision, score, ceiling, list(reason))

    def leet08(self, offered: Batch, /, *, base: int = 20, quiz: int = 50, trials: int = 5) -> NDArray[np.float64]:
        """Mean loss (n,) of rightly judged benign quiz rows under the paper's protocol, drawn from the trusted rows."""
        self._check_apart(offered)
        estimator = stand_in(self.trusted_) if self.estimator is None else self.estimator
        rng = np.random.default_rng(self.random_state)
        return leet08(estimator, self.trusted_, offered, rng, sizes=(base, quiz), trials=trials)

    def _check(self, trusted: Batch) -> None:
        for label in (BENIGN, MALICIOUS):
            distinct = len(np.unique(trusted.labelled(label).content()))
            if distinct < _FEWEST:
                raise InvalidInput("trusted", f"{distinct} distinct rows of label {label}", f"must hold at least {_FEWEST}")
        if self.trials < 1:
            raise InvalidInput("trials", self.trials, "must be at least 1")

    def _check_apart(self, offered: Batch) -> None:
        check_is_fitted(self)
        both = np.flatnonzero([row in self.content_ for row in offered.content()])
        if len(both):
            raise InvalidInput("offered", f"{len(both)} rows, the first at {both[0]},", "also stand among the trusted rows")

    def _tested(self, offered: Batch, units: Sequence[Unit]) -> _Tested:
        """Units against calibration units of the same label and size."""
        rng = np.random.default_rng(self.random_state)
        model, calibration, by = self._judges(len(units))
        reach = {label: self.fdr * (calibration.y == label).sum() for label in (BENIGN, MALICIOUS)}
        asked = [_sample(unit, reach[int(offered.y[unit[0]])], rng) for unit in units]
        strata = np.array([_stratum(offered, unit) for unit in asked], dtype=np.int64)
        null_units = [unit for stratum in np.unique(strata) for unit in _disjoint(calibration, int(stratum), rng)]
        harm = self._harm(model, calibration + offered, [*null_units, *(unit + len(calibration) for unit in asked)])
        null, harm = harm[: len(null_units)], harm[len(null_units) :]
        null_strata = np.array([_stratum(calibration, unit) for unit in null_units], dtype=np.int64)
        p = by_stratum(null, null_strata, harm, strata)
        rejected = benjamini_hochberg(p, self.fdr)
        nulls = [null[null_strata == stratum] for stratum in strata]
        limits = [_limit(mine, float(p[rejected].max(initial=0.0))) for mine in nulls]
        far = harm > [_far_out(mine) for mine in nulls]
        return _Tested(harm, p, rejected & far, np.array(limits), np.array([len(mine) for mine in nulls]), by)

    def _judges(self, units: int) -> tuple[Any, Batch, str]:
        """The model for so many units (None is the stand-in), the calibration rows it can afford, and what to say of it."""
        if self.estimator is None:
            return None, self.calibration_, ""
        if exact_family(self.estimator) is not None:
            return self.estimator, self.calibration_, ""
        affordable = self.max_refits // self.trials - units
        if affordable < min(2 * _FEWEST_NULL, len(self.calibration_)):
            name = type(self.estimator).__name__
            return (
                None,
                self.calibration_,
                f"; judged by a naive Bayes stand-in, as {name} would need over {self.max_refits} fits",
            )
        share = min(1.0, affordable / len(self.calibration_))
        return self.estimator, split(self.calibration_, (share,), np.random.default_rng(0))[0], ""

    def _harm(self, model: Any, rows: Batch, units: Sequence[Unit]) -> NDArray[np.float64]:
        """How far each unit lowers the margin of the worse-hit class, on average over the trials."""
        margins = [
            impacts(
                stand_in(trial.base) if model is None else model,
                trial.base,
                rows,
                trial.quiz,
                units=units,
                n_jobs=self.n_jobs,
                random_state=self.random_state or 0,
            ).margin
            for trial in self.trials_
        ]
        return np.asarray(-np.mean(margins, axis=0).min(axis=1))

    def _culprits(self, offered: Batch, units: Sequence[Unit], tested: _Tested) -> list[Unit]:
        """The smallest rejected parts of rejected units, found by halving them."""
        found = [units[k] for k in np.flatnonzero(tested.rejected).tolist()]
        if all(len(unit) == 1 for unit in found):
            return found
        whole = [unit for unit in found if len(unit) == 1]
        halved = [unit for unit in found if len(unit) > 1]
        halves = [half for unit in halved for half in np.array_split(unit, 2)]
        below = self._tested(offered, halves)
        hit = below.rejected.reshape(-1, 2).any(axis=1)
        return [*whole, *(halved[k] for k in np.flatnonzero(~hit).tolist()), *self._culprits(offered, halves, below)]


def _units(group: NDArray[Any], y: NDArray[np.int64]) -> list[Unit]:
    """The positions of each group's rows of each label."""
    _, name = np.unique(group, return_inverse=True)
    key = name.ravel() * 2 + y
    order = np.argsort(key, kind="stable")
    return [unit for unit in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(unit)]


def _sample(unit: Unit, reach: float, rng: np.random.Generator) -> Unit:
    """The unit's largest random part of 1, 2, 4, ... rows that is within reach."""
    size = 2 ** int(np.log2(max(1.0, min(len(unit), reach))))
    return unit if size == len(unit) else np.sort(rng.choice(unit, size, replace=False))


def _stratum(rows: Batch, unit: Unit) -> int:
    """One number for a unit's size and label."""
    return 2 * len(unit) + int(rows.y[unit[0]])


def _disjoint(calibration: Batch, stratum: int, rng: np.random.Generator) -> list[Unit]:
    """Disjoint units of this size and label."""
    size, label = divmod(stratum, 2)
    rows = rng.permutation(np.flatnonzero(calibration.y == label))
    return list(rows[: len(rows) // size * size].reshape(-1, size))


def _limit(null: NDArray[np.float64], level: float) -> float:
    """The harm above which a unit is not accepted."""
    alone = smallest_p(len(null))
    return limit(null, max(level, alone if alone <= _RESOLVED else 0.0))


def _far_out(null: NDArray[np.float64]) -> float:
    """The harm twice as far from the median as the worst of the null values."""
    return float(2 * null.max() - np.median(null)) if len(null) else float("inf")


def _reason(tested: _Tested, k: int, rows: int) -> str:
    what = "this row" if rows == 1 else f"this group of {rows} rows"
    return (
        f"adding {what} changes the worse-hit class's mean margin by {-tested.harm[k]:+.3g}: "
        f"p = {tested.p[k]:.2g} against {tested.null[k]} trusted of its label{tested.by}"
    )
