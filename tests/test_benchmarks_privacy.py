"""The benchmark of membership against peers at a small size: ours always, the rivals where they are installed."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.data


@pytest.fixture
def part(monkeypatch):
    """A module of the benchmark by name."""
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    for folder in ("reproductions", "benchmarks"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    return importlib.import_module


@pytest.fixture
def small(part, monkeypatch):
    """The benchmark on few rows of one table."""
    cells = part("_membership_cells")
    monkeypatch.setattr(cells, "OTHERS", 1000)
    monkeypatch.setattr(cells, "MEMBERS", 120)
    monkeypatch.setattr(cells, "OWN", 240)
    cells.cell.cache_clear()
    yield part("membership")
    cells.cell.cache_clear()


@pytest.fixture
def played(small, tmp_path):
    """Ours on a tree."""
    plan = [game for game in small.games(["adult"], ["tree"], 1) if game.attacker in small.OURS]
    found, reasons = small.results(plan, tmp_path, 5.0)
    assert {one.attacker for one in found} | set(reasons) == {game.attacker for game in plan}
    return small, plan, found, tmp_path


def test_ours_find_members_and_results_are_kept(played):
    benchmark, plan, found, folder = played
    at_one_percent = {one.attacker: one.found[0.01].value for one in found}
    assert at_one_percent["lira"] > at_one_percent["membership-by-loss"]
    assert all(0.001 not in one.found for one in found)
    again, _ = benchmark.results(plan, folder, 0.0)
    assert [one.members.tolist() for one in again] == [one.members.tolist() for one in found]


def test_the_page_shows_every_attacker_and_the_figure_every_model(played, part):
    benchmark, _, found, _ = played
    text = part("_membership_page").page(found, {"PM RMIA": "not there"}, benchmark.shadows())
    assert "* Not played: PM RMIA: not there." in text
    assert all(f"| **{one.attacker}** |" in text for one in found)
    assert "found at 1.0%" in text
    assert "found at 0.1%" not in text
    assert [axes.get_title() for axes in part("_membership_figure").drawn(found).axes] == ["tree, adult"]
    assert len(part("_membership_results").table(found).splitlines()) == 1 + len(found)


def result(results, name, members, others, ours=True, seconds=1.0):
    kept = results.told(np.array(members, dtype=float), np.array(others, dtype=float))
    game = type("Game", (), {"data": "d", "model": "m", "seed": 0, "attacker": name})
    return results.of(game, {**kept, "seconds": seconds}, ours)


def test_resamples_lie_around_what_was_found_and_pair_the_same_rows(part):
    results, rng = part("_membership_results"), np.random.default_rng(0)
    others = rng.normal(size=10_000)
    one, same = (result(results, name, others[:2000] + 2, others) for name in ("one", "same"))
    share = one.found[0.01].value
    assert share == pytest.approx(np.mean(others[:2000] + 2 > np.sort(others)[-101]))
    assert np.mean(one.resampled[0.01]) == pytest.approx(share, abs=0.01)
    low, high = np.quantile(one.resampled[0.01], [0.025, 0.975])
    assert one.found[0.01].low < low < share < high < one.found[0.01].high
    assert (one.resampled[0.001] == same.resampled[0.001]).all()


def test_who_is_behind_is_told_and_how_many_times_slower(part):
    results, rng = part("_membership_results"), np.random.default_rng(1)
    others = rng.normal(size=10_000)
    games = [
        result(results, "lira", rng.normal(0.5, 1, 500), others),
        result(results, "ART x", rng.normal(3.5, 1, 500), rng.normal(size=10_000), ours=False, seconds=12.0),
    ]
    text = part("_membership_page").page(games, {}, 16)
    duel, equal = (line for line in text.splitlines() if line.startswith("| 1.0% | d | m |"))
    assert duel.endswith("| **behind** |")
    assert "none of ours finds as much" in equal
    assert "| d | m | 1.00 |  | **12 x** |" in text
    quick = [*games, result(results, "quick", others + 9, others, seconds=2.0)]
    equal = [
        line for line in part("_membership_page").page(quick, {}, 16).splitlines() if line.startswith("| 1.0% | d | m |")
    ][1]
    assert equal.endswith("| 12.00 | quick | 100.0% | 2.00 | 6.0 |")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["ART BlackBox rf", "ART BlackBox lr", "ART RuleBased"])
def test_the_toolbox_guesses_about_the_same_rows(small, part, name):
    pytest.importorskip("art", reason="the bench extra is not installed")
    guesses = part("_membership_art").RIVALS[name](part("_membership_cells").cell("adult", "ridge", 0), 2, 0)
    assert guesses.shape == (1120,)
    assert small.missing("ART RuleBased") in ("", "torch not installed")
    assert len(np.unique(guesses)) == 2 if name == "ART RuleBased" else len(np.unique(guesses)) > 10


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["PM population", "PM shadow", "PM reference", "PM reference, Gaussian"])
@pytest.mark.usefixtures("small")
def test_the_meter_guesses_about_the_same_rows(part, name):
    for package in ("torch", "opacus", "privacy_meter"):
        pytest.importorskip(package, reason="not installed")
    cell = part("_membership_cells").cell("adult", "tree", 0)
    guesses = part("_membership_meter").RIVALS[name](cell, 4, 0)
    assert guesses.shape == (1120,)
    assert guesses[:120].mean() > guesses[120:].mean()


@pytest.mark.usefixtures("small")
def test_rivals_shadow_models_are_of_as_many_rows_as_the_model(part):
    meter, cell = part("_membership_meter"), part("_membership_cells").cell("adult", "ridge", 0)
    fitted, saw = meter.halves(cell, 3, 0, 50)
    assert saw.sum(axis=1).tolist() == [120] * 3
    assert not saw[:, :50].any()
    chance = meter.likelihood(cell.fitted, cell.rows)
    right = cell.model.labels(cell.rows.X) == cell.rows.y
    assert ((chance > 0.5) == right).all()
    assert len({one.coef_.tobytes() for one in fitted}) == 3


def test_without_a_checkout_its_attack_is_left_out(small, monkeypatch, tmp_path):
    monkeypatch.setenv("PRIVACY_METER", str(tmp_path))
    assert small.missing("PM RMIA") == "PRIVACY_METER names no checkout of its repository"
