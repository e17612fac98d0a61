"""The run-off election: both rounds in plain Python, and its certificate against brute force."""

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Perceptron

from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.run_off_election import RunOffElection, to_close_both
from amlsec.defenses.learners.voters import Voters
from amlsec.errors import InvalidInput
from brute_force import Nearest, neighbours, told

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

ONE = np.zeros((1, 1))
ASKED = np.array([[0.0], [2.9], [6.0]])
UNIVERSE = [(float(x), y) for x in range(0, 8, 2) for y in (0, 1, 2)]


def elected(orders):
    """The winner of both rounds, plainly."""
    classes = range(len(orders[0]))
    votes = [sum(order[0] == c for order in orders) for c in classes]
    one, two = sorted(classes, key=lambda c: (-votes[c], c))[:2]
    for_one = sum(order.index(one) < order.index(two) for order in orders)
    return min((one, two), key=lambda c: (-(for_one if c == one else len(orders) - for_one), c))


def moved(orders, changes):
    """Whether some change of so many models, to whatever order, moves the winner."""
    every = list(permutations(range(len(orders[0]))))
    before = elected(orders)
    for models in combinations(range(len(orders)), changes):
        for others in product(every, repeat=changes):
            after = dict(enumerate(orders)) | dict(zip(models, others, strict=True))
            if elected(list(after.values())) != before:
                return True
    return False


def polled(orders):
    return told(RunOffElection(), orders)


def ballots(classes, size):
    """So many orders, in favour of the first class so that something is certified."""
    order = st.permutations(range(classes)).map(tuple)
    return st.lists(st.one_of(st.just(tuple(range(classes))), order), min_size=size, max_size=size)


@settings(max_examples=60, deadline=None)
@given(ballots(3, 7))
def test_no_change_of_as_many_models_as_certified_moves_the_winner(orders):
    election = polled(orders)
    bound = int(election.certify(ONE)[0])
    assert election.predict(ONE).tolist() == [elected(orders)]
    assert not any(moved(orders, changes) for changes in range(1, min(bound, 2) + 1))


@settings(max_examples=15, deadline=None)
@given(ballots(4, 6))
def test_the_same_of_four_classes(orders):
    election = polled(orders)
    bound = int(election.certify(ONE)[0])
    assert election.predict(ONE).tolist() == [elected(orders)]
    assert bound == 0 or not moved(orders, 1)


def test_brute_force_sees_one_model_too_many():
    orders = [(0, 1, 2)] * 4 + [(1, 0, 2)] * 1
    assert polled(orders).certify(ONE).tolist() == [1]
    assert not moved(orders, 1)
    assert moved(orders, 2)


def test_a_model_that_voted_for_a_third_has_a_say():
    """4 votes to 3 to 2; the two prefer the second to the first."""
    orders = [(0, 1, 2)] * 4 + [(1, 0, 2)] * 3 + [(2, 1, 0)] * 2
    assert polled(orders).predict(ONE).tolist() == [1]
    assert told(PartitionEnsemble(), orders).predict(ONE).tolist() == [0]
    assert polled(orders).predict_proba(ONE) == pytest.approx(np.array([[4 / 9, 5 / 9, 0]]))


def test_it_proves_more_than_one_round_where_thirds_prefer_the_winner():
    orders = [(0, 1, 2)] * 5 + [(1, 0, 2)] * 3 + [(2, 0, 1)] * 2
    assert polled(orders).certify(ONE).tolist() == [2]
    assert told(PartitionEnsemble(), orders).certify(ONE).tolist() == [1]


@given(ballots(2, 9))
def test_of_two_classes_it_is_the_partition_ensemble(orders):
    one, two = polled(orders), told(PartitionEnsemble(), orders)
    assert one.predict(ONE) == two.predict(ONE)
    assert one.certify(ONE) == two.certify(ONE)


@pytest.mark.parametrize(("one", "two"), list(product(range(-3, 9), repeat=2)))
def test_two_gaps_close_as_the_papers_recursion_says(one, two):
    def fewest(a, b):
        return 0 if max(a, b) <= 0 else 1 + min(fewest(a - 1, b - 2), fewest(a - 2, b - 1))

    assert to_close_both(np.array([one]), np.array([two])) == fewest(max(one, 0), max(two, 0))


def fitted(rows, partitions=7):
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    return RunOffElection(Nearest(), partitions=partitions, key=b"k").fit(X, y)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(3, 40), min_size=7, max_size=10, unique=True))
def test_no_insertion_or_deletion_within_the_certificate_flips_a_prediction(most):
    rows = [(0.0, 0), (2.0, 1), *((float(x), 2) for x in most)]
    clean = fitted(rows)
    answer, bound = clean.predict(ASKED), clean.certify(ASKED)
    assume(bound.max() > 0)
    held = bound >= 1
    for other in neighbours(rows, 1, UNIVERSE):
        assert (fitted(other).predict(ASKED)[held] == answer[held]).all()


@pytest.mark.parametrize("estimator", [None, Perceptron(random_state=0)])
def test_evidence_is_probabilities_or_the_decision_function(estimator):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = rng.normal(np.column_stack([y == 0, y == 1, y == 2]) * 6.0, 1.0)
    election = RunOffElection(estimator, partitions=9).fit(X, y)
    assert election.score(X, y) > 0.95
    assert election.predict_proba(X).sum(axis=1) == pytest.approx(1.0)


def test_a_model_without_a_preference_abstains_in_the_second_round():
    """Class 2 is out; one of its voters knows class 1 alone, the other finds both equal."""
    X, y = np.array([[0.0], [0.0], [9.0], [9.0]]), np.array([0, 1, 1, 2])
    models = {0: Nearest().fit(X[:1], y[:1]), 1: Nearest().fit(X[1:2], y[1:2]), 2: Nearest().fit(X[1:], y[1:])}
    models |= {3: Nearest().fit(X[[0, 1, 3]], y[[0, 1, 3]])}
    election = RunOffElection()
    election._keep(Voters(models, None, np.arange(3)))
    both = election.rounds(np.array([[20.0]]))
    assert both.votes.tolist() == [[1, 2, 1]]
    assert both.duels[0].tolist() == [[0, 1, 1], [2, 0, 2], [1, 1, 0]]


def test_one_class_is_certified_against_any_other_and_no_rows_are_no_answer():
    election = fitted([(float(x), 1) for x in range(40)], partitions=5)
    assert election.predict(ASKED).tolist() == [1, 1, 1]
    assert election.certify(ASKED).tolist() == [2, 2, 2]
    assert election.predict_proba(ASKED).tolist() == [[1.0]] * 3
    assert polled([(0, 1), (1, 0)]).certify(ONE[:0]).shape == (0,)


def test_bad_input_is_named():
    with pytest.raises(InvalidInput, match="partitions is 0: must be at least 1"):
        RunOffElection(partitions=0).fit([[1.0]], [1])
