"""A year, week by week: sources hand in, the gate decides, the filter learns what was accepted and judges new mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from _gate_campaigns import Campaign, Submission, aims, handed_in
from _gate_mails import QUARTER, TESTED, Year
from numpy.typing import NDArray
from scipy.sparse import vstack

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.evidence import Decision

PARTITIONS = 20
Decisions = NDArray[np.int8]


class Verdict(NamedTuple):
    """The decision on each mail (n,) of a submission, and the name of its reason (n,)."""

    decision: Decisions
    why: NDArray[Any]


class Doorkeeper(Protocol):
    """Decides on each mail (n,) of a source's submission in a week; remembers.

    When a week is over people may release mails that it holds: for each submission, the positions of those. `suspended` are
    the sources of which it holds everything.
    """

    @property
    def suspended(self) -> Sequence[str]: ...

    def decide(self, year: Year, week: int, submission: Submission) -> Verdict: ...

    def released(self, year: Year) -> list[tuple[Submission, NDArray[np.intp]]]: ...


class Open:
    """Lets everything in: the year without a gate."""

    suspended: Sequence[str] = ()

    def decide(self, year: Year, week: int, submission: Submission) -> Verdict:
        return Verdict(np.zeros(len(submission), dtype=np.int8), np.full(len(submission), "PASSED"))

    def released(self, year: Year) -> list[tuple[Submission, NDArray[np.intp]]]:
        return []


@dataclass(slots=True)
class Learned:
    """All that the filter was trained on, in order."""

    tokens: list[Any]
    y: list[NDArray[np.int64]]

    def add(self, tokens: Any, y: NDArray[np.int64]) -> None:
        self.tokens.append(tokens)
        self.y.append(y)

    def fitted(self, model: Any) -> Any:
        """A model trained afresh on all of it."""
        return model.fit(vstack(self.tokens, "csr"), np.concatenate(self.y))


@dataclass(frozen=True, slots=True)
class Week:
    """What a week gave; counts.

    Attributes
    ----------
    ham, ham_lost, spam, spam_passed : new mails of the week after, and on how many the filter is wrong
    aims, aims_met : the mails that the campaign is about, and how many go the attacker's way
    hostile, innocent : by decision (accept, quarantine, reject), the hostile mails handed in and the others
    by_source : the innocent ones of each source
    why_innocent, why_hostile : for which reasons, and how often
    released : mails that people released
    suspended : sources of which everything is held
    ensemble : the same counts, of a partition ensemble in the filter's place; empty where it was not trained
    """

    week: int
    ham: int
    ham_lost: int
    spam: int
    spam_passed: int
    aims: int
    aims_met: int
    hostile: tuple[int, int, int]
    innocent: tuple[int, int, int]
    by_source: dict[str, tuple[int, int, int]]
    why_innocent: dict[str, int]
    why_hostile: dict[str, int]
    released: int = 0
    suspended: tuple[str, ...] = ()
    ensemble: dict[str, int] = field(default_factory=dict)


def played(year: Year, campaign: Campaign | None, gate: Doorkeeper) -> list[Week]:
    """The weeks of a year under a campaign, or none."""
    wanted = None if campaign is None else aims(year, campaign)
    trusted = year.root(0)
    learned = Learned([year.tokens[trusted]], [year.mails.y[trusted]])
    model = SpamBayes().fit(learned.tokens[0], learned.y[0])
    weeks = []
    for week in range(1, year.weeks + 1):
        model.vocabulary_ = year.vocabulary
        judged = list(_judged(year, campaign, gate, week, model))
        released = gate.released(year)
        taught = [(one, np.flatnonzero(verdict.decision == Decision.ACCEPT)) for one, verdict in judged] + released
        _learn(year, week, taught, learned, model)
        models = [model, *([learned.fitted(_ensemble())] if week % QUARTER == 0 or week == year.weeks else [])]
        found = _counted(year, week, wanted, judged, models)
        weeks.append(replace(found, released=sum(len(at) for _, at in released), suspended=tuple(gate.suspended)))
    return weeks


_Judged = tuple[Submission, Verdict]


def _judged(year: Year, campaign: Campaign | None, gate: Doorkeeper, week: int, model: SpamBayes) -> Iterator[_Judged]:
    for source in year.sources:
        submission = handed_in(year, campaign, source, week, model)
        if len(submission):
            yield submission, gate.decide(year, week, submission)


def _ensemble() -> PartitionEnsemble:
    return PartitionEnsemble(SpamBayes(), partitions=PARTITIONS)


def _learn(
    year: Year, week: int, taught: Sequence[tuple[Submission, NDArray[np.intp]]], learned: Learned, model: SpamBayes
) -> None:
    """The mails at these positions, and those that people have checked when a quarter is over."""
    checked = np.setdiff1d(year.root(week // QUARTER), year.root((week - 1) // QUARTER))
    tokens = [submission.tokens(year)[at] for submission, at in taught]
    y = [submission.rows(year).y[at] for submission, at in taught]
    learned.add(vstack([*tokens, year.tokens[checked]], "csr"), np.concatenate([*y, year.mails.y[checked]]))
    model.partial_fit(learned.tokens[-1], learned.y[-1])


def _counted(year: Year, week: int, wanted: Batch | None, judged: Sequence[_Judged], models: Sequence[Any]) -> Week:
    """What was decided, and what the filter, and the ensemble where there is one, make of new mails."""
    hostile, by_source = np.zeros(3, dtype=int), {}
    why: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for submission, verdict in judged:
        good = len(submission.kept)
        by_source[submission.source] = _three(np.bincount(verdict.decision[:good], minlength=3))
        hostile += np.bincount(verdict.decision[good:], minlength=3)
        for counts, part in zip(why, (verdict.why[:good], verdict.why[good:]), strict=True):
            counts.update(part.tolist())
    innocent = np.sum(list(by_source.values()), axis=0)
    figures, *also = [_figures(year, week, wanted, model) for model in models]
    told = {"hostile": _three(hostile), "innocent": _three(innocent), "by_source": by_source}
    told |= {"why_innocent": dict(why[0]), "why_hostile": dict(why[1])}
    return Week(week, **figures, **told, ensemble=also[0] if also else {})


def _figures(year: Year, week: int, wanted: Batch | None, model: Any) -> dict[str, int]:
    """On how many new mails of the next week, and of the campaign's, a filter is wrong."""
    tests = year.which(TESTED, min(week + 1, year.weeks))
    y, wrong = year.mails.y[tests], model.predict(year.tokens[tests]) != year.mails.y[tests]
    found = {
        "ham": int((y == BENIGN).sum()),
        "ham_lost": int(wrong[y == BENIGN].sum()),
        "spam": int((y == MALICIOUS).sum()),
        "spam_passed": int(wrong[y == MALICIOUS].sum()),
        "aims": 0,
        "aims_met": 0,
    }
    if wanted is not None and len(wanted):
        verdict = model.predict(presence(wanted.X, vocabulary=year.vocabulary)[0])
        found |= {"aims": len(wanted), "aims_met": int((verdict != wanted.y).sum())}
    return found


def _three(counts: Any) -> tuple[int, int, int]:
    accepted, held, rejected = (int(count) for count in counts)
    return accepted, held, rejected


def as_json(weeks: Sequence[Week]) -> dict[str, Any]:
    """The weeks as plain data."""
    return {"weeks": [asdict(week) for week in weeks]}
