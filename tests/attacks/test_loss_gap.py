"""ALFA's linear program against a solver of linear programs, its objective against all flips of small sets."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.svm import SVC

from amlsec.attacks.loss_gap import alfa_flips, losses, with_flips, worst_flips
from amlsec.data import Batch

excesses = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=8)


@given(excesses, st.integers(0, 8))
def test_the_chosen_flips_solve_the_papers_linear_program(pairs, room):
    """min sum of q_i e_i over rows kept and flipped, q in [0, 1], kept + flipped = 1, at most `room` flipped."""
    excess, n = np.array(pairs).T, len(pairs)
    flipped = worst_flips(excess, np.arange(n), room)
    kept_or_flipped = np.hstack([np.eye(n), np.eye(n)])
    solved = linprog(
        np.concatenate(excess),
        A_ub=[np.repeat([0.0, 1.0], n)],
        b_ub=[room],
        A_eq=kept_or_flipped,
        b_eq=np.ones(n),
        bounds=(0, 1),
    )
    ours = excess[1, flipped].sum() + np.delete(excess[0], flipped).sum()
    assert len(flipped) <= room
    assert ours == pytest.approx(solved.fun, abs=1e-6)


def rows(n: int, gap: float, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + gap * y[:, None], y)


def objective(on: Batch, flipped, C: float = 1.0) -> float:
    """The paper's: half the squared weights, and the loss as flipped under the tainted machine less under the clean one."""
    y = with_flips(on.y, np.array(flipped, dtype=int))
    tainted, clean = SVC(kernel="linear", C=C).fit(on.X, y), SVC(kernel="linear", C=C).fit(on.X, on.y)
    gap = sum(
        (np.maximum(1 - (2 * y - 1) * m.decision_function(on.X), 0).sum() * sign) for m, sign in ((tainted, 1), (clean, -1))
    )
    return 0.5 * float((tainted.coef_**2).sum()) + C * gap


def test_the_flips_are_the_best_or_nearly_of_all():
    """Turns end at a local minimum: of the 136 sets of 2 of 17 rows and fewer, at most a few are better."""
    shares = []
    for seed in range(5):
        on = rows(14, 2.0, seed)
        found = objective(on, alfa_flips(SVC(kernel="linear"), on, np.arange(14), 2))
        others = np.array([objective(on, pair) for pair in combinations(range(14), 2)])
        shares.append((others < found - 1e-3).mean())
    assert np.mean(shares) <= 0.02
    assert np.median(shares) == 0


def test_turns_never_raise_the_objective():
    on = rows(60, 1.5, 0)
    svm = SVC(kernel="linear")
    first = worst_flips(-losses(svm, on, on.y), np.arange(60), 8)
    assert objective(on, alfa_flips(svm, on, np.arange(60), 8)) <= objective(on, first) + 1e-3


def test_only_rows_that_are_his_are_flipped_and_no_more_than_he_may():
    on = rows(60, 1.5, 0)
    mine = np.arange(5, 25)
    flipped = alfa_flips(SVC(kernel="linear"), on, mine, 8)
    assert len(flipped) == 8
    assert set(flipped) <= set(mine.tolist())


def test_losses_are_hinge_losses_under_either_label():
    on = rows(20, 2.0, 0)
    decision = SVC(kernel="linear").fit(on.X, on.y).decision_function(on.X)
    signs = 2 * on.y - 1
    assert losses(SVC(kernel="linear"), on, on.y) == pytest.approx(
        np.array([np.maximum(1 - signs * decision, 0), np.maximum(1 + signs * decision, 0)])
    )
