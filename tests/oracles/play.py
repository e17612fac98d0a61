"""Runs one evasion attack by the rules of the frame, and tells what came of it."""

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.oracle import Oracle


def play(attack, model, X, space, *, access, cost=np.inf, queries=1000, wanted=0, seed=0):
    """Changed rows, whether each is judged as wanted, its cost, and the queries spent on it."""
    oracle = Oracle(model, access=access, rows=len(X), queries=queries, wanted=wanted)
    changed = attack(oracle, X.copy(), space=space, budget=EvasionBudget(cost, queries), rng=np.random.default_rng(seed))
    return changed, model.labels(changed) == wanted, space.cost(X, changed), oracle.spent
