"""The bench of poisoning at a small size, and the page it writes."""

import importlib
from pathlib import Path

import pytest

from amlsec.bench.heat_map import SIGNS
from amlsec.bench.table import Mark

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("poisoning")


def test_the_small_run_gives_a_page_of_every_row(benchmark, tmp_path):
    bench = benchmark.run({"phishing": benchmark.Victim(None, 300)}, tmp_path, 5.0, jobs=1, **benchmark.SMALL)
    assert bench.games_not_run == 0
    behind = [row for row in bench.rows if row.defense]
    assert {row.defense for row in behind} == set(benchmark.SMALL["defense"])
    assert all(row.blind and row.knowing for row in behind)
    page = benchmark.page(bench, 0.3)
    lines = page.splitlines()
    assert sum(line.startswith("| phishing | ") for line in lines) == 1 + 1 + len(bench.rows)
    assert "![Harm left at 30% of the rows](poisoning-30-percent.svg)" in page


def test_every_mark_but_two_has_a_sign_of_its_own():
    assert set(Mark) - set(SIGNS) == {Mark.NOT_RUN, Mark.NOT_APPLICABLE}
    assert len(set(SIGNS.values())) == len(SIGNS)
