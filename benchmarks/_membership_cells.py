"""Who is to be recognised: two real tables, five classical models over-fitted to 400 of their rows each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import Batch
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reproductions"))
from _adult import standardised as adult
from _enron import corpus

MEMBERS, OTHERS, OWN = 400, 10_000, 800
"""Of others so many that 0.1 % of them are ten; shadow models learn half of his own rows, as many as the model learned."""
WORDS = 500


@cache
def mails() -> Batch:
    """Enron-Spam: whether each of the 500 words that most mails hold is in the mail; distinct rows."""
    seen = corpus()
    X = CountVectorizer(binary=True, max_features=WORDS).fit_transform(seen.X).toarray().astype(np.float64)
    return Batch(X, seen.y).rows(np.sort(np.unique(X, axis=0, return_index=True)[1]))


DATA: dict[str, Callable[[], Batch]] = {"adult": cache(adult), "enron words": mails}
MODELS: dict[str, Any] = {
    "naive Bayes": {"adult": GaussianNB(), "enron words": BernoulliNB()},
    "k-NN": KNeighborsClassifier(5),
    "logistic": LogisticRegression(C=100, max_iter=2000),
    "ridge": RidgeClassifier(),
    "tree": DecisionTreeClassifier(random_state=0),
}


class Probable(RidgeClassifier):  # type: ignore[misc]
    """Ridge with the logistic of its margin for a probability: rivals read probabilities, ours the margin."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        chance = expit(self.decision_function(X))
        return np.column_stack([1 - chance, chance])


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A fitted model, the rows that are asked about, members first, and what the attacker has of his own.

    Attributes
    ----------
    rows : members (400) and others (10,000)
    learner : the model, unfitted
    probable : the same with probabilities; itself where it has them
    fitted : that, fitted to the members
    """

    rows: Batch
    members: int
    shadow: Shadow
    learner: Any
    probable: Any
    model: Classifier
    fitted: Any


@cache
def cell(data: str, model: str, seed: int) -> Cell:
    """The same rows and the same model whoever attacks it."""
    batch = DATA[data]()
    order = np.random.default_rng(seed).permutation(len(batch))
    ends = np.cumsum([MEMBERS, OTHERS, OWN])
    members, rows, own = (batch.rows(order[part]) for part in (slice(ends[0]), slice(ends[1]), slice(ends[1], ends[2])))
    learner = MODELS[model][data] if isinstance(MODELS[model], dict) else MODELS[model]
    probable = Probable() if model == "ridge" else learner
    space = infer(own.X, [str(k) for k in range(own.X.shape[1])])
    shadow, fitted = Shadow(own, space, learner), clone(probable).fit(members.X, members.y)
    return Cell(rows, MEMBERS, shadow, learner, probable, Classifier(clone(learner).fit(members.X, members.y)), fitted)
