"""The sentence: what becomes of a submission's rows, given what the screens said and where its source stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.gate.judging.caps import drawn, smallest
from amlsec.gate.judging.checks import SAID, Check, Why, of_all, of_caps, of_rows, stream
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged, Known
from amlsec.gate.judging.standing import Own, Standing
from amlsec.gate.policy import Policy

_TOLD = ("value", "limit", "fired", "rows", "says")
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
    def learned(self) -> int:
        """How many rows become training data; those that are trusted already do not."""
        return int((self.why == Why.PASSED).sum())

    def as_json(self) -> dict[str, Any]:
        """How many rows were decided on why, and the checks."""
        counts = {why.name.lower(): int((self.why == why).sum()) for why in Why}
        told = [{"name": one.name, **{key: getattr(one, key) for key in _TOLD}} for one in self.checks]
        return {"why": {name: count for name, count in counts.items() if count}, "checks": told}


def reasons(why: Codes) -> list[str]:
    """A sentence for each row (n,)."""
    return [SAID[Why(code)] for code in why.tolist()]


def sentence(found: Findings, standing: Standing, policy: Policy, *, source: str, key: str, day: date) -> Sentence:
    """Decide on every row of a submission: cheap, and exact if submissions are sentenced one after the other.

    A row is rejected only where the false discovery rate over the stream of submissions finds its p-value. It is
    quarantined where the trusted rows bear its content under the other label, the screens hold it back, or its p-value is
    among the smallest; where the submission as a whole is too harmful, its source is suspended, or a protected row would
    turn wrong, all rows are that are not rejected; and where the source has too much of the training data, the rows that
    are over, drawn by their content.

    `key` is what the caps draw by: the submission's digest and something the source does not know. `day` is today.
    """
    standing = standing.at(day, policy.caps.days)
    watch = standing.own.watch.seen(found.tally, policy.sentinel, policy.convicting)
    most, after = stream(standing.common, policy).judge_counted(*found.tally.p)
    why = np.concatenate([_each_row(piece, most, policy) for piece in found.pieces])
    checks = [*of_rows(found.tally, standing.common, policy), *of_all(found, watch, source, policy)]
    for check in checks:
        if check.of_all and check.fired:
            why[_accepted(why)] = check.why
    for check, room in of_caps(standing, int((why == Why.PASSED).sum()), source, policy):
        if check.fired and room is not None:
            _cap(why, found, room, key, check.why)
        checks.append(check)
    counted = tuple(replace(check, rows=int((why == check.why).sum())) for check in checks)
    decision = _decided(why)
    common = replace(standing.common, batches=after.batches, rejected=after.rejected)
    return Sentence(decision, why, counted, _after(Standing(common, replace(standing.own, watch=watch)), decision, why))


def _each_row(judged: Judged, most: float, policy: Policy) -> Codes:
    """What each row (n,) deserves for itself, where new ones with p-values of at most so much are rejected."""
    cases = [
        (judged.known == Known.SAME, Why.KNOWN),
        (judged.known == Known.OTHERWISE, Why.OTHERWISE),
        (judged.new & (judged.p <= most), Why.FOUND),
        (judged.decision != Decision.ACCEPT, Why.SCREENS),
        (judged.p <= policy.rates.quarantine, Why.WORST),
    ]
    return np.select([case for case, _ in cases], [code for _, code in cases], Why.PASSED).astype(np.int8)


def _cap(why: Codes, found: Findings, room: int, key: str, over: Why) -> None:
    """Let so many of the rows (n,) that pass do so still; why the others do not is written into `why`."""
    passing = why == Why.PASSED
    draws = [drawn(piece.content[passing[rows]], key) for rows, piece in found.placed()]
    why[passing] = np.where(smallest(np.concatenate(draws), room), Why.PASSED, over)


def _accepted(why: Codes) -> NDArray[np.bool_]:
    return np.asarray((why == Why.PASSED) | (why == Why.KNOWN))


def _decided(why: Codes) -> Codes:
    decision = np.full(len(why), Decision.QUARANTINE, dtype=np.int8)
    decision[_accepted(why)] = Decision.ACCEPT
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
