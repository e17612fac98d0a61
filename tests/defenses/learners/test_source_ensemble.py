"""The ensemble by source: lying sources by brute force, and what it is where every row is a source."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.defenses.learners.source_ensemble import SourceEnsemble
from amlsec.errors import InvalidInput
from amlsec.evaluation.systems import system
from brute_force import Nearest, neighbours

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

ASKED = np.array([[0.0], [2.9], [6.0]])
LIES = [[], *([(x, y)] for x in (0.0, 3.0, 6.0) for y in (0, 1)), [(0.0, 0), (6.0, 0), (3.0, 1)], [(3.0, 0)] * 4]


def fitted(by_source, partitions=8, key=b"k"):
    rows = [(x, y, name) for name, own in by_source.items() for x, y in own]
    X, y, source = (np.array(column) for column in zip(*rows, strict=True))
    return SourceEnsemble(Nearest(), partitions=partitions, key=key).fit(X[:, None], y, source=source)


def lying(by_source, liars):
    """Every training set in which so many sources, or new ones, say one of the lies."""
    for names in combinations([*by_source, "new", "newer"], liars):
        for lies in product(LIES, repeat=liars):
            yield by_source | dict(zip(names, lies, strict=True))


row = st.tuples(st.sampled_from([0.0, 2.0, 4.0, 6.0]), st.sampled_from([1, 1, 1, 1, 0]))
sources = st.lists(st.lists(row, min_size=1, max_size=3), min_size=4, max_size=5).map(
    lambda rows: {f"feed {number}": own for number, own in enumerate(rows)}
)


@settings(max_examples=25, deadline=None)
@given(sources, st.binary(min_size=1, max_size=3))
def test_as_many_lying_sources_as_certified_flip_no_prediction(by_source, key):
    clean = fitted(by_source, key=key)
    answer, bound = clean.predict(ASKED), clean.certify_sources(ASKED)
    assume(bound.max() > 0)
    for liars in range(1, bound.max() + 1):
        held = bound >= liars
        assert all((fitted(lie, key=key).predict(ASKED)[held] == answer[held]).all() for lie in lying(by_source, liars))


def test_brute_force_sees_one_source_too_many():
    by_source = {f"feed {number}": [(3.0, 1)] for number in range(5)}
    clean = fitted(by_source, partitions=10**6)
    assert clean.certify_sources(ASKED).tolist() == [2, 2, 2]
    assert any((fitted(lie, partitions=10**6).predict(ASKED) == 0).any() for lie in lying(by_source, 3))


def test_a_source_of_any_size_is_one_vote():
    by_source = {f"feed {number}": [(float(x), 1) for x in range(20)] for number in range(9)}
    by_source["flood"] = [(float(x), 0) for x in range(500)]
    ensemble = fitted(by_source, partitions=10**6)
    assert ensemble.n_sources_ == 10
    assert ensemble.votes(ASKED).tolist() == [[1, 9]] * 3
    assert ensemble.certify_sources(ASKED).tolist() == [3, 3, 3]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11).map(float), st.sampled_from([1] * 7 + [0])), min_size=8, max_size=12))
def test_rows_without_a_source_are_a_source_each(rows):
    def unsourced(some):
        X, y = np.array([[x] for x, _ in some]), np.array([label for _, label in some])
        return SourceEnsemble(Nearest(), partitions=8, key=b"k").fit(X, y)

    clean = unsourced(rows)
    assert clean.n_sources_ == len({x for x, _ in rows})
    answer, bound = clean.predict(ASKED), clean.certify(ASKED)
    assume(bound.max() > 0)
    held = bound >= 1
    universe = [(x, y) for x in (0.0, 2.0, 4.0, 6.0) for y in (-1, 0, 1)]
    for other in neighbours(rows, 1, universe):
        assert (unsourced(other).predict(ASKED)[held] == answer[held]).all()


def test_a_name_is_not_taken_for_content_and_no_name_is_one_for_each_content():
    X, y = np.array([[1.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    assert SourceEnsemble(Nearest()).fit(X, y, source=["", "", "a", "a"]).n_sources_ == 2
    assert SourceEnsemble(Nearest()).fit(X, y, source=["", "a", "b", ""]).n_sources_ == 4
    assert SourceEnsemble(Nearest()).fit(X, y, source=[None, "a", "b", np.nan]).n_sources_ == 4


def test_the_order_of_the_rows_makes_no_difference():
    rng = np.random.default_rng(0)
    X, y, source = rng.normal(size=(60, 1)), rng.integers(0, 2, 60), rng.choice(list("abcdefg"), 60)
    one = SourceEnsemble(Nearest()).fit(X, y, source=source)
    two = SourceEnsemble(Nearest()).fit(X[::-1], y[::-1], source=source[::-1])
    assert (one.votes(X) == two.votes(X)).all()


def test_the_frame_hands_it_the_sources():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    rows = Batch(rng.normal(4.0 * y[:, None], 1.0, (200, 1)), y, np.repeat([f"feed {i}" for i in range(10)], 20))
    trusted = Batch(rows.X[:20], rows.y[:20])
    model = system(named("source-ensemble"), {"estimator": GaussianNB()}).train(rows, trusted)
    assert model.estimator.n_sources_ == 10 + 20
    assert (model.labels(rows.X) == y).mean() > 0.9


@pytest.mark.parametrize(
    ("options", "source", "message"),
    [
        ({"partitions": 0}, None, "partitions is 0: must be at least 1"),
        ({"key": b"k" * 65}, None, "key is '65 bytes'"),
        ({}, ["a", "b"], "source is .*: must have one name for each of 1 rows"),
    ],
)
def test_bad_input_is_named(options, source, message):
    with pytest.raises(InvalidInput, match=message):
        SourceEnsemble(**options).fit([[1.0]], [1], source=source)
