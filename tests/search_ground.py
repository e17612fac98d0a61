"""Thirty columns, of which a linear classifier heeds a few: where guards against searches are tried."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from amlsec.budget import EvasionBudget, QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import evade, steal
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer

WIDTH = 30


def rows(n, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, WIDTH))
    X[:, :5] += 2.0 * y[:, None]
    return Batch(X, y)


TRAIN, TEST = rows(1500, 0), rows(600, 1)
SPACE = infer(TRAIN.X, [f"c{j}" for j in range(WIDTH)])


def fitted(guard):
    return guard.set_params(estimator=LogisticRegression()).fit(TRAIN.X, TRAIN.y)


def attacked(guard, many=16):
    """Malicious rows that the classifier stops."""
    X = TEST.X[TEST.y == 1]
    return X[Classifier(guard.estimator_).labels(X) == 1][:many]


def share_won(attack, model, X, cost=4.0, queries=400, accounts=1, seed=0):
    """How many rows pass in the end."""
    budget = EvasionBudget(cost, queries, accounts)
    return (evade(named(attack), model, X, space=SPACE, budget=budget, rng=np.random.default_rng(seed)).verdicts == 0).mean()


def before_and_behind(attack, guard, **how):
    """The share won against the classifier alone, and behind the guard."""
    X = attacked(guard)
    return share_won(attack, Classifier(guard.estimator_), X, **how), share_won(attack, GuardedModel(guard), X, **how)


def copied_by(attack, model, queries=1000, accounts=1):
    """A copy of the model, the questions it took, and the share of test rows on which both agree."""
    shadow, budget = Shadow(TEST.rows(slice(40)), SPACE, LogisticRegression()), QueryBudget(queries, accounts)
    copy, asked = steal(named(attack), model, shadow=shadow, budget=budget, rng=np.random.default_rng(0))
    rows = TEST.X[40:]
    return copy, asked, (copy.labels(rows) == model.labels(rows)).mean()
