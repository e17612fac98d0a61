"""The benchmark against the Adversarial Robustness Toolbox at a small size; our side always, the toolbox where installed."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def benchmark():
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    with pytest.MonkeyPatch.context() as patch:
        for folder in ("reproductions", "benchmarks"):
            patch.syspath_prepend(str(ROOT / folder))
        yield importlib.import_module("roni_against_art")


@pytest.fixture(scope="module")
def tasks(benchmark):
    """Forty mails, as texts and as arrays."""
    return benchmark.tasks(benchmark.load(), 40, np.random.default_rng(0))


@pytest.mark.data
def test_our_screens_stop_the_dictionary_mails_on_disjoint_rows(benchmark, tasks):
    text, table = tasks
    for task in (text, table):
        sets = [set(batch.content()) for batch in (task.base, task.quiz, task.trusted, task.offered)]
        assert len(set.union(*sets)) == sum(map(len, sets)) == 2000 + 500 + 5000 + 40
    assert (text.offered.y == table.offered.y).all()
    entries = benchmark.ours(text, table)
    assert all(entry.seconds > 0 for entry in entries)
    stopped = {entry.name: (entry.stopped, entry.lost) for entry in entries if not np.isnan(entry.stopped)}
    assert len(stopped) == 2
    assert all(share == 1.0 and lost <= 0.1 for share, lost in stopped.values())
    assert benchmark.table([entries, entries]).count("\n") == 1 + len(entries)


@pytest.mark.data
@pytest.mark.filterwarnings("ignore")
def test_the_toolbox_runs_on_the_same_arrays(benchmark, tasks):
    pytest.importorskip("art", reason="the bench extra is not installed")
    _, table = tasks
    entry = benchmark.toolbox(table, "ART", calibrated=False, at_most=40)
    assert entry.seconds > 0
    assert 0 <= entry.stopped <= 1
    assert np.isnan(benchmark.toolbox(table, "ART", calibrated=True, at_most=2).stopped)
