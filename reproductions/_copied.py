"""Models of real data that are to be copied, and the rows that a thief of the same population has."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import _adult
import numpy as np
from _data import data_path
from _digits import small_digits
from sklearn.base import clone

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import steal
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import TabularSpace, infer

PHISHING = "uci_phishing/uci_phishing_websites.csv.gz"
NEEDS = (_adult.CSV, PHISHING)
OWN = 0.1
"""The part of the rows that is the thief's; another tenth judges the copy, at most 2,000 rows."""


def adult() -> Batch:
    """Census: 48,842 people, one column for each category."""
    return _adult.standardised()


def german() -> Batch:
    """1,000 loans of a German bank (packaged in dmba), 30 columns; 1 is a bad one."""
    found = find_spec("dmba")
    if found is None or found.origin is None:
        raise SystemExit("dmba is not installed: it holds the German credit data")
    _, *rows = _rows(Path(found.origin).parent / "csvFiles" / "GermanCredit.csv.gz")
    table = np.array(rows, dtype=np.float64)
    return Batch(table[:, 1:-1], (table[:, -1] == 0).astype(np.int64))


def phishing() -> Batch:
    """Distinct pages, 30 columns of -1, 0 and 1; 1 is phishing."""
    _, *rows = _rows(data_path(PHISHING))
    table = np.unique(np.array(rows, dtype=np.float64), axis=0)
    return Batch(table[:, :-1], (table[:, -1] < 0).astype(np.int64))


def digits() -> Batch:
    """1,797 digits of 8 x 8 pixels; 1 is a nine."""
    X, shown = small_digits()
    return Batch(X, (shown == 9).astype(np.int64))


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


DATA: dict[str, Callable[[], Batch]] = {
    "German Credit": german,
    "digits": digits,
    "phishing": phishing,
    "Adult": adult,
}


@dataclass(frozen=True)
class Stolen:
    """How much of a model a copy has.

    Attributes
    ----------
    asked : questions
    test, anywhere : share of test rows, and of rows drawn evenly between the bounds, with the model's verdict
    off : the largest difference of scores on either
    model : the copy
    """

    asked: int
    test: float
    anywhere: float
    off: float
    model: Any


@dataclass(frozen=True, eq=False)
class Victim:
    """A model, and what the thief has and is judged by."""

    model: Any
    own: Batch
    test: Batch
    space: TabularSpace
    train: Batch

    def copied(self, attack: str, queries: int, guard: Any = None, seed: int = 0) -> Stolen:
        """A copy by this attack, of the model behind a guard, if any."""
        asked = self.model if guard is None else self._guarded(guard)
        budget, rng = QueryBudget(queries), np.random.default_rng(seed)
        copy, spent = steal(named(attack), asked, shadow=Shadow(self.own, self.space), budget=budget, rng=rng)
        slots = Slots(self.space)
        places = self.test.X, slots.rows(slots.uniform(2000, np.random.default_rng(1)))
        same = [float((copy.labels(X) == self.model.labels(X)).mean()) for X in places]
        off = max(float(np.abs(copy.scores(X) - self.model.scores(X)).max()) for X in places)
        return Stolen(spent, same[0], same[1], off, copy)

    def _guarded(self, guard: Any) -> GuardedModel:
        return GuardedModel(clone(guard).set_params(estimator=self.model.estimator).fit(self.train.X, self.train.y))


def victim(batch: Batch, learner: Any, seed: int) -> Victim:
    """The learner trained on eight tenths of the rows."""
    rng = np.random.default_rng(seed)
    order, part = rng.permutation(len(batch)), int(OWN * len(batch))
    own, test, train = batch.rows(order[:part]), batch.rows(order[part : 2 * part][:2000]), batch.rows(order[2 * part :])
    space = infer(batch.X, [f"x{j}" for j in range(batch.X.shape[1])])
    return Victim(Classifier(clone(learner).fit(train.X, train.y)), own, test, space, train)
