"""Which columns nobody is to learn from the model, by the names that were given."""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.errors import InvalidInput


def positions(wanted: Sequence[str], columns: Sequence[str], *, text: bool = False) -> tuple[int, ...]:
    """Where the wanted columns stand among a table's, in that order, each once.

    Raises InvalidInput where one is none of them, or the rows are texts, which have no columns.

    >>> positions(["sex", "age"], ["age", "zip", "sex"])
    (0, 2)
    """
    if wanted and text:
        raise InvalidInput("sensitive", list(wanted), "texts have no columns to hide")
    unknown = [name for name in wanted if name not in columns]
    if unknown:
        raise InvalidInput("sensitive", unknown, f"must be feature columns, of {', '.join(columns)}")
    return tuple(sorted({list(columns).index(name) for name in wanted}))
