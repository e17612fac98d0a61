"""What is audited, made ready: rows parted, space inferred, classifier chosen, register read."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from amlsec import datasets
from amlsec.audit.fixed import require_guards, unknown_past
from amlsec.audit.layers import require_suited
from amlsec.audit.models import chosen, described
from amlsec.audit.sensitive import positions
from amlsec.audit.set_apart import Canaries, registered
from amlsec.audit.settings import Settings
from amlsec.data import BENIGN, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.ground import parted
from amlsec.register import Register
from amlsec.register import read as read_register
from amlsec.space.contract import Space
from amlsec.space.joint import suggested
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import infer_words
from amlsec.tables.load import Columns, Labels, Table, load, opened
from amlsec.tables.order import ordered

ROWS_IN_A_PART = 200
"""How many rows a part of a partition ensemble should have; the number of parts is fixed before any attack."""


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
    canaries: Canaries | None = None
    sensitive: tuple[int, ...] = ()

    @property
    def offers(self) -> dict[str, Any]:
        """What a defense's constructor may ask for by name."""
        rows = len(self.parts["train"]) + len(self.parts["trusted"])
        return {
            "estimator": self.estimator,
            "register": self.register,
            "space": self.space,
            "random_state": 0,
            "partitions": min(max(rows // ROWS_IN_A_PART, 3), 50),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    name: str
    table: Table
    trusted: Batch | None
    register: Register | None
    notes: tuple[str, ...]
    space: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What a caller in Python hands over in memory: a frame instead of a file, a classifier instead of its name."""

    frame: Any = None
    estimator: Any = None


NOTHING = Given()


def prepared(settings: Settings, given: Given = NOTHING) -> Subject:
    """Read and part the data, infer the space, choose the classifier; raises InvalidInput before any work."""
    data = _demo_data(settings) if settings.demo else _file_data(settings, given.frame)
    canaries = registered(settings.canaries, data.table)
    data = _set_apart(data, canaries) if canaries else data
    sensitive = positions(settings.sensitive, data.table.names, text=data.table.batch.is_text)
    parts = parted(data.table.batch, data.trusted, np.random.default_rng(settings.seed))
    if canaries:
        parts["train"] += canaries.rows
    space = _space(data, parts["train"], parts["shadow"], settings)
    require_suited(settings.layers, space.kind)
    estimator, words = _chosen(settings, space, data.table, given.estimator)
    require_guards(settings, estimator)
    register = read_register(settings.source_register) if settings.source_register else data.register
    notes = (*data.notes, *unknown_past(estimator))
    return Subject(data.name, data.table, parts, space, estimator, words, register, notes, canaries, sensitive)


def _set_apart(data: _Data, canaries: Canaries) -> _Data:
    """The data without the canaries, which must train the model and serve as nothing else."""
    trusted = data.trusted and canaries.without(data.trusted)
    return replace(data, table=canaries.table, trusted=trusted, notes=(*data.notes, *canaries.notes))


def _chosen(settings: Settings, space: Space, table: Table, given: Any) -> tuple[Any, str]:
    """The classifier, given in memory or named; a command or an endpoint that names no columns gets the table's."""
    if given is None:
        return chosen(settings, space, table.labels)
    if isinstance(space, TabularSpace) and getattr(given, "columns", None) == ():
        given = replace(given, columns=space.columns)
    return described(given, fixed=settings.fixed)


def _demo_data(settings: Settings) -> _Data:
    demo = _demo(str(settings.demo)).load()
    categories = demo.categories or ((),) * len(demo.columns)
    table = _ranked(Table(demo.batch, demo.columns, categories, Labels((demo.malicious,), (demo.benign,))), settings)
    return _Data(f"demo {settings.demo}", table, demo.trusted, demo.register, demo.notes, demo.space)


def _file_data(settings: Settings, frame: Any) -> _Data:
    data = settings.data if frame is None else frame
    table = _ranked(
        load(data, _columns(settings), Labels(settings.malicious, settings.benign), seed=settings.seed), settings
    )
    trusted = _trusted(settings, table) if settings.trusted else None
    assumed = (
        () if settings.trusted else ("no trusted rows were given: a part of the rows was set aside and taken to be good",)
    )
    return _Data(_told(Path(str(settings.data))), table, trusted, None, (*assumed, *table.notes))


def _told(data: Path) -> str:
    """The path as far as it is that of a repository, where SARIF must find the file; of others the file's name."""
    return data.name if data.is_absolute() or ".." in data.parts else data.as_posix()


def _ranked(table: Table, settings: Settings) -> Table:
    return ordered(table, {name: said["order"] for name, said in settings.columns.items() if "order" in said})


def _demo(name: str) -> ModuleType:
    demos = [module.name for module in pkgutil.iter_modules(datasets.__path__) if module.name not in ("demo", "folder")]
    if name not in demos:
        raise InvalidInput("demo", name, f"must be one of {', '.join(demos)}")
    return importlib.import_module(f"{datasets.__name__}.{name}")


def _columns(settings: Settings) -> Columns:
    return Columns(str(settings.target), settings.source, settings.time, settings.text)


def _trusted(settings: Settings, table: Table) -> Batch:
    """The trusted rows, read as the data were; raises InvalidInput where their columns or categories differ."""
    try:
        other = _as_the_data(settings, table)
    except InvalidInput as error:
        raise InvalidInput(f"trusted {error.argument}", error.value, error.rule) from error
    if other.names != table.names:
        raise InvalidInput("trusted", other.names, f"must have the data's feature columns, {', '.join(table.names)}")
    return other.batch if table.batch.is_text else Batch(_recoded(other, table), other.batch.y)


def _as_the_data(settings: Settings, table: Table) -> Table:
    """The table of trusted rows, of whose columns those count that are features of the data, in the data's order."""
    target = str(settings.target)
    given, _ = opened(settings.trusted, seed=settings.seed)
    known = given.select([name for name in (*table.names, target) if name in given.column_names])
    return load(known, Columns(target, text=table.names[0] if table.batch.is_text else None), table.labels)


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


def _space(data: _Data, train: Batch, shadow: Batch, settings: Settings) -> Space:
    """What an attacker can change: words of texts he owns himself, values that training rows hold, as is said of them."""
    if data.table.batch.is_text:
        return infer_words(shadow)
    known = shadow.labelled(BENIGN).X
    found = corrected(suggested(train.X, data.table.names, data.table.categories, benign=known), data.space)
    said = {"columns": settings.columns, "groups": settings.groups, "relations": settings.relations}
    return corrected(found, said)
