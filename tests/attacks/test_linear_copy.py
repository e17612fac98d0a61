import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import expit

from amlsec.attacks.linear_copy import Answers, LinearCopy, exact, leant, off, solved
from amlsec.data import Batch

WEIGHTS, INTERCEPT = np.array([2.0, -1.0, 0.5]), -0.25


def answers(rows, *, probable, digits=None):
    evidence = rows @ WEIGHTS + INTERCEPT
    scores = expit(evidence) if probable else evidence
    return Answers(rows, scores if digits is None else scores.round(digits))


def none():
    return Batch(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))


@pytest.mark.parametrize("features", [lambda X: X, csr_matrix])
@pytest.mark.parametrize("probable", [True, False])
def test_as_many_answers_as_parameters_are_solved(features, probable):
    rows = np.vstack([np.zeros(3), 1.5 * np.eye(3)])
    copy = solved(features, answers(rows, probable=probable))
    np.testing.assert_allclose(copy.weights, WEIGHTS, rtol=1e-12)
    assert copy.intercept == pytest.approx(INTERCEPT, rel=1e-12)
    assert copy.probable == probable


def test_answers_that_are_rounded_to_1_are_left_out():
    rows = np.vstack([np.zeros(3), np.eye(3), [40.0, 0, 0]])
    asked = answers(rows, probable=True)
    assert asked.scores[-1] == 1
    np.testing.assert_allclose(solved(lambda X: X, asked).weights, WEIGHTS, rtol=1e-12)


def test_answers_rounded_to_2_digits_give_weights_to_one_in_a_hundred():
    rows = np.random.default_rng(0).normal(size=(2000, 3))
    asked = answers(rows, probable=True, digits=2)
    copy = leant(lambda X: X, asked, none(), 1e6)
    np.testing.assert_allclose(copy.weights, WEIGHTS, rtol=0.01)
    assert off(copy, asked) <= 0.01


def test_verdicts_alone_give_the_direction_of_the_weights():
    rows = np.random.default_rng(0).normal(size=(2000, 3))
    copy = leant(lambda X: X, answers(rows, probable=True, digits=0), none(), 1e4)
    cosine = copy.weights @ WEIGHTS / np.linalg.norm(copy.weights) / np.linalg.norm(WEIGHTS)
    assert cosine > 0.999


def test_his_own_labels_stand_in_for_answers():
    own = Batch(np.eye(3)[[0, 0, 1, 1]], np.array([1, 1, 0, 0]))
    copy = leant(lambda X: X, answers(np.zeros((0, 3)), probable=True), own, 1.0)
    assert copy.labels(own.X).tolist() == own.y.tolist()
    assert off(copy, answers(np.zeros((0, 3)), probable=True)) == np.inf


@pytest.mark.parametrize("label", [0, 1])
def test_one_label_alone_gives_a_constant(label):
    own = Batch(np.eye(3), np.full(3, label))
    assert (leant(lambda X: X, answers(np.zeros((0, 3)), probable=True), own, 1.0).labels(np.ones((4, 3))) == label).all()


@pytest.mark.parametrize(
    ("scores", "coarse"),
    [([0.25, 0.5], True), ([0.0, 1.0], True), ([0.12345, 0.5], False), ([1e-13, 0.5], False), ([2.0], False)],
)
def test_rounded_probabilities_are_told_by_their_digits(scores, coarse):
    assert Answers(np.zeros((len(scores), 1)), np.array(scores)).coarse == coarse


def test_margins_within_0_and_1_are_margins_where_it_is_said():
    asked = Answers(np.zeros((2, 1)), np.array([0.0, 1.0]), margins=True)
    assert (asked.probable, asked.coarse, asked.exact.tolist(), asked.evidence.tolist()) == (
        False,
        False,
        [True, True],
        [0, 1],
    )


@pytest.mark.parametrize("z", [-690.0, -30.0, 0.0, 11.0])
def test_what_counts_as_exact_gives_ten_digits(z):
    score = expit(np.array([z]))
    assert exact(score)[0]
    assert Answers(np.zeros((1, 1)), score).evidence[0] == pytest.approx(z, rel=1e-10, abs=1e-10)


def test_scores_are_of_the_kind_of_the_answers():
    rows = np.random.default_rng(0).normal(size=(5, 3))
    for probable in (True, False):
        copy = LinearCopy(lambda X: X, WEIGHTS, INTERCEPT, probable)
        np.testing.assert_allclose(copy.scores(rows), answers(rows, probable=probable).scores)
