"""Score substitute: a regression on the scores it asked for, where it was least sure of the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from amlsec.attacks.active_learning import Best, Copy, learned
from amlsec.attacks.copies import without_a_question
from amlsec.attacks.linear_copy import are_chances
from amlsec.attacks.questions import Questions
from amlsec.attacks.turning import turning
from amlsec.budget import QueryBudget
from amlsec.catalogue import extraction
from amlsec.data import MALICIOUS, Batch, Rows
from amlsec.impact.refit import log_odds
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_SUREST = 6.0
"""Log-odds are cut here: what is surer decides no verdict, and would decide the regression."""


@dataclass(frozen=True, slots=True, eq=False)
class Regressed:
    """A fitted regressor of log-odds or margins, beyond those at which the verdict turns.

    Its scores are probabilities if those of the model it copies are.
    """

    regressor: Any
    probable: bool
    turns: float

    def evidence(self, X: Rows, /) -> Floats:
        return np.asarray(self.regressor.predict(X), dtype=np.float64) if len(X) else np.zeros(0)

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.evidence(X) > 0).astype(np.int64)

    def scores(self, X: Rows, /) -> Floats:
        evidence = self.evidence(X) + self.turns
        return np.asarray(expit(evidence)) if self.probable else evidence


@extraction(
    code="AML-R13",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    references=("pal2020activethief", "tramer2016stealing"),
    standards=Standards(("AML.T0024.002",), ("NISTAML.031",), ("ML05",)),
)
def score_substitute(oracle: Oracle, shadow: Shadow, /, *, budget: QueryBudget, rng: np.random.Generator) -> Model:
    """Copy any model by its scores: fit a regression to them, ask where its verdict is least sure, and fit again.

    As `active_substitute`, but a score says of each answer how far away the edge is. The copy predicts log-odds, of scores
    within [0, 1], cut at -6 and 6, or margins: the best by cross-validated agreement of verdicts of ridge regression, random
    forest and gradient boosting, of texts of ridge regressions on counts and on TF-IDF. Beside fewer than 20 answers his own
    labels count as answers of their mean size; without a question it is a model of his own rows.

    >>> from amlsec.space.tabular import infer
    >>> class Ring:
    ...     def labels(self, X): return ((X**2).sum(axis=1) > 2).astype(np.int64)
    ...     def scores(self, X): return (X**2).sum(axis=1) - 2
    >>> rng = np.random.default_rng(0)
    >>> own, others = rng.normal(size=(2, 200, 2))
    >>> shadow = Shadow(Batch(own, Ring().labels(own)), infer(own, ["a", "b"]))
    >>> oracle = Oracle(Ring(), access=Access.SCORES, rows=1, queries=600)
    >>> stolen = score_substitute(oracle, shadow, budget=QueryBudget(600), rng=rng)
    >>> float((stolen.labels(others) == Ring().labels(others)).mean())
    0.98
    """
    ask = Questions(oracle, budget)
    if not ask.left:
        return without_a_question(shadow, rng)
    best = Best(_usual(shadow.rows.is_text, int(rng.integers(2**31))), _agreement, rng)

    @cache
    def turns(probable: bool) -> float:
        X, scores = ask.told()
        return turning(ask, X, log_odds(scores) if probable else scores, 0.0)

    def teach(X: Rows, scores: Floats, beside: Batch) -> Copy:
        probable = are_chances(scores)
        aim = (np.clip(log_odds(scores), -_SUREST, _SUREST) if probable else scores) - turns(probable)
        own = np.where(beside.y == MALICIOUS, 1.0, -1.0) * (np.abs(aim).mean() or 1.0)
        all_ = np.concatenate([X, beside.X]), np.concatenate([aim, own])
        return Regressed(_fitted(best.of(X, aim), *all_), probable, turns(probable))

    return learned(shadow, ask, ask.scores, teach, rng)


def _fitted(regressor: Any, X: Rows, aim: Floats) -> Any:
    """A clone fitted to rows and what they are aimed at; where their words are too few for it, their mean."""
    from sklearn.base import clone
    from sklearn.dummy import DummyRegressor

    try:
        return clone(regressor).fit(X, aim)
    except ValueError:
        return DummyRegressor().fit(X, aim)


def _agreement(regressor: Any, X: Rows, aim: Floats) -> float:
    return float(((regressor.predict(X) > 0) == (aim > 0)).mean())


def _usual(is_text: bool, seed: int) -> list[Any]:
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if is_text:
        return [make_pipeline(first, Ridge(0.1)) for first in (CountVectorizer(), TfidfVectorizer())]
    trees = (
        RandomForestRegressor(50, max_features=0.4, random_state=seed),
        HistGradientBoostingRegressor(max_iter=50, random_state=seed),
    )
    return [make_pipeline(StandardScaler(), Ridge(1e-3)), *trees]
