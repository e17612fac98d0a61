"""Defenses that each break the laws they are filed under."""

from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from amlsec.catalogue import Kind
from amlsec.data import Batch
from amlsec.defenses.memory import LastClients
from amlsec.evidence import Verdicts
from laws import guard, learner, screen
from laws.bad import breaks, by_chance

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


@breaks(
    Kind.SCREEN,
    screen.check_same_seed_same_verdicts,
    screen.check_leaves_the_global_random_state_alone,
    screen.check_keeps_the_same_rows_in_all_three_forms,
)
class Moody(_Screen):
    def judge(self, offered: Batch, /) -> Verdicts:
        return self._verdicts(by_chance().random(len(offered)))


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
        self.rng_ = by_chance()
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
    guard.check_same_seed_and_order_same_decisions_on_a_stream,
)
class MoodyGuard(_Guard):
    def decide(self, X: Any, client: str = "", /) -> Any:
        return by_chance().integers(0, 3, max(len(X), 1))


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


@breaks(Kind.GUARD, guard.check_takes_a_client_for_each_row)
class GruffGuard(_Guard):
    """Denies the first row of every call."""

    def decide(self, X: Any, client: Any = "", /) -> Any:
        return np.maximum(self.estimator_.predict(X), np.arange(len(X)) == 0)


@breaks(Kind.GUARD, guard.check_a_session_is_met_by_strangers_and_leaves_no_trace, guard.check_memory_stays_bounded)
class HoarderGuard(_Guard):
    """Denies what it was asked before, by anybody, and never forgets; its sessions share what it knows."""

    def fit(self, X: Any, y: Any, /) -> Any:
        self.seen_: set[Any] = set()
        return super().fit(X, y)

    def decide(self, X: Any, client: Any = "", /) -> Any:
        asked = list(map(str, X.tolist()))
        known = [row in self.seen_ for row in asked]
        self.seen_ |= set(asked)
        return np.where(known, 1, self.estimator_.predict(X))

    def session(self) -> Any:
        return copy(self)


@breaks(Kind.GUARD, guard.check_no_client_pays_for_what_another_did)
class GrudgingGuard(_Guard):
    """Denies everything once anybody has asked about anything malicious."""

    def fit(self, X: Any, y: Any, /) -> Any:
        self.memory_ = LastClients(10, list)
        return super().fit(X, y)

    def decide(self, X: Any, client: Any = "", /) -> Any:
        verdicts = self.estimator_.predict(X)
        grudge = self.memory_["anybody"]
        denied = np.full(len(X), 1) if grudge else verdicts
        grudge += [1] * bool(verdicts.any())
        return denied

    def session(self) -> Any:
        fresh = copy(self)
        fresh.memory_ = self.memory_.emptied()
        return fresh


@breaks(Kind.GUARD, guard.check_what_it_shows_of_scores_keeps_their_order)
class LyingGuard(_Guard):
    """Shows the surest score as the least sure."""

    def shown(self, scores: Any, /) -> Any:
        return -scores


@breaks(Kind.GUARD, guard.check_grants_so_many_answers_as_it_says)
class GenerousGuard(_Guard):
    """Says that it grants a few answers, and gives any number."""

    granted = 5
