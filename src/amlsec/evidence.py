"""What screens and evaluations say: verdicts, rates with intervals, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.threat import Severity as Severity

Limit = float | NDArray[np.float64]


class Decision(IntEnum):
    """What a screen says of a row."""

    ACCEPT = 0
    QUARANTINE = 1
    REJECT = 2


class Verdicts:
    """What a screen says of n rows, in columns.

    Attributes
    ----------
    decision : Decision of each row (n,), as int8
    score : evidence against each row (n,); larger is worse
    limit : the score above which a row is not accepted, one number or (n,)
    reason : one sentence for each row (n,)
    """

    __slots__ = ("decision", "limit", "reason", "score")

    def __init__(
        self,
        decision: NDArray[np.int8],
        score: NDArray[np.float64],
        limit: Limit,
        reason: Sequence[str],
    ) -> None:
        if not len(decision) == len(score) == len(reason):
            raise InvalidInput("verdicts", (len(decision), len(score), len(reason)), "must have one value for each row")
        self.decision, self.score, self.reason = decision, score, list(reason)
        self.limit = np.broadcast_to(np.asarray(limit, dtype=np.float64), score.shape)

    def __len__(self) -> int:
        return len(self.decision)

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """Where the row may be trained on (n,)."""
        accepted: NDArray[np.bool_] = self.decision == Decision.ACCEPT
        return accepted


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value between two ends, at a confidence level."""

    value: float
    low: float
    high: float
    confidence: float = 0.95

    def __str__(self) -> str:
        value, low, high = (f"{round(end, 3) + 0:.1%}" for end in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"


def rate(successes: float, trials: int, confidence: float = 0.95) -> Interval:
    """The share of successes with its exact binomial interval (Clopper and Pearson 1934).

    A mean over repetitions may give fractional successes; `trials` is then the number of distinct rows.

    >>> str(rate(0, 100))
    '0.0% (0.0% to 3.6%)'
    """
    from scipy.special import betaincinv

    if not 0 <= successes <= trials or trials < 1:
        raise InvalidInput("successes of trials", (successes, trials), "must lie in [0, trials], with at least one trial")
    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - tail)) if successes < trials else 1.0
    return Interval(successes / trials, low, high, confidence)


def change(gained: float, lost: float, trials: int, confidence: float = 0.95) -> Interval:
    """How much a share grew between two looks at the same rows, with the paired interval of Bonett and Price (2012).

    `gained` rows turned from no to yes, `lost` from yes to no.

    >>> str(change(30, 0, 100))
    '30.0% (20.2% to 38.7%)'
    """
    from scipy.special import ndtri

    if min(gained, lost) < 0 or gained + lost > trials or trials < 1:
        raise InvalidInput("gained, lost of trials", (gained, lost, trials), "must be at least 0 and at most trials in sum")
    up, down = (gained + 1) / (trials + 2), (lost + 1) / (trials + 2)
    spread = float(ndtri(0.5 + confidence / 2)) * np.sqrt((up + down - (up - down) ** 2) / (trials + 2))
    value = (gained - lost) / trials
    low, high = min(up - down - spread, value), max(up - down + spread, value)
    return Interval(value, max(-1.0, float(low)), min(1.0, float(high)), confidence)


MEDIUM_HARM = 0.10
"""From here on harm is of medium severity; less than that can be said to have been withstood."""


class State(StrEnum):
    """What became of a question."""

    MEASURED = "measured"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a security curve: harm at a budget, over seeds."""

    budget: float
    harm: Interval
    trials: int
    seeds: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Harm against budget, for the attack alone or with one defense."""

    defense: str
    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Roc:
    """How many members an attack finds at each share of false claims, alone (defense "") or with a defense.

    Attributes
    ----------
    points : (share of the others claimed to be members, share of the members found)
    members : how many these are a share of
    """

    defense: str
    members: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One real row before and after, and what was changed."""

    before: str
    after: str
    changes: tuple[str, ...]
    verdict_before: str
    verdict_after: str


@dataclass(frozen=True, slots=True)
class Defended:
    """What a defense leaves of an attack, and what it costs on clean rows; None stands for what was not measured.

    Attributes
    ----------
    harm : what an attacker gains who does not know the defense
    price : how many more clean rows are judged wrongly
    adaptive : what an attacker gains who knows it
    innocents : the share of innocent rows that a screen does not accept
    member : the defense's catalogue name
    """

    defense: str
    harm: Interval
    price: Interval | None
    trials: int
    note: str = ""
    adaptive: Interval | None = None
    innocents: Interval | None = None
    member: str = ""

    @property
    def left(self) -> Interval:
        """What the stronger of the two attackers gains."""
        return max((self.harm, *([self.adaptive] if self.adaptive else [])), key=lambda found: found.value)

    @property
    def loss(self) -> float:
        """Harm left and price in sum; a price below 0 counts as 0."""
        return self.left.value + max(self.price.value if self.price else 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Bypass:
    """What an attack gains from layers of defense, of which one is assumed bypassed; None stands for what was not measured.

    Attributes
    ----------
    attack : its title
    standing : with all layers in place
    without : without each layer, in their order
    alone : without any layer
    single : the layers, by name, whose fall alone lets the attack through
    """

    attack: str
    standing: Interval | None
    without: tuple[Interval | None, ...]
    alone: Interval | None
    single: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnockOut:
    """Attacks against layers: what still stands where one of them fails.

    Attributes
    ----------
    rule : how the layers are joined, by name
    layers : their names, in the rule's order
    rows : one for each attack
    """

    rule: str
    layers: tuple[str, ...]
    rows: tuple[Bypass, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an evaluation measured, or why it did not.

    Attributes
    ----------
    code : stable, as "AML-P01"
    member : the catalogue name of the attack, or "" for a finding about the data or the model
    harm : what the attacker gains beyond the clean model; None unless measured
    baseline : the same share without the attack
    trials : distinct rows that the shares are out of
    seeds : how often the game was repeated
    counts : how many rows served as what, such as base, quiz and calibration
    cost : what the attacker paid, in words
    who : who could do it, in words
    standards : what the threat is called, as ids by standard
    answers : which of an auditor's questions the finding answers, as ids by standard, and the mitigations measured
    """

    code: str
    title: str
    state: State
    member: str = ""
    cell: str = ""
    severity: Severity = Severity.NONE
    sentence: str = ""
    because: str = ""
    who: str = ""
    cost: str = ""
    harm: Interval | None = None
    baseline: Interval | None = None
    trials: int = 0
    seeds: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
    rocs: tuple[Roc, ...] = ()
    examples: tuple[Example, ...] = ()
    defended: tuple[Defended, ...] = ()
    table: tuple[dict[str, str | float], ...] = ()
    knock_out: KnockOut | None = None
    advice: str = ""
    reproduce: str = ""
    standards: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    @property
    def standing(self) -> str:
        """The severity in a word: "held" only where the interval rules out medium harm, else "not shown"."""
        if self.severity != Severity.NONE:
            return str(self.severity)
        return "not shown" if self.harm and self.harm.high >= MEDIUM_HARM else "held"

    @property
    def best_defense(self) -> Defended | None:
        """Of the defenses that leave less harm beyond chance, the one of least harm and price in sum."""
        harm = self.harm
        helpful = [defended for defended in self.defended if harm and defended.left.high < harm.low]
        return min(helpful, key=lambda defended: defended.loss, default=None)
