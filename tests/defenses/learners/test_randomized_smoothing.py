import numpy as np
import pytest
from scipy.stats import binom, norm
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from amlsec.attacks.evasion.apgd import apgd
from amlsec.defenses.learners.randomized_smoothing import RandomizedSmoothing, lowest_share
from amlsec.errors import InvalidInput, NotApplicable
from amlsec.oracle import Classifier
from amlsec.space.group import Group
from amlsec.space.image import ImageSpace
from amlsec.space.joint import joint
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.threat import Access
from amlsec.whitebox.look import inside
from amlsec.whitebox.slope import Slope
from estimator_checks import cases
from oracles.play import play


class Half:
    """1 where the first column is above 0, or within a ring that noise does not see."""

    def fit(self, X, y):
        return self

    def get_params(self, deep=True):
        return {}

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


class Rings(Half):
    """1 at every other distance from the middle: a verdict with many edges."""

    def predict(self, X):
        return (np.linalg.norm(X, axis=1) % 1.6 > 0.8).astype(int)


ANY = np.random.default_rng(0).normal(size=(20, 2))
LABELS = np.arange(20) % 2
PLANE = TabularSpace([Column("a", Kind.NUMERIC, -9, 9), Column("b", Kind.NUMERIC, -9, 9, scale=2.0)])


def smoothed(base, **options):
    return RandomizedSmoothing(estimator=base, space=PLANE, **options).fit(ANY, LABELS)


def test_the_radius_of_a_half_plane_is_its_distance():
    """Cohen et al. 2019, theorem 2: for a linear classifier the certificate is tight, whatever the noise."""
    X = np.column_stack([np.linspace(-0.6, 0.6, 25), np.zeros(25)])
    radius = smoothed(Half(), noise=0.4).certified_radius(X, draws=20_000)
    assert (radius <= np.abs(X[:, 0]) + 1e-12).mean() > 0.99
    assert radius == pytest.approx(np.abs(X[:, 0]), abs=0.05)


@pytest.mark.parametrize("base", [Half(), Rings()])
def test_no_change_within_the_radius_makes_the_smoothed_verdict_another(base):
    """Brute force: the true share of each verdict, by quadrature, on a grid within the radius; alpha holds over rows."""
    model, alpha = smoothed(base, noise=0.5), 0.05
    X = np.random.default_rng(1).uniform(-1.5, 1.5, (60, 2)) * [1, 2]
    radius, chosen = model.certified_radius(X, alpha=alpha, draws=300), model.predict(X)
    assert (radius > 0).mean() > 0.1
    flipped = np.array([_flips(base, x, r, said) for x, r, said in zip(X, radius, chosen, strict=True)])
    assert flipped[radius > 0].sum() <= binom.ppf(0.999, (radius > 0).sum(), alpha)


def _flips(base, x, radius, said):
    """Whether some point of a grid within the radius, in standard units, has the other verdict for its more frequent one."""
    turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ends = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = np.concatenate([[[0.0, 0.0]], *(share * radius * ends for share in (0.5, 0.999))]) * [1, 2] + x
    return any((_share(base, point) > 0.5) != said for point in points)


def _share(base, x):
    """The share of 1 under normal noise of deviation 0.5 x scale, by quadrature."""
    at = np.linspace(-3.6, 3.6, 61)
    weights = norm.pdf(at) / norm.pdf(at).sum()
    a, b = np.meshgrid(at, at, indexing="ij")
    verdicts = base.predict(np.column_stack([a.ravel() * 0.5, b.ravel() * 1.0]) + x)
    return float((np.outer(weights, weights).ravel() * verdicts).sum())


def test_the_lower_end_is_the_smallest_share_that_the_binomial_test_bears():
    hits, draws, alpha = np.array([1.0, 50.0, 99.0, 100.0]), 100, 0.01
    ends = lowest_share(hits, draws, alpha)
    assert binom.sf(hits - 1, draws, ends) == pytest.approx(alpha)
    assert lowest_share(np.zeros(1), draws, alpha) == 0
    assert ends[-1] == pytest.approx(alpha ** (1 / draws))


def test_it_abstains_where_the_verdicts_are_split():
    model = smoothed(Half(), noise=0.4)
    edge = np.column_stack([np.zeros(50), np.arange(50.0)])
    assert (model.certified_radius(edge, draws=200) == 0).mean() >= 0.95


def test_radii_are_in_units_of_the_columns_scale():
    class Second(Half):
        def predict(self, X):
            return (X[:, 1] > 0).astype(int)

    radius = smoothed(Second(), noise=0.4).certified_radius(np.array([[0.0, 0.6]]), draws=20_000)
    assert radius == pytest.approx([0.3], abs=0.05)


def test_categories_get_no_noise_and_a_pixel_its_range():
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 1, scale=0.5), Column("b", Kind.CATEGORY, 0, 2)])
    X = np.column_stack([ANY[:, 0], LABELS])
    assert RandomizedSmoothing(space=space).fit(X, LABELS).scale_.tolist() == [0.5, 0.0]
    assert RandomizedSmoothing(space=ImageSpace((1, 2), high=4.0)).fit(ANY, LABELS).scale_.tolist() == [4.0, 4.0]
    assert RandomizedSmoothing().fit(ANY, LABELS).scale_ == pytest.approx(ANY.std(axis=0))


def test_a_one_hot_group_gets_no_noise():
    """Another choice costs 1 and moves two flags, so it would be longer, 1.41, than it costs."""
    flags = [Column(name, Kind.INTEGER, 0, 1) for name in "bc"]
    space = joint([Column("a", Kind.NUMERIC, -9, 9), *flags], [Group("choice", ("b", "c"))])
    X = np.column_stack([ANY[:, 0], LABELS, 1 - LABELS])
    assert RandomizedSmoothing(space=space).fit(X, LABELS).scale_.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("draws", [0, -3, 2.5, "many"])
def test_draws_are_whole_and_there_are_some(draws):
    with pytest.raises(InvalidInput, match="draws"):
        smoothed(Half(), draws=draws)
    with pytest.raises(InvalidInput, match="draws"):
        smoothed(Half()).certified_radius(ANY, draws=draws)


def test_few_draws_prove_nothing():
    """Nine draws that all agree leave 0.001 ** (1 / 9) = 0.464; ten leave 0.501."""
    far = np.array([[50.0, 0.0]])
    radii = [smoothed(Half(), noise=0.4).certified_radius(far, draws=draws)[0] for draws in (9, 10)]
    assert radii[0] == 0
    assert radii[1] == pytest.approx(0.4 * norm.ppf(0.001**0.1))


def test_a_verdict_depends_on_the_row_and_the_key_alone():
    X = np.column_stack([np.zeros(200), np.arange(200.0)])
    model, other = (smoothed(Half(), draws=11, random_state=seed) for seed in (0, 1))
    said = model.predict(X)
    assert (said[::-1] == model.predict(X[::-1])).all()
    assert (said[[7]] == model.predict(X[[7]])).all()
    assert not (said == other.predict(X)).all()
    assert (RandomizedSmoothing(random_state=None).fit(ANY, LABELS).key_ != model.key_) is True


def test_the_attackers_slope_is_that_of_the_mean_over_noise():
    """With a probit in the base the mean over noise is known; with a logit it is one up to the logit's distance from it."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(2.0 * y[:, None], 1.0, (200, 2))
    model = RandomizedSmoothing(estimator=LogisticRegression(), space=PLANE, noise=0.5).fit(X, y)
    slope, base = inside(Classifier(model), Slope), model.estimator_
    at = rng.normal(size=(6, 2))
    own = np.random.default_rng(0).standard_normal((64, 2)) * 0.5 * [1, 2]
    mean = np.mean([base.predict_proba(at + shift)[:, 1] for shift in own], axis=0)
    assert slope.margin(at) == pytest.approx(np.log(mean) - np.log1p(-mean))
    steps = [(slope.margin(at + e) - slope.margin(at - e)) / 2e-6 for e in np.eye(2) * 1e-6]
    assert slope.gradient(at) == pytest.approx(np.stack(steps, axis=1), abs=1e-6)


def test_a_smoothed_model_can_be_attacked_along_its_mean():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(2.5 * y[:, None], 1.0, (200, 2))
    model = RandomizedSmoothing(estimator=GaussianNB(), space=PLANE, noise=0.5, draws=1001).fit(X, y)
    theirs = X[(y == 1) & (model.predict(X) == 1)][:15]
    radius = model.certified_radius(theirs)
    changed, won, cost, _ = play(apgd, Classifier(model), theirs, PLANE, access=Access.PARAMETERS, cost=9.0, queries=0)
    assert won.all()
    length = np.linalg.norm((changed - theirs) / [1, 2], axis=1)
    assert (length > radius).all()
    assert (length <= cost + 1e-9).all()


def test_a_classifier_without_a_slope_stays_without_one():
    from sklearn.ensemble import RandomForestClassifier

    model = RandomizedSmoothing(estimator=RandomForestClassifier(5), draws=5).fit(ANY, LABELS)
    with pytest.raises(NotApplicable, match="a RandomForestClassifier has no slope"):
        inside(Classifier(model), Slope)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": 0.0}, "noise is 0.0: must be a finite number above 0"),
        ({"noise": np.inf}, "noise is inf"),
        ({"draws": 0}, "draws is 0: must be a whole number, at least 1"),
        ({"copies": 0}, "copies is 0: must be a whole number, at least 1"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        RandomizedSmoothing(**options).fit(ANY, LABELS)


def test_a_bad_alpha_is_named():
    with pytest.raises(InvalidInput, match="alpha is 1: must lie in"):
        smoothed(Half()).certified_radius(ANY, alpha=1)


@pytest.mark.parametrize(("estimator", "check"), cases(naive_bayes=RandomizedSmoothing(estimator=GaussianNB(), draws=51)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)
