"""Which tokens of a crowded message are the most telling once some of them say something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.defenses.learners.spambayes_scoring import farness, logs
from amlsec.defenses.learners.spambayes_tail import Complex
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_ROUNDS = 2  # of looking for the edge
_LEVELS = 4  # that it may climb
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

    def of(self, some: Positions) -> Edge:
        """Those of some messages."""
        return Edge(self.far[some], self.logs[some], self.end[some], self.size[some])


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
    matters : whether a token matters to a row, CSR (tokens, rows)
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
        crosses = self._crosses(row, rows.indices)
        self.matters = csr_matrix((crosses, rows.indices, rows.indptr), shape=rows.shape).T.tocsr()
        self.matters.eliminate_zeros()

    def _crosses(self, row: Positions, tokens: Any) -> NDArray[np.bool_]:
        """Whether tokens are in the window of their row, before or after."""
        low, high = self.far[self.last][row], self.far[self.first][row]
        parts = (part.far[tokens] for part in (self.before, self.after))
        return np.asarray(np.any([(low <= far) & (far <= high) for far in parts], axis=0))

    def edge(self, place: Positions) -> Edge:
        """The edge at the token of each place."""
        return Edge(self.far[place], self.before.logs[self.tokens[place]], self.end[place], self.size[place])

    def chosen(
        self,
        added: csr_matrix,
        message: Positions,
        which: Positions,
        excess: Positions,
        sums: Complex,
        weakest: float,
    ) -> tuple[Complex, NDArray[np.bool_]]:
        """The sums over the most telling tokens of some rows with some messages' tokens too, and where they are sure.

        `excess` tokens too many reach the rows' own edges, and `sums` are over all that do. The edge moves until those
        beyond the number are at most those at the edge: no token that counts is then nearer to 1/2 than one that does not.
        """
        shared = self._shared(added, message, which, excess)
        edge = self._climbed(self._walked(shared, which), shared)
        spare, level = shared.beyond(edge)
        passed = self.total[edge.end + which] - self.total[shared.own.end + which]
        first = self.first[which]
        inside = (edge.end > first) & (edge.far <= self.far[first]) & (edge.far > weakest)
        sure = inside & (spare >= 0) & (spare <= level)
        return sums + passed + shared.gain(edge.far) - spare * edge.logs, sure

    def _walked(self, shared: Shared, which: Positions) -> Edge:
        """The edge, moved by as many places as there are too many or too few tokens, at last only by those too few."""
        place, first, last = self.own[which], self.first[which], self.last[which]
        for _ in range(_ROUNDS):
            spare, level = shared.beyond(self.edge(place))
            place = np.clip(place - np.minimum(spare, 0) - np.maximum(spare - level, 0), first, last)
        spare, _ = shared.beyond(self.edge(place))
        return self.edge(np.clip(place - np.minimum(spare, 0), first, last))

    def _climbed(self, edge: Edge, shared: Shared) -> Edge:
        """The edge, moved away from 1/2 by a level at a time, of ranked or of changed tokens, where there are too many."""
        climbing = np.arange(len(shared.excess))
        for _ in range(_LEVELS):
            spare, level = shared.beyond(edge.of(climbing))
            over = np.flatnonzero(spare > level)
            climbing, shared = climbing[over], shared.of(over)
            for part, value in zip(edge, self._above(edge.of(climbing), shared), strict=True):
                part[climbing] = value
        return edge

    def _above(self, edge: Edge, shared: Shared) -> Edge:
        end = edge.end - edge.size
        ranked, changed, logs = self.edge(np.maximum(end - 1, 0)), *shared.above(edge.far)
        by_changed = changed < ranked.far
        return Edge(
            np.where(by_changed, changed, ranked.far),
            np.where(by_changed, logs, ranked.logs),
            end,
            np.where(by_changed, 0, ranked.size),
        )

    def _shared(self, added: csr_matrix, message: Positions, which: Positions, excess: Positions) -> Shared:
        met = self.matters[added.indices]
        entry, owner = (np.repeat(np.arange(part.shape[0]), np.diff(part.indptr)) for part in (met, added))
        pairs = np.full((added.shape[0], len(self.own)), -1, dtype=np.int32)
        pairs[message, which] = np.arange(len(which))
        pair = pairs[owner[entry], met.indices]
        kept = np.flatnonzero(pair >= 0)
        tokens, (before, after) = added.indices[entry[kept]], (self.before, self.after)
        far, logs = (before.far[tokens], after.far[tokens]), (before.logs[tokens], after.logs[tokens])
        return Shared(pair[kept], *far, *logs, self.edge(self.own[which]), excess)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Tokens that matter to k messages and change.

    Attributes
    ----------
    pair : which message each token belongs to
    was, now, old, new : farness and logs of each token, before and after
    own : the messages' own edges
    excess : how many tokens too many reach these
    """

    pair: Positions
    was: Floats
    now: Floats
    old: Complex
    new: Complex
    own: Edge
    excess: Positions

    def of(self, some: Positions) -> Shared:
        """Those of some messages."""
        place = np.full(len(self.excess), -1)
        place[some] = np.arange(len(some))
        kept = np.flatnonzero(place[self.pair] >= 0)
        far, logs = (self.was[kept], self.now[kept]), (self.old[kept], self.new[kept])
        return Shared(place[self.pair[kept]], *far, *logs, self.own.of(some), self.excess[some])

    def beyond(self, edge: Edge) -> tuple[Positions, Positions]:
        """How many tokens too many reach an edge, and how many are at it."""
        at = (self.now == edge.far[self.pair]).astype(float) - (self.was == edge.far[self.pair])
        more = self._more(edge.far) - self._more(self.own.far)
        spare, level = self.excess + edge.end - self.own.end + self._sum(more), edge.size + self._sum(at)
        return spare.astype(np.intp), level.astype(np.intp)

    def above(self, far: Floats) -> tuple[Floats, Complex]:
        """The farness and the logs of the changed token next above; infinite where there is none."""
        nearest, logs = np.full(len(far), np.inf), np.zeros(len(far), dtype=complex)
        higher = np.flatnonzero(self.now > far[self.pair])
        np.minimum.at(nearest, self.pair[higher], self.now[higher])
        found = higher[self.now[higher] == nearest[self.pair[higher]]]
        logs[self.pair[found]] = self.new[found]
        return nearest, logs

    def gain(self, edge: Floats) -> Complex:
        """What the sums over tokens that reach the edge gain by the changed tokens, against those that reach their own."""
        reach = [(far >= edge[self.pair]) * 1.0 - (far >= self.own.far[self.pair]) for far in (self.now, self.was)]
        gain = reach[0] * self.new - reach[1] * self.old
        return self._sum(gain.real) + 1j * self._sum(gain.imag)

    def _more(self, edge: Floats) -> Floats:
        edges = edge[self.pair]
        return np.asarray((self.now >= edges) * 1.0 - (self.was >= edges))

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self.pair, values, len(self.excess)).astype(float)
