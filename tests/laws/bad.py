"""Members that each break the laws they are filed under."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card, Kind
from amlsec.data import MALICIOUS, Batch, texts
from amlsec.errors import AmlsecError
from amlsec.evidence import Verdicts
from amlsec.scene import Scene, additions, nothing
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from laws import card as any_kind
from laws import evasion, guard, learner, poisoning, privacy, screen

Errors = type[Exception] | tuple[type[Exception], ...]
_ANY = ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE)
_LAWFUL = (AssertionError, AmlsecError)
_FILED: list[tuple[Card, Callable[[Card], None], Errors]] = []


def members() -> list[tuple[Card, Callable[[Card], None], Errors]]:
    """Each bad member with each law it breaks, and the errors that say so."""
    return list(_FILED)


def breaks(kind: Kind, *laws: Callable[[Card], None], by: Errors = _LAWFUL, **settings: Any) -> Callable[[Any], Any]:
    """File a member as one that breaks these laws, told by these errors."""

    def file(run: Any) -> Any:
        card = Card(f"bad-{kind.value}-{run.__name__.strip('_')}", kind, run, (_ANY,), ("lowd2005good",), "AML-Z99")
        card = replace(card, **{"access": Access.SCORES, **settings})
        _FILED.extend((card, law, by) for law in laws)
        return run

    return file


def _by_chance() -> np.random.Generator:
    """A generator that no seed governs, for it draws on NumPy's global state."""
    return np.random.default_rng(np.random.randint(2**31, size=4))


# Laws of every kind


@breaks(
    Kind.EVASION,
    any_kind.check_first_line_of_the_docstring_is_a_sentence,
    any_kind.check_has_an_example,
    any_kind.check_names_the_errors_it_raises,
    any_kind.check_references_stand_in_the_literature,
    any_kind.check_an_attack_is_mapped_to_every_standard,
    any_kind.check_only_attacks_have_a_code_and_it_is_theirs,
    any_kind.check_is_named_like_its_file,
    any_kind.check_spaces_are_spaces,
    references=("nobody1999nothing",),
    code="P1",
    spaces=("audio",),
    mapped=Standards(("AML.T9999",), ("none, because",), ()),
)
def unfiled(oracle, X, /, *, space, budget, rng):
    """Says what it does without a full stop"""
    raise KeyError("why?")


@breaks(
    Kind.SCREEN,
    any_kind.check_only_attacks_have_a_code_and_it_is_theirs,
    any_kind.check_is_named_like_its_file,
)
class Coded:
    """A defense with the code of an attack."""


# Evasion


@breaks(Kind.EVASION, evasion.check_same_seed_same_rows, evasion.check_leaves_the_global_random_state_alone)
def moody(oracle, X, /, *, space, budget, rng):
    return space.sample(X, budget.cost, _by_chance())


@breaks(Kind.EVASION, evasion.check_cost_0_changes_nothing, evasion.check_stays_within_its_cost)
def spendthrift(oracle, X, /, *, space, budget, rng):
    return space.sample(X, 50.0, rng)


@breaks(Kind.EVASION, evasion.check_stays_within_its_queries)
def chatterbox(oracle, X, /, *, space, budget, rng):
    oracle.labels(X, of=np.arange(len(X)))
    return X


@breaks(Kind.EVASION, evasion.check_leaves_its_input_alone, by=ValueError)
def vandal(oracle, X, /, *, space, budget, rng):
    X[:] = X[::-1].copy()
    return X


@breaks(Kind.EVASION, evasion.check_asks_through_the_oracle_only)
def burglar(oracle, X, /, *, space, budget, rng):
    (getattr(oracle, "judge", None) or oracle._model).labels(X)
    return X


@breaks(Kind.EVASION, evasion.check_asks_through_the_oracle_only, access=Access.LABELS)
def climber(oracle, X, /, *, space, budget, rng):
    oracle.scores(X, of=np.arange(len(X)))
    return X


@breaks(Kind.EVASION, evasion.check_works_on_none_one_and_equal_rows, by=IndexError)
def fussy(oracle, X, /, *, space, budget, rng):
    return np.where(X[1] == X, X, X)


# Poisoning


@breaks(Kind.POISONING, poisoning.check_same_seed_same_poison, poisoning.check_leaves_the_global_random_state_alone)
def moody_poison(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.own.rows(_by_chance().choice(12, 2, replace=False)))


@breaks(Kind.POISONING, poisoning.check_share_0_changes_nothing, poisoning.check_stays_within_its_share)
def flood(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.own)


@breaks(Kind.POISONING, poisoning.check_leaves_the_scene_alone, by=ValueError)
def vandal_poison(scene: Scene, /, *, budget: PoisonBudget, rng):
    scene.own.y[:] = MALICIOUS
    return nothing(scene.own)


@breaks(Kind.POISONING, poisoning.check_leaves_the_scene_alone, knowledge=Knowledge.MODEL)
def borrower(scene: Scene, /, *, budget: PoisonBudget, rng):
    scene.learner.fit(scene.known.X, scene.known.y)
    return nothing(scene.own)


@breaks(Kind.POISONING, poisoning.check_uses_no_more_than_its_knowledge)
def clairvoyant(scene: Scene, /, *, budget: PoisonBudget, rng):
    return nothing(scene.own) if scene.known is None else additions(scene.known.rows([0]))


@breaks(Kind.POISONING, poisoning.check_bears_knowing_less, knowledge=Knowledge.MODEL, by=AttributeError)
def presumptuous(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.known.rows([0]))


@breaks(Kind.POISONING, poisoning.check_works_whatever_rows_he_controls, by=IndexError)
def picky(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.own.rows([3, 5]))


@breaks(Kind.POISONING, poisoning.check_poison_can_be_trained_on, by=ValueError)
def garbled(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(Batch(texts(["a mail"]), np.ones(1, dtype=np.int64)))


# Privacy


@breaks(
    Kind.PRIVACY,
    privacy.check_same_seed_same_guesses,
    privacy.check_without_queries_nothing_is_known,
    privacy.check_leaves_the_global_random_state_alone,
)
def moody_guess(oracle, rows, /, *, shadow, budget, rng):
    return _by_chance().random(len(rows))


@breaks(Kind.PRIVACY, privacy.check_stays_within_its_queries)
def chatterbox_guess(oracle, rows, /, *, shadow, budget, rng):
    return oracle.scores(rows.X, of=np.arange(len(rows)))


@breaks(Kind.PRIVACY, privacy.check_leaves_its_input_alone, by=ValueError)
def vandal_guess(oracle, rows, /, *, shadow, budget, rng):
    rows.y[:] = 0
    return np.zeros(len(rows))


@breaks(Kind.PRIVACY, privacy.check_asks_through_the_oracle_only)
def burglar_guess(oracle, rows, /, *, shadow, budget, rng):
    return (getattr(oracle, "judge", None) or oracle._model).scores(rows.X)


@breaks(Kind.PRIVACY, privacy.check_works_on_none_one_equal_and_one_class_rows, by=ValueError)
def fussy_guess(oracle, rows, /, *, shadow, budget, rng):
    return np.full(len(rows), np.max(rows.y) / np.unique(rows.y)[1])


# Screens


class _Screen(BaseEstimator):
    """Accepts everything."""

    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, trusted: Batch, /) -> Any:
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(np.zeros(len(offered)))

    def _verdicts(self, score: Any) -> Verdicts:
        return Verdicts((score > 0.5).astype(np.int8), score, 0.5, ["fine"] * len(score))


@breaks(Kind.SCREEN, screen.check_same_seed_same_verdicts, screen.check_leaves_the_global_random_state_alone)
class Moody(_Screen):
    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(_by_chance().random(len(offered)))


@breaks(Kind.SCREEN, screen.check_needs_no_argument, by=TypeError)
class Demanding(_Screen):
    def __init__(self, *, estimator: Any) -> None:
        self.estimator = estimator


@breaks(Kind.SCREEN, screen.check_gives_one_verdict_for_each_row, screen.check_judges_one_row_and_equal_rows)
class Terse(_Screen):
    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(np.zeros(1))


@breaks(Kind.SCREEN, screen.check_order_of_the_rows_makes_no_difference, screen.check_accepts_rows_like_the_trusted_ones)
class FirstCome(_Screen):
    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(np.arange(len(offered)) / len(offered))


@breaks(Kind.SCREEN, screen.check_forgets_what_it_learned_before)
class Hoarder(_Screen):
    def fit(self, trusted: Batch, /) -> Any:
        self.seen_ = getattr(self, "seen_", 0) + 1
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(np.full(len(offered), self.seen_ / 3))


@breaks(Kind.SCREEN, screen.check_leaves_its_input_alone, by=ValueError)
class Vandal(_Screen):
    def judge(self, offered: Batch, /) -> Verdicts:
        offered.X.sort(axis=0)
        return super().judge(offered)


@breaks(Kind.SCREEN, screen.check_is_cloned_with_its_settings, by=RuntimeError)
class Improver(_Screen):
    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = clone(estimator)


# Learners


class _Learner(BaseEstimator):
    """Remembers texts and rows by their sum of characters or of cells."""

    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, /) -> Any:
        self.model_ = clone(self.estimator).fit(X, y)
        return self

    def predict(self, X: Any, /) -> Any:
        return self.model_.predict(X)


@breaks(
    Kind.LEARNER,
    learner.check_same_seed_same_model,
    learner.check_beats_the_majority_on_easy_rows,
    learner.check_leaves_the_global_random_state_alone,
    learner.check_says_it_of_one_row_and_of_equal_rows,
)
class MoodyLearner(_Learner):
    def fit(self, X: Any, y: Any, /) -> Any:
        self.rng_ = _by_chance()
        return self

    def predict(self, X: Any, /) -> Any:
        return self.rng_.integers(0, 2, len(X)) if len(X) > 1 else np.zeros((1, 1))


@breaks(Kind.LEARNER, learner.check_needs_no_argument, by=TypeError)
class DemandingLearner(_Learner):
    def __init__(self, *, estimator: Any) -> None:
        self.estimator = estimator


@breaks(Kind.LEARNER, learner.check_is_cloned_with_its_settings, by=RuntimeError)
class ImproverLearner(_Learner):
    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = clone(estimator)


@breaks(Kind.LEARNER, learner.check_fitting_changes_no_setting, learner.check_says_benign_or_malicious)
class RestlessLearner(_Learner):
    def fit(self, X: Any, y: Any, /) -> Any:
        self.estimator = None
        return self

    def predict(self, X: Any, /) -> Any:
        return np.full(len(X), 2)


@breaks(Kind.LEARNER, learner.check_forgets_what_it_learned_before)
class StubbornLearner(_Learner):
    def fit(self, X: Any, y: Any, /) -> Any:
        return self if hasattr(self, "model_") else super().fit(X, y)


@breaks(Kind.LEARNER, learner.check_its_certificate_bears_removed_rows)
class BraggingLearner(_Learner):
    def fit(self, X: Any, y: Any, /) -> Any:
        self.odd_ = len(X) % 2
        return self

    def predict(self, X: Any, /) -> Any:
        return np.full(len(X), self.odd_)

    def certify(self, X: Any, /) -> Any:
        return np.full(len(X), 9)


@breaks(Kind.LEARNER, learner.check_leaves_its_input_alone, by=ValueError)
class VandalLearner(_Learner):
    def fit(self, X: Any, y: Any, /) -> Any:
        y[:] = y[::-1].copy()
        return super().fit(X, y)


# Guards


class _Guard(BaseEstimator):
    """Lets its estimator decide."""

    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, /) -> Any:
        self.estimator_ = clone(self.estimator).fit(X, y)
        return self

    def decide(self, X: Any, client: str = "", /) -> Any:
        return self.estimator_.predict(X)


@breaks(
    Kind.GUARD,
    guard.check_same_seed_same_decisions,
    guard.check_leaves_the_global_random_state_alone,
    guard.check_mostly_allows_benign_and_stops_malicious_rows,
    guard.check_works_on_none_and_one_row,
)
class MoodyGuard(_Guard):
    def decide(self, X: Any, client: str = "", /) -> Any:
        return _by_chance().integers(0, 3, max(len(X), 1))


@breaks(Kind.GUARD, guard.check_needs_no_argument, by=TypeError)
class DemandingGuard(_Guard):
    def __init__(self, *, estimator: Any) -> None:
        self.estimator = estimator


@breaks(Kind.GUARD, guard.check_is_cloned_with_its_settings, by=RuntimeError)
class ImproverGuard(_Guard):
    def __init__(self, *, estimator: Any = None) -> None:
        self.estimator = clone(estimator)


@breaks(Kind.GUARD, guard.check_allows_denies_or_escalates, guard.check_takes_a_client, by=(AssertionError, TypeError))
class ShrugGuard(_Guard):
    def decide(self, X: Any, /) -> Any:
        return np.full(len(X), 3)


@breaks(Kind.GUARD, guard.check_shows_what_it_guards, by=AttributeError)
class SecretiveGuard(_Guard):
    def fit(self, X: Any, y: Any, /) -> Any:
        return self


@breaks(Kind.GUARD, guard.check_forgets_what_it_learned_before)
class StubbornGuard(_Guard):
    def fit(self, X: Any, y: Any, /) -> Any:
        return self if hasattr(self, "estimator_") else super().fit(X, y)


@breaks(Kind.GUARD, guard.check_leaves_its_input_alone, by=ValueError)
class VandalGuard(_Guard):
    def fit(self, X: Any, y: Any, /) -> Any:
        y[:] = y[::-1].copy()
        return super().fit(X, y)
