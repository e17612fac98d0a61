"""Rehearsals whose outcome is known: systems that count what they are given."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.rehearsal import Rehearsal, best
from amlsec.scene import Poison, Scene, additions, edits, nothing
from amlsec.space.tabular import infer


def numbers(start: float, count: int, label: int) -> Batch:
    return Batch(start + np.arange(float(count))[:, None], np.full(count, label))


KNOWN = numbers(0, 100, BENIGN) + numbers(1000, 100, MALICIOUS)
OWN = numbers(500, 20, BENIGN)
SPACE = infer(KNOWN.X, ["x"])


@dataclass
class Fixed:
    """A model that stops rows above a limit, and accepts what it was told to."""

    limit: float
    accepted: Any

    def labels(self, X):
        return (X[:, 0] > self.limit).astype(np.int64)

    def scores(self, X):
        return X[:, 0]


@dataclass
class Screening:
    """Accepts rows whose number is even; keeps what it was offered."""

    seen: list[tuple[Batch, Batch]] = field(default_factory=list)

    def train(self, offered, trusted):
        self.seen.append((offered, trusted))
        return Fixed(50.5, offered.X[:, 0] % 2 == 0)


def scene(system: Any = None, learner: Any = None, own: Batch = OWN, known: Batch | None = KNOWN, total: int = 220) -> Scene:
    return Scene(own, total, SPACE, known, learner, system=system)


def rehearsal(on: Scene, wanted: int = BENIGN, **settings: Any) -> Rehearsal:
    return Rehearsal(on, np.random.default_rng(0), wanted=wanted, **settings)


@given(st.integers(0, 30), st.lists(st.integers(0, 19), unique=True), st.integers(200, 2000))
def test_acceptance_is_told_of_the_poisons_rows_in_their_order(added: int, edited: list[int], total: int) -> None:
    poison = Poison(
        numbers(3001, added, 0), np.array(edited, dtype=np.intp), numbers(7000, 20, 0).rows(np.array(edited, dtype=np.intp))
    )
    accepted = rehearsal(scene(Screening(), total=total)).of(poison).accepted
    rows = np.concatenate([poison.edits.X, poison.added.X])[:, 0]
    assert accepted is not None
    assert accepted.tolist() == (rows % 2 == 0).tolist()


@given(st.integers(0, 40), st.integers(100, 2000))
def test_every_row_of_the_poison_is_tried_once_among_as_many_others_as_in_truth(count: int, total: int) -> None:
    system = Screening()
    rehearsal(scene(system, total=total)).of(additions(numbers(3000, count, 0)))
    tried = np.concatenate([offered.X[:, 0] for offered, _ in system.seen])
    assert sorted(tried[tried >= 3000]) == [3000 + k for k in range(count)]
    others = [int((~np.isin(offered.X[:, 0], np.r_[500:520, 3000:3100])).sum()) for offered, _ in system.seen]
    assert set(others) == {120}
    assert len(system.seen) == max(1, min(round((total - 20) / 120), count))


def test_quiz_train_and_trusted_rows_are_disjoint() -> None:
    system = Screening()
    stage = rehearsal(scene(system))
    stage.of(nothing(KNOWN))
    offered, trusted = system.seen[0]
    contents = [set(part[:, 0]) for part in (offered.X, trusted.X, stage.victims)]
    assert not contents[0] & contents[1]
    assert not contents[2] & (contents[0] | contents[1])
    assert (len(trusted), len(stage.victims)) == (30, 25)


def test_harm_is_the_share_of_victims_judged_as_wanted() -> None:
    on = scene(Screening())
    victims = np.array([[1.0], [2.0], [99.0], [3.0]])
    passing, stopping = (rehearsal(on, wanted, victims=victims).of(nothing(KNOWN)) for wanted in (BENIGN, MALICIOUS))
    assert (passing.harm, passing.score) == (0.75, -26.25)
    assert (stopping.harm, stopping.score) == (0.25, 26.25)


def test_without_a_system_the_learner_is_trained_on_all_rows_and_nothing_is_screened() -> None:
    learner = LogisticRegression()
    stage = rehearsal(scene(None, learner, own=OWN.rows([])), MALICIOUS)
    done = stage.of(nothing(KNOWN))
    rows = stage._train + stage.trusted
    naive = Classifier(LogisticRegression().fit(rows.X, rows.y))
    assert done.accepted is None
    assert done.harm == (naive.labels(stage.victims) == MALICIOUS).mean()
    assert not hasattr(learner, "classes_")


def test_who_knows_no_rows_but_his_own_rehearses_on_those_and_edits_them_once() -> None:
    system = Screening()
    own = numbers(0, 40, BENIGN) + numbers(1000, 40, MALICIOUS)
    stage = rehearsal(scene(system, own=own, known=None, total=80))
    stage.of(edits(np.arange(3), numbers(7000, 3, BENIGN)))
    offered, _ = system.seen[0]
    assert len(system.seen) == 1
    assert sorted(offered.X[:, 0]) == sorted([*own.X[3:, 0], 7000, 7001, 7002])


def test_what_cannot_be_trained_is_harmless_and_nowhere_accepted() -> None:
    class Refusing:
        def __init__(self, error: Exception) -> None:
            self.error = error

        def train(self, offered, trusted):
            raise self.error

    poison = additions(numbers(3000, 3, 0))
    for on in (scene(), scene(None, LogisticRegression(), known=KNOWN.labelled(BENIGN))):
        done = rehearsal(on).of(poison)
        assert (done.harm, done.score, done.accepted) == (0.0, -math.inf, None)
    for error in (ValueError("one class"), InvalidInput("offered", "3 rows", "also stand among the trusted rows")):
        refused = rehearsal(scene(Refusing(error))).of(poison)
        assert refused.worth == (0.0, -math.inf)
        assert refused.accepted.tolist() == [False] * 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 3))
def test_more_candidates_do_no_less_in_rehearsal(sizes: list[int], fewer: int) -> None:
    stage = rehearsal(scene(None, GaussianNB()))
    plans = [additions(KNOWN.labelled(MALICIOUS).rows(np.arange(size)).relabelled(np.zeros(size, int))) for size in sizes]
    few = plans[: max(1, len(plans) - fewer)]
    assert stage.of(best(plans, stage)).worth >= stage.of(best(few, stage)).worth


def test_equal_seeds_rehearse_alike() -> None:
    poison = additions(KNOWN.labelled(MALICIOUS).rows(np.arange(30)).relabelled(np.zeros(30, dtype=np.int64)))
    one, two = (rehearsal(scene(None, LogisticRegression())).of(poison) for _ in range(2))
    assert one.worth == two.worth
