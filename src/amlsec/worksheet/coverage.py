"""Which attacks an audit would play, by the cells of the threat model: the audit's own rules, before the model is known."""

from __future__ import annotations

from collections import Counter

from amlsec.audit.fixed import NOTHING_TRAINS
from amlsec.audit.plan import inapplicable
from amlsec.audit.settings import Settings
from amlsec.catalogue import Card, Kind, Victim, discover
from amlsec.models.described import ENDINGS
from amlsec.threat import CELLS, ThreatModel
from amlsec.worksheet.question import takes_training


def attacks() -> list[Card]:
    """Every attack that an audit knows."""
    return [card for card in discover() if card.kind.is_attack and card.victim == Victim.CLASSIFIER]


def applicable(settings: Settings, space: str) -> list[Card]:
    """The attacks that apply, as far as can be said before the model is seen."""
    return [card for card in attacks() if not _why_not(card, settings, space)]


def cells(settings: Settings, space: str) -> dict[ThreatModel, str]:
    """What stands in each cell: how many attacks, or why none."""
    return {cell: _stands([card for card in attacks() if card.cell == cell], settings, space) for cell in CELLS}


def _stands(cards: list[Card], settings: Settings, space: str) -> str:
    reasons = [_why_not(card, settings, space) for card in cards]
    count = reasons.count("")
    if count:
        return f"{count} attack{'s' if count > 1 else ''}"
    return f"none, because {Counter(reasons).most_common(1)[0][0]}" if reasons else "none: no attack is known yet"


def trained_no_more(model: str | None, *, fixed: bool) -> bool:
    """Whether nothing trains this model, by its name and by what was said of it."""
    return fixed or (model or "").endswith(ENDINGS)


def _why_not(card: Card, settings: Settings, space: str) -> str:
    if trained_no_more(settings.model, fixed=settings.fixed) and takes_training(card):
        return NOTHING_TRAINS
    unnamed = "no column was named that nobody is to learn" if card.kind == Kind.INFERENCE and not settings.sensitive else ""
    return inapplicable(card, settings, space) or unnamed
