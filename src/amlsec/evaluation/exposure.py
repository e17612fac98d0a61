"""Exposure: how much a model gives away of canaries that were planted in its training data.

Carlini, Liu, Erlingsson, Kos and Song, "The Secret Sharer", USENIX Security 2019: a canary is ranked by the model's loss
among all that it could as well have been, R; its exposure is log2 |R| - log2 rank, in bits. A model that learned nothing of
it ranks it anywhere: an exposure of x bits or more then has a chance of 2^-x, so that 2^-exposure is a p-value. One
that gives it away at once reaches log2 |R|.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from amlsec.canaries.recipe import Recipe, alternatives, key, size
from amlsec.canaries.register import Canary, CanaryRegister
from amlsec.canaries.rows import as_batch, as_rows, given_by, keys
from amlsec.data import MALICIOUS, Rows
from amlsec.errors import InvalidInput
from amlsec.evidence import rate
from amlsec.oracle import Model
from amlsec.statistics import holm
from amlsec.tables.load import Table
from amlsec.threat import Access

Floats = NDArray[np.float64]
DRAWS = 1_999


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a model gives away of one canary.

    Attributes
    ----------
    bits : its exposure; 0 where the model prefers every alternative
    low, high : ends of the 95 % interval; equal to it where all alternatives were asked about
    p : the chance of so much where the model learned nothing of it
    """

    bits: float
    low: float
    high: float
    p: float


def exposure(own: float, others: Floats, of: int) -> Exposure:
    """The exposure of a canary from the evidence for its label, and for the same label of its alternatives (m,).

    Larger evidence is less loss; alternatives on a par with the canary are ranked before it. Where `others` are all `of`
    rows that it could have been, itself among them, its rank is exact. Else they are a sample, m of |R|, and of these
    k are ranked before it: the exposure is -log2 of (k + 1) / (m + 1), and its interval follows from that of k out of m
    (Clopper and Pearson), no rank being below 1.

    >>> exposure(3.0, np.array([3.0, 1.0, 2.0, 0.0]), of=4)
    Exposure(bits=2.0, low=2.0, high=2.0, p=0.25)
    >>> found = exposure(3.0, np.arange(2.0, -97.0, -1.0), of=1_000_000)
    >>> round(found.bits, 2), round(found.low, 2), round(found.high, 2)
    (6.64, 4.77, 19.93)
    """
    before = int((others >= own).sum())
    if len(others) >= of:
        share = max(before, 1) / of
        bits = 0.0 - math.log2(share)
        return Exposure(bits, bits, bits, share)
    if not len(others):
        return Exposure(0.0, 0.0, math.log2(of), 1.0)
    share, ends, most = (before + 1) / (len(others) + 1), rate(before, len(others)), math.log2(of)
    high = min(-math.log2(ends.low), most) if ends.low else most
    return Exposure(0.0 - math.log2(share), 0.0 - math.log2(ends.high), high, share)


def exposures(
    model: Model,
    register: CanaryRegister,
    table: Table,
    *,
    queries: int = 1000,
    access: Access = Access.SCORES,
) -> dict[str, Exposure]:
    """The exposure of every canary, planted or held back, by name.

    Of each recipe so many alternatives are asked about, or all where there are no more; canaries of one recipe share them,
    and none is another canary, nor a row of the data, which no canary could have been: a model knows rows of the data
    better than what it never saw. Without scores they are ranked by whether the verdict is their label, which shows less.
    `table` holds the data that the canaries were planted in, with or without them.

    Raises InvalidInput where `queries` is below 1, or a canary is no row of such a table.
    """
    if queries < 1:
        raise InvalidInput("queries", queries, "must be at least 1")
    found: dict[str, Exposure] = {}
    for name, recipe in register.recipes.items():
        theirs = {each: canary for each, canary in register.canaries.items() if canary.recipe == name}
        if theirs:
            found |= _of_recipe(model, recipe, theirs, table, queries, access)
    return {name: found[name] for name in register.canaries}


def leaked(found: Mapping[str, Exposure], level: float = 0.05) -> list[str]:
    """Names of the canaries exposed beyond chance, with at most this chance that any of them is not (Holm 1979)."""
    beyond = holm(np.array([each.p for each in found.values()]), level)
    return [name for name, is_beyond in zip(found, beyond.tolist(), strict=True) if is_beyond]


def chance_of_all(planted: Floats, held_back: Floats, seed: int = 0) -> float:
    """The chance that canaries which the model never saw are exposed together as much as the planted ones; p-values (m,).

    With canaries held back by a coin: the chance that so many drawn at random from all have a rank sum as low (Mann and
    Whitney's test by permutation). Without: that so many or more of the planted ones beat half of their alternatives
    (sign test). 1 where none is planted.

    >>> chance_of_all(np.array([0.1, 0.2, 0.3]), np.array([]))
    0.125
    """
    from scipy.stats import binomtest, rankdata

    if not len(planted):
        return 1.0
    if not len(held_back):
        return float(binomtest(int((planted <= 0.5).sum()), len(planted), 0.5, alternative="greater").pvalue)
    ranks, rng, n = rankdata(np.concatenate([planted, held_back])), np.random.default_rng(seed), len(planted)
    as_low = sum(rng.permutation(ranks)[:n].sum() <= ranks[:n].sum() for _ in range(DRAWS))
    return float((as_low + 1) / (DRAWS + 1))


def _of_recipe(
    model: Model, recipe: Recipe, canaries: Mapping[str, Canary], table: Table, queries: int, access: Access
) -> dict[str, Exposure]:
    places = {key(canary.row): i for i, canary in enumerate(canaries.values())}
    known = keys(replace(table, batch=table.batch.rows(given_by(recipe, table)))) - places.keys()
    rows, pool = as_batch(canaries, table), alternatives(recipe, queries, known)
    malice = _malice(model, np.concatenate([rows.X, as_rows(pool, table)]), access)
    own, others = malice[: len(rows)], malice[len(rows) :]
    place = np.array([places.get(key(row), -1) for row in pool])
    found = {}
    for i, (name, sign) in enumerate(zip(canaries, np.where(rows.y == MALICIOUS, 1.0, -1.0).tolist(), strict=True)):
        theirs = others[(place == -1) | (place == i)]
        of = len(theirs) if size(recipe) <= queries else size(recipe)
        found[name] = exposure(sign * own[i], sign * theirs, of)
    return found


def _malice(model: Model, X: Rows, access: Access) -> Floats:
    """Scores (n,) where they are seen, else verdicts."""
    return model.scores(X) if access.includes(Access.SCORES) else model.labels(X).astype(np.float64)
