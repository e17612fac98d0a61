"""What an attacker who asks a model has of his own: rows, and what he knows of the training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from amlsec.data import Batch
from amlsec.space.contract import Space
from amlsec.threat import Knowledge


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """What an attacker trains models of his own on.

    Attributes
    ----------
    rows : rows of the same population, disjoint from the training rows and from all he asks about; none below `features`
    space : what rows may look like
    learner : the unfitted classifier; None below knowledge `model`
    planted : training rows that are his own work; None where he planted none
    """

    rows: Batch
    space: Space
    learner: Any = None
    planted: Batch | None = None

    def limited_to(self, knowledge: Knowledge) -> Shadow:
        """The same without what this knowledge does not cover."""
        return replace(
            self,
            rows=self.rows if knowledge.includes(Knowledge.FEATURES) else self.rows.rows([]),
            learner=self.learner if knowledge.includes(Knowledge.MODEL) else None,
        )
