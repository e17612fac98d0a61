"""SpamBayes after one message more of a class, or less: sums over the tokens that the message shares with the quiz."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.defenses.learners.spambayes_ranks import Ranks, Tokens
from amlsec.defenses.learners.spambayes_scoring import scores_by_token
from amlsec.defenses.learners.spambayes_tail import Complex, Near, Tail
from amlsec.impact.contract import NEAR, Floats
from amlsec.impact.units import Positions

_CHUNK = 128  # messages whose changes are in memory at a time, near to the processor
CLEAR = 1e-9  # an edge this much above the least strength has strong tokens alone beyond it


def with_message(estimator: Any, held: Floats, rows: Floats, label: int, step: int) -> tuple[Tokens, Tokens]:
    """Tokens that a message added to a class (or left out of it) does not hold, and those that it holds."""
    shift = step * (np.arange(2) == label)
    return (
        Tokens.of(estimator, held, rows + shift),
        Tokens.of(estimator, np.maximum(held + shift[:, None], 0), rows + shift),
    )


class Pairs(NamedTuple):
    """Messages and quiz rows that need more than their series: by how much their clues changed, too.

    Attributes
    ----------
    message, row : of each pair
    changed : what the row's sums change by, as far as its edge stays
    clues : more clues at or beyond the row's edge
    level : more tokens that are exactly at it
    """

    message: Positions
    row: Positions
    changed: Complex
    clues: Positions
    level: Positions

    @classmethod
    def moved(cls, changed: Complex, moves: csr_matrix, others: NDArray[np.bool_], start: int) -> Pairs:
        """Those with moves, clues + i level (k, m), and the `others` (k, m), of messages from `start` on."""
        message = np.repeat(np.arange(moves.shape[0]), np.diff(moves.indptr))
        others[message, moves.indices] = False
        rest = np.nonzero(others)
        amounts = np.concatenate([moves.data, np.zeros(len(rest[0]))])
        message, row = np.concatenate([message, rest[0]]), np.concatenate([moves.indices, rest[1]])
        clues, level = amounts.real.astype(np.intp), amounts.imag.astype(np.intp)
        return cls(message + start, row, changed[message, row], clues, level)


class Shift:
    """The filter with one message more of a class (step 1), or less (-1): first without its tokens, then with them.

    The clues of a quiz row with at most `max_discriminators` strong tokens are these. A row with more is crowded: its
    clues are the tokens not nearer to 1/2 than its edge, the farness of the last that counts. Tokens beyond the number,
    all at the edge, are taken off as often as they are too many, so each log counts as its difference from the edge's.
    Where the edge may be among weak tokens all are compared.
    """

    def __init__(self, estimator: Any, quiz: csr_matrix, held: Floats, rows: Floats, label: int, step: int) -> None:
        self.quiz, self.threshold = quiz, estimator.threshold
        self.clues, self.least = estimator.max_discriminators, estimator.minimum_prob_strength
        self.clear = self.least + CLEAR if self.least > 0 else -1.0
        self.before, self.after = with_message(estimator, held, rows, label, step)
        self._set_edges()
        self._set_sums()

    def _set_edges(self) -> None:
        strong = np.asarray(self.quiz @ self.before.strong.astype(float))
        self.crowded, crowded = strong > self.clues, np.flatnonzero(strong > self.clues)
        self.place = np.cumsum(self.crowded) - 1
        self.ranks = Ranks(self.quiz[crowded], self.before, self.after, self.clues)
        last = self.ranks.edge(self.ranks.own)
        self.edge, self.origin = np.full(len(strong), -1.0), np.zeros(len(strong), dtype=complex)
        self.edge[crowded], self.origin[crowded] = last.far, last.logs

    def _set_sums(self) -> None:
        tokens, row = self.quiz.indices, np.repeat(np.arange(self.quiz.shape[0]), np.diff(self.quiz.indptr))
        was, now = (self._counting(part, tokens, row) for part in (self.before, self.after))
        at_edge, then_at_edge = (part.far[tokens] == self.edge[row] for part in (self.before, self.after))
        own, new = (part.logs[tokens] - self.origin[row] for part in (self.before, self.after))
        count, self.level = (np.bincount(row, flags, len(self.edge)).astype(np.intp) for flags in (was, at_edge))
        self.spare = count - self.clues
        self.count = np.minimum(count, self.clues)
        sums = csr_matrix((was * own, tokens, self.quiz.indptr), shape=self.quiz.shape).sum(axis=1)
        self.sums = np.asarray(sums).ravel() + self.origin * self.clues
        self.near = Near(self.count, self.sums)
        self.near.radius[:, self.crowded & (self.edge <= self.clear)] = -1
        self.changes = self._by_token(now * new - was * own)
        self.moves = self._by_token(now.astype(float) - was + 1j * (then_at_edge.astype(float) - at_edge))

    def _counting(self, part: Tokens, tokens: Any, row: Positions) -> NDArray[np.bool_]:
        return np.asarray(np.where(self.crowded[row], part.far[tokens] >= self.edge[row], part.strong[tokens]))

    def _by_token(self, values: Complex) -> csr_matrix:
        matrix = csr_matrix((values, self.quiz.indices, self.quiz.indptr), shape=self.quiz.shape).T.tocsr()
        matrix.eliminate_zeros()
        return matrix

    def evidence(self, added: csr_matrix, tail: Tail) -> tuple[Floats, NDArray[np.bool_]]:
        """The evidence (k, m) on the quiz with each message's tokens (k, tokens) too, and whether it is near a tie.

        A message without clues has its score by definition, and is never near.
        """
        scores = np.empty((added.shape[0], len(self.count)))
        parts = [self._first(added, scores, start) for start in range(0, max(len(scores), 1), _CHUNK)]
        pairs = Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        scores[pairs.message, pairs.row], clues = self._again(pairs, added, tail)
        scores -= self.threshold
        near = np.abs(scores) <= NEAR
        near[:, self.count == 0] = False
        near[pairs.message, pairs.row] = (np.abs(scores[pairs.message, pairs.row]) <= NEAR) & (clues > 0)
        return scores, near

    def _first(self, added: csr_matrix, scores: Floats, start: int) -> Pairs:
        """Scores, written in place, of some messages by series, and the pairs that need more."""
        some = added[start : start + _CHUNK]
        changed = (some @ self.changes).toarray()
        scores[start : start + _CHUNK], beyond = self.near.at(changed)
        return Pairs.moved(changed, some @ self.moves, beyond, start)

    def _again(self, pairs: Pairs, added: csr_matrix, tail: Tail) -> tuple[Floats, Positions]:
        """The scores and the clues of pairs."""
        row, excess, crowded = pairs.row, self.spare[pairs.row] + pairs.clues, self.crowded[pairs.row]
        sums = self.sums[row] + pairs.changed
        fits = (excess >= 0) & (excess <= self.level[row] + pairs.level) & (self.edge[row] > self.clear)
        known = np.where(crowded, fits, excess <= 0)
        ranked = np.flatnonzero(crowded & ~known)
        here = pairs.message[ranked], self.place[row[ranked]]
        beyond = sums[ranked] + excess[ranked] * self.origin[row[ranked]]
        sums[ranked], known[ranked] = self.ranks.chosen(added, *here, excess[ranked], beyond, self.clear)
        clues = np.where(crowded, 0, np.minimum(excess, 0)) + self.clues
        scores = tail.scores(clues, sums)
        scores[~known] = self._compared(added, pairs.message[~known], row[~known])
        return scores, clues

    def _compared(self, added: csr_matrix, message: Positions, row: Positions) -> Floats:
        """The scores of pairs, all tokens of each row compared."""
        present = self.quiz[row]
        marked = present + added[message].multiply(present)
        f = np.where(marked.data > 1, self.after.f[marked.indices], self.before.f[marked.indices])
        return scores_by_token(f, np.diff(marked.indptr), self.least, self.clues)
