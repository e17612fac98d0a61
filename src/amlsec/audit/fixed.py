"""What an audit asks of a model that nothing trains any more, and what a model's nature leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amlsec.audit.settings import Settings
from amlsec.catalogue import Card, Kind
from amlsec.errors import InvalidInput
from amlsec.evidence import Finding, State
from amlsec.layered.stack import stacked
from amlsec.models.fixed import Finished
from amlsec.threat import Influence
from amlsec.whitebox.look import lacking

NOTHING_TRAINS = "the model under audit is fixed, nothing trains it"


def unsuited(card: Card, estimator: Any) -> str:
    """Why an attack does not apply to this classifier, by what it is, known before it is trained; empty where it may."""
    if not isinstance(estimator, Finished):
        return _lacks(card, estimator)
    if card.cell.influence == Influence.CAUSATIVE:
        return NOTHING_TRAINS
    if card.kind in (Kind.MEMBERSHIP, Kind.INFERENCE):
        return f"{NOTHING_TRAINS} here, and on which rows it was trained is not known"
    if not estimator.access.includes(card.access):
        return f"it takes {card.access} of the model, this one gives {estimator.access}"
    return _lacks(card, estimator)


def _lacks(card: Card, estimator: Any) -> str:
    return "" if card.inside is None else lacking(estimator, card.inside)


def stands_before(card: Card, estimator: Any) -> bool:
    """Whether a defense can be put to this classifier: to one that nothing trains, guards alone."""
    return card.kind == Kind.GUARD or not isinstance(estimator, Finished)


def require_guards(settings: Settings, estimator: Any) -> None:
    """Raise InvalidInput where layers are asked for that would train a fixed model."""
    if settings.layers is not None and isinstance(estimator, Finished):
        others = [card.name for card in stacked(settings.layers).cards if card.kind != Kind.GUARD]
        if others:
            raise InvalidInput(
                "layers", settings.layers, f"holds {', '.join(others)}: {NOTHING_TRAINS}, so guards alone can"
            )


def unknown_past(estimator: Any) -> Sequence[str]:
    """What a reader must know of the clean verdicts of a fixed model."""
    if not isinstance(estimator, Finished):
        return ()
    return (f"{NOTHING_TRAINS}; were these rows among those it was trained on, its clean verdicts would flatter it",)


def without_training(findings: Sequence[Finding], estimator: Any) -> list[Finding]:
    """Findings about training data that a fixed model never sees, as not applicable; all others as they are."""
    if not isinstance(estimator, Finished):
        return list(findings)
    return [Finding(found.code, found.title, State.NOT_APPLICABLE, because=NOTHING_TRAINS) for found in findings]
