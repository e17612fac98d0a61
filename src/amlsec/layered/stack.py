"""Members of the catalogue in layers, by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amlsec.catalogue import Card, Kind, named
from amlsec.data import Batch
from amlsec.deprecation import Place, present
from amlsec.errors import InvalidInput
from amlsec.layered.layered import Layered
from amlsec.layered.rule import NAME, Rule, parsed
from amlsec.threat import ThreatModel

LAYERS = (Kind.SCREEN, Kind.LEARNER, Kind.GUARD)


@dataclass(frozen=True, slots=True)
class Stack:
    """Screens, learners and guards of the catalogue, joined by a rule of their names.

    >>> stack = stacked("training-loss & bagged-ensemble & abstain")
    >>> [stack.without(name).name for name in stack.rule.layers][:2]
    ['bagged-ensemble & abstain', 'training-loss & abstain']
    """

    rule: Rule

    @property
    def name(self) -> str:
        """The rule as text, by which the stack is known."""
        return str(self.rule)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards of its layers."""
        return tuple(named(name) for name in self.rule.layers)

    def answers(self, threat: ThreatModel) -> bool:
        """Whether any of its layers claims this threat."""
        return any(card.answers(threat) for card in self.cards)

    def without(self, layer: str) -> Stack | None:
        """The stack with this layer bypassed; None where nothing is left."""
        left = self.rule.without(layer)
        return None if left is None else Stack(left)

    def build(self, offers: Mapping[str, Any], trusted: Batch | None = None) -> Layered:
        """The unfitted layers, each handed the offers it asks for by name; a guard guards the learner, if there is one."""
        learners = any(card.kind == Kind.LEARNER for card in self.cards)
        for_guards = {name: value for name, value in offers.items() if name != "estimator"} if learners else offers
        layers = {card.name: card.build(for_guards if card.kind == Kind.GUARD else offers) for card in self.cards}
        return Layered(layers, rule=self.name, estimator=offers.get("estimator"), trusted=trusted)


def stacked(text: str) -> Stack:
    """The stack of this rule; raises CatalogueError for an unknown name, InvalidInput for what is no layer or no rule."""
    stack = Stack(parsed(re.sub(NAME, lambda name: present(name[0], Place.MEMBER, stacklevel=3), text)))
    for card in stack.cards:
        if card.kind not in LAYERS:
            raise InvalidInput("layers", text, f"holds {card.name}, of the kind {card.kind}: must be of {', '.join(LAYERS)}")
    stack.rule.split(lambda name: named(name).kind == Kind.SCREEN)
    return stack
