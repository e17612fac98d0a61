"""What the ensembles that vote have in common: a rival nobody has heard of yet counts in every proof."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from amlsec.defenses.learners.bagged_ensemble import BaggedEnsemble
from amlsec.defenses.learners.finite_aggregation import FiniteAggregation
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.run_off_election import RunOffElection
from amlsec.defenses.learners.source_ensemble import SourceEnsemble
from amlsec.defenses.learners.voters import TooFewRows
from brute_force import Nearest

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

ENSEMBLES = [
    PartitionEnsemble(Nearest(), partitions=6),
    FiniteAggregation(Nearest(), partitions=6, spread=2),
    RunOffElection(Nearest(), partitions=6),
    SourceEnsemble(Nearest(), partitions=6),
]
ASKED = np.array([[0.0], [3.0], [50.0]])
row = st.tuples(st.integers(0, 40).map(float), st.sampled_from([1, 1, 1, 2, 3]))


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: type(ensemble).__name__)
@given(st.lists(row, min_size=8, max_size=30), st.sampled_from([0, 4]), st.randoms(use_true_random=False))
def test_rows_of_a_label_never_seen_flip_no_prediction_within_the_certificate(ensemble, rows, unseen, random):
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    answer, bound = ensemble.fit(X, y).predict(ASKED), ensemble.certify(ASKED)
    assume(bound.max() > 0)
    added = np.array([[random.uniform(0, 50)] for _ in range(random.randint(1, int(bound.max())))])
    held = bound >= len(added)
    poisoned = ensemble.fit(np.concatenate([X, added]), np.concatenate([y, np.full(len(added), unseen)]))
    assert (poisoned.predict(ASKED)[held] == answer[held]).all()


@pytest.mark.parametrize("ensemble", [PartitionEnsemble, FiniteAggregation, RunOffElection, SourceEnsemble, BaggedEnsemble])
def test_models_with_too_few_rows_to_learn_from_are_said(ensemble):
    """A leaf takes 20 rows, as of gradient boosting by default, and parts and samples have 20 to 30."""
    y = np.arange(1000) % 2
    X = np.random.default_rng(0).normal(9.0 * y[:, None], 1.0)
    with pytest.warns(TooFewRows, match="models say one label of all rows they were trained on, .* give each more rows"):
        idle = ensemble(DecisionTreeClassifier(min_samples_leaf=20)).fit(X, y)
    assert idle.score(X, y) < 0.6
    with warnings.catch_warnings(action="error"):
        assert ensemble().fit(X, y).score(X, y) > 0.99
        ensemble().fit(X, np.zeros(1000))


def test_a_source_with_a_label_never_seen_wins_the_tie():
    """Four feeds say 1 of row 0, and are certified against one liar; two that say 0 of it win."""
    X, y = np.array([[0.0], [9.0]] * 4), np.array([1, 2] * 4)
    feeds = np.repeat(["a", "b", "c", "d"], 2)
    honest = SourceEnsemble(Nearest(), partitions=10**6).fit(X, y, source=feeds)
    assert honest.certify_sources([[0.0]]).tolist() == [1]
    lying = SourceEnsemble(Nearest(), partitions=10**6).fit(X, np.where(feeds <= "b", 0, y), source=feeds)
    assert honest.predict([[0.0]]).tolist() == [1]
    assert lying.predict([[0.0]]).tolist() == [0]
