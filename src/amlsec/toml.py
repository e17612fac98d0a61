"""Values as TOML, which Python's own library reads but does not write; and checks of what it read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from amlsec.errors import InvalidInput


def section(name: str, values: Mapping[str, Any]) -> str:
    """A table of TOML under this name, which is written as it stands.

    >>> print(section("columns.links", {"price": 2.0, "kind": "integer"}))
    [columns.links]
    price = 2.0
    kind = "integer"
    """
    return "\n".join([f"[{name}]", *assignments(values)])


def assignments(values: Mapping[str, Any]) -> list[str]:
    """A line for each key."""
    return [f"{key} = {written(value)}" for key, value in values.items()]


def written(value: Any) -> str:
    """A text, number, truth value, date, list or inline table of these.

    >>> written({"on": date(2026, 1, 2), "at": ["a", 1, 2.0, True]})
    '{"on" = 2026-01-02, "at" = ["a", 1, 2.0, true]}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)} = {written(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return quoted(value) if isinstance(value, str) else _plain(value)


def quoted(text: str) -> str:
    """A basic string of TOML.

    >>> print(quoted('say "hi"'))
    "say \\"hi\\""
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else repr(float(value) if isinstance(value, float) else int(value))


def table(value: Any, key: str, where: str) -> dict[str, Any]:
    """The value, if it is a table; raises InvalidInput naming the key elsewise."""
    if not isinstance(value, dict):
        raise InvalidInput(f"{key} in {where}", value, "must be a table")
    return value


def only(entry: Mapping[str, Any], known: set[str], prefix: str, where: str) -> None:
    """Raises InvalidInput where a table has a key that is not known."""
    for key in entry:
        if key not in known:
            raise InvalidInput(f"{prefix}{key} in {where}", entry[key], f"is unknown; known are {', '.join(sorted(known))}")
