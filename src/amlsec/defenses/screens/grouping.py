"""Which offered rows belong together: each function gives a group name (n,) for every row of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.csgraph import connected_components

from amlsec.data import Batch
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.errors import InvalidInput

_BANDS, _HASHES = 16, 16  # rows that share 9 of 10 tokens meet in a band in 24 of 25 cases, 7 of 10 in one of 20
_PRIME = (1 << 31) - 1
Grouping = Callable[[Batch], NDArray[Any]]


def each_row(batch: Batch) -> NDArray[Any]:
    """Every row for itself."""
    return np.arange(len(batch))


def by_source(batch: Batch) -> NDArray[Any]:
    """Rows of one source; raises InvalidInput where nobody noted it."""
    if batch.source is None:
        raise InvalidInput("source", None, "rows can only be grouped by source where each has one")
    return np.unique(batch.source.astype(str), return_inverse=True)[1]


def by_day(batch: Batch) -> NDArray[Any]:
    """Rows of one calendar day; raises InvalidInput where nobody noted the time."""
    if batch.time is None:
        raise InvalidInput("time", None, "rows can only be grouped by day where each has a time")
    return np.unique(batch.time.astype("datetime64[D]"), return_inverse=True)[1]


def near_duplicates(batch: Batch) -> NDArray[Any]:
    """Rows that share most of their tokens, and those that share most with these in turn.

    Tokens are words of texts, or cells of tables, rounded to a tenth of the column's standard deviation, but for those that
    more than half of the rows have: rows that are 0 nearly everywhere are alike in that alone. Rows meet by
    locality-sensitive hashing (Broder 1997): 16 bands of 16 minimal hashes, the same on every call.

    >>> from amlsec.data import texts
    >>> rows = texts(["win a prize now today", "lunch on monday", "win a prize now today"])
    >>> near_duplicates(Batch(rows, np.zeros(3, dtype=np.int64)))
    array([0, 1, 0], dtype=int32)
    """
    if not len(batch):
        return np.arange(0)
    tokens = _words(batch) if batch.is_text else _cells(batch)
    meetings = [csr_matrix((np.ones(len(batch)), (np.arange(len(batch)), place))) for place in _bands(tokens)]
    together = sum(meeting @ _first_of_each(meeting) for meeting in meetings)
    return np.asarray(connected_components(together, directed=False)[1])


def _words(batch: Batch) -> Any:
    return presence(batch.X, lambda text: text.lower().split() or [""])[0]


def _cells(batch: Batch) -> Any:
    spread = batch.X.std(axis=0)
    rounded = np.round(batch.X / np.where(spread > 0, spread, 1.0), 1)
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in rounded.T])
    widths = codes.max(axis=0) + 1
    columns = (codes + np.concatenate([[0], np.cumsum(widths)[:-1]])).ravel()
    starts = np.arange(0, codes.size + 1, codes.shape[1])
    return _unusual(csr_matrix((np.ones(codes.size), columns, starts), shape=(len(codes), int(widths.sum()))))


def _unusual(tokens: Any) -> Any:
    """Without the tokens of more than half of the rows; rows that have no other share a token of their own."""
    kept = tokens[:, np.asarray(tokens.mean(axis=0)).ravel() <= 0.5]
    return hstack([kept, csr_matrix(np.diff(kept.indptr)[:, None] == 0, dtype=np.float64)], format="csr")


def _bands(tokens: Any) -> Iterator[NDArray[np.intp]]:
    """For each band, a number for each row; equal where the rows' minimal hashes are."""
    rng = np.random.default_rng(0)
    for _ in range(_BANDS):
        factor, shift = rng.integers(1, _PRIME, (2, _HASHES, 1))
        hashes = (factor * (np.arange(tokens.shape[1]) + 1) + shift) % _PRIME
        smallest = np.minimum.reduceat(hashes[:, tokens.indices], tokens.indptr[:-1], axis=1)
        yield np.unique(smallest, axis=1, return_inverse=True)[1].ravel()


def _first_of_each(meeting: Any) -> Any:
    """Links (bands' numbers, rows) from each number to the first row that has it."""
    numbers, first = np.unique(meeting.indices, return_index=True)
    return csr_matrix((np.ones(len(numbers)), (numbers, first)), shape=meeting.shape[::-1])


_NAMED: Mapping[str, Grouping] = {
    "row": each_row,
    "source": by_source,
    "day": by_day,
    "near-duplicates": near_duplicates,
}


def grouping(group: Grouping | str) -> Grouping:
    """The function of this name, or the function itself; raises InvalidInput where no function is called so.

    >>> grouping("near-duplicates") is near_duplicates
    True
    """
    if not isinstance(group, str):
        return group
    if group not in _NAMED:
        raise InvalidInput("group", group, f"must be one of {', '.join(_NAMED)}, or a function")
    return _NAMED[group]
