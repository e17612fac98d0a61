"""Where a part is looked for, and how it is said that there is none."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.defenses.guards.abstain import Abstain
from amlsec.errors import NotApplicable
from amlsec.evaluation.systems import GuardedModel
from amlsec.models.command import Command
from amlsec.models.fixed import Fixed
from amlsec.oracle import Classifier
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import inside, lacking

X = np.random.default_rng(0).normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)
TRAINED = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


def test_a_fixed_model_is_looked_into_behind_a_guard_too():
    alone = inside(Classifier(TRAINED), Linear)
    for model in (Classifier(Fixed(TRAINED)), GuardedModel(Abstain(estimator=Fixed(TRAINED)).fit(X, Y))):
        np.testing.assert_array_equal(inside(model, Linear).weights, alone.weights)


def test_a_fixed_command_has_nothing_inside():
    with pytest.raises(NotApplicable, match="a Command has no linear"):
        inside(Classifier(Fixed(Command(("true",), verdicts={0: 0}))), Linear)


class Mine(KNeighborsClassifier):
    """Nobody can tell by its class what is in it."""


@pytest.mark.parametrize(
    ("estimator", "why"),
    [
        (LogisticRegression(), ""),
        (make_pipeline(StandardScaler(), LogisticRegression()), ""),
        (TRAINED, ""),
        (Fixed(TRAINED), ""),
        (Mine(), ""),
        (KNeighborsClassifier(), "a KNeighborsClassifier has no linear to be seen"),
        (make_pipeline(StandardScaler(), KNeighborsClassifier()), "a KNeighborsClassifier has no linear to be seen"),
        (Fixed(Command(("true",), verdicts={0: 0})), "a Command has no linear to be seen"),
    ],
)
def test_by_its_class_alone_some_estimators_lack_a_part(estimator, why):
    assert lacking(estimator, Linear) == why
