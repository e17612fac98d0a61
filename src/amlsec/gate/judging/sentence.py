"""The sentence: what becomes of a submission's rows, given what the screens said and where its source stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.gate.judging.caps import kept
from amlsec.gate.judging.checks import SAID, Check, Why, of_all, of_caps, of_rows, stream
from amlsec.gate.judging.judged import Judged, Known, joined
from amlsec.gate.judging.standing import Common, Own, Standing
from amlsec.gate.policy import Policy

_TOLD = ("value", "limit", "fired", "rows", "says")
ACCEPTED = (Why.PASSED, Why.KNOWN)
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """What becomes of n rows.

    Attributes
    ----------
    decision : `evidence.Decision` (n,), as int8
    why : `checks.Why` (n,), as int8
    checks : every check of the submission, fired or not
    standing : of the gate and the source, after it
    """

    decision: Codes
    why: Codes
    checks: tuple[Check, ...]
    standing: Standing

    @property
    def reasons(self) -> list[str]:
        """A sentence for each row (n,)."""
        return [SAID[Why(code)] for code in self.why.tolist()]

    @property
    def learned(self) -> int:
        """How many rows become training data; those that are trusted already do not."""
        return int((self.why == Why.PASSED).sum())

    def as_json(self) -> dict[str, Any]:
        """How many rows were decided on why, and the checks."""
        counts = {why.name.lower(): int((self.why == why).sum()) for why in Why}
        told = [{"name": one.name, **{key: getattr(one, key) for key in _TOLD}} for one in self.checks]
        return {"why": {name: count for name, count in counts.items() if count}, "checks": told}


def sentence(
    pieces: Judged | Sequence[Judged], standing: Standing, policy: Policy, *, source: str, key: str, day: date
) -> Sentence:
    """Decide on every row of a submission: cheap, and exact if submissions are sentenced one after the other.

    A row is rejected only where the false discovery rate over the stream of submissions finds its p-value. It is
    quarantined where the trusted rows bear its content under the other label, the screens hold it back, or its p-value is
    among the smallest; where the submission as a whole is too harmful, its source is suspended, or a protected row would
    turn wrong, all rows are that are not rejected; and where the source has too much of the training data, the rows that
    are over, drawn by their content.

    `key` is what the caps draw by: the submission's digest and something the source does not know. `day` is today.
    """
    judged = pieces if isinstance(pieces, Judged) else joined(pieces)
    standing = standing.at(day, policy.caps.days)
    watch = standing.own.watch.seen(judged, policy.sentinel, policy.convicting)
    why, common = _each_row(judged, standing.common, policy)
    checks = [*of_rows(judged, standing.common, policy), *of_all(judged, watch, source, policy)]
    for check in checks:
        if check.of_all and check.fired:
            why[np.isin(why, ACCEPTED)] = check.why
    for check, room in of_caps(standing, int((why == Why.PASSED).sum()), source, policy):
        passing = np.flatnonzero(why == Why.PASSED)
        why[passing[~kept(judged.content[passing], room, key)]] = check.why
        checks.append(check)
    counted = tuple(replace(check, rows=int((why == check.why).sum())) for check in checks)
    decision = _decided(why)
    return Sentence(decision, why, counted, _after(Standing(common, replace(standing.own, watch=watch)), decision, why))


def _each_row(judged: Judged, common: Common, policy: Policy) -> tuple[Codes, Common]:
    """What each row (n,) deserves for itself, and where the stream of submissions stands then."""
    found = np.zeros(len(judged), dtype=bool)
    found[judged.new], after = stream(common, policy).judge(judged.p[judged.new])
    cases = [
        (judged.known == Known.SAME, Why.KNOWN),
        (judged.known == Known.OTHERWISE, Why.OTHERWISE),
        (found, Why.FOUND),
        (judged.decision != Decision.ACCEPT, Why.SCREENS),
        (judged.p <= policy.rates.quarantine, Why.WORST),
    ]
    why = np.select([case for case, _ in cases], [code for _, code in cases], Why.PASSED).astype(np.int8)
    return why, replace(common, batches=after.batches, rejected=after.rejected)


def _decided(why: Codes) -> Codes:
    decision = np.full(len(why), Decision.QUARANTINE, dtype=np.int8)
    decision[np.isin(why, ACCEPTED)] = Decision.ACCEPT
    decision[why == Why.FOUND] = Decision.REJECT
    return decision


def _after(standing: Standing, decision: Codes, why: Codes) -> Standing:
    own: Own = standing.own
    counted = replace(
        own,
        judged=own.judged + len(decision),
        rejected=own.rejected + int((decision == Decision.REJECT).sum()),
        quarantined=own.quarantined + int((decision == Decision.QUARANTINE).sum()),
    )
    return Standing(standing.common, counted).learning(int((why == Why.PASSED).sum()))
