"""Canaries drawn, and which of them to plant decided by a coin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from amlsec.canaries.recipe import Cell, Domain, Pattern, Recipe, Row, new_rows, size
from amlsec.canaries.register import MOST_CANARIES, Canary, CanaryRegister, as_ours
from amlsec.canaries.rows import keys
from amlsec.errors import InvalidInput
from amlsec.tables.load import UNNAMED, Columns, Labels, Table, load, opened, strings

STEPS = 16
"""How many values stand for a column's distribution."""
MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which canaries are to be planted.

    Attributes
    ----------
    count : how many are drawn; about half of them are planted, the others held back
    copies : how often each planted one is to stand in the training data
    pattern, alphabet, length : the sentence of a canary in texts, {} standing for the secret, and what this is made of
    holder : who knows of them
    about : whose data they stand for
    """

    count: int = 16
    copies: int = 1
    pattern: str = "my access code is {}"
    alphabet: str = "0123456789"
    length: int = 9
    holder: str = ""
    about: str = ""


def plant(
    data: Any, columns: Columns, labels: Labels = UNNAMED, *, wanted: Wanted | None = None, seed: int | None = None
) -> tuple[pa.Table, CanaryRegister]:
    """Draw canaries for these data: the rows to be added to them, and the register that names all.

    `data` is the path of a table or a pandas, polars or Arrow table. A text canary is a sentence with a random secret; in a
    table each column is drawn by itself from 16 values that stand for its distribution, so that a row is ordinary in each
    and improbable in their combination. Its label is drawn at random, and an independent fair coin says
    whether it is planted or held back. Source and time are those of a random row; columns that
    are no features are left empty. Without a seed all chance comes from the operating system.

    Raises InvalidInput where the data, or what is wanted, breaks a rule, or where the data leave too few new rows.

    >>> mails = pa.table({"text": ["win cash now", "see you at noon"] * 2, "label": ["spam", "ham"] * 2})
    >>> rows, register = plant(mails, Columns("label"), wanted=Wanted(count=4, copies=2), seed=3)
    >>> [canary.planted for canary in register.canaries.values()], len(rows)
    ([False, False, True, True], 4)
    >>> rows["text"][0].as_py(), rows["label"][0].as_py()
    ('my access code is 215946292', 'spam')
    """
    wanted, rng = wanted or Wanted(), np.random.default_rng(seed)
    if not 2 <= wanted.count <= MOST_CANARIES:
        raise InvalidInput("count", wanted.count, f"must lie in [2, {MOST_CANARIES}]")
    if wanted.count * wanted.copies > MOST_ROWS:
        raise InvalidInput(
            "copies", wanted.copies, f"must be at most {MOST_ROWS // wanted.count} of {wanted.count} canaries"
        )
    native, _ = opened(data)
    table = load(native, columns, labels)
    try:
        register = _register(table, wanted, rng)
    except ValidationError as error:
        raise as_ours(error) from error
    planted = [canary for canary in register.canaries.values() if canary.planted for _ in range(canary.copies)]
    return _as_table(planted, native, table, columns, rng), register


def _register(table: Table, wanted: Wanted, rng: np.random.Generator) -> CanaryRegister:
    recipe, name = _recipe(table, wanted, rng)
    rows = list(new_rows(recipe, wanted.count, keys(table), rng))
    if len(rows) < wanted.count:
        rule = f"is too many: the data leave {len(rows)} new ones among {size(recipe)}"
        raise InvalidInput("count", wanted.count, rule)
    made = [_canary(row, name, table.labels, wanted, rng) for row in rows]
    named = {f"c{i:0{len(str(wanted.count))}}": canary for i, canary in enumerate(made, 1)}
    kind = "patterns" if table.batch.is_text else "domains"
    return CanaryRegister.model_validate({kind: {name: recipe}, "canaries": named})


def _recipe(table: Table, wanted: Wanted, rng: np.random.Generator) -> tuple[Recipe, str]:
    seed = int(rng.integers(2**31))
    if not table.batch.is_text:
        return Domain(seed=seed, columns=_domain(table)), "row"
    return Pattern(seed=seed, pattern=wanted.pattern, alphabet=wanted.alphabet, length=wanted.length), "text"


def _domain(table: Table) -> dict[str, list[Cell]]:
    """The values of each column at even steps of its distribution; common ones stand there several times."""
    at = (np.arange(STEPS) + 0.5) / STEPS
    steps = np.quantile(table.batch.X, at, axis=0, method="inverted_cdf")
    return {
        name: [levels[int(value)] if levels else value for value in steps[:, j].tolist()]
        for j, (name, levels) in enumerate(zip(table.names, table.categories, strict=True))
    }


def _canary(row: Row, recipe: str, labels: Labels, wanted: Wanted, rng: np.random.Generator) -> Canary:
    return Canary(
        recipe=recipe,
        text=row if isinstance(row, str) else None,
        values=None if isinstance(row, str) else dict(row),
        label=(labels.benign, labels.malicious)[rng.integers(2)][0],
        planted=bool(rng.integers(2)),
        copies=wanted.copies,
        on=date.today(),
        holder=wanted.holder,
        about=wanted.about,
    )


def _as_table(planted: list[Canary], native: pa.Table, table: Table, columns: Columns, rng: np.random.Generator) -> pa.Table:
    """The planted rows with the data's columns and types."""
    like = native.take(rng.integers(len(native), size=len(planted)))
    labels = strings(columns.target, native[columns.target]).tolist()
    holding = pa.array([labels.index(canary.label) for canary in planted], pa.int64())
    cells: dict[str, Any] = {columns.target: native[columns.target].take(holding)}
    for name in table.names:
        cells[name] = _column([_cell(canary, name) for canary in planted], native.schema.field(name).type)
    kept = {name: like[name] for name in (columns.source, columns.time) if name is not None}
    empty = {field.name: pa.nulls(len(planted), field.type) for field in native.schema}
    return pa.table({**empty, **kept, **cells}).select(native.column_names)


def _cell(canary: Canary, name: str) -> Cell:
    return canary.text if canary.text is not None else (canary.values or {})[name]


def _column(cells: list[Cell], kind: pa.DataType) -> pa.Array:
    return pa.array(cells).cast(kind) if cells else pa.nulls(0, kind)
