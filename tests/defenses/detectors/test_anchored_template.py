"""A template on its anchor: no presentations take it further than they may, and its proof holds."""

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.attacks.greedy_rows import best_row
from amlsec.centroid.memory import average_out, infinite_horizon, nearest_out, oldest_out
from amlsec.defenses.detectors.anchored_template import AnchoredTemplate
from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.errors import InvalidInput
from estimator_checks import cases

RULES = [average_out, infinite_horizon, oldest_out, nearest_out]
ENROLLED = np.random.default_rng(0).normal(0, 0.2, (6, 3))
AWAY = np.array([1.0, 0.0, 0.0])


def walked(template, sessions, each=1):
    """The template after sessions of presentations, each on its edge."""
    for _ in range(sessions):
        edge = best_row(template.rule, template.memory_, 0.999 * template.radius_, AWAY)
        template.partial_fit(np.repeat(edge[None], each, axis=0))
    return template


@pytest.mark.parametrize(("estimator", "check"), cases(own=AnchoredTemplate(), other=AnchoredTemplate(quota=3, radius=2.0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("drift", [0.0, 0.3, 1.0])
def test_it_is_walked_to_its_limit_and_no_further(rule, drift):
    template = walked(AnchoredTemplate(rule=rule, radius=1.0, most_drift=drift).fit(ENROLLED), 100)
    gone = np.linalg.norm(template.memory_.centre - template.anchor_)
    assert drift - 0.35 <= gone <= drift
    free = walked(AnchoredTemplate(rule=rule, radius=1.0, most_drift=np.inf).fit(ENROLLED), 100)
    assert np.linalg.norm(free.memory_.centre - free.anchor_) > 1.5


presentations = hnp.arrays(float, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-4, 4))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RULES), presentations, presentations)
def test_what_is_never_accepted_is_not_whatever_was_presented(rule, presented, tried):
    template = AnchoredTemplate(rule=rule, radius=1.0, most_drift=0.5).fit(ENROLLED)
    never = template.never_accepts(tried)
    for sample in presented:
        template.partial_fit(sample[None])
    assert (template.predict(tried[never]) == -1).all() if never.any() else True
    assert (template.never_accepts(tried) == never).all()


def test_the_proof_is_no_looser_than_what_can_be_done():
    template = AnchoredTemplate(rule=infinite_horizon, radius=1.0, most_drift=0.5).fit(ENROLLED)
    sample = template.anchor_ + 1.45 * AWAY
    assert not template.never_accepts(sample[None])[0]
    assert template.predict(sample[None]) == [-1]
    assert walked(template, 60).predict(sample[None]) == [1]


def test_the_quota_is_of_one_session():
    one = walked(AnchoredTemplate(radius=1.0, most_drift=np.inf, quota=2).fit(ENROLLED), 1, each=9)
    assert (one.learned_, one.refused_) == (2, 7)
    several = walked(AnchoredTemplate(radius=1.0, most_drift=np.inf, quota=2).fit(ENROLLED), 4, each=9)
    assert (several.learned_, several.refused_) == (8, 28)
    none = walked(AnchoredTemplate(radius=1.0, quota=0).fit(ENROLLED), 4, each=9)
    assert (none.memory_.centre == none.anchor_).all()


def test_without_its_limits_it_is_the_detector_without_the_quota():
    samples = np.random.default_rng(1).normal(0, 0.8, (80, 3))
    template = AnchoredTemplate(rule=average_out, most_drift=np.inf, radius=1.0).fit(ENROLLED).partial_fit(samples)
    detector = OnlineCentroid(most_false_alarms=1, radius=1.0).fit(ENROLLED).partial_fit(samples)
    assert (template.memory_.centre == detector.memory_.centre).all()
    assert template.learned_ == detector.learned_ > 0


def test_a_new_enrolment_moves_the_anchor():
    template = walked(AnchoredTemplate(radius=1.0).fit(ENROLLED), 20).fit(ENROLLED + 5)
    assert template.anchor_ == pytest.approx(ENROLLED.mean(axis=0) + 5)
    assert template.learned_ == 0


@pytest.mark.parametrize("setting", [{"most_drift": -0.1}, {"most_drift": np.nan}, {"quota": -1}, {"radius": np.nan}])
def test_what_is_out_of_range_is_named(setting):
    with pytest.raises(InvalidInput, match=next(iter(setting))):
        AnchoredTemplate(**setting).fit(ENROLLED)
