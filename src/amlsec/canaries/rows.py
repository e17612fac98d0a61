"""Canaries as rows of the table that they were planted in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.canaries.recipe import Cell, Recipe, Row, examples, key
from amlsec.canaries.register import Canary
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.tables.load import Table


def as_batch(canaries: Mapping[str, Canary], table: Table) -> Batch:
    """One row for each canary, in the table's codes; raises InvalidInput where one is no row of such a table."""
    names, labels = list(canaries), table.labels
    meanings = dict.fromkeys(labels.benign, BENIGN) | dict.fromkeys(labels.malicious, MALICIOUS)
    for name in names:
        if canaries[name].label not in meanings:
            known = ", ".join(meanings)
            raise InvalidInput(f"label of canary {name}", canaries[name].label, f"must be a label of the data: {known}")
    y = np.array([meanings[canaries[name].label] for name in names], dtype=np.int64)
    return Batch(as_rows([canaries[name].row for name in names], table), y)


def as_rows(rows: Sequence[Row], table: Table) -> Rows:
    """Rows (n, d) in the table's codes, or texts (n,); raises InvalidInput where one is no row of such a table."""
    if table.batch.is_text:
        return texts([_text(row) for row in rows])
    X = np.empty((len(rows), len(table.names)))
    for i, row in enumerate(rows):
        X[i] = _coded(row, table)
    return X


def copies(canary: Batch, batch: Batch) -> NDArray[np.int64]:
    """How often each row (n,) stands in a batch under its own label."""
    marks = np.char.add(canary.content(), canary.y.astype("S1"))
    found, counts = np.unique(np.char.add(batch.content(), batch.y.astype("S1")), return_counts=True)
    times = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return np.array([times.get(mark, 0) for mark in marks.tolist()], dtype=np.int64)


def keys(table: Table) -> set[Any]:
    """The table's rows by key (`recipe.key`)."""
    if table.batch.is_text:
        return set(table.batch.X.tolist())
    return {key(_named(row, table)) for row in np.unique(table.batch.X, axis=0).tolist()}


def given_by(recipe: Recipe, table: Table) -> NDArray[np.bool_]:
    """Which rows (n,) of the table the recipe gives; raises InvalidInput where it gives no rows of such a table."""
    shown = as_rows(examples(recipe), table)
    if table.batch.is_text:
        return np.array([recipe.fits(text) for text in table.batch.X], dtype=bool)
    columns = zip(table.batch.X.T, shown.T, strict=True)
    return np.asarray(np.all([np.isin(values, choices) for values, choices in columns], axis=0))


def _named(row: list[float], table: Table) -> Row:
    cells = zip(table.names, row, table.categories, strict=True)
    return {name: levels[int(value)] if levels else value for name, value, levels in cells}


def _text(row: Row) -> str:
    if not isinstance(row, str):
        raise InvalidInput("canary", dict(row), "holds values, the data are texts")
    return row


def _coded(row: Row, table: Table) -> list[float]:
    if isinstance(row, str) or set(row) != set(table.names):
        shown = row if isinstance(row, str) else sorted(row)
        raise InvalidInput("canary", shown, f"must have the data's feature columns: {', '.join(table.names)}")
    return [_code(name, row[name], levels) for name, levels in zip(table.names, table.categories, strict=True)]


def _code(name: str, cell: Cell, levels: Sequence[str]) -> float:
    """The category's code, or the number."""
    known: Sequence[Any] = levels if levels else (cell,)
    if isinstance(cell, str) != bool(levels) or cell not in known:
        rule = f"must be one of the data's categories: {', '.join(levels)}" if levels else "must be a number"
        raise InvalidInput(f"column {name} of a canary", cell, rule)
    return float(levels.index(str(cell))) if levels else float(cell)
