"""The Adversarial Robustness Toolbox: RONIDefense, ProvenanceDefense, DeepPartitionEnsemble.

Dense arrays and one-hot labels are what they take. Their default measure raises on classifiers that give probabilities, so
that RONIDefense, on the naive Bayes that ours stands on too, is passed one, and ProvenanceDefense has LinearSVC.
"""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np
from answering import Task, answer_all, told
from art.defences.detector.poison import ProvenanceDefense, RONIDefense
from art.estimators.classification import SklearnClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

ONE_HOT = np.eye(2)


def accuracy(y: Any, said: Any, sign: int = 1) -> float:
    """Or, by the sign, minus it: RONIDefense drops what raises its measure, so minus accuracy puts its sign right."""
    return sign * float((y.argmax(axis=1) == said.argmax(axis=1)).mean())


def roni(task: Task, rows: int | None = None, quiz: float = 0.0, **told: Any) -> dict[str, Any]:
    """Asked about so many `rows` alone; a share `quiz` of the trusted rows takes the place of its quiz, drawn from those."""
    apart = int(quiz * len(task["trusted_y"]))
    base = task["trusted_X"][apart:], ONE_HOT[task["trusted_y"][apart:]]
    model = SklearnClassifier(MultinomialNB().fit(base[0], task["trusted_y"][apart:]))
    defense = RONIDefense(model, task["X"][:rows], ONE_HOT[task["y"][:rows]], *base, **told)
    if apart:
        defense.x_quiz, defense.y_quiz = task["trusted_X"][:apart], ONE_HOT[task["trusted_y"][:apart]]
    return {"flagged": np.asarray(defense.detect_poison()[1]) == 0}


def provenance(task: Task, marked: bool = False, **told: Any) -> dict[str, Any]:
    """`marked`: a column of ours, a different tiny number in each row, so that rows are told apart by their values."""
    X, trusted = task["X"].astype(float), task["trusted_X"]
    if marked:
        X = np.column_stack([X, 1e-6 * (1 + np.arange(len(X)))])
        trusted = np.column_stack([trusted, np.zeros(len(trusted))])
    names = np.eye(task["source"].max() + 1)[task["source"]]
    model = SklearnClassifier(LinearSVC().fit(trusted, task["trusted_y"]))
    defense = ProvenanceDefense(model, X, ONE_HOT[task["y"]], names, trusted, ONE_HOT[task["trusted_y"]], **told)
    suspects = defense.detect_poison()[0]
    return {"flagged": np.isin(np.arange(names.shape[1]), list(suspects))}


def partitions(task: Task, hashed: Any = None) -> dict[str, Any]:
    """50 linear models in torch, as it refuses scikit-learn's; its default is 20 epochs."""
    import torch
    from art.estimators.classification import DeepPartitionEnsemble, PyTorchClassifier

    torch.manual_seed(0)
    torch.set_num_threads(1)
    columns = task["X"].shape[1]
    net = torch.nn.Linear(columns, 2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    model = PyTorchClassifier(net, torch.nn.CrossEntropyLoss(), (columns,), 2, optimizer, device_type="cpu")
    ensemble = DeepPartitionEnsemble(model, hash_function=hashed, ensemble_size=50, channels_first=True)
    parts = [ensemble.hash_function(row) for row in task["X"]]
    ensemble.fit(task["X"].astype(np.float32), ONE_HOT[task["y"]].astype(np.float32))
    return {"votes": ensemble.predict(task["test_X"].astype(np.float32)), "parts": len(set(parts))}


def refused(task: Task) -> dict[str, Any]:
    """The same of a classifier of scikit-learn."""
    from art.estimators.classification import DeepPartitionEnsemble
    from sklearn.linear_model import LogisticRegression

    model = SklearnClassifier(LogisticRegression().fit(task["X"], task["y"]))
    ensemble = DeepPartitionEnsemble(model, ensemble_size=50)
    ensemble.fit(task["X"], ONE_HOT[task["y"]])
    return {"votes": ensemble.predict(task["test_X"])}


def by_content(row: Any) -> int:
    return int.from_bytes(blake2b(np.asarray(row, dtype=np.float32).tobytes(), digest_size=8).digest(), "big") % 50


PUT_RIGHT = partial(roni, calibrated=False, eps=0.005, perf_func=partial(accuracy, sign=-1), quiz=1 / 3)
CALIBRATED, FEW = "ART RONI, calibrated (its default)", 60
METHODS = {
    "rows": {
        CALIBRATED: partial(roni, rows=FEW, perf_func=accuracy),
        "ART RONI, uncalibrated": partial(roni, calibrated=False, eps=0.005, perf_func=accuracy),
        "ART RONI, sign and quiz put right": PUT_RIGHT,
    },
    "sources": {
        "ART Provenance": provenance,
        "ART Provenance, rows marked": partial(provenance, marked=True),
        "ART Provenance, rows marked, eps 0.02": partial(provenance, marked=True, eps=0.02),
    },
    "votes": {
        "ART DPA of logistic regressions": refused,
        "ART DPA of linear nets": partitions,
        "ART DPA of linear nets, hash of content": partial(partitions, hashed=by_content),
    },
}

if __name__ == "__main__":
    answer_all(METHODS, told(), seeds={CALIBRATED: 3})
