"""Locally informed chaff: the paper's formula written plainly, its share, what it sees, and floods it hides."""

from dataclasses import replace

import numpy as np
import pytest

from amlsec.attacks.poisoning.locally_informed_chaff import locally_informed_chaff
from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.frame import share
from chaff_cases import ROUTING, missed, put, scene, space


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("ingress", [0, 4])
def test_chaff_is_the_excess_of_the_ingress_link_to_a_power(exponent, ingress):
    on = replace(scene(), space=space(ingress=[ingress]))
    dose = locally_informed_chaff(on, budget=PoisonBudget(0.1), rng=np.random.default_rng(0), exponent=exponent)
    seen, alpha = on.own.X[:, ingress], on.own.X[:, ingress].mean()
    formula = np.array([max(0.0, y - alpha) ** exponent for y in seen])
    formula *= 0.1 * 60 * on.space.usual[ROUTING[:, 0] > 0].mean() / formula.sum()
    after = on.own.X.copy()
    after[dose.edited] = dose.edits.X
    assert np.allclose(after, on.own.X + formula[:, None] * ROUTING[:, 0], rtol=1e-12)
    assert (dose.edits.y == on.own.y[dose.edited]).all()


@pytest.mark.parametrize("spent", [1e-4, 0.01, 0.3, 0.99])
@pytest.mark.parametrize("flows", [(1,), (0, 2, 3)])
def test_it_spends_exactly_the_share(spent, flows):
    on = scene(60, flows)
    dose, volumes = put("locally-informed-chaff", on, spent)
    assert share(on, dose) == pytest.approx(spent, rel=1e-9)
    assert volumes.sum(axis=0) / on.space.typical == pytest.approx(np.full(len(flows), spent * 60 / len(flows)))


def test_he_sees_the_load_of_his_ingress_link_alone():
    on = replace(scene(), space=space(ingress=[0]))
    other = on.own.X.copy()
    other[:, 1:] = other[::-1, 1:]
    _, one = put("locally-informed-chaff", on, 0.1)
    _, two = put("locally-informed-chaff", replace(on, own=Batch(other, on.own.y)), 0.1)
    assert np.allclose(one, two)


def test_on_a_link_of_constant_load_the_chaff_is_even():
    on = replace(scene(), own=Batch(np.full((60, 6), 9.0), np.zeros(60, dtype=np.int64)))
    _, volumes = put("locally-informed-chaff", on, 0.1)
    assert volumes == pytest.approx(np.full((60, 1), 0.1 * on.space.typical[0]))


def test_it_hides_floods_the_more_the_more_is_spent():
    caught = [missed("locally-informed-chaff", spent) for spent in (0.0, 0.05, 0.1, 0.2)]
    assert caught == sorted(caught)
    assert caught[0] == 0
    assert caught[-1] == 5


@pytest.mark.parametrize("exponent", [0.0, -1.0, float("nan")])
def test_an_exponent_out_of_range_is_named(exponent):
    with pytest.raises(InvalidInput, match="exponent"):
        locally_informed_chaff(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), exponent=exponent)
