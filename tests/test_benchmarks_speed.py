"""The speed benchmark at a small size: it times, compares with training again, and draws its tables."""

import importlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch):
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("impact_speed")


def cases_on(benchmark, data):
    return [case for case in benchmark.CASES if case.rows.__name__ == data]


@pytest.mark.data
def test_every_family_is_timed_and_agrees_with_training_again(benchmark):
    found = [benchmark.timing(case, 60, 4, 1) for case in cases_on(benchmark, "nsl_kdd")]
    assert len({one.case.name for one in found}) >= 5
    assert all(one.wrong == 0 and one.ours > 0 and one.loop > 0 for one in found)
    assert benchmark.families_table(found).count("\n") == 3 + len(found)


@pytest.mark.data
def test_what_differs_is_counted(benchmark, monkeypatch):
    """The comparison can fail: with another classifier's trainings as the truth it does."""
    (case,) = [case for case in cases_on(benchmark, "nsl_kdd") if case.name == "GaussianNB"]
    rows = case.rows().repeated(40)
    net = benchmark.impacts(case.estimator, *benchmark.parts(rows)).net
    stump = importlib.import_module("sklearn.tree").DecisionTreeClassifier(max_depth=1)
    assert (net != benchmark.trained_again(stump, rows)).any()


@pytest.mark.data
def test_growth_is_shown(benchmark):
    (case,) = [case for case in cases_on(benchmark, "nsl_kdd") if case.name == "RidgeClassifier"]
    assert benchmark.growth_table(case, (50, 100), (100, 700)).count("\n") == 5
    assert sys.modules["impact_speed"] is benchmark
