"""The partition ensemble: its certificate against brute force, and the paper's formula written plainly."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation
from brute_force import Nearest, neighbours

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

UNIVERSE = [(float(x), y) for x in range(8) for y in (0, 1)]
ASKED = np.array([[0.0], [2.9], [6.0]])


def fitted(rows, key=b"k", partitions=7, estimator=None):
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    return PartitionEnsemble(estimator or Nearest(), partitions=partitions, key=key).fit(X, y)


mostly_malicious = st.tuples(st.sampled_from(range(8)).map(float), st.sampled_from([1, 1, 1, 1, 0]))
training = st.lists(mostly_malicious, min_size=6, max_size=10)
keys = st.integers(0, 10**6).map(lambda number: number.to_bytes(3, "big"))


@settings(max_examples=60, deadline=None)
@given(training, keys)
def test_no_insertion_or_deletion_within_the_certificate_flips_a_prediction(rows, key):
    clean = fitted(rows, key)
    answer, bound = clean.predict(ASKED), clean.certify(ASKED)
    assume(bound.max() > 0)
    for changes in range(1, bound.max() + 1):
        held = bound >= changes
        assert all(
            (fitted(other, key).predict(ASKED)[held] == answer[held]).all() for other in neighbours(rows, changes, UNIVERSE)
        )


def test_brute_force_would_see_a_certificate_that_promises_one_row_too_many():
    rows = [(float(x), 1) for x in range(5)]
    clean = fitted(rows)
    bound, answer = clean.certify(ASKED), clean.predict(ASKED)
    assert (bound == 1).all()
    assert any((fitted(other).predict(ASKED) != answer).any() for other in neighbours(rows, 2, UNIVERSE))


def test_the_certificate_is_tight_where_every_part_votes():
    """Five parts, all for class 1: two changed rows cannot flip it, three can."""
    key, one_each = next(
        (key, rows)
        for key in (bytes([a, b]) for a in range(256) for b in range(256))
        if len(fitted(rows := [(float(x), 1) for x in range(5)], key, 5).estimators_) == 5
    )
    clean = fitted(one_each, key, 5)
    assert clean.certify(ASKED).tolist() == [2, 2, 2] == [(5 - 1) // 2] * 3
    flipped = [(x, 0) for x, _ in one_each[:3]] + one_each[3:]
    assert fitted(one_each + flipped[:3], key, 5).predict(ASKED).tolist() == [0, 0, 0]


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3).filter(any), min_size=1, max_size=6))
def test_the_papers_formula_with_a_rival_never_seen(counts):
    ensemble = PartitionEnsemble()
    ensemble.classes_ = np.array([0, 1, 2])
    ensemble.votes = lambda _: np.array(counts)
    for votes, bound in zip(counts, ensemble.certify(None), strict=True):
        c = min(range(3), key=lambda label: (-votes[label], label))
        runner_up = max(1, *(votes[other] + (1 if other < c else 0) for other in range(3) if other != c))
        assert bound == int(np.floor((votes[c] - runner_up) / 2)) >= 0
        assert ensemble.predict(None)[counts.index(votes)] == c


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 1)), min_size=3, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert (fitted(rows).votes(ASKED) == fitted(shuffled).votes(ASKED)).all()


def test_one_row_changes_one_vote():
    rng = np.random.default_rng(0)
    rows = [(float(x), int(x > 0)) for x in rng.normal(size=60)]
    before = fitted(rows, partitions=20).votes(ASKED)
    after = fitted([*rows, (0.5, 0)], partitions=20).votes(ASKED)
    assert (np.abs(after - before).sum(axis=1) <= 2).all()


def test_equal_rows_meet_in_one_part_whatever_their_labels():
    assert len(fitted([(3.0, 0), (3.0, 1), (3.0, 1), (-0.0, 0), (0.0, 0)], partitions=10**6).estimators_) == 2


def test_a_tie_goes_to_the_smaller_class_and_an_empty_part_abstains():
    ensemble = fitted([(0.0, 1), (2.0, 0)], partitions=10**6)
    assert ensemble.votes(ASKED).tolist() == [[1, 1]] * 3
    assert ensemble.predict(ASKED).tolist() == [0, 0, 0]
    assert ensemble.certify(ASKED).tolist() == [0, 0, 0]


def test_parts_are_of_even_size_and_move_with_the_key():
    X, y = np.arange(5000.0)[:, None], np.arange(5000) % 2
    sizes = [len(model.X_) for model in PartitionEnsemble(Nearest(), partitions=50).fit(X, y).estimators_]
    assert np.std(sizes) == pytest.approx(np.sqrt(5000 / 50), rel=0.4)
    other = PartitionEnsemble(Nearest(), partitions=50, key=b"other").fit(X, y).estimators_
    assert sizes != [len(model.X_) for model in other]


def test_every_part_has_its_own_seed_also_inside_a_pipeline():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    base = make_pipeline(RandomForestClassifier(3, random_state=7))
    ensemble = PartitionEnsemble(base, partitions=3).fit(X, y)
    assert [model[0].random_state for model in ensemble.estimators_] == [0, 1, 2]
    assert base[0].random_state == 7
    assert (clone(ensemble).fit(X[::-1], y[::-1]).votes(X) == ensemble.votes(X)).all()


WORDS = {0: ["agenda", "minutes", "team", "lunch"], 1: ["cash", "prize", "winner", "pills"]}


def mails(n, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return texts([" ".join(rng.choice(WORDS[label], 3)) + f" id{i}" for i, label in enumerate(y)]), y


@pytest.mark.parametrize("estimator", [None, make_pipeline(CountVectorizer(), MultinomialNB())])
def test_texts_with_the_default_and_with_a_pipeline_of_ones_own(estimator):
    ensemble = PartitionEnsemble(estimator, partitions=9).fit(*mails(400))
    X, y = mails(100, seed=1)
    assert ensemble.score(X, y) == 1.0
    assert (ensemble.certify(X) == 4).all()


def test_sparse_rows_vote_as_the_same_dense_ones_do():
    X, y = mails(300)
    counts = HashingVectorizer(n_features=64, alternate_sign=False, norm=None).transform(X)
    sparse = PartitionEnsemble(partitions=7).fit(counts, y)
    sloppy = csr_matrix((np.append(counts.data, 0.0), np.append(counts.indices, 1), [*counts.indptr[:-1], counts.nnz + 1]))
    assert (sparse.votes(sloppy) == PartitionEnsemble(partitions=7).fit(sloppy, y).votes(counts)).all()
    dense = PartitionEnsemble(KNeighborsClassifier(1), partitions=1).fit(counts.toarray(), y)
    assert (
        dense.predict(counts.toarray())
        == PartitionEnsemble(KNeighborsClassifier(1), partitions=1).fit(counts, y).predict(counts)
    ).all()


def test_one_class_is_certified_against_any_other():
    ensemble = fitted([(float(x), 1) for x in range(40)], partitions=5)
    assert ensemble.predict(ASKED).tolist() == [1, 1, 1]
    assert ensemble.certify(ASKED).tolist() == [2, 2, 2]


def test_shares_of_the_votes_sum_to_one_and_no_rows_are_no_answer():
    ensemble = fitted([(0.0, 0), (1.0, 1), (2.0, 1), (7.0, 0)])
    assert ensemble.predict_proba(ASKED).sum(axis=1) == pytest.approx(1.0)
    assert ensemble.predict(ASKED[:0]).shape == ensemble.certify(ASKED[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("options", "X", "y", "message"),
    [
        ({"partitions": 0}, [[1.0]], [1], "partitions is 0: must be at least 1"),
        ({"key": b""}, [[1.0]], [1], "key is '0 bytes': must have 1 to 64 bytes"),
        ({}, [[1.0]], [1, 0], "y is .*: must have one label for each of 1 > 0 rows"),
        ({}, np.zeros((0, 1)), [], "y is .*: must have one label for each of 0 > 0 rows"),
        ({}, [[np.nan]], [1], "X is 'not finite'"),
    ],
)
def test_bad_input_is_named(options, X, y, message):
    with pytest.raises(InvalidInput, match=message):
        PartitionEnsemble(**options).fit(X, y)


def test_it_answers_every_causative_threat_but_privacy():
    card = named("partition-ensemble")
    answered = [v for v in Violation if card.answers(ThreatModel(Influence.CAUSATIVE, v))]
    assert answered == [Violation.INTEGRITY, Violation.AVAILABILITY]
