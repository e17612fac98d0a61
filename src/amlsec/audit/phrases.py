"""Phrases that the sentences of several kinds of findings share."""

from __future__ import annotations

from amlsec.budget import PoisonBudget
from amlsec.evidence import Interval


def shown(share: Interval) -> str:
    """A measured share in whole per cent, with its interval.

    >>> shown(Interval(0.274, 0.2, 0.351)).replace("\\u00a0", " ")
    '27 % (20 % to 35 %)'
    """
    value, low, high = map(percent, (share.value, share.low, share.high))
    return f"{value} ({low} to {high})"


def percent(share: float) -> str:
    """A share in whole per cent."""
    return f"{round(100 * share) + 0}\u00a0%"


def owner(budget: object) -> str:
    """Whoever has this share of the training rows."""
    assert isinstance(budget, PoisonBudget)
    return f"Who owns {budget.share * 100:.3g}\u00a0% of the training rows"


def counted(number: float, one: str, many: str) -> str:
    """So many things.

    >>> counted(1, "query", "queries"), counted(1200, "query", "queries"), counted(0, "query", "queries")
    ('1 query', '1,200 queries', 'no query')
    """
    amount = f"{number:,.0f}" if number else "no"
    return f"{amount} {one if number in (0, 1) else many}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, all others as they are.

    >>> capital("anyone at MITRE")
    'Anyone at MITRE'
    """
    return sentence[:1].upper() + sentence[1:]
