"""Protected rows: exactly those are named that a refit turns."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.protected import Guarded
from gate_rows import policy, rows


@pytest.fixture(scope="module")
def poison() -> Batch:
    """Rows around a point, under the wrong label."""
    rng = np.random.default_rng(3)
    return Batch(np.full((60, 4), 2.2) + rng.normal(size=(60, 4)) * 0.1, np.zeros(60, dtype=np.int64))


def by_hand(trusted: Batch, offered: Batch, protected: Batch) -> tuple[int, ...]:
    before, after = (clone(LogisticRegression()).fit(one.X, one.y) for one in (trusted, trusted + offered))
    wrong = (before.predict(protected.X) == protected.y) & (after.predict(protected.X) != protected.y)
    return tuple(np.flatnonzero(wrong).tolist())


def guarded(protected: Batch, trusted: Batch, most: int = 1000) -> Guarded:
    return Guarded.of(protected, LogisticRegression(), trusted, most, "key")


def test_the_rows_named_are_those_of_a_refit(poison) -> None:
    trusted, protected = rows(200, 0), rows(100, 1, shift=1.8)
    expected = by_hand(trusted, poison, protected)
    assert len(expected) > 2
    assert guarded(protected, trusted).turned(poison) == expected
    assert guarded(protected, trusted).turned(rows(40, 8)) == by_hand(trusted, rows(40, 8), protected)


def test_beside_what_was_learned_harm_adds_up(poison) -> None:
    trusted, protected = rows(200, 0), rows(100, 1, shift=1.8)
    first, second = poison.rows(slice(0, 30)), poison.rows(slice(30, 60))
    test = guarded(protected, trusted)
    assert test.turned(second, first) == by_hand(trusted + first, second, protected)
    both = {*test.turned(first), *test.turned(second, first)}
    assert both >= set(by_hand(trusted, poison, protected))


def test_nothing_offered_turns_nothing(poison) -> None:
    trusted = rows(200, 0)
    assert guarded(rows(10, 1), trusted).turned(poison.rows([])) == ()
    wrong = rows(10, 1)
    wrong = wrong.relabelled(1 - wrong.y)
    hopeless = wrong.rows(~guarded(wrong, trusted).right)
    assert guarded(hopeless, trusted).turned(poison) == ()


def test_at_most_so_many_rows_are_trained_on(poison) -> None:
    trusted, protected = rows(200, 0), rows(100, 1, shift=1.8)
    few = guarded(protected, trusted, most=1).turned(poison)
    assert set(few) < set(by_hand(trusted, poison, protected))


def test_the_panel_tests_the_rows_that_screens_let_pass(poison) -> None:
    protected = rows(100, 1, shift=1.8)
    panel = Panel.fit(policy("hold_back = 0.001"), rows(200, 0), protected=protected, model=LogisticRegression())
    judged = panel.judge(poison)
    passing = panel.passing(judged)
    assert passing.any()
    assert judged.turned == by_hand(panel.trusted, poison.rows(passing), protected)
    assert any("protected rows are wrong already" in note for note in panel.notes)
