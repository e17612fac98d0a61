"""Reject on negative impact: rows that make a model trained on trusted rows worse are not trained on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.defenses.screens.grouping import each_row, near_duplicates
from amlsec.defenses.screens.harm_tests import Harm, judge_groups, judge_rows
from amlsec.defenses.screens.stand_in import stand_in
from amlsec.engine import Workers
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.checks import labelled
from amlsec.impact.contract import Question
from amlsec.impact.leet08 import leet08
from amlsec.impact.measure import by_algebra, impacts
from amlsec.threat import Influence, ThreatModel, Violation

_SHARES = (0.4, 0.2, 0.4)
_FEWEST = 5  # distinct trusted rows of a class, so that base, quiz and calibration each get one
_AFFORDABLE = 100  # calibration rows worth training for, one by one


class Trial(NamedTuple):
    """Trusted rows that a model is trained on, and others it is judged by."""

    base: Batch
    quiz: Batch


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
    mean margin of the worse-hit class of quiz rows falls when the row joins the base, averaged over trials. The worst
    class is judged because sums over classes let one class pay for the other. A row's p-value is conformal, against the
    harm of calibration rows of its label. A row is far out when it is twice as far from their median as any of them.

    Rows alone: rejected where Benjamini and Hochberg's rule over the batch says so and the row is far out; quarantined
    where either holds, or where the row harms more than all of 99 or more calibration rows.

    Groups: each label of a group is judged for itself by the normal-scores test of its rows' harm against calibration,
    where near-duplicates count once on both sides, so that copies of one honest row prove nothing; Benjamini and
    Hochberg's rule over the groups. A group found is quarantined, far-out rows of any other too; what is both is rejected.

    Impacts are exact by algebra for multinomial naive Bayes (after word counts too) and SpamBayes. Any other classifier
    is trained again for every row, up to `max_refits` times; for more, a naive Bayes stand-in judges, and the reasons say
    so.

    What it misses: attacks aimed at rows unlike the quiz (the focused attack), and an attacker who knows the quiz rows.
    To reject rows alone, the rule needs about rows / (fdr * poison) calibration rows of a label.

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
    >>> accepted = roni.judge(flipped).accepted
    >>> int(accepted[:30].sum()), int(accepted[30:].sum())
    (4, 69)
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
        """Accept, quarantine or reject each offered row.

        Scores are harm, in units of the judging classifier's margin; of groups, -log10 p.
        """
        self._check_apart(offered)
        group = self.group(offered)
        model, calibration, why = self._judges(len(offered))
        harm = self._harm(model, calibration + offered)
        measured = Harm(harm[len(calibration) :], offered.y, harm[: len(calibration)], calibration.y)
        if self.group is each_row:
            verdicts = judge_rows(measured, self.fdr)
        else:
            verdicts = judge_groups(measured, group, near_duplicates(offered), near_duplicates(calibration), self.fdr)
        verdicts.reason = [reason + why for reason in verdicts.reason]
        return verdicts

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

    def _judges(self, offered: int) -> tuple[Any, Batch, str]:
        """The model for so many rows (None is the stand-in), the calibration rows it can afford, and what to say of it."""
        if self.estimator is None or self._has_algebra():
            return self.estimator, self.calibration_, ""
        affordable = self.max_refits // self.trials - offered - 1
        if affordable < min(_AFFORDABLE, len(self.calibration_)):
            fits = self.trials * (offered + len(self.calibration_))
            name = type(self.estimator).__name__
            return None, self.calibration_, f"; judged by a naive Bayes stand-in, as {name} would take {fits:,} fits"
        share = min(1.0, affordable / len(self.calibration_))
        return self.estimator, split(self.calibration_, (share,), np.random.default_rng(0))[0], ""

    def _has_algebra(self) -> bool:
        base, quiz = (labelled(rows) for rows in self.trials_[0])
        return by_algebra(self.estimator, Question(base, quiz, quiz)) is not None

    def _harm(self, model: Any, rows: Batch) -> NDArray[np.float64]:
        """How far each row lowers the margin of the worse-hit class, on average over the trials."""
        measure = partial(impacts, workers=Workers(n_jobs=self.n_jobs or 1), random_state=self.random_state or 0)
        margins = [
            measure(stand_in(base) if model is None else model, base, rows, quiz).margin for base, quiz in self.trials_
        ]
        return np.asarray(-np.mean(margins, axis=0).min(axis=1))
