"""Adversarial retraining: evasions of the model are added to its training rows, until none is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.attacks.scored import led_by_scores
from amlsec.budget import EvasionBudget
from amlsec.catalogue import learner
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier, Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import infer
from amlsec.space.text import infer_words
from amlsec.threat import Access, Influence, ThreatModel, Violation
from amlsec.usual import usual

Evade = Callable[..., Rows]
_WORDS, _COLUMNS = 30.0, 0.1
"""What an attacker may change where nothing is said: so many words; columns by their scale, a tenth of all, two at least."""


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("li2016general",),
)
class AdversarialRetraining(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Attacks the model, adds what got past it as malicious rows, trains again, until nothing gets past.

    Li, Vorobeychik and Chen, "A general retraining framework for scalable adversarial classification", 2016, algorithm 1.
    Any classifier, any attack: it knows the model of the round it attacks. Where it stops because no evasion is found, the
    attack finds none among these rows; another attack, or more queries, may. There is no certificate.

    The price: training takes several rounds, and benign rows that look like evasions are stopped.

    Parameters
    ----------
    estimator : what is trained; None takes logistic regression, of TF-IDF for texts
    space : what an attacker may change; None infers it from the rows
    attack : `(oracle, X, *, space, budget, rng) -> rows`; None: the search led by scores
    cost : what he may change in a row, in the space's unit; None: 30 words, or a tenth of the columns by their scale, two at
        least
    queries : queries he may spend on each row, at least 0
    rows : so many malicious training rows are attacked in a round, at least 1
    rounds : so many rounds at most, at least 1
    random_state : seed of the rows that are attacked, and of the attack

    Attributes
    ----------
    estimator_ : the classifier of the last round
    evaded_ : the share of the attacked rows that got past the model of each round; the last model is attacked too
    evasions_ : the rows that were added
    classes_ : 0 and 1

    Raises InvalidInput where a setting is out of range, or `y` does not match `X` or holds other labels than 0 and 1.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> X = np.column_stack([rng.normal(6.0 * y), 2.0 * y])
    >>> space = infer(X, ["wide", "narrow"])
    >>> hardened = AdversarialRetraining(estimator=DecisionTreeClassifier(random_state=0), space=space, cost=1.2).fit(X, y)
    >>> hardened.evaded_[0] > 0.5 > hardened.evaded_[-1]
    True
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        space: Space | None = None,
        attack: Evade | None = None,
        cost: float | None = None,
        queries: int = 100,
        rows: int = 100,
        rounds: int = 5,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.attack = attack
        self.cost = cost
        self.queries = queries
        self.rows = rows
        self.rounds = rounds
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train, attack and train again."""
        given, labels = labelled_rows(X, y)
        self._check(labels)
        rows = Batch(given, labels.astype(np.int64))
        base = usual(rows) if self.estimator is None else self.estimator
        rng = np.random.default_rng(self.random_state)
        space = _space(rows) if self.space is None else self.space
        self.evaded_: list[float] = []
        self.evasions_ = rows.X[:0]
        attacked = self._attacked(rows, rng)
        for _ in range(self.rounds):
            self.estimator_ = clone(base).fit(*self._with_evasions(rows))
            found = self._evasions(attacked, space, rng)
            self.evaded_.append(len(found) / max(len(attacked), 1))
            if not len(found):
                break
            self.evasions_ = np.concatenate([self.evasions_, found])
        self.classes_ = np.array([BENIGN, MALICIOUS])
        return self

    def predict(self, X: Any, /) -> NDArray[np.int64]:
        """The class of each row (n,)."""
        check_is_fitted(self)
        return Classifier(self.estimator_).labels(rows_of(X))

    def decision_function(self, X: Any, /) -> NDArray[np.float64]:
        """The classifier's evidence of malice (n,): a probability, where it gives one."""
        check_is_fitted(self)
        return Classifier(self.estimator_).scores(rows_of(X))

    def _attacked(self, rows: Batch, rng: np.random.Generator) -> Rows:
        malicious = rows.labelled(MALICIOUS).X
        return malicious[rng.permutation(len(malicious))[: self.rows]]

    def _with_evasions(self, rows: Batch) -> tuple[Rows, NDArray[np.int64]]:
        return np.concatenate([rows.X, self.evasions_]), np.append(rows.y, np.full(len(self.evasions_), MALICIOUS))

    def _evasions(self, attacked: Rows, space: Space, rng: np.random.Generator) -> Rows:
        """The changed rows that get past the model, without those that did as they were."""
        model = Classifier(self.estimator_)
        stopped = attacked[model.labels(attacked) == MALICIOUS]
        oracle = Oracle(model, access=Access.SCORES, rows=len(stopped), queries=self.queries)
        attack = led_by_scores if self.attack is None else self.attack
        budget = EvasionBudget(_cost(attacked) if self.cost is None else self.cost, self.queries)
        changed = attack(oracle, stopped, space=space, budget=budget, rng=rng.spawn(1)[0])
        evasions: Rows = changed[model.labels(changed) == BENIGN]
        return evasions

    def _check(self, labels: NDArray[Any]) -> None:
        for name, value, least in (("queries", self.queries, 0), ("rows", self.rows, 1), ("rounds", self.rounds, 1)):
            if value < least:
                raise InvalidInput(name, value, f"must be at least {least}")
        if self.cost is not None and not self.cost >= 0:
            raise InvalidInput("cost", self.cost, "must be at least 0")
        if set(np.unique(labels)) != {BENIGN, MALICIOUS}:
            raise InvalidInput("y", np.unique(labels), "must hold the labels 0 and 1")


def _space(rows: Batch) -> Space:
    return infer_words(rows) if rows.is_text else infer(rows.X, [str(k) for k in range(rows.X.shape[1])])


def _cost(X: Rows) -> float:
    return _WORDS if X.ndim == 1 else max(2.0, _COLUMNS * X.shape[1])
