"""Template poisoning of templates whose course is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from amlsec.attacks.poisoning.template_poisoning import template_poisoning
from amlsec.budget import PoisonBudget
from amlsec.centroid.displacement import max_displacement, max_displacement_of_a_mean
from amlsec.centroid.memory import average_out, infinite_horizon
from amlsec.data import Batch
from amlsec.defenses.detectors.anchored_template import AnchoredTemplate
from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.scene import Scene
from amlsec.space.image import ImageSpace
from amlsec.threat import Knowledge

SPACE = ImageSpace((3, 3))
OWNER = Batch(np.clip(0.2 + np.random.default_rng(0).normal(0, 0.02, (5, 9)), 0, 1), np.zeros(5, dtype=np.int64))
FACE = Batch(np.full((1, 9), 0.8), np.array([1]))
RADIUS = 0.6


def template(rule=average_out):
    return OnlineCentroid(rule=rule, radius=RADIUS, most_false_alarms=1).fit(OWNER.X)


def scene(deployed, presentations):
    own = FACE.rows(np.zeros(presentations, dtype=int))
    return Scene(own, presentations + 1, SPACE, OWNER, deployed, FACE, deployed=deployed)


def presented(deployed, presentations):
    poison = template_poisoning(
        scene(deployed, presentations),
        budget=PoisonBudget(presentations / (presentations + 1)),
        rng=np.random.default_rng(0),
    )
    assert poison.edited.tolist() == list(range(presentations))
    return poison.edits.X


@pytest.mark.parametrize(("rule", "form"), [(average_out, max_displacement), (infinite_horizon, max_displacement_of_a_mean)])
@pytest.mark.parametrize("count", [1, 4])
def test_who_knows_the_template_walks_it_as_far_as_the_closed_form(rule, form, count):
    victim, X = template(rule), presented(template(rule), count)
    for row in X:
        assert victim.predict(row[None]) == [1]
        victim.partial_fit(row[None])
    gone = np.linalg.norm(victim.memory_.centre - OWNER.X.mean(axis=0)) / RADIUS
    assert gone == pytest.approx(form(1, 5, count), rel=1e-6)


def test_he_gets_in_and_the_owner_is_locked_out():
    victim = template()
    face, owner = FACE.X, OWNER.X
    assert (victim.predict(face).tolist(), victim.predict(owner).mean()) == ([-1], 1)
    victim.partial_fit(presented(victim, 11))
    assert victim.predict(face) == [1]
    victim.partial_fit(presented(victim, 25))
    assert (victim.predict(owner) == -1).all()
    assert victim.memory_.centre == pytest.approx(face[0], abs=0.05)


def test_presentations_lie_on_the_way_and_never_beyond_his_face():
    start = OWNER.X.mean(axis=0)
    shares = (presented(template(), 30) - start) / (FACE.X[0] - start)
    assert shares.std(axis=1) == pytest.approx(0, abs=1e-9)
    assert (np.diff(shares[:, 0]) >= -1e-9).all()
    assert shares[-1, 0] == pytest.approx(1)


def test_who_does_not_know_the_template_walks_in_equal_steps():
    limited = scene(template(), 25).limited_to(Knowledge.DATA)
    poison = template_poisoning(limited, budget=PoisonBudget(25 / 26), rng=np.random.default_rng(0))
    steps = np.diff(poison.edits.X, axis=0)
    assert np.ptp(steps, axis=0) == pytest.approx(0, abs=1e-12)
    assert poison.edits.X[-1] == pytest.approx(FACE.X[0])
    assert poison.edits.X[0] - steps[0] == pytest.approx(OWNER.X.mean(axis=0))
    # A long enough walk lets him in all the same, a short one does not
    victim = template().partial_fit(poison.edits.X)
    assert victim.predict(FACE.X) == [1]
    short = template_poisoning(limited, budget=PoisonBudget(10 / 26), rng=np.random.default_rng(0))
    assert template().partial_fit(short.edits.X).predict(FACE.X) == [-1]


def test_the_anchor_keeps_him_out():
    victim = AnchoredTemplate(radius=RADIUS, most_drift=0.5).fit(OWNER.X)
    assert victim.never_accepts(FACE.X).all()
    for _ in range(5):
        for row in presented(victim, 10):
            victim.partial_fit(row[None])
    assert victim.predict(FACE.X) == [-1]
    assert (victim.predict(OWNER.X) == 1).all()


def test_he_goes_to_the_anchor_s_limit_in_ever_smaller_steps():
    victim = AnchoredTemplate(rule=average_out, radius=RADIUS, most_drift=0.5).fit(OWNER.X)
    for row in presented(victim, 12):
        victim.partial_fit(row[None])
    gone = np.linalg.norm(victim.memory_.centre - victim.anchor_) / RADIUS
    assert 0.48 <= gone <= 0.5  # full steps of a fifth would end at 0.4


def test_without_a_target_he_does_nothing():
    none = replace(scene(template(), 5), target=None)
    assert len(template_poisoning(none, budget=PoisonBudget(0.5), rng=np.random.default_rng(0))) == 0
