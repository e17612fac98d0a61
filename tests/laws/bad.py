"""Members that each break the laws they are filed under."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from amlsec.catalogue import Card, Kind
from amlsec.errors import AmlsecError
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

Errors = type[Exception] | tuple[type[Exception], ...]
_ANY = ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE)
_LAWFUL = (AssertionError, AmlsecError)
_FILED: dict[tuple[str, str], tuple[Card, Callable[[Card], None], Errors]] = {}
"""By the member's name and the law's: once, though pytest, in search of examples, loads their files a second time."""


def members() -> list[tuple[Card, Callable[[Card], None], Errors]]:
    """Each bad member with each law it breaks, and the errors that say so."""
    return list(_FILED.values())


def breaks(kind: Kind, *laws: Callable[[Card], None], by: Errors = _LAWFUL, **settings: Any) -> Callable[[Any], Any]:
    """File a member as one that breaks these laws, told by these errors."""

    def file(run: Any) -> Any:
        card = Card(f"bad-{kind.value}-{run.__name__.strip('_')}", kind, run, (_ANY,), ("lowd2005good",), "AML-Z99")
        card = replace(card, **{"access": Access.SCORES, **settings})
        _FILED.update({(card.name, law.__name__): (card, law, by) for law in laws})
        return run

    return file


def by_chance() -> np.random.Generator:
    """A generator that no seed governs, for it draws on NumPy's global state."""
    return np.random.default_rng(np.random.randint(2**31, size=4))
