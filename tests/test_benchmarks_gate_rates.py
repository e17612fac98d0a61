"""The benchmark of the gate's rates at a small size: it counts what it says."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from amlsec.gate.judging.checks import Why
from amlsec.gate.policy import parsed_policy

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("gate_rates")


@pytest.fixture
def quick():
    return parsed_policy('rule = "sphere"\n[screens.sphere]\nhold_back = 0.1\n[rates]\nquarantine = 0.1\n[caps]\nshare = 1')


def test_counts_are_of_all_that_was_streamed(benchmark, quick) -> None:
    cell = benchmark.Cell("table", 200, 5, 14, 3)
    said = [one for seed in range(3) for one in benchmark.streamed(cell, quick, seed)]
    assert [len(one.why) for one in said] == [5] * 42
    found = benchmark.Streamed(cell, [benchmark.counted(cell, quick, seed) for seed in range(3)]).rates
    why = np.concatenate([one.why for one in said])
    assert found["rows held back by p-values"].value == (why == Why.WORST).mean()
    assert found["rows held back by the screens"].value == (why == Why.SCREENS).mean() > 0
    assert found["sources suspended"].value == np.mean([said[k].standing.own.watch.suspended for k in (13, 27, 41)])
    rejecting = [any((one.why == Why.FOUND).any() for one in said[k : k + 7]) for k in range(0, 42, 7)]
    assert found["periods with a rejection"].value == np.mean(rejecting)


def test_a_frog_that_lies_all_the_time_is_found(benchmark) -> None:
    open_ = parsed_policy('rule = "roni"\n[screens.roni]\ntrials = 1\n[caps]\nshare = 1')
    always, never = (benchmark.Cell("table", 1000, 5, 30, 1, wrong) for wrong in (1.0, 0.0))
    found = benchmark.Streamed(always, [benchmark.counted(always, open_, 0)])
    assert len(found.suspended) == 1
    assert found.median("before") < 30
    honest = benchmark.Streamed(never, [benchmark.counted(never, open_, 0)])
    assert (honest.suspended, honest.median("before")) == ([], 30)


def test_the_page_and_its_table_tell_what_was_counted(benchmark) -> None:
    good = benchmark.Cell("table", 1000, 10, 7, 2)
    bad = benchmark.Cell("table", 1000, 10, 7, 1, 0.5)
    panel = {"periods": 1, "rejecting": 0, "why": [60, 0, 0, 0, 3, 7, *[0] * 5], "whole": 1, "before": 7, "learned": 60}
    found = [benchmark.Streamed(good, [panel, panel]), benchmark.Streamed(bad, [panel | {"before": 3}])]
    lines = benchmark.page(found).splitlines()
    assert any("7 submissions of 10 | 2 | 0.0%" in line and "| 10.0% (5.6% to 16.2%) |" in line for line in lines)
    assert "| table, 1,000 trusted, 7 submissions of 10 | 50% | 1 | 1 | 3 | 60 |" in lines
    assert benchmark.table(found).splitlines()[1:] == [
        '"table, 1,000 trusted, 7 submissions of 10",0.0,0,1,0,7,3,1,7,60',
        '"table, 1,000 trusted, 7 submissions of 10",0.0,1,1,0,7,3,1,7,60',
        '"table, 1,000 trusted, 7 submissions of 10",0.5,0,1,0,7,3,1,3,60',
    ]


def test_a_run_that_was_stopped_goes_on(benchmark, tmp_path, monkeypatch) -> None:
    cells = (benchmark.Cell("table", 200, 5, 2, 2),)
    (none,) = benchmark.results(cells, tmp_path, 0.0) or [None]
    assert none is None
    (first,) = benchmark.results(cells, tmp_path, 1.0)
    monkeypatch.setattr(benchmark, "_work", None)
    (again,) = benchmark.results(cells, tmp_path, 1.0)
    assert (len(first.panels), again.panels) == (2, first.panels)
