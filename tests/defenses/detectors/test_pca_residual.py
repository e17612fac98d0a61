import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, norm
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
)

from amlsec.defenses.detectors.antidote import Antidote
from amlsec.defenses.detectors.doubts import DoubtfulFit
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.defenses.detectors.pca_residual_limit import exponent, q_limit
from amlsec.errors import InvalidInput


def rows(n: int, seed: int = 0, d: int = 8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) @ np.linalg.qr(np.random.default_rng(9).normal(size=(d, d)))[0] + 5
    )


@pytest.mark.parametrize("k", [1, 3, 7])
def test_the_squared_error_is_what_scikit_learn_s_pca_leaves(k: int) -> None:
    train, test = rows(200), rows(50, 1)
    pca = PCA(k).fit(train)
    left = ((test - pca.inverse_transform(pca.transform(test))) ** 2).sum(axis=1)
    np.testing.assert_allclose(PCAResidual(n_components=k).fit(train).squared_error(test), left, rtol=1e-10)


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_the_limit_is_the_paper_s_formula(rate: float) -> None:
    residual = [5.0, 3.0, 2.0, 0.5]
    phi1, phi2, phi3 = (sum(value**power for value in residual) for power in (1, 2, 3))
    h0 = 1 - 2 * phi1 * phi3 / (3 * phi2**2)
    c = norm.ppf(1 - rate)
    expected = phi1 * (c * np.sqrt(2 * phi2 * h0**2) / phi1 + 1 + phi2 * h0 * (h0 - 1) / phi1**2) ** (1 / h0)
    assert q_limit(np.array([[phi1], [phi2], [phi3]]), rate)[0] == pytest.approx(expected, rel=1e-12)


def test_where_h_is_not_positive_the_limit_is_box_s_chi_squared() -> None:
    residual = np.array([100.0, *[1.0] * 300])
    sums = np.array([[(residual**power).sum()] for power in (1, 2, 3)])
    assert exponent(sums)[0] < 0
    freedom = sums[0, 0] ** 2 / sums[1, 0]
    expected = sums[1, 0] / sums[0, 0] * chi2.isf(0.01, freedom)
    both = q_limit(np.column_stack([sums[:, 0], [10.0, 10.0, 10.0]]), 0.01)
    np.testing.assert_allclose(both, [expected, q_limit(np.full((3, 1), 10.0), 0.01)[0]])


def test_a_heavy_tailed_residual_raises_no_flood_of_alarms() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 105)) * np.array([40.0, 30.0, 20.0, 10.0, 8.0, *[0.7] * 100])
    with pytest.warns(DoubtfulFit, match=r"heavy tails \(h = -\d.*Box's limit stands in.*use Antidote"):
        detector = PCAResidual(n_components=4).fit(X)
    assert detector.heavy_tailed_
    assert (detector.predict(X) == -1).mean() < 0.02
    assert not PCAResidual(n_components=5).fit(X).heavy_tailed_


@pytest.mark.parametrize("rate", [0.2, 0.05, 0.01])
def test_on_normal_rows_alarms_come_at_the_stated_rate(rate: float) -> None:
    detector = PCAResidual(n_components=3, false_alarm_rate=rate).fit(rows(4000))
    alarms = (detector.predict(rows(20000, 1)) == -1).mean()
    assert alarms == pytest.approx(rate, rel=0.15)


def test_below_nought_is_an_alarm_and_more_error_is_less() -> None:
    detector = PCAResidual(n_components=3).fit(rows(300))
    test = np.concatenate([rows(30, 1), rows(30, 2) + np.linspace(0, 9, 30)[:, None]])
    decision = detector.decision_function(test)
    np.testing.assert_array_equal(detector.predict(test), np.where(decision < 0, -1, 1))
    np.testing.assert_array_equal(np.argsort(decision), np.argsort(-detector.squared_error(test)))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": 8}, "n_components"),
        ({"false_alarm_rate": 0.0}, "false_alarm_rate"),
        ({"false_alarm_rate": 0.6}, "false_alarm_rate"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], names: str) -> None:
    with pytest.raises(InvalidInput, match=names):
        PCAResidual(**settings).fit(rows(20))


def test_rows_in_as_few_dimensions_as_components_are_refused() -> None:
    with pytest.raises(InvalidInput, match="residual"):
        PCAResidual(n_components=2).fit(np.random.default_rng(0).normal(size=(50, 2)) @ np.ones((2, 6)))


@pytest.mark.parametrize("detector", [PCAResidual(n_components=2), Antidote(n_components=2)])
@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1e100, 1e300])
def test_rows_in_a_unit_past_all_computing_are_refused(detector: PCAResidual | Antidote, unit: float) -> None:
    with pytest.raises(InvalidInput, match="X is .* take another unit"):
        detector.fit(rows(50) * unit)
    for possible in (1e-25, 1e25):
        alarms, scaled = (clone(detector).fit(rows(50) * size).predict(rows(50) * size) for size in (1, possible))
        assert (alarms == scaled).all()


def test_labels_play_no_role_and_a_clone_learns_the_same() -> None:
    X = rows(100)
    one = PCAResidual(n_components=2).fit(X, np.arange(100) % 2)
    np.testing.assert_array_equal(clone(one).fit(X).decision_function(X), one.decision_function(X))


def test_it_is_a_scikit_learn_estimator() -> None:
    for check in (check_get_params_invariance, check_no_attributes_set_in_init):
        check("PCAResidual", PCAResidual())
    check_parameters_default_constructible("PCAResidual", PCAResidual())


@pytest.mark.data
@pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="needs the folder named by AMLSEC_DATA")
def test_on_abilene_link_loads_one_bin_in_a_hundred_alarms_and_injected_spikes_are_found() -> None:
    week = np.load(Path(os.environ["AMLSEC_DATA"]) / "abilene_tm" / "abilene_week_2004-03-01_OD144_links54.npz")
    routing, flows = week["A"].astype(float), week["X"]
    links = flows @ routing.T
    detector = PCAResidual(n_components=4, false_alarm_rate=0.001).fit(links)
    assert detector.eigenvalues_[:4].sum() / detector.eigenvalues_.sum() == pytest.approx(0.9, abs=0.01)
    assert 0.005 < (detector.predict(links) == -1).mean() < 0.015
    rng = np.random.default_rng(0)
    bins, which = rng.integers(0, len(links), 1000), rng.integers(0, 144, 1000)
    spiked = links[bins] + flows.mean() * 30 * routing.T[which]
    assert (detector.predict(spiked) == -1).mean() > 0.9
