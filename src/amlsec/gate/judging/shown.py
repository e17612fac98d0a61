"""Rows as a person is shown them: cut to a length, under their columns' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amlsec.data import Batch

LONGEST = 400
"""Characters of a text."""
MOST_COLUMNS = 40


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and how much was left out.

    >>> cut("a long mail", 6)
    'a long ... (5 characters more)'
    """
    return text if len(text) <= longest else f"{text[:longest]} ... ({len(text) - longest} characters more)"


def shown(rows: Batch, k: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """Row k: its label, and its text or its first columns' values."""
    label = int(rows.y[k])
    if rows.is_text:
        return {"label": label, "text": cut(rows.X[k])}
    values = rows.X[k, :MOST_COLUMNS].tolist()
    return {"label": label, "values": dict(zip(named(rows, names), values, strict=False))}


def named(rows: Batch, names: Sequence[str] = ()) -> list[str]:
    """The columns' names, or their numbers where they have none."""
    return list(names) or [f"column {j}" for j in range(rows.X.shape[1])]


def worded(told: Any, levels: Mapping[str, Sequence[str]]) -> Any:
    """The same JSON, with the words of a column's levels in place of their codes in all `values`.

    >>> worded([{"values": {"port": 1.0, "size": 7.0}}], {"port": ("http", "ssh")})
    [{'values': {'port': 'ssh', 'size': 7.0}}]
    """
    if isinstance(told, list):
        return [worded(one, levels) for one in told]
    if not isinstance(told, dict):
        return told
    return {key: _words(value, levels) if key == "values" else worded(value, levels) for key, value in told.items()}


def _words(values: Mapping[str, float], levels: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {name: _word(value, levels.get(name, ())) for name, value in values.items()}


def _word(value: float, words: Sequence[str]) -> Any:
    """A code that is no level's, such as an unknown word's, says nothing."""
    if not words:
        return value
    return cut(words[int(value)]) if 0 <= value < len(words) else None
