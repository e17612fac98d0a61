"""Reject on negative impact: rows that make a model trained on trusted rows worse are not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch, split
from amlsec.defenses.screens.answering import Effort, answering
from amlsec.defenses.screens.case import Case, Trial
from amlsec.defenses.screens.group_tests import judge_groups
from amlsec.defenses.screens.grouping import Grouping, each_row, grouping, near_duplicates
from amlsec.defenses.screens.harm_tests import Harm, judge_rows
from amlsec.defenses.screens.harms import Test, consistency, margin, measures, protected_loss, scores
from amlsec.defenses.screens.stand_in import label_reader, stand_in
from amlsec.defenses.screens.trusted_rows import check_columns, check_trusted
from amlsec.engine import Workers
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.impact.leet08 import leet08
from amlsec.threat import Influence, ThreatModel, Violation

_SHARES = (0.4, 0.2, 0.4)
Floats = NDArray[np.float64]


@screen(
    threats=(
        ThreatModel(influence=Influence.CAUSATIVE, violation=Violation.AVAILABILITY),
        ThreatModel(influence=Influence.CAUSATIVE, violation=Violation.INTEGRITY),
    ),
    references=("nelson2008exploiting", "barreno2010security", "bates2023testing", "benjamini1995controlling"),
)
class RONI(BaseEstimator):  # type: ignore[misc]
    """Reject on negative impact (Nelson et al. 2008), with error control.

    Trusted rows are split by distinct content into base, quiz and calibration. Tests of `harms` give each row a number,
    and a p-value by its rank among the calibration rows of its label: how far the mean margins of the quiz's two classes
    come together when the row joins the base (`margin`), how sure a model of trusted rows is that the label is wrong
    (`consistency`), and, where rows are to be protected, how far the margin of the worst-hit one of them falls
    (`protected_loss`). The smallest p-value counts, times the number of tests: for a good row, exchangeable with the
    calibration rows, it is at most a with chance at most a. A row is far out when by some test it is twice as far from
    the calibration rows' median as the worst of them. Reasons name the test.

    Rows alone: rejected where Benjamini and Hochberg's rule over the batch says so and the row is far out; quarantined
    where either holds, or where p is at most `hold_back`, which befalls at most that share of good rows. Of a batch of
    good rows one or more are rejected in at most a share `fdr` of all cases; with poison among them the false discovery
    rate is that for one test, and is only measured, not proved, for several.

    Groups: each label of a group is judged for itself by permutation tests of its rows' mean harm beside calibration
    rows, one for each harm and one for the ranks of all together (`group_tests.with_surprise`); near-duplicates count once
    on both sides, so that copies of one honest row prove nothing; Benjamini and Hochberg's rule over the groups. A group
    found is quarantined, far-out rows of any other too; what is both is rejected. A p-value of a group of good rows is
    exact as that of a row is where there are no near-duplicates, and measured to be about right where there are; a source
    whose honest rows are unlike the trusted ones is not exchangeable with them, and will be found.

    Impacts are by algebra where the engine has a family for the classifier (`amlsec.impact`). Any other is trained again
    for every row, up to `max_refits` times; for more, impacts are those on the last step of a pipeline whose others are
    frozen (`amlsec.impact.frozen`), where the engine has a family for it, or on a naive Bayes stand-in, and the reasons
    say so. Labels are judged by the classifier itself, which takes one training.

    What it misses: an attacker who knows the quiz rows; attacks aimed at rows unlike the quiz, unless they are protected;
    rows that move the threshold alone and little, unless `worse_class` is one of the tests.
    To reject rows alone, the rule needs about tests * rows / (fdr * poison) calibration rows of a label. By
    `hold_back` no row is quarantined where its label has fewer than tests / hold_back - 1: 199 by default, 299 with
    protected rows, which takes about 1,000 and 1,500 trusted ones.

    Parameters
    ----------
    estimator : the classifier to protect; None is the stand-in
    group : Batch -> group name (n,) of each row: `each_row`, or `by_source`, `by_day`, `near_duplicates` of `grouping`; or
        one of these in a word: "row", "source", "day", "near-duplicates"
    tests : what is measured: functions of a `Case` that give each row a number (n,), larger being worse
    protected : rows that must stay right, such as contracts, mails of important senders, attacks that are known; with
        them `protected_loss` is one of the tests
    trials : how often base and quiz are drawn anew (>= 1)
    at_most : trusted rows that serve as base, quiz and calibration; they share 40 : 20 : 40 where there are fewer
    fdr : false discovery rate, in (0, 1)
    hold_back : share of good rows that may be quarantined, each for itself, in [0, 1)
    max_refits : trainings one judgement may cost
    n_jobs : processes for training again

    Attributes
    ----------
    counts_ : how many rows serve as base, quiz and calibration (of the first trial)
    trials_ : base and quiz of each trial
    calibration_ : calibration rows

    Raises InvalidInput where trusted rows stand in the offered batch, offered or protected rows have other columns than
    the trusted ones, or a class has fewer than 5 distinct trusted rows.

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
    (3, 69)
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        group: Grouping | str = each_row,
        tests: Sequence[Test] = (margin, consistency),
        protected: Batch | None = None,
        trials: int = 3,
        at_most: tuple[int, int, int] = (2000, 500, 2000),
        fdr: float = 0.05,
        hold_back: float = 0.01,
        max_refits: int = 400,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.group = group
        self.tests = tests
        self.protected = protected
        self.trials = trials
        self.at_most = at_most
        self.fdr = fdr
        self.hold_back = hold_back
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

        Scores are -log10 p; of rows alone, they go on beyond the worst of the calibration rows by how far.
        """
        check_is_fitted(self)
        check_columns("offered", offered, self.trusted_)
        both = self.also_trusted(offered)
        if len(both):
            raise InvalidInput(
                "offered",
                f"{len(both)} rows, the first at {both[0]},",
                "also stand among the trusted rows; `offered.drop(screen.also_trusted(offered))` is without them",
            )
        grouped = grouping(self.group)
        group = np.asarray(grouped(offered))
        if group.shape != (len(offered),):
            raise InvalidInput("group", f"names of shape {group.shape}", f"must name the group of each of {len(offered)}")
        model, calibration, why = self._answering(len(offered))
        measured = self._measured(model, calibration, offered)
        if grouped is each_row:
            verdicts = judge_rows(measured, self.fdr, self.hold_back)
        else:
            verdicts = judge_groups(measured, group, near_duplicates(offered), near_duplicates(calibration), self.fdr)
        verdicts.reason = [reason + why for reason in verdicts.reason]
        return verdicts

    def also_trusted(self, offered: Batch, /) -> NDArray[np.intp]:
        """The positions of offered rows that also stand among the trusted ones, whatever their label."""
        check_is_fitted(self)
        return np.flatnonzero([row in self.content_ for row in offered.content()])

    def leet08(self, offered: Batch, /, *, base: int = 20, quiz: int = 50, trials: int = 5) -> Floats:
        """Mean loss (n,) of rightly judged benign quiz rows under the paper's protocol, drawn from the trusted rows."""
        estimator = stand_in(self.trusted_) if self.estimator is None else self.estimator
        rng = np.random.default_rng(self.random_state)
        return leet08(estimator, self.trusted_, offered, rng, sizes=(base, quiz), trials=trials)

    def _check(self, trusted: Batch) -> None:
        check_trusted(trusted)
        if not 0 < self.fdr < 1:
            raise InvalidInput("fdr", self.fdr, "must lie strictly between 0 and 1")
        if self.trials < 1:
            raise InvalidInput("trials", self.trials, "must be at least 1")
        grouping(self.group)
        if not 0 <= self.hold_back < 1:
            raise InvalidInput("hold_back", self.hold_back, "must lie in [0, 1)")
        if not self._tests:
            raise InvalidInput("tests", self.tests, "must be at least one")
        if min(self.at_most) < 1:
            raise InvalidInput("at_most", self.at_most, "must be at least 1 each")
        if self.estimator is not None:
            check_estimator(self.estimator)
        if self.protected is not None:
            check_columns("protected", self.protected, trusted)

    @property
    def _tests(self) -> tuple[Test, ...]:
        return (*self.tests, *(() if self.protected is None else (protected_loss,)))

    def _answering(self, offered: int) -> tuple[Callable[[Batch], Any], Batch, str]:
        """From base rows to the model that answers, the calibration rows that it answers for, and what to say of it."""
        calibration, each = self.calibration_, self.trials * (1 if self.protected is None else 2)
        effort = Effort(each, offered, len(calibration))
        model, most, why = answering(self.estimator, self.trials_[0], effort, self.max_refits)
        if most is not None and most < len(calibration):
            calibration = split(calibration, (most / len(calibration),), np.random.default_rng(0))[0]
        return model, calibration, why

    def _measured(self, model: Callable[[Batch], Any], calibration: Batch, offered: Batch) -> Harm:
        """What each test says of the calibration rows and the offered ones."""
        workers = Workers(n_jobs=self.n_jobs or 1)
        labeller = label_reader if self.estimator is None else lambda _: self.estimator
        case = Case(calibration + offered, self.trials_, model, self.protected, labeller, workers, self.random_state or 0)
        harm, m = np.array([scores(test, case) for test in self._tests]), len(calibration)
        return Harm(harm[:, m:], offered.y, harm[:, :m], calibration.y, [measures(test) for test in self._tests])
