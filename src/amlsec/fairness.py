"""Whom a screen refuses: rates by source and by label, with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Interval, Verdicts, rate


@dataclass(frozen=True, slots=True)
class Share:
    """How often one decision befell a group, and all other rows."""

    here: Interval
    elsewhere: float | None

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above the rate of the others; never where there are none."""
        return self.elsewhere is not None and self.here.low > self.elsewhere


@dataclass(frozen=True, slots=True)
class Treatment:
    """What became of the rows of one group.

    Attributes
    ----------
    by : "source" or "label"
    name : of the source, or the label
    rows : how many (>= 1)
    rejected, quarantined : how often, with exact binomial intervals
    """

    by: str
    name: str
    rows: int
    rejected: Share
    quarantined: Share

    @property
    def singled_out(self) -> bool:
        """Whether its rows are rejected, or quarantined, beyond doubt more often than the others."""
        return self.rejected.above or self.quarantined.above


def treatment(batch: Batch, verdicts: Verdicts, confidence: float = 0.95) -> tuple[Treatment, ...]:
    """How each source (where sources are known) and each label of the batch was treated, in the order of their names.

    All intervals for sources hold together with this confidence, as do those for labels (Bonferroni): among many sources
    that are treated alike, it is as seldom as that one is singled out, as far as the rate of the others is well known. A
    group singled out may have sent the poison: this says that someone should look, and is no verdict on the screen. Where
    rows of a source are copies of one another they are judged alike, and the interval is too short.

    Raises InvalidInput where the verdicts are not of these rows, or confidence is outside (0, 1).

    >>> batch = Batch(np.zeros((60, 1)), np.zeros(60, int), np.repeat(["feed", "users"], 30))
    >>> decision = np.repeat([Decision.REJECT, Decision.ACCEPT], [9, 51]).astype(np.int8)
    >>> verdicts = Verdicts(decision, np.zeros(60), 0.0, [""] * 60)
    >>> [(group.name, str(group.rejected.here)) for group in treatment(batch, verdicts) if group.singled_out]
    [('feed', '30.0% (11.8% to 54.3%)')]
    """
    if len(batch) != len(verdicts):
        raise InvalidInput("verdicts", f"of {len(verdicts)} rows", f"must be of the batch's {len(batch)} rows")
    if not 0 < confidence < 1:
        raise InvalidInput("confidence", confidence, "must lie strictly between 0 and 1")
    columns = {"source": batch.source, "label": batch.y}
    known = ((by, column) for by, column in columns.items() if column is not None)
    return tuple(group for by, column in known for group in _treated(by, column, verdicts.decision, confidence))


def _treated(by: str, column: NDArray[np.generic], decision: NDArray[np.int8], confidence: float) -> Iterator[Treatment]:
    names, group = np.unique(column.astype(str), return_inverse=True)
    counts = np.zeros((len(names), len(Decision)), dtype=np.int64)
    np.add.at(counts, (group.ravel(), decision), 1)
    everywhere, each = counts.sum(axis=0), 1 - (1 - confidence) / max(len(names), 1) / 2
    for name, here in zip(names.tolist(), counts, strict=True):
        shares = (_share(here, everywhere - here, which, each) for which in (Decision.REJECT, Decision.QUARANTINE))
        yield Treatment(by, name, int(here.sum()), *shares)


def _share(here: NDArray[np.int64], others: NDArray[np.int64], which: Decision, confidence: float) -> Share:
    elsewhere = float(others[which] / others.sum()) if others.sum() else None
    return Share(rate(int(here[which]), int(here.sum()), confidence), elsewhere)
