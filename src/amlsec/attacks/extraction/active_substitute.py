"""Active substitute: a model trained on the verdicts it asked for, where it was least sure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.active_learning import Best, Copy, learned
from amlsec.attacks.copies import labelled, linear, taught, without_a_question
from amlsec.attacks.questions import Questions
from amlsec.budget import QueryBudget
from amlsec.catalogue import extraction
from amlsec.data import Batch, Rows
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@extraction(
    code="AML-R12",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.MODEL,
    references=("papernot2017practical", "pal2020activethief", "tramer2016stealing"),
    standards=Standards(("AML.T0024.002",), ("NISTAML.031",), ("ML05",)),
)
def active_substitute(oracle: Oracle, shadow: Shadow, /, *, budget: QueryBudget, rng: np.random.Generator) -> Model:
    """Copy any model by its verdicts: train on them, ask about what the copy is least sure of, and train again.

    Active learning as in Pal et al. (2020) and Tramèr et al. (2016), section 6: six rounds of equally many questions, the
    first on his own rows, later ones on rows of his own and mixed from them, 70 % of them those the copy is least sure of.
    The copy is the shadow's learner; where that is None, the best by cross-validation of logistic regression, random forest
    and gradient boosting, of texts of logistic regression and naive Bayes. Beside fewer than 20 answers it learns from his
    own labels too; without a question it is a model of his own rows.

    >>> from sklearn.svm import SVC
    >>> from amlsec.space.tabular import infer
    >>> class Ring:
    ...     def labels(self, X): return ((X**2).sum(axis=1) > 2).astype(np.int64)
    ...     def scores(self, X): return (X**2).sum(axis=1) - 2
    >>> rng = np.random.default_rng(0)
    >>> own, others = rng.normal(size=(2, 200, 2))
    >>> shadow = Shadow(Batch(own, Ring().labels(own)), infer(own, ["a", "b"]), SVC())
    >>> oracle = Oracle(Ring(), access=Access.LABELS, rows=1, queries=600)
    >>> stolen = active_substitute(oracle, shadow, budget=QueryBudget(600), rng=rng)
    >>> float((stolen.labels(others) == Ring().labels(others)).mean())
    0.965
    """
    ask = Questions(oracle, budget)
    if not ask.left:
        return without_a_question(shadow, rng)
    learners = [shadow.learner] if shadow.learner is not None else _usual(shadow.rows.is_text, int(rng.integers(2**31)))
    best = Best(learners, _agreement, rng)

    def teach(X: Rows, answers: NDArray[np.float64], beside: Batch) -> Copy:
        return taught(best.of(X, answers), labelled(X, answers, beside), rng)

    return learned(shadow, ask, ask.labels, teach, rng)


def _agreement(model: Any, X: Rows, answers: NDArray[np.float64]) -> float:
    return float((model.predict(X) == answers).mean())


def _usual(is_text: bool, seed: int) -> list[Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    if is_text:
        return [linear(is_text), make_pipeline(CountVectorizer(), MultinomialNB())]
    trees = RandomForestClassifier(50, random_state=seed), HistGradientBoostingClassifier(max_iter=50, random_state=seed)
    return [linear(is_text), *trees]
