import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import NearestCentroid

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Floats, Labelled
from amlsec.impact.unlearning.compensated import Compensated
from amlsec.impact.unlearning.recipe import Recipe, recipe
from amlsec.impact.unlearning.sums import load, sums

COUNTING = [
    MultinomialNB(),
    MultinomialNB(alpha=0.1, fit_prior=False),
    MultinomialNB(class_prior=[0.3, 0.7]),
    ComplementNB(),
    ComplementNB(norm=True, alpha=0.5),
    BernoulliNB(),
    BernoulliNB(binarize=1.5, alpha=0.2),
]
WEIGHING = [
    GaussianNB(),
    GaussianNB(var_smoothing=1e-3, priors=[0.2, 0.8]),
    RidgeClassifier(),
    RidgeClassifier(alpha=0.1, solver="cholesky", fit_intercept=False),
    RidgeClassifier(class_weight="balanced", solver="svd"),
    RidgeClassifier(class_weight={0: 1.0, 1: 3.0}),
]
PLAIN = [
    NearestCentroid(),
    NearestCentroid(priors="empirical"),
    LinearDiscriminantAnalysis(solver="lsqr"),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3),
    LinearDiscriminantAnalysis(solver="lsqr", priors=[0.4, 0.6]),
]
ALL = [*COUNTING, *WEIGHING, *PLAIN]
NUMBERS = (
    "coef_",
    "intercept_",
    "feature_log_prob_",
    "class_log_prior_",
    "feature_count_",
    "class_count_",
    "theta_",
    "var_",
)
NUMBERS += ("epsilon_", "class_prior_", "centroids_", "within_class_std_dev_", "deviations_", "means_", "covariance_")
NUMBERS += ("priors_", "classes_", "n_features_in_", "feature_all_")


def name(estimator: object) -> str:
    return repr(estimator)


def rows(estimator: object, n: int, seed: int, weighted: bool = False) -> Labelled:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    if type(estimator) in (MultinomialNB, ComplementNB, BernoulliNB):
        X = rng.poisson(1.0 + y[:, None] * np.arange(5) / 4, size=(n, 5)).astype(float)
    else:
        X = 50 + rng.normal(size=(n, 5)) @ rng.normal(size=(5, 5)) + y[:, None]
    return Labelled(X, y, rng.integers(1, 4, n) / 2 if weighted else None)


def fit(estimator, part: Labelled):
    given = {} if part.weight is None else {"sample_weight": part.weight}
    return clone(estimator).fit(part.X, part.y, **given)


def picked(part: Labelled, which: np.ndarray) -> Labelled:
    return Labelled(part.X[which], part.y[which], None if part.weight is None else part.weight[which])


def assert_same(one, two, X: np.ndarray) -> None:
    """The same model: attributes, verdicts and evidence; and the same parameters."""
    assert repr(one) == repr(two)
    for attribute in NUMBERS:
        assert hasattr(one, attribute) == hasattr(two, attribute), attribute
        if hasattr(two, attribute):
            np.testing.assert_allclose(
                getattr(one, attribute), getattr(two, attribute), rtol=1e-9, atol=1e-9, err_msg=attribute
            )
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    for ask in ("decision_function", "predict_proba"):
        if hasattr(two, ask):
            np.testing.assert_allclose(getattr(one, ask)(X), getattr(two, ask)(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("estimator", ALL, ids=name)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), weighted=st.booleans())
def test_the_model_is_the_one_that_never_saw_the_rows(estimator, seed: int, weighted: bool) -> None:
    data = rows(estimator, 60, seed, weighted and estimator not in PLAIN)
    out = np.random.default_rng(seed).random(60) < 0.4
    left = (sums(estimator) + picked(data, out) + picked(data, ~out) - picked(data, out)).fitted()
    assert_same(left, fit(estimator, picked(data, ~out)), data.X)


@pytest.mark.parametrize("estimator", [MultinomialNB(), ComplementNB(), BernoulliNB(), NearestCentroid()], ids=name)
def test_sparse_rows_come_and_go_too(estimator) -> None:
    data = rows(MultinomialNB(), 60, 0)
    sparse = data._replace(X=csr_matrix(data.X))
    left = (sums(estimator) + sparse - picked(sparse, np.arange(20))).fitted()
    assert_same(left, fit(estimator, picked(sparse, np.arange(20, 60))), data.X)


@pytest.mark.parametrize("kind", [np.int8, np.uint8])
@pytest.mark.parametrize("estimator", [NearestCentroid(), RidgeClassifier(solver="cholesky", fit_intercept=False)], ids=name)
def test_squares_of_small_integers_do_not_overflow(estimator, kind: type) -> None:
    rng = np.random.default_rng(0)
    part = Labelled(rng.integers(-128 if kind == np.int8 else 0, 127, (30, 4)).astype(kind), np.arange(30) % 2)
    kept = sums(estimator) + part._replace(X=csr_matrix(part.X))
    whole = part._replace(X=part.X.astype(float))
    assert_same(kept.fitted(), fit(estimator, whole), whole.X)


def test_labels_without_any_spread() -> None:
    part = Labelled(np.repeat([[1.0, 2.0], [2.0, 2.0]], 3, axis=0), np.repeat([0, 1], 3))
    estimator = LinearDiscriminantAnalysis(solver="lsqr")
    assert_same((sums(estimator) + part).fitted(), fit(estimator, part), part.X)


def test_sparse_ridge_is_the_direct_solvers() -> None:
    data = rows(MultinomialNB(), 60, 0)
    left = (sums(RidgeClassifier()) + data._replace(X=csr_matrix(data.X)) - picked(data, np.arange(20))).fitted()
    assert_same(left, fit(RidgeClassifier(), picked(data, np.arange(20, 60))), data.X)


@pytest.mark.parametrize("estimator", [RidgeClassifier(), GaussianNB(), LinearDiscriminantAnalysis(solver="lsqr")], ids=name)
def test_columns_far_from_zero_lose_nothing(estimator) -> None:
    data = rows(estimator, 200, 0)
    data = data._replace(X=data.X + np.array([1e6, 0, -1e7, 0, 0]))
    left = sums(estimator) + data - picked(data, np.arange(100))
    straight = fit(estimator, picked(data, np.arange(100, 200)))
    np.testing.assert_array_equal(left.fitted().predict(data.X), straight.predict(data.X))
    own = "coef_" if hasattr(straight, "coef_") else "var_"
    np.testing.assert_allclose(getattr(left.fitted(), own), getattr(straight, own), rtol=1e-7)


@pytest.mark.parametrize("estimator", [RidgeClassifier(), LinearDiscriminantAnalysis(solver="lsqr")], ids=name)
def test_collinear_and_constant_columns_are_no_trouble(estimator) -> None:
    data = rows(estimator, 60, 0)
    data = data._replace(X=np.column_stack([data.X, data.X[:, 0] * 2, np.ones(60)]))
    left = (sums(estimator) + data - picked(data, np.arange(20))).fitted()
    straight = fit(estimator, picked(data, np.arange(20, 60)))
    np.testing.assert_allclose(left.decision_function(data.X), straight.decision_function(data.X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("estimator", [MultinomialNB(), GaussianNB(), RidgeClassifier(), NearestCentroid()], ids=name)
def test_a_thousand_batches_come_and_go_without_a_trace(estimator) -> None:
    start = sums(estimator) + rows(estimator, 40, 0)
    kept, batches = start, [rows(estimator, 6, seed) for seed in range(1, 1001)]
    batches = [batch._replace(X=batch.X * 10.0 ** (seed % 7)) for seed, batch in enumerate(batches)]
    for batch in batches:
        kept = kept + batch
    for batch in np.random.default_rng(0).permutation(1000):
        kept = kept - batches[batch]
    for key, value in start.totals.items():
        np.testing.assert_allclose(kept.totals[key], value, rtol=1e-12, atol=1e-12)
    assert_same(kept.fitted(), start.fitted(), rows(estimator, 40, 0).X)


def test_counts_are_exact() -> None:
    data = rows(MultinomialNB(), 60, 0)
    left = sums(MultinomialNB()) + data - picked(data, np.arange(20))
    np.testing.assert_array_equal(
        left.fitted().feature_count_, fit(MultinomialNB(), picked(data, np.arange(20, 60))).feature_count_
    )


def test_sums_do_not_change_themselves() -> None:
    start = sums(MultinomialNB()) + rows(MultinomialNB(), 10, 0)
    before = {key: value.copy() for key, value in start.totals.items()}
    _ = start + rows(MultinomialNB(), 10, 1), start - rows(MultinomialNB(), 10, 0)
    assert all((start.totals[key] == value).all() for key, value in before.items())


@pytest.mark.parametrize("estimator", [MultinomialNB(), BernoulliNB(), GaussianNB(), RidgeClassifier()], ids=name)
def test_rows_that_were_never_in_cannot_be_taken_out(estimator) -> None:
    data = rows(estimator, 20, 0)
    kept = sums(estimator) + data
    with pytest.raises(InvalidInput, match="must be in"):
        _ = kept - rows(estimator, 30, 1)
    with pytest.raises(InvalidInput, match="must be in"):
        _ = sums(estimator) - data


@pytest.mark.parametrize("estimator", [MultinomialNB(), GaussianNB(), RidgeClassifier()], ids=name)
def test_a_row_larger_than_all_that_were_in_cannot_be_taken_out(estimator) -> None:
    data = rows(estimator, 20, 0)
    with pytest.raises(InvalidInput, match="must be in"):
        _ = sums(estimator) + data - Labelled(data.X[:1] * 1000, data.y[:1])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rows_that_are_in_can_always_be_taken_out(seed: int) -> None:
    """Down to the last one, in any order, though columns be constant and scales apart."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.full(12, 7.7), rng.normal(size=12) * 1e6, rng.integers(0, 2, 12), rng.normal(size=12)])
    data, kept = Labelled(X, rng.integers(0, 2, 12), rng.random(12)), sums(GaussianNB())
    kept = kept + data
    for row in rng.permutation(12):
        kept = kept - picked(data, np.array([row]))
    assert kept.rows.tolist() == [0, 0]


@pytest.mark.parametrize("estimator", [MultinomialNB(), GaussianNB(), RidgeClassifier(alpha=0.5)], ids=name)
def test_they_survive_a_restart(estimator, tmp_path) -> None:
    data = rows(estimator, 30, 0, weighted=True)
    (sums(estimator) + data).save(tmp_path / "sums")
    again = load(tmp_path / "sums", estimator) - picked(data, np.arange(10))
    assert_same(again.fitted(), fit(estimator, picked(data, np.arange(10, 30))), data.X)


def test_sums_of_nothing_are_saved_too(tmp_path) -> None:
    sums(MultinomialNB()).save(tmp_path / "sums")
    data = rows(MultinomialNB(), 30, 0)
    assert_same((load(tmp_path / "sums", MultinomialNB()) + data).fitted(), fit(MultinomialNB(), data), data.X)


def test_only_sums_of_this_estimator_are_loaded(tmp_path) -> None:
    (sums(MultinomialNB()) + rows(MultinomialNB(), 10, 0)).save(tmp_path / "sums")
    with pytest.raises(InvalidInput, match="alpha"):
        load(tmp_path / "sums", MultinomialNB(alpha=0.5))


@pytest.mark.parametrize(
    "arrays",
    [
        None,
        {"other": np.zeros(3)},
        {"estimator": np.array([print], dtype=object), "origin": np.zeros(1)},
        {
            "estimator": np.array("MultinomialNB()"),
            "origin": np.zeros(1),
            "largest": np.zeros(1),
            "weight.high": np.zeros(2),
        },
    ],
)
def test_a_file_without_sums_is_refused_and_no_code_in_it_run(arrays, tmp_path) -> None:
    with (tmp_path / "sums").open("wb") as file:
        if arrays is None:
            file.write(b"no archive")
        else:
            np.savez(file, **arrays)
    with pytest.raises(InvalidInput, match="must hold sums"):
        load(tmp_path / "sums", MultinomialNB())


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        RidgeClassifier(solver="sag"),
        RidgeClassifier(positive=True),
        NearestCentroid(metric="manhattan"),
        NearestCentroid(shrink_threshold=0.1),
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    ],
    ids=name,
)
def test_where_sums_do_not_suffice_the_estimator_is_refused(estimator) -> None:
    with pytest.raises(InvalidInput, match="estimator"):
        sums(estimator)


def test_a_type_derived_from_a_known_one_is_refused_until_it_registers() -> None:
    class Other(MultinomialNB):
        pass

    with pytest.raises(InvalidInput, match="Other"):
        sums(Other())


COUNTS = rows(MultinomialNB(), 4, 0)


@pytest.mark.parametrize(
    ("estimator", "part", "argument"),
    [
        (MultinomialNB(), COUNTS._replace(X=-COUNTS.X - 1), "rows.X"),
        (MultinomialNB(), COUNTS._replace(X=texts(["a", "b", "c", "d"])), "rows.X"),
        (MultinomialNB(), COUNTS._replace(X=COUNTS.X * np.nan), "rows"),
        (MultinomialNB(), COUNTS._replace(y=COUNTS.y + 1), "rows.y"),
        (GaussianNB(), COUNTS._replace(X=csr_matrix(COUNTS.X)), "rows.X"),
        (NearestCentroid(), COUNTS._replace(weight=np.ones(4)), "rows.weight"),
        (LinearDiscriminantAnalysis(solver="lsqr"), COUNTS._replace(weight=np.ones(4)), "rows.weight"),
    ],
)
def test_rows_that_the_estimator_would_not_take_are_refused(estimator, part: Labelled, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        _ = sums(estimator) + part


def test_rows_of_other_columns_are_refused() -> None:
    with pytest.raises(InvalidInput, match="3 columns"):
        _ = sums(MultinomialNB()) + COUNTS + COUNTS._replace(X=COUNTS.X[:, :3])


@pytest.mark.parametrize("kept", [sums(MultinomialNB()), sums(MultinomialNB()) + picked(COUNTS, np.array([0, 2]))])
def test_a_model_needs_both_labels(kept) -> None:
    with pytest.raises(InvalidInput, match="both labels"):
        kept.fitted()


def test_a_batch_will_do() -> None:
    kept = sums(MultinomialNB()) + Batch(COUNTS.X, COUNTS.y)
    assert_same(kept.fitted(), fit(MultinomialNB(), COUNTS), COUNTS.X)


def test_a_third_party_registers_its_own() -> None:
    class Majority:
        def fit(self, X, y):
            self.share_ = np.mean(y)
            return self

    @recipe.register(Majority)
    class Share(Recipe):
        def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
            return {"weight": np.bincount(rows.y, minlength=2).astype(float)}

        def nonnegative(self, totals):
            return totals["weight"], totals["weight"]

        def fitted(self, totals, origin):
            model = Majority()
            model.share_ = totals["weight"][1] / totals["weight"].sum()
            return model

    left = sums(Majority()) + COUNTS - picked(COUNTS, np.array([0]))
    assert left.fitted().share_ == Majority().fit(COUNTS.X[1:], COUNTS.y[1:]).share_


@given(terms=st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=30))
def test_totals_are_right_to_the_last_bit_where_plain_ones_are_not(terms: list[float]) -> None:
    from fractions import Fraction

    total = Compensated.of(np.zeros(1))
    for term in terms:
        total = total.plus(np.array([term]))
    exact = sum(map(Fraction, terms))
    assert abs(Fraction(total.high[0]) + Fraction(total.low[0]) - exact) <= Fraction(2) ** -95 * sum(
        abs(Fraction(t)) for t in terms
    )
