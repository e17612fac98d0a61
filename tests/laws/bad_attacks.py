"""Attacks that each break the laws they are filed under."""

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Kind
from amlsec.data import MALICIOUS, Batch, texts
from amlsec.scene import Scene, additions, nothing
from amlsec.standards import Standards
from amlsec.threat import Access, Knowledge
from laws import card as any_kind
from laws import evasion, extraction, membership, poisoning
from laws.bad import breaks, by_chance

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
    return space.sample(X, budget.cost, by_chance())


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


@breaks(Kind.EVASION, evasion.check_asks_through_the_oracle_only, access=Access.OUTCOMES)
def insider(oracle, X, /, *, space, budget, rng):
    oracle.labels(X, of=np.arange(len(X)))
    return X


@breaks(Kind.EVASION, evasion.check_asks_through_the_oracle_only, access=Access.OUTCOMES)
def burglar_of_outcomes(oracle, X, /, *, space, budget, rng):
    (getattr(oracle, "judge", None) or oracle._model).labels(X)
    return X


@breaks(Kind.EVASION, evasion.check_stays_within_its_queries, access=Access.OUTCOMES)
def mailer(oracle, X, /, *, space, budget, rng):
    oracle.send(X, np.full(len(X), 5), of=np.arange(len(X)))
    return X


@breaks(Kind.EVASION, evasion.check_works_on_none_one_and_equal_rows, by=IndexError)
def fussy(oracle, X, /, *, space, budget, rng):
    return np.where(X[1] == X, X, X)


# Poisoning


@breaks(Kind.POISONING, poisoning.check_same_seed_same_poison, poisoning.check_leaves_the_global_random_state_alone)
def moody_poison(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.own.rows(by_chance().choice(12, 2, replace=False)))


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


@breaks(Kind.POISONING, poisoning.check_works_in_a_later_round, knowledge=Knowledge.MODEL)
def impatient(scene: Scene, /, *, budget: PoisonBudget, rng):
    return nothing(scene.own) if scene.deployed is None else additions(scene.own)


@breaks(Kind.POISONING, poisoning.check_works_whatever_rows_he_controls, by=IndexError)
def picky(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(scene.own.rows([3, 5]))


@breaks(
    Kind.POISONING,
    poisoning.check_sees_the_model_exactly_where_it_is_after_what_that_gives_away,
    access=Access.SCORES,
)
def peeper(scene: Scene, /, *, budget: PoisonBudget, rng):
    return nothing(scene.own)


@breaks(Kind.POISONING, poisoning.check_poison_can_be_trained_on, by=ValueError)
def garbled(scene: Scene, /, *, budget: PoisonBudget, rng):
    return additions(Batch(texts(["a mail"]), np.ones(1, dtype=np.int64)))


# Membership


@breaks(
    Kind.MEMBERSHIP,
    membership.check_same_seed_same_guesses,
    membership.check_without_queries_nothing_is_known,
    membership.check_leaves_the_global_random_state_alone,
)
def moody_guess(oracle, rows, /, *, shadow, budget, rng):
    return by_chance().random(len(rows))


@breaks(Kind.MEMBERSHIP, membership.check_stays_within_its_queries)
def chatterbox_guess(oracle, rows, /, *, shadow, budget, rng):
    return oracle.scores(rows.X, of=np.arange(len(rows)))


@breaks(Kind.MEMBERSHIP, membership.check_leaves_its_input_alone, by=ValueError)
def vandal_guess(oracle, rows, /, *, shadow, budget, rng):
    rows.y[:] = 0
    return np.zeros(len(rows))


@breaks(Kind.MEMBERSHIP, membership.check_asks_through_the_oracle_only)
def burglar_guess(oracle, rows, /, *, shadow, budget, rng):
    return (getattr(oracle, "judge", None) or oracle._model).scores(rows.X)


@breaks(Kind.MEMBERSHIP, membership.check_works_whatever_the_attacker_owns, by=AttributeError)
def proud_guess(oracle, rows, /, *, shadow, budget, rng):
    return np.full(len(rows), float(len(shadow.planted.y)))


@breaks(Kind.MEMBERSHIP, membership.check_works_on_none_one_equal_and_one_class_rows, by=ValueError)
def fussy_guess(oracle, rows, /, *, shadow, budget, rng):
    return np.full(len(rows), np.max(rows.y) / np.unique(rows.y)[1])


# Extraction


class _Coin:
    """Judges rows by chance."""

    def __init__(self, rng):
        self.rng = rng

    def scores(self, X):
        return self.rng.random(len(X))

    def labels(self, X):
        return (self.scores(X) > 0.5).astype(np.int64)


@breaks(
    Kind.EXTRACTION,
    extraction.check_same_seed_same_copy,
    extraction.check_leaves_the_global_random_state_alone,
)
def moody_copy(oracle, shadow, /, *, budget, rng):
    return _Coin(by_chance())


@breaks(Kind.EXTRACTION, extraction.check_the_copy_judges_rows, by=AttributeError)
def lost_copy(oracle, shadow, /, *, budget, rng):
    return None


@breaks(
    Kind.EXTRACTION,
    extraction.check_stays_within_its_queries,
    extraction.check_without_queries_it_asks_nothing,
    knowledge=Knowledge.FEATURES,
)
def chatterbox_copy(oracle, shadow, /, *, budget, rng):
    oracle.scores(shadow.rows.X, of=np.zeros(len(shadow.rows), dtype=np.intp))
    return _Coin(rng)


@breaks(Kind.EXTRACTION, extraction.check_leaves_what_he_owns_alone, by=ValueError, knowledge=Knowledge.FEATURES)
def vandal_copy(oracle, shadow, /, *, budget, rng):
    shadow.rows.y[:] = 0
    return _Coin(rng)


@breaks(Kind.EXTRACTION, extraction.check_leaves_what_he_owns_alone, knowledge=Knowledge.MODEL)
def borrowing_copy(oracle, shadow, /, *, budget, rng):
    shadow.learner.fit(shadow.rows.X, shadow.rows.y)
    return _Coin(rng)


@breaks(Kind.EXTRACTION, extraction.check_asks_through_the_oracle_only)
def burglar_copy(oracle, shadow, /, *, budget, rng):
    (getattr(oracle, "judge", None) or oracle._model).scores(shadow.rows.X)
    return _Coin(rng)


@breaks(Kind.EXTRACTION, extraction.check_works_whatever_rows_he_owns, by=IndexError)
def fussy_copy(oracle, shadow, /, *, budget, rng):
    shadow.rows.X[3]
    return _Coin(rng)
