"""A tabular space in TOML: written out, corrected by whoever knows the columns better, read back.

::

    [columns.links]
    may = "up"        # both, up, down, not
    price = 2.0       # multiplies the cost
    high = 500        # also low, scale, kind, step

    [columns.risk]    # a category with ranks; the data's codes must follow them, see `tables.order`
    order = ["low", "middle", "high"]

    [groups.script]   # exactly one of them is 1
    columns = ["latin", "greek"]
    price = 1.0

    [relations.total] # the weighted sum
    weights = {in = 1, out = 1, total = -1}
    equals = 0        # or at_least, at_most, or both

A group or relation that was found and is none is taken out with `columns = []` or `weights = {}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from amlsec.deprecation import Place, present_keys
from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.group import Group
from amlsec.space.joint import joint
from amlsec.space.relation import Relation
from amlsec.space.tabular import TabularSpace
from amlsec.toml import quoted, section


def corrected(space: TabularSpace, table: Mapping[str, Any]) -> TabularSpace:
    """The space with columns, groups and relations as a TOML table says; what it leaves out stays as it is.

    Raises InvalidInput, naming the place, value and rule, where a name or a key is unknown or a value breaks a rule.

    >>> import tomllib
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)])
    >>> corrected(space, tomllib.loads('[columns.links]\\nmay = "up"')).columns[0].may.value
    'up'
    """
    table = present_keys(table, Place.SPACE)
    for key in table:
        rule = "only [columns.NAME], [groups.NAME] and [relations.NAME] are known"
        _require("a section of the space", key, key in ("columns", "groups", "relations"), rule)
    groups = _changed({group.name: group for group in space.groups}, table.get("groups", {}), "groups", _group)
    bound = {relation.name: relation for relation in space.relations}
    relations = _changed(bound, table.get("relations", {}), "relations", _relation)
    return joint(_columns(space, table.get("columns", {})), groups, relations, examples=space.examples)


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
    columns = [section(f"columns.{quoted(column.name)}", _facts(column)) for column in space.columns]
    groups = [section(f"groups.{quoted(g.name)}", {"columns": g.columns, "price": g.price}) for g in space.groups]
    relations = [section(f"relations.{quoted(r.name)}", _said(r)) for r in space.relations]
    return "\n\n".join([*columns, *groups, *relations])


def _facts(column: Column) -> dict[str, Any]:
    facts = {key: value if isinstance(value := getattr(column, key), str) else float(value) for key in _KEYS}
    return facts | {"order": column.categories} if column.kind == Kind.ORDINAL and column.categories else facts


def _said(relation: Relation) -> dict[str, Any]:
    if relation.is_equality:
        return {"weights": relation.weights, "equals": relation.at_least}
    ends = {"at_least": relation.at_least, "at_most": relation.at_most}
    return {"weights": relation.weights, **{key: end for key, end in ends.items() if math.isfinite(end)}}


def _columns(space: TabularSpace, said: Any) -> list[Column]:
    settings = _as_table("columns", said)
    names = [column.name for column in space.columns]
    for name in settings:
        _require("columns", name, name in names, f"the table's columns are {', '.join(names)}")
    return [_column(c, _as_table(f"column {c.name}", settings.get(c.name, {}))) for c in space.columns]


def _changed(known: dict[str, Any], said: Any, kind: str, read: Callable[[str, Mapping[str, Any]], Any]) -> list[Any]:
    """Those known and those said; a name said anew is another thing, or with nothing in it none."""
    settings = _as_table(kind, said)
    new = {name: read(name, _as_table(f"{kind}.{name}", table)) for name, table in settings.items()}
    return [thing for thing in {**known, **new}.values() if thing is not None]


def _group(name: str, table: Mapping[str, Any]) -> Group | None:
    _known(f"a key of group {name}", table, ("columns", "price"))
    columns = table.get("columns")
    fits = isinstance(columns, list) and all(isinstance(column, str) for column in columns)
    _require(f"columns of group {name}", columns, fits, "must be a list of column names")
    return Group(name, tuple(columns), _number(f"price of group {name}", table.get("price", 1.0))) if columns else None


def _relation(name: str, table: Mapping[str, Any]) -> Relation | None:
    _known(f"a key of relation {name}", table, ("weights", "equals", "at_least", "at_most"))
    said = _as_table(f"weights of relation {name}", table.get("weights"))
    weights = {column: _number(f"weight of {column} in relation {name}", weight) for column, weight in said.items()}
    ends = {
        key: _number(f"{key} of relation {name}", table[key]) for key in ("equals", "at_least", "at_most") if key in table
    }
    _require(f"bounds of relation {name}", ends, "equals" not in ends or len(ends) == 1, "equals stands alone")
    equals = ends.get("equals")
    low, high = (ends.get("at_least", -math.inf), ends.get("at_most", math.inf)) if equals is None else (equals, equals)
    return Relation(name, weights, low, high) if weights else None


def _known(name: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        _require(name, key, key in keys, f"must be one of {', '.join(keys)}")


def _column(column: Column, settings: Mapping[str, Any]) -> Column:
    _known(f"a key of column {column.name}", settings, (*_KEYS, "order"))
    plain = {key: value for key, value in settings.items() if key != "order"}
    read: dict[str, Any] = {key: _KEYS[key](f"{key} of column {column.name}", value) for key, value in plain.items()}
    if "order" in settings:
        same = settings["order"] == list(column.categories)
        _require(f"order of column {column.name}", settings["order"], same, "must be the order of its codes")
        read["kind"] = Kind.ORDINAL
    kind = read.get("kind", column.kind)
    fits = Kind(kind).is_named == column.kind.is_named
    _require(f"kind of column {column.name}", str(kind), fits, f"the data holds a {column.kind} column")
    return replace(column, **read)


def _as_table(name: str, value: Any) -> Mapping[str, Any]:
    _require(name, value, isinstance(value, Mapping), "must be a table")
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
