"""amlsec: screens of rows and of sources, a partition ensemble, values, and the drift monitor's test."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from answering import Task, answer_all, told
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import Batch
from amlsec.defenses.guards.drift_monitor import drifted
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.screens.knn_shapley import KNNShapley
from amlsec.defenses.screens.label_consistency import LabelConsistency
from amlsec.defenses.screens.provenance import Provenance
from amlsec.defenses.screens.roni import RONI
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley
from amlsec.impact.out_of_bag import out_of_bag


def judged(task: Task, screen: Any, source: Any = None) -> Any:
    """Fitted on the trusted rows, asked about the others."""
    return screen.fit(Batch(task["trusted_X"], task["trusted_y"])).judge(Batch(task["X"], task["y"], source))


def rows(task: Task, screen: Any) -> dict[str, Any]:
    """Sure rows first: where two are beyond every calibration row, the one farther out."""
    verdicts = judged(task, screen())
    return {"score": verdicts.score, "flagged": ~verdicts.accepted}


def sources(task: Task, screen: Any) -> dict[str, Any]:
    """A source is held back where most of its rows are."""
    names = task["source"].astype(str).astype(object)
    held = ~judged(task, screen(), names).accepted
    return {"flagged": np.bincount(task["source"], held) > 0.5 * np.bincount(task["source"])}


def votes(task: Task, estimator: Any = None) -> dict[str, Any]:
    ensemble = PartitionEnsemble(estimator, partitions=50).fit(task["X"], task["y"])
    return {"votes": ensemble.votes(task["test_X"]), "parts": len(ensemble.estimators_)}


def nearest(task: Task) -> dict[str, Any]:
    return {"values": knn_shapley(Labelled(task["X"], task["y"]), Labelled(task["quiz_X"], task["quiz_y"]), k=5)}


def bagged(task: Task) -> dict[str, Any]:
    """100 bags of decision trees."""
    return {"values": out_of_bag(DecisionTreeClassifier(), Labelled(task["X"], task["y"]), bags=100).value}


def watched(task: Task, alarm: float) -> dict[str, Any]:
    known = np.sort(task["reference"], axis=0)
    return {"alarms": [bool(drifted(known, window, alarm)) for window in task["windows"]]}


METHODS = {
    "rows": {
        "amlsec RONI": partial(rows, screen=RONI),
        "amlsec label-consistency": partial(rows, screen=LabelConsistency),
        "amlsec KNN-Shapley": partial(rows, screen=KNNShapley),
    },
    "sources": {
        "amlsec provenance": partial(sources, screen=Provenance),
        "amlsec RONI by source": partial(sources, screen=partial(RONI, group="source")),
    },
    "votes": {
        "amlsec partition-ensemble": votes,
        "amlsec partition-ensemble of logistic regressions": partial(votes, estimator=LogisticRegression()),
    },
    "values": {"amlsec KNN-Shapley": nearest, "amlsec Data-OOB": bagged},
    "streams": {
        "amlsec drift monitor, 5 % in 1000 windows (its default)": partial(watched, alarm=0.05 / 1000),
        "amlsec drift monitor, 5 % a window": partial(watched, alarm=0.05),
    },
}

if __name__ == "__main__":
    answer_all(METHODS, told())
