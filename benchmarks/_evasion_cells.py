"""What is attacked: five real tables, what an attacker may change in each, and the models that judge them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from pyarrow import csv
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import MALICIOUS, Batch, Rows, split
from amlsec.datasets import clamp, drebin, nsl_kdd, pdf_malware
from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.oracle import Classifier
from amlsec.space.column import Kind, May
from amlsec.space.tabular import TabularSpace, infer
from amlsec.tables.load import Columns, Labels

TRAINED_ON, ROWS = 2000, 20


def phishing(seed: int = 0) -> Demo:
    """Web pages in 30 features of three values each."""
    table = csv.read_csv(file_of("uci_phishing/uci_phishing_websites.csv.gz", "Phishing Websites (UCI 327)"))
    return real(table, Columns("result"), Labels(("-1",), ("1",)), (), seed)


DATA: dict[str, Callable[..., Demo]] = {
    "phishing": phishing,
    "nsl_kdd": nsl_kdd.load,
    "clamp_pe": clamp.load,
    "pdf_mimicus": pdf_malware.load,
    "drebin": drebin.load,
}
ADD_ONLY = ("drebin", "pdf_mimicus")
"""Where the attacker can add to what is there and take nothing away, so that program and document still work."""

MODELS: dict[str, Any] = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
    "tree": DecisionTreeClassifier(max_depth=10, random_state=0),
    "forest": RandomForestClassifier(50, random_state=0),
    "boosting": HistGradientBoostingClassifier(max_iter=50, random_state=0),
    "svm": make_pipeline(StandardScaler(), SVC(C=10.0)),
    "mlp": make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Malicious rows that a model stops, where they may go, and how often the model is right on clean rows."""

    X: Rows
    space: TabularSpace
    model: Classifier
    accuracy: float


@cache
def parts(data: str) -> tuple[Batch, Batch, TabularSpace]:
    """Rows to train on, rows to attack, disjoint by content, and the space that the former suggest."""
    demo = DATA[data]()
    train, test = split(demo.batch, (0.5, 0.5), np.random.default_rng(0))
    space = infer(train.X, demo.columns, demo.categories or None)
    if data in ADD_ONLY:
        space = TabularSpace([c if c.kind == Kind.CATEGORY else replace(c, may=May.UP) for c in space.columns])
    return train.rows(slice(TRAINED_ON)), test, space


@cache
def cell(data: str, model: str) -> Cell:
    """The same rows whatever attacks them."""
    train, test, space = parts(data)
    fitted = Classifier(clone(MODELS[model]).fit(train.X, train.y))
    theirs = test.labelled(MALICIOUS).X
    stopped = theirs[fitted.labels(theirs) == MALICIOUS][:ROWS]
    return Cell(stopped, space, fitted, float((fitted.labels(test.X) == test.y).mean()))
