"""What the table says of its columns, and how the model of its rows judges as long as nobody attacks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.audit.settings import Settings
from amlsec.audit.subject import Given, Subject, prepared
from amlsec.data import Batch
from amlsec.evidence import Interval, rate
from amlsec.space.column import Kind
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace

MOST_ROWS = 4000
"""So many rows train the clean model, and so many judge it: it shall be quick."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of a table that can be audited.

    Attributes
    ----------
    space : what an attacker can change, as inferred
    stopped, passed : the clean default model's mistakes: benign rows stopped, malicious rows let through
    sources : the share of the training rows of each source, the largest first
    """

    space: Space
    stopped: Interval
    passed: Interval
    sources: dict[str, float]

    @property
    def columns(self) -> list[str]:
        """The names of the feature columns; none of texts."""
        return [column.name for column in self.space.columns] if isinstance(self.space, TabularSpace) else []

    @property
    def growing(self) -> list[str]:
        """Whole numbers that are never negative: counts, perhaps, that can only grow."""
        if not isinstance(self.space, TabularSpace):
            return []
        bound = {name for group in self.space.groups for name in group.columns}
        counts = [column for column in self.space.columns if column.kind == Kind.INTEGER and column.low >= 0]
        return [column.name for column in counts if column.high > 1 and column.name not in bound]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """One-hot columns, of which exactly one is 1."""
        return [group.columns for group in self.space.groups] if isinstance(self.space, TabularSpace) else []


def facts(settings: Settings, native: Any) -> Facts:
    """What a table says, if an audit can be made of it; raises InvalidInput where none can."""
    subject = prepared(settings, Given(native))
    return Facts(subject.space, *clean(subject), sources=_shares(subject.parts["train"].source))


def clean(subject: Subject) -> tuple[Interval, Interval]:
    """The share of benign rows stopped and of malicious rows let through, by a classifier of at most 4,000 rows."""
    train, test = (_some(subject.parts[name]) for name in ("train", "test"))
    verdicts = subject.estimator.fit(train.X, train.y).predict(test.X)
    wrong = verdicts != test.y
    return _mistakes(wrong[test.y == 0]), _mistakes(wrong[test.y == 1])


def _mistakes(wrong: NDArray[np.bool_]) -> Interval:
    return rate(int(wrong.sum()), len(wrong))


def _some(rows: Batch) -> Batch:
    """Rows spread evenly over all, of either label."""
    if len(rows) <= MOST_ROWS:
        return rows
    ordered = np.argsort(rows.y, kind="stable")
    return rows.rows(ordered[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(np.intp)])


def _shares(sources: NDArray[Any] | None) -> dict[str, float]:
    if sources is None:
        return {}
    return {name: count / len(sources) for name, count in Counter(sources.tolist()).most_common()}
