"""A tabular space in TOML: written out, corrected by whoever knows the columns better, read back.

::

    [columns.links]
    may = "up"        # both, up, down, not
    price = 2.0       # multiplies the cost
    high = 500        # also low, scale, kind, step
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.tabular import TabularSpace


def corrected(space: TabularSpace, table: Mapping[str, Any]) -> TabularSpace:
    """The space with the columns of a TOML table set as it says; keys it leaves out stay as they are.

    Raises InvalidInput, naming column, key, value and rule, where a column or a key is unknown or a value breaks a rule.

    >>> import tomllib
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)])
    >>> corrected(space, tomllib.loads('[columns.links]\\nmay = "up"')).columns[0].may.value
    'up'
    """
    for section in table:
        _require("a section of the space", section, section == "columns", "only [columns.NAME] is known")
    settings = _as_table("columns", table.get("columns", {}))
    names = [column.name for column in space.columns]
    for name in settings:
        _require("columns", name, name in names, f"the table's columns are {', '.join(names)}")
    return TabularSpace([_column(column, _as_table(column.name, settings.get(column.name, {}))) for column in space.columns])


def as_toml(space: TabularSpace) -> str:
    """The space as TOML that `corrected` reads.

    >>> print(as_toml(TabularSpace([Column("links", Kind.INTEGER, 0, 9)])))
    [columns."links"]
    kind = "integer"
    low = 0.0
    high = 9.0
    scale = 1.0
    may = "both"
    price = 1.0
    step = 0.0
    """
    return "\n\n".join(_section(column) for column in space.columns)


def _section(column: Column) -> str:
    lines = [f"{key} = {_written(getattr(column, key))}" for key in _KEYS]
    return "\n".join([f"[columns.{_quoted(column.name)}]", *lines])


def _written(value: float | str) -> str:
    return _quoted(value) if isinstance(value, str) else repr(float(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _column(column: Column, settings: Mapping[str, Any]) -> Column:
    for key in settings:
        _require(f"a key of column {column.name}", key, key in _KEYS, f"must be one of {', '.join(_KEYS)}")
    read: dict[str, Any] = {key: _KEYS[key](f"{key} of column {column.name}", value) for key, value in settings.items()}
    kind = read.get("kind", column.kind)
    fits = (kind == Kind.CATEGORY) == (column.kind == Kind.CATEGORY)
    _require(f"kind of column {column.name}", str(kind), fits, f"the data holds a {column.kind} column")
    return replace(column, **read)


def _as_table(name: str, value: Any) -> Mapping[str, Any]:
    _require(f"column {name}" if name != "columns" else name, value, isinstance(value, Mapping), "must be a table")
    table: Mapping[str, Any] = value
    return table


def _number(name: str, value: Any) -> float:
    _require(name, value, isinstance(value, int | float) and not isinstance(value, bool), "must be a number")
    return float(value)


def _one_of(values: type[StrEnum]) -> Callable[[str, Any], StrEnum]:
    def read(name: str, value: Any) -> StrEnum:
        known = [str(choice) for choice in values]
        _require(name, value, value in known, f"must be one of {', '.join(known)}")
        return values(value)

    return read


def _require(name: str, value: Any, holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidInput(name, value, rule)


_KEYS: dict[str, Callable[[str, Any], Any]] = {
    "kind": _one_of(Kind),
    "low": _number,
    "high": _number,
    "scale": _number,
    "may": _one_of(May),
    "price": _number,
    "step": _number,
}
