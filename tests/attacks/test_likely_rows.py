"""The likeliest row of a label under a normal population, against its closed form and a general optimiser."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit

from amlsec.attacks.likely_rows import Population, likeliest_rows, population
from amlsec.oracle import Oracle
from amlsec.threat import Access


class Logistic:
    """The chance of malice rises with `slope` times the row; or its log-odds, the margin."""

    def __init__(self, slope, at=0.0, curved=0.0):
        self.slope, self.at, self.curved, self.asked = np.array(slope), at, curved, 0

    def odds(self, X):
        return X @ self.slope + self.at - self.curved * (X**2).sum(axis=1)

    def scores(self, X):
        self.asked += len(X)
        return expit(self.odds(X))

    def labels(self, X):
        return (self.scores(X) > 0.5).astype(np.int64)


def drawn(model, y, among, queries):
    X = np.full((len(y), len(among.mean)), np.nan)
    oracle = Oracle(model, access=Access.SCORES, rows=len(y), queries=queries)
    return likeliest_rows(oracle, np.array(y), X, among, queries)


def normal(spread, mean=0.0):
    """A population with independent columns."""
    wide = np.full(len(spread), 1e9)
    return Population(np.arange(len(spread)), np.full(len(spread), mean), np.diag(spread), -wide, wide)


@pytest.mark.parametrize("spread", [(1.0, 1.0), (3.0, 0.5), (0.1, 2.0)])
@pytest.mark.parametrize("at", [0.0, -2.0, -6.0])
@pytest.mark.parametrize("label", [0, 1])
def test_of_a_logistic_model_it_is_the_closed_form(spread, at, label) -> None:
    """z = t g, where g is the slope of the label's log-odds and t the root of t = 1 - p(t)."""
    sign = 2 * label - 1
    g = sign * np.array([0.8, -0.5]) * spread
    t = brentq(lambda t: t - expit(-(sign * at + t * g @ g)), 0, 1)
    found = drawn(Logistic([0.8, -0.5], at), [label], normal(spread), 1000)
    np.testing.assert_allclose(found[0], t * g * spread, rtol=1e-3)


def test_of_a_curved_model_it_is_what_an_optimiser_finds() -> None:
    model = Logistic([1.5, 0.5, -1.0], -1.0, curved=0.3)
    best = minimize(lambda z: z @ z / 2 - log_expit(model.odds(z[None]))[0], np.zeros(3)).x
    np.testing.assert_allclose(drawn(model, [1], normal([1.0, 1.0, 1.0]), 2000)[0], best, atol=0.02)


def test_margins_lead_to_the_same_row_as_the_probabilities_they_stand_for() -> None:
    class Margins(Logistic):
        def scores(self, X):
            return self.odds(X)  # between 0 and 1 at the mean

    among = normal([1.0, 2.0])
    one, two = (drawn(kind([0.4, -1.0], 0.6), [1, 0], among, 200) for kind in (Logistic, Margins))
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_each_row_has_its_own_label_and_no_round_lowers_the_posterior() -> None:
    model, among = Logistic([2.0, 1.0], curved=0.5), normal([1.0, 2.0])

    def posterior(row):
        return log_expit(model.odds(row)) - ((row / [1.0, 2.0]) ** 2).sum(axis=1) / 2

    found = [posterior(drawn(model, [1], among, queries)) for queries in (0, 8, 16, 32, 64, 400)]
    assert (np.diff(np.concatenate(found)) >= -1e-9).all()
    both = drawn(model, [0, 1], among, 400)
    np.testing.assert_allclose(both[1], drawn(model, [1], among, 400)[0])
    assert (both[0] < 0).all()
    assert (both[1] > 0).all()


@pytest.mark.parametrize("queries", [0, 1, 5, 6, 23, 50, 200])
def test_never_more_queries_than_granted_and_the_mean_where_they_are_too_few(queries) -> None:
    model, among = Logistic(np.linspace(-1, 1, 10)), normal(np.ones(10), mean=2.0)
    found = drawn(model, [1, 0], among, queries)
    assert model.asked <= 2 * queries
    assert (found == 2.0).all() == (model.asked == 0) == (queries < 6)


def test_rows_stay_within_the_bounds() -> None:
    among = Population(np.arange(2), np.array([0.5, 0.5]), np.eye(2), np.zeros(2), np.ones(2))
    found = drawn(Logistic([9.0, -9.0], -9.0), [1], among, 400)[0]
    assert 0.9 < found[0] <= 1
    assert 0 <= found[1] < 0.1


def test_the_directions_are_principal_components_as_long_as_their_spread() -> None:
    from sklearn.decomposition import PCA

    X = np.random.default_rng(0).normal(size=(40, 5)) @ np.diag([5.0, 3, 2, 1, 0])
    found, pca = population(X, np.arange(5), np.full(5, -99.0), np.full(5, 99.0)), PCA(4).fit(X)
    np.testing.assert_allclose(found.mean, pca.mean_)
    spread = np.linalg.norm(found.ways, axis=1)
    np.testing.assert_allclose(spread**2, pca.explained_variance_ * 39 / 40)
    np.testing.assert_allclose(np.abs((found.ways / spread[:, None]) @ pca.components_.T), np.eye(4), atol=1e-8)


def test_without_rows_the_population_is_the_middle() -> None:
    found = population(np.zeros((0, 3)), np.array([0, 2]), np.array([0.0, 1.0]), np.array([4.0, 2.0]))
    assert found.mean.tolist() == [2.0, 1.5]
    assert found.ways.shape == (0, 2)
