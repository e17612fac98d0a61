"""A template that renews itself, and never leaves its enrolment behind."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.catalogue import detector
from amlsec.centroid.memory import Memory, Rule, infinite_horizon
from amlsec.defenses.detectors.following_sphere import FollowingSphere, distances
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, Specificity, ThreatModel, Violation


@detector(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),),
    references=("biggio2013poisoning", "kloft2012security"),
    spaces=("tabular", "image"),
)
class AnchoredTemplate(FollowingSphere):
    """A biometric template that follows what it accepts, at most so far from its enrolment and so often a session.

    A template that renews itself with every sample it accepts can be walked from the owner's face to the attacker's (Biggio
    et al. 2013). Two limits, each of which helps alone: an update is refused that would take the template further than
    `most_drift` radii from where it was enrolled, and after `quota` updates in one session, which is one call of
    `partial_fit`, it learns no more in that session. The first is a proof, `never_accepts`; the second buys time.

    `X` are features of samples, as the coefficients of eigenfaces; distances are Euclidean.

    Parameters
    ----------
    rule : what a new sample does to the template, of `amlsec.centroid.memory`
    most_drift : the longest way from the enrolled template, in radii, at least 0; infinity sets no limit
    quota : updates a session, at least 0; None sets no limit
    radius : distance up to which a sample is accepted, in the features' units; None takes it from the enrolled samples,
        `false_alarm_rate` of which then lie outside
    false_alarm_rate : see `radius`, in [0, 1); 0 takes the farthest of them

    Attributes
    ----------
    memory_ : the template, its centre, and the samples it rests on
    radius_ : fixed by `fit`
    enrolled_ : the samples of the fit (n, d); their mean is the anchor
    learned_, refused_ : how many samples were accepted since and learned, and how many were not, for a limit

    Raises InvalidInput, by `fit`, where a setting is out of range, or the rows are too much alike for a radius.

    >>> template = AnchoredTemplate(radius=1.0).fit([[0.0, 0.0], [0.2, 0.0]])
    >>> for _ in range(50):
    ...     template = template.partial_fit([template.memory_.centre + [0.99, 0.0]])
    >>> bool(template.memory_.centre[0] <= 0.6), template.predict([[3.0, 0.0]])
    (True, array([-1]))
    >>> template.never_accepts([[1.0, 0.0], [3.0, 0.0]])
    array([False,  True])
    """

    def __init__(
        self,
        *,
        rule: Rule = infinite_horizon,
        most_drift: float = 0.5,
        quota: int | None = None,
        radius: float | None = None,
        false_alarm_rate: float = 0.01,
    ) -> None:
        self.rule = rule
        self.most_drift = most_drift
        self.quota = quota
        self.radius = radius
        self.false_alarm_rate = false_alarm_rate

    def fit(self, X: Any, y: Any = None) -> Self:
        """Enrol with these samples; the template is their mean."""
        super().fit(X)
        self.anchor_ = self.memory_.centre
        self._learned_before = 0
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """One session: its samples are learned in turn where they are accepted and no limit is reached."""
        self._learned_before = getattr(self, "learned_", 0)
        super().partial_fit(X)
        return self

    def never_accepts(self, X: Any) -> NDArray[np.bool_]:
        """Where no sequence of presentations whatever gets a sample accepted (n,): its way from the anchor is too long.

        The template stays within `most_drift` radii of the anchor, and accepts within one of itself.
        """
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        far: NDArray[np.bool_] = distances(rows, self.anchor_) > (1 + self.most_drift) * self.radius_
        return far

    def _may_become(self, memory: Memory) -> bool:
        session = math.inf if self.quota is None else self._learned_before + self.quota
        drift = distances(memory.centre[None], self.anchor_)[0]
        return bool(self.learned_ < session and drift <= self.most_drift * self.radius_)

    def _check(self) -> None:
        super()._check()
        if not self.most_drift >= 0:
            raise InvalidInput("most_drift", self.most_drift, "must be at least 0, in radii")
        if self.quota is not None and self.quota < 0:
            raise InvalidInput("quota", self.quota, "must be at least 0, or None for no limit")
