"""Rows as a person is shown them: cut to a length, under their columns' names."""

from __future__ import annotations

from collections.abc import Sequence
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
