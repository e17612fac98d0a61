"""The arithmetic of SpamBayes, on matrices of which message holds which token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammaincc

_CELLS = 2_000_000  # of one padded block of messages with too many clues: 16 MB


def token_probabilities(
    spam_counts: NDArray[np.float64],
    ham_counts: NDArray[np.float64],
    messages: tuple[int, int],
    prior: tuple[float, float] = (0.45, 0.5),
) -> NDArray[np.float64]:
    """f(w) = (s x + n p) / (s + n), of tokens held by these counts (tokens,) of the `messages` (spam, ham).

    n is the number of messages with the token, p = (spam / nspam) / (spam / nspam + ham / nham), and (s, x) the prior's
    strength and value (Robinson 2003).

    >>> token_probabilities(np.array([2.0, 0.0]), np.array([0.0, 0.0]), (2, 2)).round(4)
    array([0.9082, 0.5   ])
    """
    strength, value = prior
    spam, ham = spam_counts / max(messages[0], 1), ham_counts / max(messages[1], 1)
    seen = spam_counts + ham_counts
    share = np.divide(spam, spam + ham, out=np.full(len(seen), value), where=seen > 0)
    total, prior_mass = strength + seen, strength * value + seen * share
    smoothed = np.divide(prior_mass, total, out=np.full(len(seen), value), where=total > 0)
    return np.asarray(np.round(smoothed, 14))  # so that equal shares are equal numbers, whatever the counts behind them


def message_scores(
    present: Any, probabilities: NDArray[np.float64], minimum_strength: float = 0.1, clues: int = 150
) -> NDArray[np.float64]:
    """(S - H + 1) / 2 of each message of a binary CSR matrix (n, tokens), with Fisher's two tests.

    S = 1 - Q(-2 sum ln(1 - f), 2k) and H = 1 - Q(-2 sum ln f, 2k), over the k <= `clues` tokens farthest from 1/2 (of
    equally far ones the spammier), leaving out those nearer than `minimum_strength`; Q is the chi-squared tail.

    >>> from scipy.sparse import csr_matrix
    >>> message_scores(csr_matrix([[1.0, 1.0], [0.0, 0.0]]), np.array([0.9, 0.8])).round(3)
    array([0.929, 0.5  ])
    """
    strong = np.abs(probabilities - 0.5) >= minimum_strength
    weights = np.column_stack([*logs(probabilities), np.ones(len(probabilities))]) * strong[:, None]
    sums = np.asarray(present @ weights)
    crowded = np.flatnonzero(sums[:, 2] > clues)
    for rows in _blocks(crowded, np.diff(present.indptr)[crowded]):
        some = present[rows]
        sums[rows] = _most_telling(probabilities[some.indices], np.diff(some.indptr), clues)
    return _fisher(sums)


def scores_by_token(
    f: NDArray[np.float64], lengths: NDArray[np.int64], minimum_strength: float = 0.1, clues: int = 150
) -> NDArray[np.float64]:
    """As `message_scores`, of messages that each have an f of their own for each of their `lengths` (n,) tokens."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    own = csr_matrix((np.ones(len(f)), np.arange(len(f)), starts), shape=(len(lengths), len(f)))
    return message_scores(own, f, minimum_strength, clues)


def _fisher(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    log_f, log_rest, k = np.minimum(sums[:, 0], 0), np.minimum(sums[:, 1], 0), sums[:, 2]
    with_clues = np.maximum(k, 1)
    scores = (gammaincc(with_clues, -log_f) - gammaincc(with_clues, -log_rest) + 1) / 2
    scores[k == 0] = 0.5
    return np.asarray(np.round(scores, 14))  # a balanced message is at one half, not a rounding error above


def _blocks(rows: NDArray[np.intp], lengths: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """The rows in runs whose padded width times height stays small, the short ones first."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and (stop + 1 - start) * lengths[order[stop]] <= _CELLS:
            stop += 1
        yield rows[order[start:stop]]
        start = stop


def _most_telling(f: NDArray[np.float64], lengths: NDArray[np.int64], clues: int) -> NDArray[np.float64]:
    """sum ln f, sum ln (1 - f) and the number of each row's `clues` tokens farthest from 1/2.

    Summed in the order of f, so that the order of a message's tokens changes no bit of its score.
    """
    starts = np.cumsum(lengths) - lengths
    place = np.repeat(np.arange(len(lengths)), lengths), np.arange(len(f)) - np.repeat(starts, lengths)
    padded, far = np.full((len(lengths), int(lengths.max())), 0.5), np.full((len(lengths), int(lengths.max())), -1.0)
    padded[place], far[place] = f, farness(f)
    telling = np.argpartition(far, -clues, axis=1)[:, -clues:]
    chosen = np.sort(np.take_along_axis(padded, telling, axis=1), axis=1)
    return np.column_stack([*(part.sum(axis=1) for part in logs(chosen)), np.full(len(lengths), float(clues))])


def farness(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from 1/2, rounded so that equally far tokens tie, and then won by the spammier."""
    far: NDArray[np.float64] = np.round(np.abs(probabilities - 0.5), 12) + 1e-13 * (probabilities > 0.5)
    return far


def logs(f: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ln f and ln (1 - f), both finite."""
    inside = np.clip(f, 1e-300, 1 - 1e-16)
    return np.log(inside), np.log1p(-inside)
