"""The gate as the year's doorkeeper: its own pure functions; judgements are kept, as most are the same in many years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from _gate_campaigns import Campaign, Submission, handed_in
from _gate_mails import QUARTER, Year
from _gate_play import Verdict
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.gate.judging.checks import Why
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.panel import MOST_ROWS, Panel
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.standing import Common, Own, Standing, rotated
from amlsec.gate.policy import DEFAULT, Policy, parsed_policy
from amlsec.register import Exposure, Register, Source

NEW_YEAR = date(2025, 1, 6)
SECRET = "not known to any source"


@dataclass(slots=True)
class Court:
    """A policy, and what its panels have judged so far; for all years that are played.

    Submissions are judged many at once, each under a name of its own: the screens of the default policy judge row by row,
    or source by source, so each is judged as if it were alone, for a tenth of the time (tests/test_benchmarks_gate.py).
    """

    year: Year
    policy: Policy = field(default_factory=lambda: parsed_policy(DEFAULT))
    panels: dict[int, Panel] = field(default_factory=dict)
    judged: dict[tuple[int, Submission], Judged] = field(default_factory=dict)

    def panel(self, quarter: int) -> Panel:
        """The screens under the root of this quarter, from 0 on."""
        if quarter not in self.panels:
            trusted = self.year.mails.rows(self.year.root(quarter))
            self.panels[quarter] = Panel.fit(self.policy, trusted, seed=quarter)
        return self.panels[quarter]

    def judge(self, quarter: int, submission: Submission) -> Judged:
        """What the panel of this quarter says of a submission."""
        self.prepare(quarter, [submission])
        return self.judged[quarter, submission]

    def prepare(self, quarter: int, submissions: Sequence[Submission]) -> None:
        """Judge these, as far as they were not, at once."""
        new = [one for one in submissions if (quarter, one) not in self.judged]
        for some in _of_at_most(new, MOST_ROWS):
            names = [f"{one.source} {k}" for k, one in enumerate(some)]
            rows = [one.rows(self.year).from_source(name) for one, name in zip(some, names, strict=True)]
            register = Register(tuple(Source(name, Exposure.REGISTERED, authenticated=True) for name in names))
            found = self.panel(quarter).judge(sum(rows[1:], rows[0]), register=register)
            ends = np.cumsum([len(one) for one in rows])
            for one, end, own in zip(some, ends, rows, strict=True):
                self.judged[quarter, one] = found.rows(np.arange(int(end) - len(own), int(end)))


def _of_at_most(submissions: Sequence[Submission], rows: int) -> Iterator[list[Submission]]:
    """The submissions in lists of at most so many rows."""
    some: list[Submission] = []
    for one in submissions:
        if some and sum(map(len, some)) + len(one) > rows:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


@dataclass(slots=True)
class Keeper:
    """One gate over a year: where its sources stand."""

    court: Court
    campaign: Campaign | None = None
    standing: dict[str, Standing] = field(default_factory=dict)
    common: Common | None = None
    quarter: int = -1

    @property
    def suspended(self) -> Sequence[str]:
        return sorted(name for name, standing in self.standing.items() if standing.own.watch.suspended)

    def decide(self, year: Year, week: int, submission: Submission) -> Verdict:
        """As the gate decides, and remembers; in the first week of a quarter its root is a new one."""
        self._rotate((week - 1) // QUARTER)
        assert self.common is not None
        judged = self.court.judge(self.quarter, submission)
        own = self.standing[submission.source].own if submission.source in self.standing else Own()
        day = NEW_YEAR + timedelta(weeks=week - 1)
        key = f"{SECRET} {week} {submission.source}"
        found = sentence(
            Findings.of([judged]), Standing(self.common, own), self.court.policy, source=submission.source, key=key, day=day
        )
        self._stand(submission.source, found.standing)
        self.heard(submission, judged, found)
        return Verdict(found.decision, np.array([Why(code).name for code in found.why.tolist()]))

    def heard(self, submission: Submission, judged: Judged, found: Any) -> None:
        """What a reviewer is told; there is none here."""

    def released(self, year: Year) -> list[tuple[Submission, NDArray[np.intp]]]:
        """Nobody looks at what is held."""
        return []

    def _stand(self, source: str, standing: Standing) -> None:
        self.standing[source], self.common = standing, standing.common

    def _rotate(self, quarter: int) -> None:
        if quarter == self.quarter:
            return
        root = len(self.court.year.root(quarter))
        self.common = Common(root) if self.common is None else replace(self.common, root=root)
        self.standing = {name: rotated(one, root) for name, one in self.standing.items()}
        self.quarter = quarter
        self.court.prepare(quarter, list(self._coming(quarter)))

    def _coming(self, quarter: int) -> Iterator[Submission]:
        """What will be handed in during this quarter, as far as it does not hang on what the gate does."""
        for week in range(quarter * QUARTER + 1, min((quarter + 1) * QUARTER, self.court.year.weeks) + 1):
            for source in self.court.year.sources:
                if self.campaign is None or self.campaign.source != source or not self.campaign.asks:
                    yield handed_in(self.court.year, self.campaign, source, week, None)


@dataclass(slots=True)
class Reviewed(Keeper):
    """The same with a reviewer who is right, and looks at so many held mails a week, the most harmful first."""

    capacity: int = 30
    waiting: list[tuple[float, Submission, int]] = field(default_factory=list)
    seen_hostile: int = 0

    def heard(self, submission: Submission, judged: Judged, found: Any) -> None:
        """What is held waits for him."""
        held = np.flatnonzero(found.decision == Decision.QUARANTINE).tolist()
        self.waiting += [(float(judged.p[row]), submission, row) for row in held]

    def released(self, year: Year) -> list[tuple[Submission, NDArray[np.intp]]]:
        """The honest mails he found; who is suspended stays so."""
        self.waiting.sort(key=lambda one: one[0])
        looked, self.waiting = self.waiting[: self.capacity], self.waiting[self.capacity :]
        good: dict[int, tuple[Submission, list[int]]] = {}
        for _, submission, row in looked:
            if row < len(submission.kept):
                good.setdefault(id(submission), (submission, []))[1].append(row)
            else:
                self.seen_hostile += 1
        for submission, rows in good.values():
            self._stand(submission.source, self._known(submission.source).learning(len(rows)))
        return [(submission, np.array(sorted(rows))) for submission, rows in good.values()]

    def _known(self, source: str) -> Standing:
        assert self.common is not None
        return Standing(self.common, self.standing[source].own)
