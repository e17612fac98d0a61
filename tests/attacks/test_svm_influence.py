"""The analytic gradient against finite differences: the machine trained again with the row moved a little."""

import numpy as np
import pytest
from sklearn.svm import SVC

from amlsec.attacks.svm_influence import Machine, direct, gradient
from amlsec.data import Batch

STEP = 1e-3
KERNELS = {
    "linear": SVC(kernel="linear", C=0.1, gamma=1.0, tol=1e-9),
    "rbf": SVC(kernel="rbf", C=0.5, gamma=0.2, tol=1e-9),
    "poly": SVC(kernel="poly", C=0.01, gamma=0.5, coef0=1.0, degree=2, tol=1e-9),
}


def rows(n: int, columns: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, columns)) + y[:, None], y)


def machine(svm: SVC, train: Batch, weight: np.ndarray) -> Machine:
    fitted = SVC(**svm.get_params()).fit(train.X, train.y, sample_weight=weight)
    return Machine(fitted, train, svm.C * weight)


def moved(train: Batch, at: int, step: np.ndarray) -> Batch:
    X = train.X.copy()
    X[at] += step
    return Batch(X, train.y)


def measured(svm: SVC, train: Batch, weight: np.ndarray, at: int, quiz: Batch) -> tuple[np.ndarray, bool]:
    """The gradient by central differences, and whether no row changes its place by the margin."""
    steps = STEP * np.eye(train.X.shape[1])
    pairs = [[machine(svm, moved(train, at, sign * step), weight) for sign in (1, -1)] for step in steps]
    slope = np.array([(up.loss(quiz) - down.loss(quiz)) / (2 * STEP) for up, down in pairs])
    states = {state(each, quiz) for pair in pairs for each in pair}
    return slope, len(states) == 1


def state(m: Machine, quiz: Batch) -> tuple[bytes, bytes, bytes]:
    missed = (2 * quiz.y - 1) * m.svm.decision_function(quiz.X) < 1
    return m.on_margin.tobytes(), m.svm.support_.tobytes(), missed.tobytes()


@pytest.mark.parametrize("name", KERNELS)
def test_finite_differences_agree_off_breakpoints(name):
    svm, quiz = KERNELS[name], rows(60, 8, 99)
    tried = {True: 0, False: 0}
    for seed in range(5):
        train, weight = rows(50, 8, seed), np.where(np.arange(50) < 5, 2.0, 1.0)
        clean = machine(svm, train, weight)
        for at in clean.svm.support_[::4]:
            slope, smooth = measured(svm, train, weight, at, quiz)
            if smooth:
                tried[bool(at in clean.on_margin)] += 1
                found = gradient(clean, at, quiz)
                assert np.linalg.norm(found - slope) <= 1e-3 * np.linalg.norm(slope)
    assert min(tried.values()) >= 5, "rows on the margin and rows over it must both be tried"


def test_a_linear_machine_held_by_as_many_rows_as_it_has_freedoms_does_not_move():
    """In 2 dimensions 3 rows on the margin fix it; the loss stays the same for a while, the direct part does not."""
    svm, quiz = KERNELS["linear"], rows(60, 2, 100)
    trained = [machine(svm, rows(60, 2, seed), np.ones(60)) for seed in range(20)]
    clean = next(each for each in trained if len(each.on_margin) == 3)
    train, over = clean.train, np.setdiff1d(clean.svm.support_, clean.on_margin)
    for at in over[:5]:
        assert np.linalg.norm(gradient(clean, at, quiz)) < 1e-6
        assert np.linalg.norm(direct(clean, at, quiz)) > 1e-2
        after = machine(svm, moved(train, at, np.full(2, 1e-3)), np.ones(60)).loss(quiz)
        assert after == pytest.approx(clean.loss(quiz), abs=1e-4)


def test_a_row_that_is_no_support_vector_moves_nothing():
    clean = machine(KERNELS["rbf"], rows(60, 2, 1), np.ones(60))
    at = np.setdiff1d(np.arange(60), clean.svm.support_)[0]
    assert not gradient(clean, at, rows(60, 2, 2)).any()


def test_the_loss_is_the_hinge_loss():
    train = rows(30, 2, 0)
    clean = machine(KERNELS["linear"], train, np.ones(30))
    decision = train.X @ clean.svm.coef_[0] + clean.svm.intercept_[0]
    assert clean.loss(train) == pytest.approx(
        sum(max(0, 1 - (2 * y - 1) * f) for y, f in zip(train.y, decision, strict=True))
    )
