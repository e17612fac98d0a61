"""Uninformed chaff: its amounts by hand, its share, and floods it hides."""

from dataclasses import replace

import numpy as np
import pytest

from amlsec.attacks.poisoning.uninformed_chaff import uninformed_chaff
from amlsec.budget import PoisonBudget
from amlsec.errors import InvalidInput
from amlsec.frame import share
from chaff_cases import missed, put, scene, space


@pytest.mark.parametrize("flows", [(0,), (3,), (0, 1, 4)])
def test_one_size_at_moments_of_a_coin_spends_exactly_the_share(flows):
    on = scene(2000, flows)
    dose, volumes = put("uninformed-chaff", on, 0.08)
    assert share(on, dose) == pytest.approx(0.08, rel=1e-9)
    for volume, typical in zip(volumes.T, on.space.typical, strict=True):
        hit = volume > 1e-9
        assert hit.mean() == pytest.approx(0.5, abs=0.04)
        assert volume[hit] == pytest.approx(np.full(hit.sum(), 0.08 * 2000 * typical / len(flows) / hit.sum()))


@pytest.mark.parametrize("often", [1e-9, 0.1, 1.0])
def test_how_often_is_the_coins_chance_and_one_moment_at_least(often):
    on = scene(2000)
    dose = uninformed_chaff(on, budget=PoisonBudget(0.05), rng=np.random.default_rng(1), often=often)
    assert len(dose) == pytest.approx(max(1, 2000 * often), abs=3 * np.sqrt(2000 * often * (1 - often)))
    assert share(on, dose) == pytest.approx(0.05, rel=1e-9)


def test_what_the_links_cannot_carry_is_not_sent():
    on = replace(scene(), space=space(capacity=np.full(6, 25.0)))
    dose, _ = put("uninformed-chaff", on, 0.5)
    assert share(on, dose) < 0.5
    assert (np.maximum(25.0, on.own.X[dose.edited]) + 1e-9 >= dose.edits.X).all()


def test_a_little_capacity_moves_the_chaff_and_spends_it_all():
    on = replace(scene(), space=space(capacity=np.full(6, 31.0)))
    dose, _ = put("uninformed-chaff", on, 0.1)
    assert share(on, dose) == pytest.approx(0.1, rel=1e-9)
    assert (np.maximum(31.0, on.own.X[dose.edited]) + 1e-9 >= dose.edits.X).all()


def test_it_hides_floods_the_more_the_more_is_spent():
    caught = [missed("uninformed-chaff", spent) for spent in (0.0, 0.05, 0.1, 0.2)]
    assert caught == sorted(caught)
    assert caught[0] == 0
    assert caught[-1] == 5


@pytest.mark.parametrize("often", [0.0, -1.0, 1.5, float("nan")])
def test_a_chance_out_of_range_is_named(often):
    with pytest.raises(InvalidInput, match="often"):
        uninformed_chaff(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), often=often)
