"""The benchmark of evasion against peers at a small size: ours always, the rivals where they are installed."""

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
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def played(part, tmp_path):
    """Ours on one table and a linear model."""
    benchmark = part("evasion")
    plan = [game for game in benchmark.games(["clamp_pe"], ["logistic"], {0: 4, 100: 4}) if _ours(benchmark, game)]
    found, reasons = benchmark.results(plan, tmp_path, 5.0)
    assert {one.attacker for one in found} | set(reasons) >= {game.attacker for game in plan}
    return benchmark, plan, found, tmp_path


def _ours(benchmark, game):
    return game.attacker in benchmark.OURS[game.access]


def test_no_search_beats_the_exact_attack_and_results_are_kept(played):
    benchmark, plan, found, folder = played
    costs = {one.attacker: one.cost for one in found}
    assert np.isfinite(costs["linear-exact"]).all()
    assert all((cost >= costs["linear-exact"] * (1 - 1e-6)).all() for cost in costs.values())
    assert (np.concatenate([one.spent for one in found]) <= 100).all()
    again, _ = benchmark.results(plan, folder, 0.0)
    assert [one.cost.tolist() for one in again] == [one.cost.tolist() for one in found]


def test_the_page_shows_every_attacker_and_the_figure_every_model(played, part):
    _, _, found, _ = played
    text = part("_evasion_page").page(found, {"foolbox EAD": "not installed"})
    assert "Not played: foolbox EAD: not installed." in text
    assert all(f"**{one.attacker}**" in text for one in found)
    assert len(part("_evasion_results").table(found).splitlines()) == 1 + sum(len(one.cost) for one in found)
    assert "logistic" in [axes.get_title() for axes in part("_evasion_figure").drawn(found).axes]


def test_losses_are_told(part):
    results = part("_evasion_results")
    costs = {"label-search": [1.0, 3.0, 3.0], "ART HopSkipJump": [1.0, 1.5, 3.0]}
    games = [
        results.Result("d", "m", "labels", name, 100, "-" in name, *(np.array(cost) for _ in range(3)), 0.0, 1.0)
        for name, cost in costs.items()
    ]
    losses = part("_evasion_page").page(games, {}).partition("## Every loss")[2]
    assert "| labels | 100 | d | m | label-search: 33%, 3.00 | ART HopSkipJump: 67%, 1.50 |" in losses


def test_what_a_rival_asks_is_counted_cut_off_and_pulled_into_the_space(part):
    watched, cells = part("_evasion_watched"), part("_evasion_cells")
    place = cells.cell("clamp_pe", "logistic")
    one = watched.Watched(watched.View(place, place.X[0], inside=False), 5)
    one.labels(np.full((3, place.X.shape[1]), 0.5))
    with pytest.raises(watched.Spent):
        one.scores(np.random.default_rng(0).random((9, place.X.shape[1])))
    assert one.spent == 5
    inside, free = one.best
    assert min(inside, free) > 0
    view = watched.View(place, place.X[0], inside=True)
    rows = view.rows(np.random.default_rng(0).random((4, place.X.shape[1])))
    assert np.isfinite(place.space.cost(np.repeat(place.X[:1], 4, axis=0), rows)).all()
    assert np.allclose(view.coordinates(view.rows(np.full((1, place.X.shape[1]), 0.5))), 0.5)


def test_a_row_of_nan_that_passes_hides_no_win_of_a_rival(part):
    class Passing:
        labels = staticmethod(lambda rows: np.zeros(len(rows), dtype=np.int64))

    cells = part("_evasion_cells")
    train, _, space = cells.parts("clamp_pe")
    view = part("_evasion_watched").View(cells.Cell(train.X, space, Passing(), 1.0), train.X[0], inside=False)
    assert view._least(train.X[:3], np.array([np.nan, 2.0, 1.0])) == 1.0
    assert view._least(train.X[:1], np.array([np.nan])) == np.inf


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["ART HopSkipJump", "ART BoundaryAttack", "ART ZooAttack"])
def test_the_toolbox_keeps_to_the_queries(part, name):
    pytest.importorskip("art", reason="the bench extra is not installed")
    toolbox, place = part("_evasion_toolbox"), part("_evasion_cells").cell("clamp_pe", "logistic")
    watched = toolbox.attacked(toolbox.RIVALS[name], place, place.X[0], 300, True)
    assert 0 < watched.spent <= 300


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["foolbox L1 FMN", "foolbox EAD", "foolbox SparseL1", "adv-lib L1 FMN"])
def test_gradient_attacks_see_the_same_model(part, name):
    pytest.importorskip("torch")
    pytest.importorskip("adv_lib" if name.startswith("adv") else "foolbox", reason="the bench extra is not installed")
    gradients, place = part("_evasion_gradients"), part("_evasion_cells").cell("clamp_pe", "logistic")
    found = gradients.attacked(gradients.RIVALS[name], place, place.X[:2], 60, True)
    assert np.isfinite(found).all()


def test_a_page_of_duels_begins_with_how_they_ended(part):
    ends = ("ahead", "level", "**behind**", "ahead")
    rows = ["| sees | |\n|---|---|", *(f"| labels | {end} |" for end in ends)]
    assert part("_point").of_duels(rows) == "Of 4 duels with the best peer ours leads 2, loses 1."
