"""Screens, learners and guards as one defense."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from copy import copy
from enum import StrEnum
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.agreement import source_names
from amlsec.catalogue import Clients
from amlsec.data import Batch, Rows
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.layered.decided import Decided
from amlsec.layered.rule import Rule, parsed
from amlsec.oracle import fitted

Floats = NDArray[np.float64]
MODEL = "model"
"""The name of the layer that decides where no learner is among the layers."""
Client = str | NDArray[Any]
_OF_GUARD = np.array([Decision.ACCEPT, Decision.REJECT, Decision.QUARANTINE], dtype=np.int8)
"""What a guard's allow, deny and escalate are as Decisions; the way back is the same."""


class Stage(StrEnum):
    """When a layer acts."""

    TRAINING = "training"
    PREDICTION = "prediction"


class Layered(BaseEstimator):  # type: ignore[misc]
    """Defenses joined with & (every one must let a row pass) and | (one is enough).

    Screens judge the rows offered for training, learners train on what they accept, guards stand before the learners. A
    screen cannot be an alternative to a learner or guard, as they judge at different times. Every layer sees every row, as a
    guard may remember what it saw. Decisions are ordered: pass, ask a person, stop.

    Parameters
    ----------
    layers : unfitted screens, learners and guards by name
    rule : how they are joined, as `"roni & (abstain | canary)"`; None joins all by &
    estimator : the classifier where no layer is a learner; None then raises InvalidInput. A guard whose own `estimator` is
        None guards this, or the first learner
    trusted : rows known to be good, which screens learn from and which are trained on too

    Attributes
    ----------
    verdicts_ : of the screens on the offered rows; None where there are none
    deciders_ : what judges rows, fitted, by name
    classes_ : 0 and 1

    Raises
    ------
    InvalidInput : a rule that names no layer of these, or leaves one out; a screen without trusted rows; no classifier

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.defenses.guards.abstain import Abstain
    >>> from amlsec.defenses.screens.training_loss import TrainingLoss
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 600)
    >>> X = rng.normal(3.0 * y)[:, None]
    >>> layered = Layered({"training-loss": TrainingLoss(), "abstain": Abstain()}, estimator=LogisticRegression(),
    ...                   trusted=Batch(X[:200], y[:200])).fit(X[200:], y[200:])
    >>> layered.decided(np.array([[-1.0], [1.4]])).why()
    ['passes: model lets it pass, abstain lets it pass', 'goes to a person: abstain asks a person, model lets it pass']
    """

    def __init__(
        self,
        layers: Mapping[str, Any],
        *,
        rule: str | None = None,
        estimator: Any = None,
        trusted: Batch | None = None,
    ) -> None:
        self.layers = layers
        self.rule = rule
        self.estimator = estimator
        self.trusted = trusted

    def fit(self, X: Rows, y: NDArray[np.int64], /, *, source: NDArray[Any] | None = None) -> Self:
        """Judge the offered rows, train the learners on the accepted ones and the trusted, fit the guards before them."""
        rules = self._rules()
        offered = Batch(X, np.asarray(y, dtype=np.int64), source)
        self.screens_ = self._fitted_screens(rules.get(Stage.TRAINING))
        self._training_rule = rules.get(Stage.TRAINING)
        self.verdicts_ = self.judge(offered) if self.screens_ else None
        kept = offered if self.verdicts_ is None else offered.rows(self.verdicts_.accepted)
        rows = kept if self.trusted is None else kept + self.trusted
        self._rule, self.deciders_ = self._fitted_deciders(rules.get(Stage.PREDICTION), rows)
        self.classes_ = np.array([0, 1])
        self._scales = {name: _scale(decider, rows.X) for name, decider in self.deciders_.items()}
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """The screens' verdict on rows offered for training, and what each says; raises InvalidInput where there is none."""
        check_is_fitted(self)
        if self._training_rule is None:
            raise InvalidInput("layers", list(self.layers), "hold no screen")
        found = {name: judged(screen, offered) for name, screen in self.screens_.items()}
        decision = self._training_rule.decide({name: verdicts.decision for name, verdicts in found.items()})
        told = zip(*[[f"{name}: {why}" for why in verdicts.reason] for name, verdicts in found.items()], strict=True)
        return Verdicts(decision, decision.astype(np.float64), 0.0, ["; ".join(reasons) for reasons in told])

    def decided(self, X: Rows, client: Clients = "", /) -> Decided:
        """What each learner and guard says of the rows, and what follows; `.why()` puts it into words."""
        check_is_fitted(self)
        return Decided.of(self._rule, {name: said(decider, X, client) for name, decider in self.deciders_.items()})

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate."""
        return _OF_GUARD[self.decided(X, client).decision]

    @property
    def estimator_(self) -> Any:
        """The first learner, or the classifier where none is among the layers: what who knows the model looks into."""
        check_is_fitted(self)
        return next(decider for decider in self.deciders_.values() if not hasattr(decider, "decide"))

    def session(self) -> Self:
        """The same layers, having met nobody: guards that remember forget."""
        check_is_fitted(self)
        fresh = copy(self)
        fresh.deciders_ = {name: anew(decider) for name, decider in self.deciders_.items()}
        return fresh

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        """0 where a row passes, 1 where it is stopped or goes to a person (n,)."""
        stopped: NDArray[np.int64] = (self.decided(X).decision != Decision.ACCEPT).astype(np.int64)
        return stopped

    def decision_function(self, X: Rows, client: Client = "", /) -> Floats:
        """What stands against each row (n,), in all layers together.

        A layer gives its decision, 0 to 2, and its evidence, measured by that of its training rows and brought between 0 and
        1: whatever lowers the evidence lowers this. A rule takes the mean of what is joined by & and the least of what is
        joined by |. Who can bring this down gets past the layers jointly.
        """
        return self._against(X, client, lambda evidence: evidence)

    def shown_function(self, X: Rows, client: Client = "", /) -> Floats:
        """The same (n,) as clients see it: of each layer's evidence, what all guards in turn let be seen."""
        return self._against(X, client, self.shown)

    def shown(self, scores: Floats, /) -> Floats:
        """What clients see of scores (n,): what each guard shows of what the one before it does."""
        check_is_fitted(self)
        return reduce(lambda seen, decider: shown(decider, seen), self.deciders_.values(), scores)

    @property
    def granted(self) -> float:
        """How many answers each client gets: & grants what the strictest layer does, | the mildest."""
        check_is_fitted(self)
        refused_after = {name: -np.array(getattr(decider, "granted", np.inf)) for name, decider in self.deciders_.items()}
        return -float(self._rule.decide(refused_after))

    def _against(self, X: Rows, client: Client, seen: Callable[[Floats], Floats]) -> Floats:
        check_is_fitted(self)
        against = {}
        for name, decider in self.deciders_.items():
            usual, spread = self._scales[name]
            far = (seen(_evidence(decider, X)) - usual) / spread
            against[name] = said(decider, X, client) + (1 + far / (1 + np.abs(far))) / 2
        return self._rule.evidence(against)

    def _rules(self) -> dict[Stage, Rule]:
        names = " & ".join(self.layers)
        rule = parsed(names if self.rule is None else self.rule)
        if set(rule.layers) != set(self.layers):
            raise InvalidInput("rule", str(rule), f"must name each of the layers once: {', '.join(self.layers)}")
        return rule.split(lambda name: stage(self.layers[name]))

    def _fitted_screens(self, rule: Rule | None) -> dict[str, Any]:
        if rule is None:
            return {}
        if self.trusted is None:
            raise InvalidInput("trusted", None, f"must be rows known to be good, which {', '.join(rule.layers)} learns from")
        return {name: clone(self.layers[name]).fit(self.trusted) for name in rule.layers}

    def _fitted_deciders(self, rule: Rule | None, rows: Batch) -> tuple[Rule, dict[str, Any]]:
        rule, members = self._deciding(rule)
        estimator = next(member for member in members.values() if not hasattr(member, "decide"))
        behind = {
            name: _guarding(member, estimator) if hasattr(member, "decide") else member for name, member in members.items()
        }
        return rule, {name: trained(member, rows) for name, member in behind.items()}

    def _deciding(self, rule: Rule | None) -> tuple[Rule, dict[str, Any]]:
        """What decides on predictions, and its members in order; the estimator is one where no layer is a learner."""
        members = {name: self.layers[name] for name in rule.layers} if rule is not None else {}
        if rule is not None and not all(hasattr(member, "decide") for member in members.values()):
            return rule, members
        if self.estimator is None:
            raise InvalidInput("estimator", None, "must be a classifier, as no layer is a learner")
        if MODEL in members:
            raise InvalidInput("layers", MODEL, "is the name of the classifier behind the guards, not of one of them")
        return Rule(MODEL) if rule is None else Rule(MODEL) & rule, {MODEL: self.estimator, **members}


def stage(member: Any) -> Stage:
    """When a screen, learner or guard acts; raises InvalidInput for anything else."""
    if hasattr(member, "judge"):
        return Stage.TRAINING
    if hasattr(member, "predict") or hasattr(member, "decide"):
        return Stage.PREDICTION
    raise InvalidInput("layer", type(member).__name__, "must be a screen (judge), a learner (predict) or a guard (decide)")


def judged(screen: Any, offered: Batch) -> Verdicts:
    """A screen's verdicts; what it refuses to judge, for it stands among its trusted rows, is rejected."""
    refused = screen.also_trusted(offered) if hasattr(screen, "also_trusted") else np.arange(0)
    rest = np.delete(np.arange(len(offered)), refused)
    found = screen.judge(offered.rows(rest))
    decision = np.full(len(offered), Decision.REJECT, dtype=np.int8)
    score, reason = np.full(len(offered), np.inf), np.full(len(offered), "it stands among the trusted rows", dtype=object)
    decision[rest], score[rest], reason[rest] = found.decision, found.score, found.reason
    limit = np.zeros(len(offered))
    limit[rest] = found.limit
    return Verdicts(decision, score, limit, reason.tolist())


def said(decider: Any, X: Rows, client: Clients) -> NDArray[np.int8]:
    """A learner's or guard's Decision on each row (n,)."""
    if hasattr(decider, "decide"):
        decisions: NDArray[np.int8] = _OF_GUARD[decider.decide(X, client)]
        return decisions
    return np.where(fitted(decider).labels(X) == 0, Decision.ACCEPT, Decision.REJECT).astype(np.int8)


def anew(guard: Any) -> Any:
    """The guard, having met nobody; itself where it remembers nothing."""
    return guard.session() if hasattr(guard, "session") else guard


def shown(decider: Any, scores: Floats) -> Floats:
    """What a guard lets clients see of scores (n,); all of them where it hides nothing."""
    seen: Floats = decider.shown(scores) if hasattr(decider, "shown") else scores
    return seen


def _guarding(guard: Any, estimator: Any) -> Any:
    """The guard, before this classifier where it has none of its own."""
    told = guard.get_params(deep=False)
    return clone(guard).set_params(estimator=estimator) if told.get("estimator", guard) is None else guard


def trained(member: Any, rows: Batch) -> Any:
    """A fitted copy of a learner or guard, told where each row came from where it asks."""
    unfitted = clone(member)
    if "source" in inspect.signature(unfitted.fit).parameters:
        return unfitted.fit(rows.X, rows.y, source=source_names(rows))
    return unfitted.fit(rows.X, rows.y)


def _evidence(decider: Any, X: Rows) -> Floats:
    return fitted(getattr(decider, "estimator_", decider) if hasattr(decider, "decide") else decider).scores(X)


def _scale(decider: Any, X: Rows) -> tuple[float, float]:
    """The median, and the spread, above 0, of a layer's evidence on the rows it was trained with."""
    evidence = _evidence(decider, X)
    return float(np.median(evidence)), float(evidence.std()) or 1.0
