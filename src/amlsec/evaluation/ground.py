"""The rows and the classifier that all games of one evaluation are played on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amlsec.catalogue import Card
from amlsec.data import Batch, split
from amlsec.errors import InvalidInput
from amlsec.evaluation.systems import system
from amlsec.impact.refit import seeded
from amlsec.layered.stack import Stack
from amlsec.oracle import Model
from amlsec.scene import System
from amlsec.space.contract import Space

SHARES = {"train": 0.50, "trusted": 0.12, "shadow": 0.08, "outsiders": 0.30}
FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Disjoint rows by distinct content, the space they live in, and the unfitted classifier.

    Attributes
    ----------
    train : rows offered for training, the attacker's among them
    trusted : rows known to be good; every system may learn from them
    shadow : what an attacker owns of the same population
    outsiders : rows of the same time that no model sees
    test : rows the verdicts are measured on; later in time where times are known, else the outsiders
    offers : what a defense's constructor may ask for by name; the classifier's open random states are set, so that
        differences are the attacker's work and not the trainings', whatever process trains
    sensitive : columns whose values nobody is to learn from the model
    planted : how many of the training rows, the last, are canaries
    """

    train: Batch
    trusted: Batch
    shadow: Batch
    outsiders: Batch
    test: Batch
    space: Space
    offers: dict[str, Any]
    sensitive: tuple[int, ...] = ()
    planted: int = 0
    _trained: dict[str, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "estimator" in self.offers:
            fixed = seeded(self.offers["estimator"], self.offers.get("random_state") or 0)
            object.__setattr__(self, "offers", {**self.offers, "estimator": fixed})

    @property
    def counts(self) -> dict[str, int]:
        """How many rows served as what."""
        return {name: len(getattr(self, name)) for name in (*SHARES, "test")}

    @property
    def members(self) -> Batch:
        """The distinct training rows, but for canaries, which anyone can tell from rows of the population."""
        return distinct(self.train.rows(slice(len(self.train) - self.planted)))

    def system(self, defense: Card | Stack | None) -> System:
        """The classifier, alone or behind a defense."""
        return system(defense, self.offers)

    def clean_model(self, defense: Card | Stack | None) -> Model:
        """The system trained on the rows as they are; trained once."""
        name = defense.name if defense else ""
        if name not in self._trained:
            self._trained[name] = self.system(defense).train(self.train, self.trusted)
        return self._trained[name]


def parted(batch: Batch, trusted: Batch | None, rng: np.random.Generator) -> dict[str, Batch]:
    """A ground's rows from one batch: by distinct content, and with the last fifth as test where times are known.

    Outsiders and test rows stand there once: the same row twice is no second trial. Rows given as trusted are taken out of
    the batch by content. Raises InvalidInput where a part has too few rows of
    either class to measure anything.
    """
    if trusted is not None:
        batch = batch.rows(~np.isin(batch.content(), trusted.content()))
    past, test = (batch, None) if batch.time is None else _by_time(batch)
    parts = dict(zip(SHARES, split(past, tuple(SHARES.values()), rng), strict=True))
    if trusted is not None:
        parts["train"] += parts["trusted"]
        parts["trusted"] = trusted
    parts["outsiders"] = distinct(parts["outsiders"])
    parts["test"] = parts["outsiders"] if test is None else distinct(test)
    for name, part in parts.items():
        if name != "shadow" and min(np.bincount(part.y, minlength=2)) < FEWEST:
            counts = np.bincount(part.y, minlength=2).tolist()
            late = " (the last fifth by time; without a time they are drawn at random)" if name == "test" and test else ""
            rule = (
                f"benign and malicious: need at least {FEWEST} distinct rows of either in this part, so a larger table{late}"
            )
            raise InvalidInput(f"rows to {name}", counts, rule)
    return parts


def distinct(rows: Batch) -> Batch:
    """The first row of each content.

    >>> distinct(Batch(np.array([[2.0], [1.0], [2.0]]), np.array([0, 1, 0]))).X[:, 0]
    array([2., 1.])
    """
    return rows.rows(np.sort(np.unique(rows.content(), return_index=True)[1]))


def _by_time(batch: Batch, last: float = 0.2) -> tuple[Batch, Batch]:
    """Past, and future: the last fifth of distinct contents by first appearance."""
    assert batch.time is not None
    ordered = batch.rows(np.argsort(batch.time, kind="stable"))
    _, first, content = np.unique(ordered.content(), return_index=True, return_inverse=True)
    edge = np.quantile(first, 1 - last)
    new = first[content] > edge
    return ordered.rows(~new), ordered.rows(new)
