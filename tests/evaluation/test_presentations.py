"""The course of a template against one computed by hand."""

import numpy as np
import pytest

from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.evaluation.presentations import presented


def template():
    return OnlineCentroid(radius=1.0, most_false_alarms=1).fit(np.zeros((4, 1)))


def test_rates_follow_the_centre_as_it_is_walked():
    victim = template()
    sent = np.array([[1.0], [1.25], [5.0], [1.4375], [1.5]])
    centres = [0.0, 0.25, 0.5, 0.5, 0.734375, 0.92578125]  # a quarter of the way to each that lies within 1
    owner, impostor = np.array([[-0.4], [0.0], [0.6]]), np.array([[1.2], [1.6], [3.0]])
    course = presented(victim, sent[:, None], owner=owner, impostor=impostor)
    assert course.accepted.tolist() == [1, 1, 0, 1, 1]
    assert course.impostor == pytest.approx([(abs(impostor - c) <= 1).mean() for c in centres])
    assert course.owner == pytest.approx([(abs(owner - c) > 1).mean() for c in centres])
    assert victim.learned_ == 0


def test_a_session_is_judged_before_it_and_learned_as_one():
    course = presented(
        template(), [np.array([[1.0], [1.25]]), np.array([[1.5]])], owner=np.zeros((1, 1)), impostor=np.ones((1, 1))
    )
    assert course.accepted.tolist() == [0.5, 1]
    assert len(course.impostor) == 3


def test_without_presentations_only_the_start_is_measured():
    course = presented(template(), [], owner=np.zeros((2, 1)), impostor=np.ones((2, 1)) * 9)
    assert (len(course.accepted), course.impostor.tolist(), course.owner.tolist()) == (0, [0.0], [0.0])


def test_a_template_that_fails_is_named():
    class Broken(OnlineCentroid):
        def predict(self, X):
            raise RuntimeError("no camera")

    with pytest.raises(ModelFailed, match="no camera"):
        presented(
            Broken(radius=1.0).fit(np.zeros((4, 1))), np.zeros((1, 1, 1)), owner=np.zeros((1, 1)), impostor=np.ones((1, 1))
        )


@pytest.mark.parametrize("nobody", ["owner", "impostor"])
def test_a_rate_of_no_samples_is_refused(nobody):
    shown = {"owner": np.zeros((1, 1)), "impostor": np.ones((1, 1))} | {nobody: np.zeros((0, 1))}
    with pytest.raises(InvalidInput, match=f"{nobody} is 'no samples'"):
        presented(template(), [], **shown)
