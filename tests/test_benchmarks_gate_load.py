"""The benchmarks of the gate's load and of a million rows, at a small size."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch, request):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module(request.param)


@pytest.mark.parametrize("benchmark", ["gate_load"], indirect=True)
def test_clients_are_answered_and_nothing_is_lost(benchmark, tmp_path):
    result = benchmark.measured(tmp_path / "gate", 4, 1.0)
    assert result.told.wrong == []
    assert result.faults == ()
    assert set(result.told.seconds) >= {"submit", "status", "queue", "sources"}
    assert result.judged <= len(result.told.acknowledged)
    table = benchmark.shown(result)
    assert re.search(rf"\| all \| {sum(map(len, result.told.seconds.values())):,} \|", table)


@pytest.mark.parametrize("benchmark", ["gate_load"], indirect=True)
def test_a_loss_and_a_failed_call_are_told(benchmark, tmp_path):
    told = benchmark.Told(seconds={"submit": [0.1]}, wrong=["submit: 500"], acknowledged=[4])
    shown = benchmark.shown(benchmark.Result(1, 1.0, told, 0, 0.0, ("submission 4 was lost",)))
    assert "1 calls failed; 1 faults in the ledger" in shown


@pytest.mark.parametrize("benchmark", ["gate_million"], indirect=True)
def test_every_step_of_a_large_submission_runs_and_its_memory_is_told(benchmark, tmp_path, monkeypatch):
    here = lambda name, home, file: (benchmark.step(name, home, file), (0.1, 0.1, benchmark.peak()))[1]  # noqa: E731
    monkeypatch.setattr(benchmark, "timed", here)
    monkeypatch.setattr(benchmark, "TRUSTED", 300)
    told = list(benchmark.measured(500, tmp_path))
    assert [name for name, *_ in told] == list(benchmark.STEPS)
    assert all(memory > 10 for *_, memory in told)
