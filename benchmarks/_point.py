"""The sentence with which a page of duels begins."""

from __future__ import annotations

from collections.abc import Sequence


def of_duels(table: Sequence[str]) -> str:
    """How often ours was ahead of the best peer, or behind: the last cell of each row, after the table's head."""
    marks = [row.rstrip("| ").rpartition("| ")[2].strip("*") for row in table[1:]]
    return f"Of {len(marks)} duels with the best peer ours leads {marks.count('ahead')}, loses {marks.count('behind')}."
