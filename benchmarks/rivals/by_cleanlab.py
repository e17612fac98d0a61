"""cleanlab: confident learning on out-of-fold probabilities, and its KNN-Shapley values."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from answering import Task, answer_all, told
from cleanlab.data_valuation import data_shapley_knn
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
FOREST = RandomForestClassifier(100, random_state=0)


def confident(task: Task, model: Any) -> dict[str, Any]:
    """Trusted and offered rows together, in 5 shuffled folds; `find_label_issues` as it comes."""
    X, y = np.vstack([task["trusted_X"], task["X"]]), np.append(task["trusted_y"], task["y"])
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    chances = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    offered = slice(len(task["trusted_y"]), None)
    flagged = find_label_issues(y, chances, n_jobs=1)
    return {"score": -get_label_quality_scores(y, chances)[offered], "flagged": flagged[offered]}


def shapley(task: Task) -> dict[str, Any]:
    """Rows vote on each other; below 0.5 a row is an issue to Datalab."""
    X, y = np.vstack([task["trusted_X"], task["X"]]), np.append(task["trusted_y"], task["y"])
    values = data_shapley_knn(y, features=X)[len(task["trusted_y"]) :]
    return {"score": -values, "flagged": values < 0.5}


def values(task: Task) -> dict[str, Any]:
    """All at their defaults but for k, which is 5 in every library here."""
    return {"values": data_shapley_knn(task["y"], features=task["X"], k=5, metric="euclidean")}


if __name__ == "__main__":
    answer_all(
        {
            "rows": {
                "cleanlab, logistic regression": partial(confident, model=LOGISTIC),
                "cleanlab, forest": partial(confident, model=FOREST),
                "cleanlab KNN-Shapley": shapley,
            },
            "values": {"cleanlab KNN-Shapley": values},
        },
        told(),
    )
