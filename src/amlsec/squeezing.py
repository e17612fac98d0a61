"""Squeezers: coarser copies of a row, between which an honest row makes no difference."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from amlsec.data import Batch, Rows, texts
from amlsec.space.lookalikes import plain

Squeezer = Callable[[Rows], Rows]
"""Rows in, as many coarser rows out, of the same type."""

_PARTS = (8, 32)


def normalised(text: str) -> str:
    """The text with look-alike letters and digits read as letters, nothing invisible, no accents and no capitals.

    >>> normalised("Ch\\u0435\\u200bap  V1AGRA caf\\u00e9")
    'cheap viagra cafe'
    """
    letters = unicodedata.normalize("NFKD", plain(text))
    shown = "".join(c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(shown.lower().split())


def without_repeats(text: str) -> str:
    """Every word once, where it stood first.

    >>> without_repeats("meeting at ten meeting meeting")
    'meeting at ten'
    """
    return " ".join(dict.fromkeys(text.split()))


@dataclass(frozen=True, slots=True, eq=False)
class RoundedTo:
    """Columns rounded to `center` (d,) plus whole steps (d,); 0 leaves a column as it is.

    >>> RoundedTo(np.zeros(2), np.array([1.0, 0.0]))(np.array([[1.2, 1.2]]))
    array([[1. , 1.2]])
    """

    center: Rows
    step: Rows

    def __call__(self, X: Rows) -> Rows:
        unit = np.where(self.step > 0, self.step, 1.0)
        return np.where(self.step > 0, self.center + np.round((X - self.center) / unit) * unit, X)


def _each_normalised(X: Rows) -> Rows:
    return texts([normalised(text) for text in X])


def _each_without_repeats(X: Rows) -> Rows:
    return texts([without_repeats(text) for text in X])


def squeezers(rows: Batch) -> Sequence[Squeezer]:
    """The squeezers for such rows; anybody can know them.

    Texts: normalised, and without repeated words. Tables: numbers rounded to a half and to an eighth of a column's standard
    deviation around its mean; columns of few values, of which rounding would make others, stay.
    """
    if rows.is_text:
        return _each_normalised, _each_without_repeats
    center, spread = rows.X.mean(axis=0), rows.X.std(axis=0)
    few = np.array([len(np.unique(column)) <= _PARTS[0] for column in rows.X.T])
    return tuple(RoundedTo(center, np.where(few, 0.0, 4 * spread / parts)) for parts in _PARTS)
