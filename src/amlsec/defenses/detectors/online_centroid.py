"""An anomaly detector that follows its traffic, and stops where that would cost too many false alarms."""

from __future__ import annotations

from amlsec.catalogue import detector
from amlsec.centroid.memory import Memory, Rule, average_out
from amlsec.defenses.detectors.following_sphere import FollowingSphere, distances
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, Specificity, ThreatModel, Violation


@detector(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),),
    references=("kloft2010online", "kloft2012security"),
    spaces=("tabular", "image"),
)
class OnlineCentroid(FollowingSphere):
    """Alarms far from a centre that follows the rows it accepts, as far as few rows known to be good are lost by it.

    The online centroid detector of Kloft and Laskov (2010, 2012). Who places rows on its edge, row after row, drags it to
    his target: by i/n radii with i rows of his own, for rows of others pull it back only while they are accepted. The update
    quota puts an end to that. An update after which more than `most_false_alarms` of the rows it was fitted to would lie
    outside is refused, so at no time more of such rows are rejected, and `amlsec.max_displacement` certifies how far an
    attacker with a share of the rows can go. Its price: it follows no honest drift that leaves the rows of its fit behind;
    fit it anew to rows known to be good. `most_false_alarms=1` is the detector without the quota.

    It measures Euclidean distances: scale the columns first.

    Parameters
    ----------
    rule : what a new row does to the centre, of `amlsec.centroid.memory`: `average_out`, `infinite_horizon`, `oldest_out`,
        `nearest_out`, or another
    false_alarm_rate : share of the rows of the fit outside the radius, in [0, 1)
    most_false_alarms : the update quota, in [0, 1]; at least `false_alarm_rate`
    radius : a radius in the rows' units instead; None leaves it to the rate

    Attributes
    ----------
    memory_ : its centre and the rows it rests on
    radius_ : fixed by `fit`
    enrolled_ : the rows of the fit (n, d)
    learned_, refused_ : how many rows were accepted since and learned, and how many were not, for the quota

    Raises InvalidInput, by `fit`, where a setting is out of range, or the rows are too much alike for a radius.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> model = OnlineCentroid().fit(rng.normal(size=(200, 2)))
    >>> model.predict([[0.5, 0.5], [5.0, 0.0]])
    array([ 1, -1])
    >>> for _ in range(2000):
    ...     model = model.partial_fit([model.memory_.centre + [0.999 * model.radius_, 0.0]])
    >>> model.predict([[5.0, 0.0]]), model.learned_ < model.refused_
    (array([-1]), True)
    """

    def __init__(
        self,
        *,
        rule: Rule = average_out,
        false_alarm_rate: float = 0.01,
        most_false_alarms: float = 0.05,
        radius: float | None = None,
    ) -> None:
        self.rule = rule
        self.false_alarm_rate = false_alarm_rate
        self.most_false_alarms = most_false_alarms
        self.radius = radius

    def _may_become(self, memory: Memory) -> bool:
        if self.most_false_alarms == 1:
            return True
        outside = distances(self.enrolled_, memory.centre) > self.radius_
        return float(outside.mean()) <= self.most_false_alarms

    def _check(self) -> None:
        super()._check()
        if not self.false_alarm_rate <= self.most_false_alarms <= 1:
            rule = f"must lie in [{self.false_alarm_rate}, 1]: below the rate of false alarms nothing would be learned"
            raise InvalidInput("most_false_alarms", self.most_false_alarms, rule)
