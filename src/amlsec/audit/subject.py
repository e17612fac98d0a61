"""What is audited, made ready: rows parted, space inferred, classifier chosen, register read."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from amlsec import datasets
from amlsec.audit.models import chosen
from amlsec.audit.settings import Settings
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.ground import parted
from amlsec.register import Register
from amlsec.register import read as read_register
from amlsec.space.contract import Space
from amlsec.space.settings import corrected
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.tables.load import Columns, Labels, Table, load

GOOD_WORDS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Everything the games need, and what the report says of it."""

    name: str
    table: Table
    parts: dict[str, Batch]
    space: Space
    estimator: Any
    model: str
    register: Register | None
    notes: tuple[str, ...]

    @property
    def offers(self) -> dict[str, Any]:
        """What a defense's constructor may ask for by name."""
        return {"estimator": self.estimator, "register": self.register, "space": self.space, "random_state": 0}


def prepared(settings: Settings) -> Subject:
    """Read and part the data, infer the space, choose the classifier; raises InvalidInput before any work."""
    rng = np.random.default_rng(settings.seed)
    name, table, register, notes = _data(settings)
    trusted = None if settings.trusted is None else _trusted(settings, table)
    parts = parted(table.batch, trusted, rng)
    if trusted is None:
        notes = (*notes, "no trusted rows were given: a part of the rows was set aside and taken to be good")
    space = _space(table, parts["train"], settings)
    estimator, words = chosen(settings, space)
    return Subject(name, table, parts, space, estimator, words, register, (*notes, *table.notes))


def _data(settings: Settings) -> tuple[str, Table, Register | None, tuple[str, ...]]:
    given = read_register(settings.source_register) if settings.source_register else None
    if settings.demo is not None:
        demo = _demo(settings.demo).load()
        table = Table(demo.batch, demo.columns, ((),) * len(demo.columns), Labels((demo.malicious,), (demo.benign,)))
        return f"demo {settings.demo}", table, given or demo.register, demo.notes
    table = load(settings.data, _columns(settings), Labels(settings.malicious, settings.benign), seed=settings.seed)
    return Path(str(settings.data)).name, table, given, ()


def _demo(name: str) -> ModuleType:
    demos = [module.name for module in pkgutil.iter_modules(datasets.__path__) if module.name != "demo"]
    if name not in demos:
        raise InvalidInput("demo", name, f"must be one of {', '.join(demos)}")
    return importlib.import_module(f"{datasets.__name__}.{name}")


def _columns(settings: Settings) -> Columns:
    return Columns(str(settings.target), settings.source, settings.time, settings.text)


def _trusted(settings: Settings, table: Table) -> Batch:
    """The trusted rows, read as the data were; raises InvalidInput where their columns or categories differ."""
    columns = Columns(str(settings.target), text=table.names[0] if table.batch.is_text else None)
    other = load(settings.trusted, columns, table.labels, seed=settings.seed)
    if other.names != table.names:
        raise InvalidInput("trusted", other.names, f"must have the data's feature columns, {', '.join(table.names)}")
    return other.batch if table.batch.is_text else Batch(_recoded(other, table), other.batch.y)


def _recoded(other: Table, table: Table) -> Any:
    """Category codes of one table as those of another."""
    X = other.batch.X.copy()
    for j, (theirs, ours) in enumerate(zip(other.categories, table.categories, strict=True)):
        unknown = sorted(set(theirs) - set(ours))
        if unknown or bool(theirs) != bool(ours):
            raise InvalidInput(
                f"trusted column {table.names[j]}", unknown or theirs, "must hold the data's categories or numbers"
            )
        if ours:
            X[:, j] = [ours.index(theirs[int(code)]) for code in X[:, j]]
    return X


def _space(table: Table, train: Batch, settings: Settings) -> Space:
    if table.batch.is_text:
        return TextSpace(good_words(train))
    return corrected(infer(train.X, table.names, table.categories), settings.columns)


def good_words(batch: Batch, most: int = GOOD_WORDS) -> list[str]:
    """The words of benign texts, those first that an average benign text has most more often than a malicious one.

    >>> from amlsec.data import texts
    >>> good_words(Batch(texts(["see you", "see it", "win it"]), np.array([0, 0, 1])))[:2]
    ['see', 'you']
    """
    seen = {label: _share(batch.labelled(label)) for label in (BENIGN, MALICIOUS)}
    lead = {word: share - seen[MALICIOUS].get(word, 0.0) for word, share in seen[BENIGN].items()}
    return sorted(lead, key=lambda word: (-lead[word], word))[:most]


def _share(batch: Batch) -> dict[str, float]:
    from collections import Counter

    count = Counter(word for text in batch.X for word in set(text.lower().split()))
    return {word: times / len(batch) for word, times in count.items()}
