"""Few columns: fewer than the cheapest change takes, and the known fewest of a linear model."""

import numpy as np

from amlsec.attacks.evasion.jsma import jsma
from amlsec.attacks.evasion.pgd import pgd
from amlsec.oracle import Classifier
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.threat import Access
from gradient_cases import fitted, won
from oracles.play import play


def touched(attack):
    model, space, X = fitted("net")
    changed, passed, _, _ = play(attack, model, X, space, access=Access.PARAMETERS, queries=0)
    assert passed.all()
    return (changed != X).sum(axis=1)


def test_it_changes_fewer_columns_than_steps_of_many():
    assert touched(jsma).mean() < touched(pgd).mean()


def test_the_fewest_columns_of_a_linear_model():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (300, 8)).astype(float)
    model = Classifier(LogisticRegression(C=100).fit(X, X @ [5.0, 4, 3, 2, 1, 1, 1, 1] > 8.5))
    space = TabularSpace([Column(f"c{j}", Kind.INTEGER, 0, 1) for j in range(8)])
    stopped = X[model.labels(X) == 1][:20]
    changed, passed, _, _ = play(jsma, model, stopped, space, access=Access.PARAMETERS, queries=0)
    margin, weights = model.estimator.decision_function(stopped), model.estimator.coef_[0]
    gains = -np.sort(-np.abs(weights) * np.where(weights > 0, stopped, 1 - stopped), axis=1)
    fewest = 1 + (gains.cumsum(axis=1) < margin[:, None]).sum(axis=1)
    assert passed.all()
    assert ((changed != stopped).sum(axis=1) == fewest).all()


def test_more_budget_does_not_win_less():
    shares = [won(jsma, "net", cost)[0] for cost in (3.0, 12.0, np.inf)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
