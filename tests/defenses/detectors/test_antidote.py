import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from amlsec.defenses.detectors.antidote import Antidote
from amlsec.defenses.detectors.doubts import DoubtfulFit
from amlsec.defenses.detectors.laplace_limit import laplace_limit
from amlsec.defenses.detectors.pca_grid import pca_grid
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.defenses.detectors.spatial_median import spatial_median
from amlsec.errors import InvalidInput
from estimator_checks import cases

BOTH = pytest.mark.parametrize("detector", [Antidote, PCAResidual])
WEEKS = ["X01", "X02", "X13", "X14", "X20", "X21"]
needs_data = pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="needs the folder named by AMLSEC_DATA")


def rows(n, d=8, seed=0):
    """Rows near a plane of three dimensions."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)) @ np.random.default_rng(9).normal(size=(3, d)) * 5 + rng.normal(size=(n, d)) + 20


RARE = {"n_components": 1, "false_alarm_rate": 0.3}


@pytest.mark.parametrize(("estimator", "check"), cases(antidote=Antidote(**RARE), residual=PCAResidual(**RARE)))
@pytest.mark.filterwarnings("ignore::amlsec.defenses.detectors.doubts.DoubtfulFit")
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


def test_it_is_its_parts():
    X, test = rows(300), rows(50, seed=1)
    model = Antidote(n_components=3, false_alarm_rate=0.01).fit(X)
    centre = spatial_median(X)
    components = pca_grid(X - centre, 3).components

    def error(table):
        rest = (table - centre) @ (np.eye(8) - components.T @ components)
        return (rest**2).sum(axis=1)

    np.testing.assert_allclose(model.squared_error(test), error(test), rtol=1e-8)
    assert model.limit_ == pytest.approx(laplace_limit(error(X), 0.01), rel=1e-8)
    np.testing.assert_array_equal(model.predict(test) == -1, error(test) > model.limit_)


def test_a_tenth_of_the_rows_blinds_principal_components_and_not_it():
    X, attack = rows(900), rows(60, seed=2)
    off = np.linalg.svd(np.random.default_rng(9).normal(size=(3, 8)))[2][-1]
    attack += 40 * off
    poisoned = X.copy()
    poisoned[:90] += np.random.default_rng(3).exponential(80, size=(90, 1)) * off
    with warnings.catch_warnings(action="ignore", category=DoubtfulFit):
        plain, robust = (detector(n_components=3).fit(poisoned) for detector in (PCAResidual, Antidote))
    assert (PCAResidual(n_components=3).fit(X).predict(attack) == -1).all()
    assert (plain.predict(attack) == -1).mean() < 0.1
    assert (robust.predict(attack) == -1).mean() > 0.9
    assert (robust.predict(rows(300, seed=4)) == -1).mean() < 0.1


def test_none_takes_four_components_or_one_below_the_columns():
    assert len(Antidote().fit(rows(100)).components_) == 4
    assert len(Antidote().fit(rows(100, 3)).components_) == 2
    assert len(PCAResidual().fit(rows(100, 2)).components_) == 1


def test_labels_play_no_role_and_a_clone_learns_the_same():
    X = rows(100)
    one = Antidote(n_components=2).fit(X, np.arange(100) % 2)
    np.testing.assert_array_equal(clone(one).fit(X).decision_function(X), one.decision_function(X))


# Bad input


def with_nan(X):
    X[3, 2] = np.nan
    return X


@BOTH
@pytest.mark.parametrize(
    ("X", "settings", "says"),
    [
        (with_nan(rows(50)), {}, "NaN"),
        (rows(4), {"n_components": 4}, "n_components|more rows"),
        (rows(1), {}, "minimum of 2"),
        (rows(50, 1), {}, "minimum of 2"),
        (rows(50), {"n_components": 8}, r"n_components is 8: must lie in 1..7"),
        (rows(50), {"n_components": 0}, "n_components is 0"),
        (rows(50), {"false_alarm_rate": 0.6}, "false_alarm_rate is 0.6"),
        (np.full((50, 5), 7.0), {}, "n_components|must leave a residual"),
        (
            np.random.default_rng(0).normal(size=(50, 2)) @ np.ones((2, 6)),
            {"n_components": 3},
            "components is 3|errors is '0",
        ),
    ],
    ids=["NaN", "few rows", "one row", "one column", "all", "none", "rate", "constant rows", "fewer dimensions"],
)
def test_what_it_cannot_learn_from_is_refused(detector, X, settings, says):
    with pytest.raises(ValueError, match=says):
        detector(**settings).fit(X)


@BOTH
def test_constant_columns_and_a_singular_covariance_are_no_trouble_while_a_residual_is_left(detector):
    X = np.column_stack([rows(200), np.full(200, 3.0), rows(200)[:, 0]])
    model = detector(n_components=3, false_alarm_rate=0.01).fit(X)
    odd = X[:5] + 50 * np.eye(10)[8]
    assert (model.predict(odd) == -1).all()
    assert (model.predict(X) == -1).mean() < 0.1


def test_rows_that_are_mostly_one_row_are_refused():
    X = rows(100)
    X[:51] = 0.0
    with pytest.raises(InvalidInput, match="n_components is 4: must be at most 0, as more than half of the rows"):
        Antidote().fit(X)


# Abilene


def link_loads(name):
    """Loads (bins, 54) of one week, in Mbit/s."""
    folder = Path(os.environ["AMLSEC_DATA"]) / "abilene_tm"
    first = np.load(folder / "abilene_week_2004-03-01_OD144_links54.npz")
    if name == "X01":
        return first["X"] @ first["A"].T * (8 / 3e6)
    weeks = pd.read_parquet(folder / "abilene_od_weeks.parquet", filters=[("week", "==", name)])
    return weeks.reindex(columns=first["od"].astype(str), fill_value=0.0).to_numpy(float) @ first["A"].T


def doubts(detector, X):
    """The fitted detector, None where it refused; and what it said."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            model = detector.fit(X)
        except InvalidInput as error:
            return None, [str(error)]
    return model, [str(warning.message) for warning in said]


def spoiled(X, share, times):
    """A share of the bins, drawn at random, times so much."""
    out, rng = X.copy(), np.random.default_rng(0)
    at = rng.choice(len(X), max(1, round(share * len(X))), replace=False)
    out[at] *= times
    return out, at


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("week", WEEKS)
def test_on_real_weeks_the_limit_of_principal_components_holds_and_where_it_is_another_it_is_said(week):
    X = link_loads(week)
    model, said = doubts(PCAResidual(n_components=4), X)
    assert 0.003 < (model.predict(X) == -1).mean() < 0.02
    assert model.heavy_tailed_ == (week in ("X14", "X21"))
    assert model.heavy_tailed_ == any("heavy tails" in doubt for doubt in said)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(("week", "share"), [("X13", 0.18), ("X20", 0.05)])
def test_on_real_weeks_antidote_alarms_more_often_than_asked_and_says_so_where_it_is_often(week, share):
    X = link_loads(week)
    model, said = doubts(Antidote(n_components=4), X)
    assert (model.predict(X) == -1).mean() == pytest.approx(share, abs=0.01)
    assert len(said) == (share > 0.1)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("share", [0.0005, 0.001, 0.01, 0.3])
def test_bins_a_hundred_times_too_large_break_principal_components_loudly(week, share):
    X, _ = spoiled(link_loads(week), share, 100.0)
    _, said = doubts(PCAResidual(n_components=4), X)
    assert any("Antidote" in doubt for doubt in said)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(("week", "share"), [("X13", 0.01), ("X14", 0.3)])
def test_bins_a_hundred_times_too_large_are_what_antidote_alarms_on(week, share):
    clean = link_loads(week)[::2]
    X, at = spoiled(clean, share, 100.0)
    before, _ = doubts(Antidote(n_components=4), clean)
    model, said = doubts(Antidote(n_components=4), X)
    assert (model.predict(X[at]) == -1).all()
    innocent = np.delete(X, at, axis=0)
    assert (model.predict(innocent) == -1).mean() < (before.predict(clean) == -1).mean() + 0.02
    assert ((model.predict(X) == -1).mean() > 0.1) == any("of the training rows alarm" in doubt for doubt in said)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("detector", [Antidote(n_components=4), PCAResidual(n_components=4)])
def test_bins_all_zero_break_nothing_until_they_are_half_and_then_it_is_said(detector):
    clean = link_loads("X20")[::4]
    before, _ = doubts(clone(detector), clean)
    model, _ = doubts(clone(detector), spoiled(clean, 0.05, 0.0)[0])
    assert 0.6 < model.limit_ / before.limit_ < 1.6
    _, said = doubts(clone(detector), spoiled(clean, 0.51, 0.0)[0])
    assert said
