"""Which tokens of a crowded message are the most telling once some of them say something else."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.defenses.learners.spambayes_scoring import farness, logs
from amlsec.defenses.learners.spambayes_tail import Complex
from amlsec.impact.contract import Floats

Positions = NDArray[np.intp]
_ROUNDS = 3  # of looking for the edge
_CLEAR = 1e-9  # an edge this far from `minimum_prob_strength` has strong tokens alone before it


class Tokens(NamedTuple):
    """What each token (tokens,) says: f, ln f + i ln (1 - f), its distance from 1/2, and whether that is enough."""

    f: Floats
    logs: Complex
    far: Floats
    strong: NDArray[np.bool_]

    @classmethod
    def of(cls, estimator: Any, counts: Floats, rows: Floats) -> Self:
        """Of tokens with these counts (2, tokens) in these rows (2,): ham first."""
        f = estimator.token_probabilities(counts[1], counts[0], rows[1], rows[0])
        real, imaginary = logs(f)
        return cls(f, real + 1j * imaginary, farness(f), np.abs(f - 0.5) >= estimator.minimum_prob_strength)


class Ranks:
    """The tokens of each row, the farthest from 1/2 first; equally far ones are a level.

    Attributes
    ----------
    starts : the place of each row's first token
    tokens, far : of each place
    size, end : of the level of each place: its tokens, and the place after it
    total : sum ln f + i sum ln (1 - f) of a row's tokens before each place, and after the last
    """

    def __init__(self, rows: csr_matrix, before: Tokens, after: Tokens) -> None:
        self.rows, self.before, self.after, lengths = rows, before, after, np.diff(rows.indptr)
        row = np.repeat(np.arange(len(lengths)), lengths)
        self.starts, self.tokens = rows.indptr[:-1], rows.indices[np.lexsort((-before.far[rows.indices], row))]
        self.far = before.far[self.tokens]
        first = np.flatnonzero((np.diff(self.far, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
        sizes = np.diff(first, append=len(row))
        self.size, self.end = np.repeat(sizes, sizes), np.repeat(first + sizes, sizes)
        own = np.split(before.logs[self.tokens], self.starts[1:])
        self.total = np.concatenate([np.cumsum(np.append(0, part)) for part in own])

    def edges(self, which: Positions, clues: int) -> Positions:
        """The places of these rows' last tokens that count, where `clues` do."""
        return np.asarray(self.starts[which] + clues - 1)

    def chosen(self, added: csr_matrix, which: Positions, clues: int, weakest: float) -> tuple[Complex, NDArray[np.bool_]]:
        """The sums over the `clues` most telling tokens of rows that hold added tokens (k, tokens), and where they are sure.

        The edge moves by as many places as there are too few or too many tokens, until the number is right: until those
        beyond the number are at most those at the edge.
        """
        shared = Shared(added.multiply(self.rows[which]).tocsr(), self.before, self.after)
        place = self.edges(which, clues)
        last = self.starts[which] + np.diff(self.rows.indptr)[which] - 1
        for _ in range(_ROUNDS):
            spare, level = self._beyond(place, shared, which, clues)
            place = np.clip(place - np.minimum(spare, 0) - np.maximum(spare - level, 0), self.starts[which], last)
        spare, level = self._beyond(place, shared, which, clues)
        before = self.total[self.end[place] + which] - self.total[self.starts[which] + which]
        sums = before + shared.gain(self.far[place]) - spare * self.before.logs[self.tokens[place]]
        return sums, (spare >= 0) & (spare <= level) & (self.far[place] > weakest + _CLEAR)

    def _beyond(self, place: Positions, shared: Shared, which: Positions, clues: int) -> tuple[Positions, Positions]:
        """How many tokens too many are at or before the level of a place, and how many are at it."""
        more, at = shared.moves(self.far[place])
        return self.end[place] - self.starts[which] - clues + more, self.size[place] + at


class Shared:
    """The tokens that k pairs of messages share (k, tokens)."""

    def __init__(self, shared: csr_matrix, before: Tokens, after: Tokens) -> None:
        self.pairs, self.pair = shared.shape[0], np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
        self.was, self.now = before.far[shared.indices], after.far[shared.indices]
        self.own, self.new = before.logs[shared.indices], after.logs[shared.indices]

    def moves(self, edge: Floats) -> tuple[Positions, Positions]:
        """How many more of each pair's tokens are now at least as far as its edge, and how many more just as far."""
        edges = edge[self.pair]
        more = (self.now >= edges).astype(float) - (self.was >= edges)
        at = (self.now == edges).astype(float) - (self.was == edges)
        return self._sum(more).astype(np.intp), self._sum(at).astype(np.intp)

    def gain(self, edge: Floats) -> Complex:
        """What the sums over tokens at least as far as the edge gain."""
        edges = edge[self.pair]
        gain = (self.now >= edges) * self.new - (self.was >= edges) * self.own
        return self._sum(gain.real) + 1j * self._sum(gain.imag)

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self.pair, values, self.pairs).astype(float)
