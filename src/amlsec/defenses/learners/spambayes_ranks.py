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
_ROUNDS = 4  # of looking for the edge
_WINDOW = 12  # places on either side of a row's own edge


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


class Edge(NamedTuple):
    """The farness (k,) that tokens of k messages must reach to count.

    Attributes
    ----------
    far, logs : of a token there
    end : the place after the message's last token that reaches it, as ranked
    size : the message's tokens that are there exactly, as ranked
    """

    far: Floats
    logs: Complex
    end: Positions
    size: Positions


class Ranks:
    """The tokens of each crowded row, the farthest from 1/2 first; equally far ones are a level.

    A row's own edge is at the last token that counts. Only tokens that come into a window of places about it, or leave
    it, matter to where the edge is next.

    Attributes
    ----------
    tokens, far : of each place
    size, end : of the level of each place: its tokens, and the place after it
    total : sum ln f + i sum ln (1 - f) of a row's tokens before each place, and after the last
    own, first, last : the places (rows,) of each row's own edge, and of the first and last in its window
    columns, held : tokens that matter to some row, and whether each matters to each row (rows, columns)
    """

    def __init__(self, rows: csr_matrix, before: Tokens, after: Tokens, clues: int) -> None:
        self.before, self.after = before, after
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        self.tokens = rows.indices[np.lexsort((-before.far[rows.indices], row))]
        self.far = before.far[self.tokens]
        levels = np.flatnonzero((np.diff(self.far, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
        sizes = np.diff(levels, append=len(row))
        self.size, self.end = np.repeat(sizes, sizes), np.repeat(levels + sizes, sizes)
        own = np.split(before.logs[self.tokens], rows.indptr[1:-1])
        self.total = np.concatenate([np.cumsum(np.append(0, part)) for part in own])
        self.own = rows.indptr[:-1] + clues - 1
        self.first = np.maximum(self.own - _WINDOW, rows.indptr[:-1])
        self.last = np.minimum(self.own + _WINDOW, rows.indptr[1:] - 1)
        matter = np.zeros(rows.shape, dtype=bool)
        matter[row, rows.indices] = self._crosses(row, rows.indices)
        self.columns = np.flatnonzero(matter.any(axis=0))
        self.held = matter[:, self.columns]

    def _crosses(self, row: Positions, tokens: Any) -> NDArray[np.bool_]:
        """Whether tokens are in the window of their row, before or after."""
        low, high = self.far[self.last][row], self.far[self.first][row]
        parts = (part.far[tokens] for part in (self.before, self.after))
        return np.asarray(np.any([(low <= far) & (far <= high) for far in parts], axis=0))

    def edge(self, place: Positions) -> Edge:
        """The edge at the token of each place."""
        return Edge(self.far[place], self.before.logs[self.tokens[place]], self.end[place], self.size[place])

    def chosen(
        self, added: csr_matrix, which: Positions, excess: Positions, sums: Complex, weakest: float
    ) -> tuple[Complex, NDArray[np.bool_]]:
        """The sums over the most telling tokens of rows that hold added tokens (k, columns), and where they are sure.

        `excess` tokens too many reach the rows' own edges, and `sums` are over all that do. The edge moves by as many
        places as there are too few or too many tokens, until those beyond the number are at most those at the edge. At
        last it may lie at a token that was added, between two places.
        """
        shared, first, last = self._shared(added, which, excess), self.first[which], self.last[which]
        place = self.own[which]
        for _ in range(_ROUNDS):
            spare, level = shared.beyond(self.edge(place))
            place = np.clip(place - np.minimum(spare, 0) - np.maximum(spare - level, 0), first, last)
        spare, level = shared.beyond(self.edge(place))
        edge = shared.edge_above(self.edge(np.clip(place - np.minimum(spare, 0), first, last)))
        spare, level = shared.beyond(edge)
        passed = self.total[edge.end + which] - self.total[shared.own.end + which]
        inside = (edge.far <= self.far[first]) & (edge.far > weakest)
        sure = inside & (spare >= 0) & (spare <= level) & (edge.far <= self.far[edge.end - 1])
        return sums + passed + shared.gain(edge.far) - spare * edge.logs, sure

    def _shared(self, added: csr_matrix, which: Positions, excess: Positions) -> Shared:
        pair = np.repeat(np.arange(len(which)), np.diff(added.indptr))
        both = np.flatnonzero(self.held.ravel()[which[pair] * self.held.shape[1] + added.indices])
        tokens = self.columns[added.indices[both]]
        return Shared(pair[both], tokens, self.before, self.after, self.edge(self.own[which]), excess)


class Shared:
    """Tokens that matter to k messages and change; the messages' own edges, and how many tokens too many reach them."""

    def __init__(
        self, pair: Positions, tokens: Positions, before: Tokens, after: Tokens, own: Edge, excess: Positions
    ) -> None:
        self.pair, self.own = pair, own
        self.was, self.now = before.far[tokens], after.far[tokens]
        self.old, self.new = before.logs[tokens], after.logs[tokens]
        self.excess = excess - own.end - self._sum(self._more(own.far))

    def beyond(self, edge: Edge) -> tuple[Positions, Positions]:
        """How many tokens too many reach an edge, and how many are at it."""
        at = (self.now == edge.far[self.pair]).astype(float) - (self.was == edge.far[self.pair])
        spare, level = self.excess + edge.end + self._sum(self._more(edge.far)), edge.size + self._sum(at)
        return spare.astype(np.intp), level.astype(np.intp)

    def edge_above(self, edge: Edge) -> Edge:
        """The edge, or where too many tokens are beyond it, the nearest changed token above it."""
        spare, level = self.beyond(edge)
        above, logs = np.full(len(spare), np.inf), edge.logs.copy()
        higher = np.flatnonzero((self.now > edge.far[self.pair]) & (spare > level)[self.pair])
        np.minimum.at(above, self.pair[higher], self.now[higher])
        nearest = higher[self.now[higher] == above[self.pair[higher]]]
        logs[self.pair[nearest]] = self.new[nearest]
        left = np.where(above < np.inf, 0, edge.size)
        return Edge(np.minimum(above, np.where(left, edge.far, np.inf)), logs, edge.end - edge.size + left, left)

    def gain(self, edge: Floats) -> Complex:
        """What the sums over tokens that reach the edge gain by the changed tokens, against those that reach their own."""
        reach = [(far >= edge[self.pair]) * 1.0 - (far >= self.own.far[self.pair]) for far in (self.now, self.was)]
        gain = reach[0] * self.new - reach[1] * self.old
        return self._sum(gain.real) + 1j * self._sum(gain.imag)

    def _more(self, edge: Floats) -> Floats:
        edges = edge[self.pair]
        return np.asarray((self.now >= edges) * 1.0 - (self.was >= edges))

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self.pair, values, len(self.own.far)).astype(float)
