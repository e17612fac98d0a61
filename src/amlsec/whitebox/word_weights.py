"""A model of texts that is a weighted sum over their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.data import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WordWeights:
    """A text is malicious where the sum of its tokens' weights, over its length, plus a bias is above 0.

    A token that stands `c` times in a text counts `tally(c)` times its scale. The length is 1, or the `norm` of these
    figures: then the rule is not linear in what is added.

    Attributes
    ----------
    tokens : text -> the tokens in it
    columns : the place of each known token
    weights, scale : of each known token (t,)
    tally : counts -> what they count for, with 0 for 0; rising
    norm : 0 for no length, else 1 or 2 for that of the sum of absolute values or of squares
    bias : of every text
    """

    tokens: Callable[[str], Sequence[str]]
    columns: Mapping[str, int]
    weights: Floats
    scale: Floats
    tally: Callable[[Floats], Floats]
    norm: int
    bias: float

    def counts(self, texts: Sequence[str] | Rows) -> csr_matrix:
        """How often each known token stands in each text (n, t)."""
        found = [[self.columns[token] for token in self.tokens(text) if token in self.columns] for text in texts]
        starts = np.cumsum([0, *(len(row) for row in found)])
        columns = np.array([column for row in found for column in row], dtype=np.int64)
        matrix = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(found), len(self.weights)))
        matrix.sum_duplicates()
        return matrix

    def margin(self, X: Rows, /) -> Floats:
        """Evidence of malice (n,); above 0 is the verdict 1."""
        values = self.counts(X)
        values.data = self.tally(values.data) * self.scale[values.indices]
        mass = abs(values).power(max(self.norm, 1)).sum(axis=1)
        return self.judged(np.asarray(values @ self.weights), np.asarray(mass).ravel())

    def judged(self, weighed: Floats, mass: Floats) -> Floats:
        """The margin of texts by their weighed sums (n,) and by the sums of their figures to the power of the norm (n,)."""
        length = np.maximum(mass, 0.0) ** (1 / self.norm) if self.norm else np.ones_like(mass)
        margin: Floats = np.divide(weighed, length, out=np.zeros_like(weighed), where=length > 0) + self.bias
        return margin
