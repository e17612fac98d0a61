"""The frame refuses attacks that break the rules of their game."""

# ruff: noqa: ARG005  (an attack takes what its kind gives it)

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.catalogue import Card, Kind
from amlsec.data import Batch
from amlsec.errors import AccessDenied, AttackError, QueriesSpent
from amlsec.frame import evade, guess, guessed, poison, recognise, recognised, steal, wanted
from amlsec.scene import Scene, additions, edits, nothing
from amlsec.shadow import Shadow
from amlsec.space.tabular import Column, May, TabularSpace
from amlsec.space.tabular import Kind as ColumnKind
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

SPACE = TabularSpace([Column("links", ColumnKind.NUMERIC, -10, 10, may=May.UP)])
X = np.array([[0.0], [1.0]])
ROWS = Batch(X, np.array([0, 1]))
CELL = ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE)


class Sign:
    def labels(self, X: Any, /) -> Any:
        return (X[:, 0] > 0).astype(np.int64)

    def scores(self, X: Any, /) -> Any:
        return X[:, 0]


def evading(run, access: Access = Access.SCORES, **budget: float):
    card = Card("move", Kind.EVASION, run, (CELL,), ("x",), access=access)
    spend = EvasionBudget(**{"cost": 1.0, "queries": 2, **budget})
    return evade(card, Sign(), X, space=SPACE, budget=spend, rng=np.random.default_rng(0))


def poisoning(run, share: float = 0.5, knowledge: Knowledge = Knowledge.NONE):
    card = Card("drip", Kind.POISONING, run, (CELL,), ("x",), knowledge=knowledge)
    scene = Scene(ROWS, 4, SPACE, ROWS, "learner")
    return poison(card, scene, budget=PoisonBudget(share), rng=np.random.default_rng(0))


def recognising(run, access: Access = Access.SCORES):
    card = Card("peep", Kind.MEMBERSHIP, run, (CELL,), ("x",), access=access)
    return recognise(card, Sign(), ROWS, shadow=Shadow(ROWS, SPACE), budget=QueryBudget(1), rng=np.random.default_rng(0))


def test_costs_and_queries_are_counted() -> None:
    def move(oracle, X, /, *, space, budget, rng):
        oracle.labels(X[:1], of=np.array([0]))
        return X + np.array([[0.0], [0.25]])

    evaded = evading(move)
    assert evaded.cost.tolist() == [0.0, 0.25]
    assert evaded.queries.tolist() == [1, 0]


def test_the_callers_rows_are_not_the_attackers_to_change() -> None:
    def move(oracle, X, /, *, space, budget, rng):
        X += 0.5
        return X

    assert evading(move).cost.tolist() == [0.5, 0.5]
    assert X.tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (lambda X: X + 1.5, "spent 1.5 on one row, its budget is 1"),
        (lambda X: X - 0.5, "spent inf"),
        (lambda X: X + np.inf, "spent"),
        (lambda X: X[:1], "another shape"),
        (lambda X: X[:, 0], "another shape"),
        (lambda X: X.astype(np.float32), "shape or type"),
        (lambda X: X.tolist(), "another shape"),
        (lambda X: None, "another shape"),
    ],
)
def test_evasion_within_cost_space_and_shape(changed, says: str) -> None:
    with pytest.raises(AttackError, match=says):
        evading(lambda oracle, X, /, **kw: changed(X))


def test_not_a_number_is_outside_the_space() -> None:
    with pytest.raises(AttackError):
        evading(lambda oracle, X, /, **kw: X * np.nan)


def test_queries_and_access_end_where_they_end() -> None:
    def ask(oracle, X, /, *, space, budget, rng):
        oracle.scores(X, of=np.arange(len(X)))
        return X

    assert evading(ask, queries=1).queries.tolist() == [1, 1]
    with pytest.raises(QueriesSpent):
        evading(ask, queries=0)
    with pytest.raises(AccessDenied, match=r"asked for scores.*labels"):
        evading(ask, access=Access.LABELS)
    with pytest.raises(AccessDenied, match="parameters"):
        evading(lambda oracle, X, /, **kw: oracle.parameters())


def test_false_alarms_are_wanted_by_attacks_on_availability_only() -> None:
    card = Card("move", Kind.EVASION, len, (CELL,), ("x",))
    assert wanted(card) == 0
    assert wanted(replace(card, threats=(replace(CELL, violation=Violation.AVAILABILITY),))) == 1


ONE = ROWS.rows([0])


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (additions(ROWS + ONE), "took 0.75 of the training set, its share is 0.5"),
        (edits(np.array([0, 0]), ROWS), "a row twice"),
        (edits(np.array([2]), ONE), "not its own"),
        (edits(np.array([-1]), ONE), "not its own"),
        (edits(np.array([0, 1]), ONE), "1 edits for 2 rows"),
    ],
)
def test_poison_within_share_and_own_rows(result, says: str) -> None:
    with pytest.raises(AttackError, match=says):
        poisoning(lambda scene, /, **kw: result)


def test_poison_within_the_rules_is_handed_on() -> None:
    assert len(poisoning(lambda scene, /, **kw: edits(np.array([1]), ONE))) == 1
    assert len(poisoning(lambda scene, /, **kw: nothing(scene.own), share=0.0)) == 0


@pytest.mark.parametrize(
    ("knowledge", "known", "learner"),
    [
        (Knowledge.NONE, False, False),
        (Knowledge.FEATURES, False, False),
        (Knowledge.DATA, True, False),
        (Knowledge.MODEL, True, True),
    ],
)
def test_a_poisoner_sees_what_his_card_says_he_knows(knowledge: Knowledge, known: bool, learner: bool) -> None:
    seen = []
    poisoning(lambda scene, /, **kw: seen.append(scene) or nothing(scene.own), knowledge=knowledge)
    assert (seen[0].known is not None, seen[0].learner is not None) == (known, learner)


@pytest.mark.parametrize("scores", [np.zeros(3), np.zeros((2, 1)), np.array([0.0, np.nan]), np.array([0.0, np.inf])])
def test_one_finite_guess_for_each_row(scores) -> None:
    with pytest.raises(AttackError, match="gave guesses of shape"):
        recognising(lambda oracle, rows, /, **kw: scores)


def test_guesses_are_handed_on_as_floats() -> None:
    guesses = recognising(lambda oracle, rows, /, **kw: [1, 0])
    assert guesses.dtype == np.float64
    assert guesses.tolist() == [1.0, 0.0]


def test_questions_about_each_row_are_counted() -> None:
    def peep(oracle, rows, /, *, shadow, budget, rng):
        oracle.labels(rows.X[1:], of=np.array([1]))
        return np.zeros(len(rows))

    card = Card("peep", Kind.MEMBERSHIP, peep, (CELL,), ("x",), access=Access.LABELS)
    rng = np.random.default_rng(0)
    _, spent = recognised(card, Sign(), ROWS, shadow=Shadow(ROWS, SPACE), budget=QueryBudget(1), rng=rng)
    assert spent.tolist() == [0, 1]


def test_questions_about_hidden_values_are_counted() -> None:
    def peep(oracle, rows, hidden, /, *, shadow, budget, rng):
        oracle.labels(np.ones((1, 1)), of=np.array([1]))
        return np.zeros((len(rows), 1))

    card, rng = Card("peep", Kind.INFERENCE, peep, (CELL,), ("x",), access=Access.LABELS), np.random.default_rng(0)
    asked = {"shadow": Shadow(ROWS, SPACE), "budget": QueryBudget(1), "rng": rng}
    guesses, spent = guessed(card, Sign(), ROWS, np.array([0]), **asked)
    assert spent.tolist() == [0, 1]
    assert guesses.shape == (2, 1)


class Granting(Sign):
    """Answers a client so often and refuses him after that."""

    granted = 3


def told(queries: int, accounts: int = 1, access: Access = Access.LABELS):
    """What a membership attack on four rows is granted, and its guesses: what it was answered."""
    seen = []

    def peep(oracle, rows, /, *, shadow, budget, rng):
        seen.append((len(rows), budget.queries, oracle.left(np.arange(len(rows))).tolist()))
        return oracle.labels(rows.X, of=np.arange(len(rows))) if budget.queries else np.zeros(len(rows))

    card = Card("peep", Kind.MEMBERSHIP, peep, (CELL,), ("x",), access=access)
    rows, shadow = ROWS.rows([1, 1, 1, 1]), Shadow(ROWS, SPACE)
    budget = QueryBudget(queries, accounts)
    guesses = recognise(card, Granting(), rows, shadow=shadow, budget=budget, rng=np.random.default_rng(0))
    return seen[0], guesses.tolist()


def test_who_is_granted_less_asks_less_and_guesses_the_rest_to_be_unlikely() -> None:
    assert told(queries=9) == ((3, 1, [1] * 3), [1.0, 1.0, 1.0, 1.0])
    assert told(queries=0) == ((4, 0, [0] * 4), [0.0] * 4)
    assert told(queries=9, accounts=3) == ((4, 2, [2] * 4), [1.0] * 4)
    assert told(queries=1, accounts=3) == ((4, 1, [1] * 4), [1.0] * 4)


def test_who_holds_a_copy_is_granted_anything() -> None:
    assert told(queries=9, access=Access.PARAMETERS)[0] == (4, 9, [9] * 4)


def test_the_least_likely_of_those_he_asked_about_is_what_the_others_are() -> None:
    card = Card("peep", Kind.MEMBERSHIP, lambda oracle, rows, /, **kw: np.arange(len(rows)) - 5.0, (CELL,), ("x",))
    card, rng = replace(card, access=Access.SCORES), np.random.default_rng(0)
    guesses, asked = recognised(
        card, Granting(), ROWS.rows([0] * 5), shadow=Shadow(ROWS, SPACE), budget=QueryBudget(1), rng=rng
    )
    assert guesses.tolist() == [-5.0, -4.0, -3.0, -5.0, -5.0]
    assert asked.tolist() == [0] * 5


def test_a_copy_takes_no_more_than_is_granted() -> None:
    def copy(oracle, shadow, /, *, budget, rng):
        for _ in range(budget.queries):
            oracle.labels(X[:1], of=np.zeros(1, dtype=int))
        return Sign()

    card, rng = Card("copy", Kind.EXTRACTION, copy, (CELL,), ("x",), access=Access.LABELS), np.random.default_rng(0)
    spent = [
        steal(card, model, shadow=Shadow(ROWS, SPACE), budget=QueryBudget(9, accounts), rng=rng)[1]
        for model, accounts in ((Sign(), 1), (Granting(), 1), (Granting(), 2), (Granting(), 8))
    ]
    assert spent == [9, 3, 6, 9]


def test_a_sender_keeps_one_answer_for_the_row_he_sends_in_the_end() -> None:
    seen = []

    def move(oracle, X, /, *, space, budget, rng):
        seen.append((budget.queries, oracle.left(np.array([0]))[0]))
        return X

    card = Card("move", Kind.EVASION, move, (CELL,), ("x",), access=Access.LABELS)
    for accounts in (1, 2):
        evade(card, Granting(), X, space=SPACE, budget=EvasionBudget(1, 4, accounts), rng=np.random.default_rng(0))
    assert seen == [(2, 2), (4, 4)]


def guessing(run, model: Any, rows: Batch, budget: QueryBudget):
    card, rng = Card("guess", Kind.INFERENCE, run, (CELL,), ("x",), access=Access.LABELS), np.random.default_rng(0)
    return guess(card, model, rows, np.array([0]), shadow=Shadow(ROWS, SPACE), budget=budget, rng=rng)


def test_hidden_columns_are_not_shown_and_stay_as_they_are() -> None:
    seen, rows = [], Batch(X.copy(), ROWS.y)

    def look(oracle, rows, hidden, /, *, shadow, budget, rng):
        seen.append((rows.X.copy(), rows.y.copy()))
        rows.X[:] = 7.0
        return np.zeros((len(rows), len(hidden)))

    assert guessing(look, Sign(), rows, QueryBudget(1)).tolist() == [[0.0], [0.0]]
    assert np.isnan(seen[0][0]).all()
    assert seen[0][1].tolist() == [0, 1]
    assert rows.X.tolist() == X.tolist()


@pytest.mark.parametrize("guesses", [np.zeros(2), np.zeros((2, 2)), np.array([[0.0], [np.nan]])])
def test_one_finite_guess_for_each_hidden_value(guesses) -> None:
    with pytest.raises(AttackError, match="gave guesses of shape"):
        guessing(lambda oracle, rows, hidden, /, **kw: guesses, Sign(), ROWS, QueryBudget(1))


def test_of_few_answers_he_asks_ten_about_some_rows_and_none_about_others() -> None:
    calls = []

    def ask(oracle, rows, hidden, /, *, shadow, budget, rng):
        calls.append((len(rows), budget.queries))
        return np.zeros((len(rows), len(hidden)))

    budgets = QueryBudget(1), QueryBudget(20), QueryBudget(20, accounts=8)
    assert [guessing(ask, Granting(), ROWS.rows([0] * 4), budget).shape for budget in budgets] == [(4, 1)] * 3
    assert calls == [(3, 1), (1, 0), (1, 3), (3, 0), (2, 10), (2, 0)]
