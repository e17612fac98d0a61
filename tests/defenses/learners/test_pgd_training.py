import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from amlsec.attacks.evasion.apgd import apgd
from amlsec.budget import EvasionBudget
from amlsec.defenses import nets
from amlsec.defenses.learners.pgd_training import PGDTraining
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier, Oracle
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from amlsec.threat import Access
from estimator_checks import cases


def robust(model, X, y, space, cost):
    """The share of malicious rows that are stopped, before and after APGD."""
    asked, mine = Classifier(model), X[y == 1]
    oracle = Oracle(asked, access=Access.PARAMETERS, rows=len(mine), queries=0)
    changed = apgd(oracle, mine, space=space, budget=EvasionBudget(cost, 0), rng=np.random.default_rng(0))
    return (asked.labels(mine) == 1).mean(), (asked.labels(changed) == 1).mean()


def digits():
    X, shown = load_digits(return_X_y=True)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(shown, (3, 8))))
    return X[rows] / 16, (shown[rows] == 3).astype(int), ImageSpace((8, 8)), 0.5


def table():
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))
    return X[rows], 1 - y[rows], infer(X, [f"c{j}" for j in range(30)]), 10.0


@pytest.mark.parametrize(("data", "gain"), [(digits, 0.5), (table, 0.1)])
def test_fewer_rows_evade_than_after_plain_training(data, gain):
    pytest.importorskip("torch")
    X, y, space, cost = data()
    fit, test = slice(0, 240), slice(240, None)
    plain, hardened = (PGDTraining(space=space, cost=c, epochs=30).fit(X[fit], y[fit]) for c in (0.0, cost))
    before, after = (robust(model, X[test], y[test], space, cost) for model in (plain, hardened))
    assert after[1] >= before[1] + gain
    assert hardened.score(X[test], y[test]) >= plain.score(X[test], y[test]) - 0.08


def test_without_an_attacker_it_is_plain_training():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = rng.normal(2.0 * y[:, None], 1.0, (60, 3))
    mine = PGDTraining(cost=0.0, hidden=(), epochs=5).fit(X, y)
    net = nets.untrained(3, (), int(np.random.default_rng(0).integers(2**31)))
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    seed = int(np.random.default_rng(0).integers(2**31))
    nets.train(net, scaled, y, lambda *told: told[1], epochs=5, batch=64, rate=0.005, seed=seed)
    weights = net[0].weight.detach().numpy()[0]
    assert mine.decision_function(X) == pytest.approx(scaled @ weights + net[0].bias.item())


def test_a_column_in_reach_is_trusted_less_than_one_out_of_it():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    y = np.arange(300) % 2
    X = rng.normal(2.0 * y[:, None], 1.0, (300, 2))
    space = TabularSpace([Column("cheap", Kind.NUMERIC, -9, 9, scale=4.0), Column("dear", Kind.NUMERIC, -9, 9, price=9.0)])
    weights = {}
    for cost in (0.0, 0.4):
        module = PGDTraining(space=space, cost=cost, hidden=(), epochs=30, rate=0.02).fit(X, y).module_
        weights[cost] = module[0].weight.detach().numpy()[0]
    assert weights[0.0][0] == pytest.approx(weights[0.0][1], rel=0.3)
    assert weights[0.4][0] < 0.5 * weights[0.4][1]


def test_the_net_is_drawn_from_its_seed_alone():
    torch = pytest.importorskip("torch")
    before = torch.random.get_rng_state()
    one, two, other = (nets.untrained(3, (4,), seed)[0].weight for seed in (1, 1, 2))
    assert (one == two).all()
    assert not (one == other).all()
    assert (torch.random.get_rng_state() == before).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost": -1.0}, "cost is -1.0: must be a finite number"),
        ({"cost": np.inf}, "cost is inf: must be a finite number"),
        ({"steps": 0}, "steps is 0: must be at least 1"),
        ({"epochs": 0}, "epochs is 0: must be at least 1"),
        ({"batch": 0}, "batch is 0: must be at least 1"),
        ({"rate": 0.0}, "rate is 0.0: must be above 0"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        PGDTraining(**options).fit([[0.0], [1.0]], [0, 1])


def test_three_labels_are_refused():
    pytest.importorskip("torch")
    with pytest.raises(InvalidInput, match="must hold two classes"):
        PGDTraining().fit(np.zeros((3, 1)), [0, 1, 2])


def test_without_torch_the_extra_is_named(monkeypatch):
    def gone(name):
        raise ImportError(name)

    monkeypatch.setattr(nets, "import_module", gone)
    with pytest.raises(InvalidInput, match=r"torch is None: is needed here: pip install 'amlsec\[torch\]'"):
        PGDTraining().fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize(("estimator", "check"), cases(net=PGDTraining(epochs=15)))
def test_scikit_learn_s_own_checks(estimator, check):
    pytest.importorskip("torch")
    check(estimator)
