"""Signs of masked gradients."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from amlsec.catalogue import named
from amlsec.errors import NotApplicable
from amlsec.evaluation.sanity import one_step_wins, slope_vanishes
from amlsec.evidence import rate
from amlsec.oracle import Classifier

X = np.arange(8.0)[:, None]
Y = (X[:, 0] > 3).astype(int)


@pytest.mark.parametrize(
    ("one", "many", "doubted"), [(90, 10, True), (60, 50, False), (50, 60, False), (None, 10, False), (90, None, False)]
)
def test_one_step_must_not_do_better_than_many(one, many, doubted):
    won = {"fgsm": one, "pgd": many}
    harms = [(named(name), rate(rows, 100)) for name, rows in won.items() if rows is not None]
    doubts = one_step_wins(harms)
    assert bool(doubts) == doubted
    assert all("fgsm takes one step and wins 90.0%" in doubt for doubt in doubts)


def test_a_slope_of_0_is_told():
    model = Classifier(SVC(gamma=100.0).fit(X, Y))
    assert slope_vanishes(model, np.array([[5.2], [300.0], [400.0]])) == [
        "the gradient is 0, NaN or infinite at 2 of 3 rows: it is masked there"
    ]
    assert slope_vanishes(Classifier(LogisticRegression().fit(X, Y)), X) == []


def test_where_no_slope_can_be_seen_none_is_judged():
    with pytest.raises(NotApplicable, match="has no slope"):
        slope_vanishes(Classifier(KNeighborsClassifier(1).fit(X, Y)), X)
