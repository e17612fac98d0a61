"""pyDVL: KNN-Shapley on trusted rows, and Data-OOB of bagged trees."""

from __future__ import annotations

from typing import Any

import numpy as np
from answering import Task, answer_all, told
from pydvl.valuation import DataOOBValuation, Dataset, KNNShapleyValuation
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier


def nearest(X: Any, y: Any, quiz_X: Any, quiz_y: Any) -> Any:
    model = KNeighborsClassifier(5)
    return KNNShapleyValuation(model, Dataset(quiz_X, quiz_y), progress=False).fit(Dataset(X, y)).result.values


def shapley(task: Task) -> dict[str, Any]:
    """Half of the trusted rows vote, half are voted on, as in ours; there is no rule which rows to drop."""
    half = len(task["trusted_y"]) // 2
    X, y = np.vstack([task["trusted_X"][half:], task["X"]]), np.append(task["trusted_y"][half:], task["y"])
    values = nearest(X, y, task["trusted_X"][:half], task["trusted_y"][:half])
    return {"score": -values[-len(task["y"]) :]}


def out_of_bag(task: Task) -> dict[str, Any]:
    """Of a random forest on trusted and offered rows, as in pyDVL's own notebook."""
    X, y = np.vstack([task["trusted_X"], task["X"]]), np.append(task["trusted_y"], task["y"])
    forest = RandomForestClassifier(100, random_state=0).fit(X, y)
    return {"score": -DataOOBValuation(forest).fit(Dataset(X, y)).result.values[-len(task["y"]) :]}


def shapley_values(task: Task) -> dict[str, Any]:
    return {"values": nearest(task["X"], task["y"], task["quiz_X"], task["quiz_y"])}


def bagged_values(task: Task) -> dict[str, Any]:
    """100 bags of decision trees."""
    bags = BaggingClassifier(DecisionTreeClassifier(), 100, random_state=0).fit(task["X"], task["y"])
    return {"values": DataOOBValuation(bags).fit(Dataset(task["X"], task["y"])).result.values}


if __name__ == "__main__":
    answer_all(
        {
            "rows": {"pyDVL KNN-Shapley": shapley, "pyDVL Data-OOB": out_of_bag},
            "values": {"pyDVL KNN-Shapley": shapley_values, "pyDVL Data-OOB": bagged_values},
        },
        told(),
    )
