import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss

from amlsec.attacks.evasion.exact_trees import exact_trees
from amlsec.data import MALICIOUS
from amlsec.datasets import phishing
from amlsec.defenses.learners.adversarial_boosting import AdversarialBoosting
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import read
from estimator_checks import cases
from oracles.play import play


def rows(n=400, seed=0):
    """One strong column that is cheap to change, and three weak ones that are dear."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(y[:, None] * [2.5, 1.2, 1.2, 1.2], 1.0, (n, 4)), y


CHEAP = TabularSpace([Column(f"c{j}", Kind.NUMERIC, -9, 9, price=0.2 if j == 0 else 2.0) for j in range(4)])


def least(model, X, space):
    """What the cheapest evasion of each row costs, by the exact attack."""
    _, won, cost, _ = play(exact_trees, Classifier(model), X, space, access=Access.PARAMETERS, queries=0)
    return np.where(won, cost, np.inf)


@pytest.mark.parametrize(("estimator", "check"), cases(adversarial_boosting=AdversarialBoosting(trees=4, depth=3)))
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_without_a_cost_it_is_gradient_boosting():
    X, y = rows()
    fresh = rows(seed=1)
    plain = AdversarialBoosting(cost=0, trees=30, depth=3, rate=0.1, smallest=5).fit(X, y)
    known = GradientBoostingClassifier(
        n_estimators=30, max_depth=3, learning_rate=0.1, min_samples_leaf=5, random_state=0
    ).fit(X, y)
    assert abs(log_loss(fresh[1], plain.predict_proba(fresh[0])) - log_loss(fresh[1], known.predict_proba(fresh[0]))) < 0.02
    assert (plain.predict(fresh[0]) == known.predict(fresh[0])).mean() > 0.97


def test_the_first_tree_is_the_newton_step_written_plainly():
    X, y = rows(60)
    model = AdversarialBoosting(cost=0, trees=1, depth=1, rate=1.0).fit(X, y)
    share = y.mean()
    column = int(model.forest_.nodes.feature[1])
    side = X[:, column] <= model.forest_.nodes.threshold[1]
    for own in (side, ~side):
        step = (y[own] - share).sum() / (share * (1 - share) * own.sum())
        assert model.decision_function(X[own]) == pytest.approx(np.log(share / (1 - share)) + step)


def test_the_cheapest_evasion_costs_more():
    X, y = rows()
    fresh, truth = rows(120, 1)
    plain, hard = (AdversarialBoosting(space=CHEAP, cost=cost, trees=10, depth=3).fit(X, y) for cost in (0.0, 1.0))
    both = fresh[(truth == MALICIOUS) & (plain.predict(fresh) == 1) & (hard.predict(fresh) == 1)][:5]
    assert np.median(least(hard, both, CHEAP)) > 2 * np.median(least(plain, both, CHEAP))
    assert hard.score(fresh, truth) > 0.8


def test_on_real_pages_too():
    demo = phishing.load(0)
    X, y = demo.batch.X, demo.batch.y
    space = infer(X, demo.columns)
    costs = []
    for cost in (0.0, 2.0):
        model = AdversarialBoosting(space=space, cost=cost, trees=15, depth=3).fit(X[:700], y[:700])
        stopped = X[700:][(y[700:] == 1) & (model.predict(X[700:]) == 1)][:8]
        costs.append(np.median(least(model, stopped, space)))
        assert model.score(X[700:], y[700:]) > 0.8
    assert costs[1] > 1.2 * costs[0]


def test_its_trees_are_read_as_they_are():
    X, y = rows()
    model = AdversarialBoosting(trees=5).fit(X, y)
    assert (read(model, Forest).margin(X) == model.decision_function(X)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost": -1.0}, "cost is -1.0"),
        ({"cost": np.inf}, "cost is inf"),
        ({"rate": 0.0}, "rate is 0.0: must lie in"),
        ({"trees": 0}, "trees is 0: must be at least 1"),
        ({"attacked": 0}, "attacked is 0"),
        ({"space": TextSpace(["a"])}, "must be a TabularSpace"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        AdversarialBoosting(**options).fit(*rows(40))


def test_one_class_is_refused():
    with pytest.raises(InvalidInput, match="must hold two classes"):
        AdversarialBoosting().fit(rows(10)[0], np.ones(10))
