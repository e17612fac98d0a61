"""How bad a finding is: measured harm, less one step where it takes an insider.

======== ==========================================
severity lower end of the harm's interval, at least
======== ==========================================
critical 0.50
high     0.25
medium   0.10
low      0.02
none     anything less
======== ==========================================

One step milder (never below low) where the attacker must know the training data or the learner, hold the model's
parameters, own more than 5 % of the training rows, or ask more than 10,000 queries a row.
"""

from __future__ import annotations

from amlsec.catalogue import Card
from amlsec.evidence import MEDIUM_HARM, Interval, Severity
from amlsec.threat import Access, Knowledge

LEAST = {Severity.CRITICAL: 0.50, Severity.HIGH: 0.25, Severity.MEDIUM: MEDIUM_HARM, Severity.LOW: 0.02}
MOST_SHARE, MOST_QUERIES = 0.05, 10_000


def severity(harm: Interval, *, insider: bool = False) -> Severity:
    """The severity of a measured harm.

    >>> severity(Interval(0.6, 0.55, 0.65)), severity(Interval(0.6, 0.55, 0.65), insider=True)
    (<Severity.CRITICAL: 'critical'>, <Severity.HIGH: 'high'>)
    """
    worst = next((level for level, least in LEAST.items() if harm.low >= least), Severity.NONE)
    if insider and worst.rank > Severity.LOW.rank:
        return list(Severity)[worst.rank - 1]
    return worst


def takes_an_insider(card: Card, *, share: float = 0.0, queries: int = 0) -> bool:
    """Whether the attack needs more than a stranger has."""
    knows = card.knowledge.includes(Knowledge.DATA)
    return knows or card.access == Access.PARAMETERS or share > MOST_SHARE or queries > MOST_QUERIES
