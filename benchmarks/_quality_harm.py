"""What harm is left: a model trained on each batch as it comes, on what RONI accepts of it, and on its honest rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from _quality_recall import Draw, Offer, part
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.defenses.screens.harm_tests import judge_rows
from amlsec.defenses.screens.harms import consistency, margin, protected_loss
from amlsec.defenses.screens.stand_in import stand_in

KEPT = "all", "accepted", "accepted (targets protected)", "honest"


@dataclass(frozen=True)
class Left:
    """Share of test rows, the mean of both classes, and of the attacker's targets that one model gets right."""

    data: str
    attack: str
    kept: str
    right: float
    targets: float


def harms(found: Draw, share: float) -> Iterator[Left]:
    """Each batch with this share of poison, four times."""
    for offer in (offer for offer in found.offers if offer.share == share):
        batch = found.rows.rows(offer.places)
        for name, kept in zip(KEPT, selections(found, offer), strict=True):
            model = stand_in(batch).fit(*_xy(batch.rows(kept)))
            right, targets = (balanced(model.predict(rows.X), rows) for rows in (found.parts.test, found.him.assets))
            yield Left(found.name, offer.attack, name, right, targets)


def selections(found: Draw, offer: Offer) -> Iterator[NDArray[np.bool_]]:
    yield np.ones(len(offer.places), dtype=bool)
    for tests in ((margin, consistency), (margin, consistency, protected_loss)):
        yield judge_rows(part(found.ours.measured(*tests), offer.places), 0.05).accepted
    yield ~offer.poison


def balanced(verdicts: NDArray[np.int64], rows: Batch) -> float:
    return float(np.mean([np.mean(verdicts[rows.y == label] == label) for label in (0, 1)]))


def _xy(rows: Batch) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    return rows.X, rows.y
