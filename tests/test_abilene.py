"""The loader of Abilene's traffic, the synthetic weeks, and what the reproductions on them are made of."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.defenses.detectors.pca_residual import PCAResidual

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "reproductions"))


def script(name):
    return importlib.import_module(name)


@pytest.fixture
def abilene():
    missing = script("_data").missing(script("_abilene").NEEDS)
    if missing:
        pytest.skip(f"{', '.join(missing)}: missing; AMLSEC_DATA names the data")
    return script("_abilene")


@pytest.mark.data
def test_the_network_is_12_places_144_flows_54_links(abilene):
    net = abilene.network()
    assert net.routing.shape == (54, 144)
    assert len(net.crossing) == 132
    assert set(np.unique(net.routing)) == {0.0, 1.0}
    for flow in net.crossing.tolist():
        start, end = net.flows[flow].split(">")
        carrying = {net.links[k] for k in np.flatnonzero(net.routing[:, flow])}
        assert {f"ingress:{start}", f"egress:{end}"} <= carrying
        space = net.space(flow, np.ones(54))
        assert net.links[space.ingress[0]] == f"ingress:{start}"


@pytest.mark.data
def test_weeks_have_one_order_of_flows_one_unit_and_no_flow_of_a_place_to_itself(abilene):
    net = abilene.network()
    alone = np.setdiff1d(np.arange(144), net.crossing)
    totals = {}
    for name in abilene.NAMES:
        week = abilene.volumes(name)
        assert week.shape == (1728 if name == "X21" else 2016, 144)
        assert not week[:, alone].any()
        assert np.isfinite(week).all()
        assert (week >= 0).all()
        totals[name] = week.sum(axis=1).mean()
    assert totals["X01"] == pytest.approx(totals["X02"], rel=0.1)  # Mbit/s both: the next week, from the other file
    same = np.corrcoef(abilene.volumes("X01").mean(axis=0), abilene.volumes("X02").mean(axis=0))[0, 1]
    assert same > 0.8


@pytest.mark.data
def test_link_loads_are_what_the_routing_says(abilene):
    net, batch = abilene.network(), abilene.loads("X13")
    link = net.links.index("ingress:NYCMng")
    mine = [flow for flow in net.crossing.tolist() if net.flows[flow].startswith("NYCMng>")]
    assert len(mine) == 11
    assert batch.X[:, link] == pytest.approx(abilene.volumes("X13")[:, mine].sum(axis=1))
    assert not batch.y.any()


def waved(bins=2016):
    """A flow of a daily wave and one of a weekly one, without noise, and one that carries nothing."""
    hours = np.arange(bins) / 12
    return np.column_stack([50 + 20 * np.sin(2 * np.pi * hours / 24), 30 + 9 * np.cos(2 * np.pi * hours / 168), 0 * hours])


def test_a_fit_finds_the_course_the_noise_and_the_bursts_it_was_made_of():
    rng, made = np.random.default_rng(0), script("_weeks")
    recipe = made.Recipe(waved(), np.array([2.0, 1, 0]), np.array([0.02, 0, 0]), np.array([60.0, 0, 0]))
    week = recipe.week(rng)
    found = made.fitted_to(week)
    assert np.abs(found.course - recipe.course).max() < 4
    assert found.noise == pytest.approx(recipe.noise, rel=0.15, abs=1e-9)  # bursts pull at the course a little
    assert found.often[0] == pytest.approx(0.02 * np.exp(-4 * 2 / 60), rel=0.35)
    assert found.size[0] == pytest.approx(60 + 4 * 2, rel=0.35)
    assert (found.often[1:] < 0.001).all()


def test_a_week_stays_within_what_the_links_carry_and_is_another_each_time():
    made = script("_weeks")
    recipe = made.fitted_to(np.abs(waved() + np.random.default_rng(0).normal(0, 30, (2016, 3))))
    one, two = (recipe.week(np.random.default_rng(seed)) for seed in (0, 1))
    assert (one >= 0).all()
    assert (one <= script("_abilene").OC192).all()
    assert (one != two).any()
    assert (recipe.week(np.random.default_rng(0)) == one).all()


@pytest.mark.data
def test_a_flood_is_missed_as_often_as_it_is_calibrated_to(abilene):
    frog = script("boiling_frog")
    calm = frog.week(0, 1)
    model = PCAResidual(n_components=4).fit(frog.week(0, 0).X)
    size = frog.flood(model, calm)
    routes = abilene.network().routing[:, abilene.network().crossing[::4]].T
    assert np.mean([(model.predict(calm.X + size * route) == 1).mean() for route in routes]) == pytest.approx(
        0.0367, abs=0.001
    )


@pytest.mark.data
def test_the_formula_of_the_limit_breaks_where_h_is_not_above_0(abilene):
    antidote = script("antidote")
    h, above = antidote.at_its_word(abilene.loads("X14").X)
    assert h < 0
    assert above > 0.9
    rows = abilene.loads("X13")
    h, above = antidote.at_its_word(rows.X)
    assert h > 0
    model = PCAResidual(n_components=4).fit(Batch(rows.X, rows.y).X)
    assert above == (model.predict(rows.X) == -1).mean()
