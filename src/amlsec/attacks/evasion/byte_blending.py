"""AML-E44: encodes and pads a payload until its bytes are as frequent as in normal traffic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.bytes import ByteSpace, by_rank, byte_counts
from amlsec.space.contract import Space
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]


@evasion(
    code="AML-E44",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.NONE,
    knowledge=Knowledge.FEATURES,
    spaces=("bytes",),
    references=("fogla2006polymorphic",),
    standards=Standards(("AML.T0043.003", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
)
def byte_blending(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Replaces the byte values of a payload by those of normal traffic and pads it to their frequencies; asks nothing.

    The polymorphic blending attack of Fogla et al., USENIX Security 2006, on frequencies of single bytes. Substitution is
    greedy: the most frequent value of the payload becomes the most frequent of the profile, and so on. Padding follows in
    closed form, see `padding`. The table of the decoder costs one byte for each value that the payload holds.

    Takes counts of byte values (n, 256); returns them blended, as far as the budget and the longest payload allow: whichever
    of padding alone and substitution with padding comes nearer to the profile, or as they were where neither does; what
    passes is not known. Raises InvalidInput where the space is not one of payloads.

    >>> profile = np.zeros(256)
    >>> profile[[101, 116]] = 0.75, 0.25
    >>> X = np.zeros((1, 256))
    >>> X[0, [3, 7]] = 2, 6
    >>> budget, rng = EvasionBudget(10, 0), np.random.default_rng(0)
    >>> blended = byte_blending(None, X, space=ByteSpace(profile), budget=budget, rng=rng)
    >>> blended[0, [101, 116]], blended.sum()
    (array([6., 2.]), np.float64(8.0))
    """
    payloads = byte_counts(space)
    tries = [X]
    if budget.cost:
        tries.append(_padded(X, X, payloads, budget.cost, np.zeros(len(X))))
    if budget.cost and payloads.may_replace:
        wish = np.broadcast_to(payloads.profile, X.shape)
        tries.append(_padded(X, by_rank(X, wish), payloads, budget.cost, payloads.table(X)))
    return _best(X, np.array([payloads.project(X, tried, budget.cost) for tried in tries]), payloads)


def _best(X: Rows, tries: Rows, payloads: ByteSpace) -> Rows:
    """Of several tries (k, n, 256) the nearest to the profile; among those as near as whole bytes can be, the cheapest."""
    apart = [distance(rows, payloads.profile) - _unavoidable(rows, payloads.profile) for rows in tries]
    paid = [payloads.cost(X, rows) for rows in tries]
    chosen: Rows = tries[np.lexsort((paid, np.maximum(apart, 0)), axis=0)[0], np.arange(len(X))]
    return chosen


def _unavoidable(counts: Rows, profile: Floats) -> Floats:
    """How far payloads of these lengths (n,) are from the profile as bytes are whole, and 1 byte for rounding."""
    total = np.maximum(counts.sum(axis=1), 1)
    ideal = _whole(total[:, None] * profile, total)
    return np.asarray(distance(ideal, profile) + 1 / total)


def distance(counts: Rows, profile: Floats) -> Floats:
    """The sum over byte values of the differences between the frequencies of payloads (n,) and the profile's, in [0, 2]."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    apart: Floats = np.abs(counts / total - profile).sum(axis=1)
    return apart


def padding(counts: Rows, profile: Floats, most: Floats) -> Floats:
    """How many bytes of each value to add to payloads (n, 256), `most` (n,) at most, so that they come to the profile.

    With w the counts, L their sum and f the profile, frequencies are equal from the length max(w / f) on (Fogla et al.,
    section 4.2): that length is taken where it can be, else the longest. Of a length T every value gets its share of what is
    missing, max(T f - w, 0); whole bytes by the largest remainders.

    >>> padding(np.array([[2.0, 1.0]]), np.array([0.5, 0.5]), np.array([9.0]))
    array([[0., 1.]])
    """
    length = counts.sum(axis=1)
    ratio = np.divide(counts, profile, out=np.where(counts > 0, np.inf, 0.0), where=profile > 0)
    added = np.minimum(np.ceil(ratio.max(axis=1, initial=0.0) - length - 1e-9), most)
    missing = np.maximum((length + added)[:, None] * profile - counts, 0.0)
    total = missing.sum(axis=1)
    exact = missing * np.divide(added, total, out=np.zeros_like(total), where=total > 0)[:, None]
    return _whole(exact, added)


def _whole(exact: Floats, total: Floats) -> Floats:
    """Whole numbers of this total (n,) nearest to the exact ones: what is left over goes to the largest remainders."""
    floor = np.floor(exact + 1e-9)
    rank = np.argsort(np.argsort(floor - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(floor + (rank < (total - floor.sum(axis=1))[:, None]))


def _padded(X: Rows, base: Rows, payloads: ByteSpace, cost: float, table: Floats) -> Rows:
    """The base (n, 256) padded as far as cost and length go; the payload itself where the table is too dear."""
    paid = table <= cost
    added = padding(base, payloads.profile, np.where(paid, payloads.room(X, cost, table), 0.0))
    return np.asarray(np.where(paid[:, None], base + added, X))
