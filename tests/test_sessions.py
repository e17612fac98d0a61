import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.catalogue import Card, Kind
from amlsec.frame import evade
from amlsec.oracle import Oracle
from amlsec.sessions import Alike, Senders, session
from amlsec.space.tabular import Column, TabularSpace
from amlsec.space.tabular import Kind as ColumnKind
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

CELL = ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED)
SPACE = TabularSpace([Column("links", ColumnKind.NUMERIC, -9, 9)])


class Sulking:
    """Lets each name ask twice, and stops whatever it sends from then on."""

    def labels(self, X):
        return np.zeros(len(X), dtype=np.int64)

    def scores(self, X):
        return X[:, 0]

    def session(self, accounts=1):
        return _Sulk(Senders(accounts))


class _Sulk:
    def __init__(self, senders):
        self.senders, self.asked = senders, {}

    def labels(self, X, of):
        return np.array([self._count(name) > 2 for name in self.senders.names(of)], dtype=np.int64)

    def scores(self, X, of):
        return self.labels(X, of).astype(np.float64)

    def _count(self, name):
        self.asked[name] = self.asked.get(name, 0) + 1
        return self.asked[name]


def asking(times):
    """An attack that asks so often about the first row alone, and changes nothing."""

    def attack(oracle, X, /, *, space, budget, rng):
        for _ in range(times):
            oracle.labels(X[:1], of=np.array([0]))
        return X

    return Card("asks", Kind.EVASION, attack, (CELL,), ("x",), access=Access.LABELS)


def judged(times, accounts=1):
    X, rng = np.zeros((2, 1)), np.random.default_rng(0)
    return evade(asking(times), Sulking(), X, space=SPACE, budget=EvasionBudget(1, 99, accounts), rng=rng).verdicts.tolist()


def test_the_model_judges_in_the_end_in_the_state_he_left_it_in() -> None:
    assert judged(1) == [0, 0]
    assert judged(2) == [1, 0]


def test_every_game_begins_anew() -> None:
    assert [judged(2) for _ in range(3)] == [[1, 0]] * 3


def test_accounts_are_taken_in_turn() -> None:
    assert judged(3, accounts=2) == [0, 0]
    assert judged(4, accounts=2) == [1, 0]
    assert judged(98, accounts=50) == [0, 0]


def test_scores_are_answers_too() -> None:
    oracle = Oracle(Sulking(), access=Access.SCORES, rows=1, queries=9)
    scores = [oracle.scores(np.zeros((1, 1)), of=np.array([0]))[0] for _ in range(3)]
    assert scores == [0.0, 0.0, 1.0]


def test_a_model_without_sessions_answers_all_alike() -> None:
    class Stump:
        def labels(self, X):
            return (X[:, 0] > 0).astype(np.int64)

        def scores(self, X):
            return X[:, 0]

    met = session(Stump())
    assert isinstance(met, Alike)
    X = np.array([[1.0], [-1.0]])
    assert met.labels(X, np.array([0, 5])).tolist() == [1, 0]
    assert met.scores(X, np.array([0, 5])).tolist() == [1.0, -1.0]
