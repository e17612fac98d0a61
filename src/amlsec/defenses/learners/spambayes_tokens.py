"""Which message holds which token."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Tokenizer = Callable[[str], Iterable[str]]
_WORD = re.compile(r"[\w$!'-]{3,}")


def words(text: str) -> list[str]:
    """The default tokens: lower-cased words of 3 to 12 characters; a longer word leaves its initial and rough length.

    >>> words("Buy CHEAP meds, it is extraordinarily good!")
    ['buy', 'cheap', 'meds', 'skip:e 10', 'good!']
    """
    found = _WORD.findall(text.lower())
    return [word if len(word) <= 12 else f"skip:{word[0]} {len(word) // 10 * 10}" for word in found]


def presence(
    texts: Iterable[str], tokenizer: Tokenizer = words, vocabulary: dict[str, int] | None = None, *, grow: bool = False
) -> tuple[Any, dict[str, int]]:
    """A CSR matrix (n, tokens) of ones where a text holds a token, and the column of each token.

    Without a vocabulary one is made; a given one is kept as it is, and tokens outside it are left out, unless it may
    `grow` (a copy does). Each distinct text is tokenised once.

    >>> matrix, vocabulary = presence(["cheap cheap meds", "agenda"])
    >>> matrix.toarray(), vocabulary
    (array([[1., 1., 0.],
           [0., 0., 1.]]), {'cheap': 0, 'meds': 1, 'agenda': 2})
    """
    columns = defaultdict(count(len(vocabulary or {})).__next__, vocabulary or {})
    find = columns.get if vocabulary is not None and not grow else columns.__getitem__
    known: dict[str, NDArray[np.int32]] = {}
    rows = [known[text] if text in known else known.setdefault(text, _columns(tokenizer(text), find)) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    indices = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    return csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(rows), len(columns))), dict(columns)


def binary(matrix: Any) -> Any:
    """As CSR (n, tokens) with a single 1 wherever a message holds a token, however often, and whatever stands there."""
    matrix = matrix.tocsr()
    if matrix.has_canonical_format and (matrix.data == 1).all():
        return matrix
    matrix = matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    matrix.data = np.ones(len(matrix.data))
    return matrix


def _columns(tokens: Iterable[str], find: Callable[[str], int | None]) -> NDArray[np.int32]:
    columns = map(find, dict.fromkeys(tokens))
    return np.array([column for column in columns if column is not None], dtype=np.int32)
