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
    found = benchmark.clean(cell, quick)
    why = np.concatenate([one.why for one in said])
    assert found["rows held back by p-values"].value == (why == Why.WORST).mean()
    assert found["rows held back by the screens"].value == (why == Why.SCREENS).mean() > 0
    assert found["sources suspended"].value == np.mean([said[k].standing.own.watch.suspended for k in (13, 27, 41)])


def test_a_frog_that_lies_all_the_time_is_found(benchmark) -> None:
    open_ = parsed_policy('rule = "roni"\n[screens.roni]\ntrials = 1\n[caps]\nshare = 1')
    cell = benchmark.Cell("table", 1000, 5, 30, 1)
    always, never = benchmark.frog(cell, open_, 1.0), benchmark.frog(cell, open_, 0.0)
    assert never == (30, never.learned, 0)
    assert always.suspended == 1
    assert always.submissions < 30
