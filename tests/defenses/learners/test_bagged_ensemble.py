"""The bagged ensemble: its radius by counting every sample, its shares against the exact ones."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from amlsec.defenses.learners.bagged_ensemble import BaggedEnsemble, leads_needed
from amlsec.errors import InvalidInput
from brute_force import Nearest

# Toys of so few rows that some say one label of all.
pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.learners.voters.TooFewRows")

ASKED = np.array([[0.0], [2.9], [6.0]])
UNIVERSE = [(float(x), y) for x in range(0, 8, 2) for y in (0, 1)]


def shares(rows, sample):
    """The exact share of the votes for each of two classes (asked, 2): a model on every sample there is."""
    votes = np.zeros((len(ASKED), 2))
    for drawn in product(rows, repeat=sample):
        X, y = np.array([[x] for x, _ in drawn]), np.array([label for _, label in drawn])
        votes[np.arange(len(ASKED)), Nearest().fit(X, y).predict(ASKED)] += 1
    return votes / votes.sum(axis=1, keepdims=True)


def changed(rows):
    """Every training set with one row modified, removed or added."""
    for at in range(len(rows)):
        yield rows[:at] + rows[at + 1 :]
        yield from ([*rows[:at], other, *rows[at + 1 :]] for other in UNIVERSE)
    yield from ([*rows, other] for other in UNIVERSE)


row = st.tuples(st.sampled_from([0.0, 2.0, 4.0, 6.0]), st.sampled_from([1, 1, 1, 1, 0]))


@settings(max_examples=20, deadline=None)
@example([(0.0, 0), (0.0, 0), (2.0, 1), (2.0, 1), (2.0, 1), (2.0, 1)], 1)  # leads by just what one row takes
@given(st.lists(row, min_size=4, max_size=7), st.sampled_from([1, 2]))
def test_the_exact_vote_bears_as_many_rows_as_its_lead_says(rows, sample):
    before = shares(rows, sample)
    winner, lead = before.argmax(axis=1), np.abs(before[:, 0] - before[:, 1])
    bound = np.searchsorted(leads_needed(len(rows), sample), lead, side="left")
    assume((bound == 1).any() or np.isclose(lead, leads_needed(len(rows), sample)[0]).any())
    held = bound >= 1
    for other in changed(rows):
        assert (shares(other, sample).argmax(axis=1)[held] == winner[held]).all()


def test_two_changed_rows_by_brute_force():
    rows = [(float(x), 1) for x in range(9)]
    assert np.searchsorted(leads_needed(9, 1), 1.0) == 4
    assert all(shares(two, 1).argmax(axis=1).tolist() == [1] * 3 for one in changed(rows) for two in changed(one))


def test_the_lead_needed_is_tight_for_one_draw():
    """Of 9 models of one row each, a lead of 1 bears 4 changed rows and not 5: the rows are the votes."""
    rows = [(float(x), 1) for x in range(9)]
    for lies, verdict in ((4, 1), (5, 0)):
        poisoned = [(x, 0) for x, _ in rows[:lies]] + rows[lies:]
        votes = sum(label for _, label in poisoned)
        assert (votes > 9 - votes) == bool(verdict)
    assert len(leads_needed(9, 1)) == 4


@pytest.mark.parametrize(("n", "k"), [(50, 3), (200, 30), (10, 1), (1, 1)])
def test_the_lead_needed_is_the_worst_over_all_sizes(n, k):
    known = leads_needed(n, k)
    assert (np.diff(known) > 0).all()
    for r in range(1, n + 1):
        worst = max((m / n) ** k - 2 * ((max(n, m) - r) / n) ** k + 1 for m in range(n - r, n + r + 1))
        if r <= len(known):
            assert known[r - 1] == pytest.approx(worst)
        else:
            assert worst >= 1 - 1e-12


@given(st.lists(st.lists(st.integers(0, 50), min_size=2, max_size=4).filter(any), min_size=1, max_size=4))
def test_shares_are_bounded_after_clopper_and_pearson(counts):
    width = max(map(len, counts))
    counts = [votes + [0] * (width - len(votes)) for votes in counts]
    ensemble = BaggedEnsemble(sample=3, alpha=0.01)
    ensemble.n_rows_ = 1000
    ensemble.votes = lambda _: np.array(counts)
    for votes, bound in zip(counts, ensemble.certify_probably(None), strict=True):
        ends = 2 if width == 2 else 2 * width
        level, total = 0.01 / (len(counts) * ends), sum(votes)
        best, second = sorted(votes)[:-3:-1]
        low = beta.ppf(level, best, total - best + 1)
        high = min(beta.ppf(1 - level, second + 1, total - second) if second < total else 1, 1 - low)
        assert bound == (leads_needed(1000, 3) < low - high).sum()


def test_the_exact_ensemble_bears_what_the_drawn_one_says():
    """Of 150 draws with alpha 0.2 no more go beyond the exact radius than chance allows."""
    rows = [(0.0, 1), (2.0, 1), (4.0, 1), (6.0, 1), (2.0, 0), (6.0, 1), (4.0, 1), (0.0, 1)]
    exact = shares(rows, 1)
    truth = np.searchsorted(leads_needed(8, 1), exact[:, 1] - exact[:, 0], side="left")
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    bold = 0
    for seed in range(150):
        ensemble = BaggedEnsemble(Nearest(), models=40, sample=1, alpha=0.2, random_state=seed).fit(X, y)
        bold += bool((ensemble.certify_probably(ASKED) > truth).any())
    assert bold <= 0.2 * 150


def test_more_models_say_more_and_one_says_nothing():
    rng = np.random.default_rng(0)
    y = np.arange(300) % 2
    X = rng.normal(4.0 * y[:, None], 1.0, (300, 2))
    few, many = (BaggedEnsemble(models=n, sample=5).fit(X, y).certify_probably(X).mean() for n in (30, 300))
    assert few < many
    assert (BaggedEnsemble(models=1, sample=5).fit(X, y).certify_probably(X) == 0).all()


def test_every_model_is_trained_on_its_own_sample_with_replacement():
    X, y = np.arange(40.0)[:, None], np.arange(40) % 2
    ensemble = BaggedEnsemble(Nearest(), models=50, sample=20).fit(X, y)
    samples = np.array([model.X_[:, 0] if hasattr(model, "X_") else [] for model in ensemble.estimators_])
    assert samples.shape == (50, 20)
    assert min(len(set(sample)) for sample in samples.tolist()) < 20
    assert set(samples.ravel().tolist()) == set(range(40))
    again = BaggedEnsemble(Nearest(), models=50, sample=20).fit(X, y)
    assert (again.votes(X) == ensemble.votes(X)).all()
    other = BaggedEnsemble(Nearest(), models=50, sample=20, random_state=1).fit(X, y)
    assert (other.votes(X) != ensemble.votes(X)).any()


def test_no_rows_are_no_answer_and_one_class_has_no_rival():
    ensemble = BaggedEnsemble(Nearest(), models=100, sample=1).fit(np.arange(9.0)[:, None], np.ones(9, dtype=int))
    assert ensemble.certify_probably(ASKED[:0]).shape == (0,)
    assert ensemble.certify_probably(ASKED).tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": 0}, "models is 0: must be at least 1"),
        ({"sample": 0}, "sample is 0: must be at least 1"),
        ({"alpha": 1.0}, "alpha is 1.0: must lie strictly between 0 and 1"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        BaggedEnsemble(**options).fit([[1.0]], [1])
