"""The boiling frog: its growth, what the deployed detector accepts of it, and the game over rounds."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from amlsec.attacks.poisoning.boiling_frog import boiling_frog
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.errors import InvalidInput
from amlsec.evaluation.rounds import admit_all, admit_passed, played
from amlsec.frame import share
from chaff_cases import put, scene, space, week


def detector():
    return PCAResidual(n_components=1, false_alarm_rate=0.01)


@pytest.mark.parametrize(("growth", "number"), [(1.05, 0), (1.05, 2), (1.15, 1), (1.01, 9)])
def test_the_load_grows_by_a_factor_each_round_up_to_the_share(growth, number):
    on = scene(round=number)
    for most in (0.07, 0.5):
        dose = boiling_frog(on, budget=PoisonBudget(most), rng=np.random.default_rng(0), growth=growth)
        assert share(on, dose) == pytest.approx(min(growth ** (number + 1) - 1, most), rel=1e-9)


def test_without_sight_of_the_detector_it_is_locally_informed_chaff():
    _, frog = put("boiling-frog", scene(), 0.05)
    _, local = put("locally-informed-chaff", scene(), 0.05)
    assert frog == pytest.approx(local)


@pytest.mark.parametrize("flows", [(0,), (0, 2)])
def test_no_row_that_the_deployed_detector_accepts_is_made_to_alarm(flows):
    deployed = detector().fit(week(400, 3).X)
    on = scene(60, flows, deployed=deployed, round=4)
    blind, _ = put("boiling-frog", replace(on, deployed=None), 0.5)
    dose, _ = put("boiling-frog", on, 0.5)
    assert (deployed.predict(blind.edits.X) == -1).any()
    assert (deployed.predict(dose.edits.X) == 1).all()
    assert (deployed.predict(on.own.X[dose.edited]) == 1).all()


def test_what_the_detector_forbids_in_some_bins_goes_to_others_where_they_have_room():
    deployed = detector().fit(week(400, 3).X)
    on = scene(60, deployed=deployed)
    blind, volumes = put("boiling-frog", replace(on, deployed=None), 0.03)
    assert (deployed.predict(blind.edits.X) == -1).any()
    dose, moved = put("boiling-frog", on, 0.03)
    assert share(on, dose) == pytest.approx(0.03, rel=1e-9)
    assert moved.max() < volumes.max()


def over_weeks(card, admit, weeks=8, share=0.9):
    rounds = [week(300, 10 + k) for k in range(weeks)]
    test = week(200, 5) + week(200, 6, 6.0)
    game = {"learner": detector(), "space": space(), "rng": np.random.default_rng(0)}
    return played(card, rounds, test, budget=PoisonBudget(share), admit=admit, **game)


def test_week_by_week_more_floods_get_through_and_growth_decides_how_soon():
    frog = named("boiling-frog")
    slow, fast = (over_weeks(replace(frog, run=partial(boiling_frog, growth=growth)), admit_all) for growth in (1.01, 1.05))
    clean = over_weeks(frog, admit_all, share=0.0)
    assert max(outcome.missed for outcome in clean) < 0.05
    assert fast[-1].missed > 0.6
    assert all(a.missed >= b.missed - 0.02 for a, b in zip(fast, slow, strict=True))
    assert [outcome.spent for outcome in fast] == pytest.approx([1.05 ** (k + 1) - 1 for k in range(8)])


def test_who_sees_the_detector_is_never_rejected_and_who_does_not_is():
    frog = replace(named("boiling-frog"), run=partial(boiling_frog, growth=1.15))
    sees = over_weeks(frog, admit_passed)
    blind = over_weeks(replace(frog, run=partial(blinded, growth=1.15)), admit_passed)
    assert all(outcome.rejected_poison == 0 for outcome in sees)
    assert any(outcome.rejected_poison > 0.1 for outcome in blind[1:])
    assert sees[-1].missed > 0.5


def blinded(scene, /, *, budget, rng, growth):
    return boiling_frog(replace(scene, deployed=None), budget=budget, rng=rng, growth=growth)


@pytest.mark.parametrize("growth", [1.0, 0.5, float("nan")])
def test_a_growth_out_of_range_is_named(growth):
    with pytest.raises(InvalidInput, match="growth"):
        boiling_frog(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), growth=growth)
