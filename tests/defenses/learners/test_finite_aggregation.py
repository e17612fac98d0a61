"""Finite aggregation: its certificate against brute force, of votes and of rows."""

from itertools import accumulate, combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amlsec.defenses.learners.finite_aggregation import FiniteAggregation
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.errors import InvalidInput
from brute_force import Nearest, neighbours, told

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

ASKED = np.array([[0.0], [2.9], [6.0]])
ONE = np.zeros((1, 1))
UNIVERSE = [(float(x), y) for x in range(0, 8, 2) for y in (0, 1)]


def fitted(rows, key=b"k", partitions=3, spread=2):
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    return FiniteAggregation(Nearest(), partitions=partitions, spread=spread, key=key).fit(X, y)


def voted(choices, classes, partitions, spread):
    """An ensemble whose models vote so; -1 is a model without rows."""
    ensemble = fitted([(0.0, 0)], partitions=partitions, spread=spread)
    orders = [None if c < 0 else [c, *(o for o in range(classes) if o != c)] for c in choices]
    return told(ensemble, orders)


def winner(choices, classes):
    return max(range(classes), key=lambda c: (choices.count(c), -c))


def flipped(choices, classes, reached, changes):
    """Whether some change of the models that so many parts reach, to whatever vote, moves the winner."""
    before = winner(choices, classes)
    for parts in combinations(range(len(reached)), changes):
        models = sorted(set(np.ravel(reached[list(parts)]).tolist()))
        for votes in product(range(-1, classes), repeat=len(models)):
            after = dict(enumerate(choices)) | dict(zip(models, votes, strict=True))
            if winner(list(after.values()), classes) != before:
                return True
    return False


ballots = st.lists(st.sampled_from([-1, 0, 0, 0, 1, 2]), min_size=8, max_size=8).filter(lambda b: max(b) >= 0)


@settings(max_examples=40, deadline=None)
@given(ballots)
def test_no_change_of_as_many_parts_as_certified_moves_the_winner(choices):
    ensemble = voted(choices, 3, partitions=4, spread=2)
    assume(max(choices) == 2)
    bound = int(ensemble.certify(ONE)[0])
    assert ensemble.predict(ONE).tolist() == [winner(choices, 3)]
    assert not any(flipped(choices, 3, ensemble.reached_, changes) for changes in range(1, min(bound, 2) + 1))


def plainly(choices, classes, reached):
    """The paper's bound: the parts that take most are summed up until they take more than the lead over some rival."""
    best, unseen = winner(choices, classes), -2
    bounds = []
    for rival in [unseen, *(c for c in range(classes) if c != best)]:
        lead = choices.count(best) - choices.count(rival) - (rival < best)
        cost = {best: 2, rival: 0}
        taken = sorted((sum(cost.get(choices[model], 1) for model in models) for models in reached.tolist()), reverse=True)
        bounds.append(sum(total <= lead for total in accumulate(taken)))
    return min(bounds)


@given(st.lists(st.sampled_from([-1, 0, 0, 1, 2, 2]), min_size=12, max_size=12), st.sampled_from([1, 2, 3]))
def test_the_bound_is_the_papers(choices, spread):
    assume(max(choices) == 2)
    ensemble = voted(choices, 3, partitions=12 // spread, spread=spread)
    assert ensemble.certify(ONE) == plainly(choices, 3, ensemble.reached_)


def test_brute_force_sees_one_part_too_many():
    ensemble = voted([0] * 6 + [1] * 2, 2, partitions=4, spread=2)
    bound = int(ensemble.certify(ONE)[0])
    assert bound == 1
    assert flipped([0] * 6 + [1] * 2, 2, ensemble.reached_, bound + 1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([(x, y) for x, y in UNIVERSE if y] * 4 + UNIVERSE), min_size=6, max_size=9, unique=False))
def test_no_insertion_or_deletion_within_the_certificate_flips_a_prediction(rows):
    clean = fitted(rows, partitions=5)
    answer, bound = clean.predict(ASKED), clean.certify(ASKED)
    assume(bound.max() > 0)
    for other in neighbours(rows, 1, UNIVERSE):
        held = bound >= 1
        assert (fitted(other, partitions=5).predict(ASKED)[held] == answer[held]).all()


@given(st.lists(st.integers(0, 2), min_size=12, max_size=12), st.sampled_from([1, 2, 3, 4]))
def test_equal_shares_of_the_votes_never_prove_less_than_in_a_partition_ensemble(choices, spread):
    assume(max(choices) == 2)
    many = voted(choices * spread, 3, partitions=12, spread=spread)
    few = told(PartitionEnsemble(), [[c, *(o for o in range(3) if o != c)] for c in choices])
    assert many.certify(ONE) >= few.certify(ONE)
    if spread == 1:
        assert many.certify(ONE) == few.certify(ONE)


def test_a_row_reaches_spread_models_and_a_model_spread_parts():
    reached = fitted([(0.0, 0)], partitions=7, spread=3).reached_
    assert reached.shape == (21, 3)
    assert all(len(set(models)) == 3 for models in reached.tolist())
    assert (np.bincount(reached.ravel()) == 3).all()
    assert (reached != fitted([(0.0, 0)], key=b"other", partitions=7, spread=3).reached_).any()
    rows = [(float(x), int(x % 3 == 0)) for x in range(80)]
    before, after = (fitted(r, partitions=7, spread=3).voters_.models for r in (rows, [*rows, (0.5, 0)]))
    assert sum(len(after[number].X_) - len(before[number].X_) for number in before) == 3


def test_the_order_of_the_rows_makes_no_difference():
    rows = [(float(x), int(x > 4)) for x in range(12)]
    asked = np.arange(0, 12, 0.5)[:, None]
    assert (fitted(rows).votes(asked) == fitted(rows[::-1]).votes(asked)).all()


def test_one_class_is_certified_against_any_other():
    ensemble = fitted([(float(x), 1) for x in range(200)], partitions=5, spread=2)
    assert ensemble.predict(ASKED).tolist() == [1, 1, 1]
    assert ensemble.certify(ASKED).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spread": 0}, "spread is 0: must be at least 1"),
        ({"partitions": 0}, "partitions is 0: must be at least 1"),
        ({"key": b""}, "key is '0 bytes'"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        FiniteAggregation(**options).fit([[1.0]], [1])
