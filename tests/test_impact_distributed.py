"""The benchmark of training again on a cluster, at a small size: real workers, one killed, the same numbers."""

import importlib
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def distributed(monkeypatch):
    pytest.importorskip("distributed", reason="the dask extra is not installed")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delenv("AMLSEC_DATA", raising=False)  # scikit-learn's own table
    return importlib.import_module("impact_distributed")


def test_a_killed_worker_changes_no_number(distributed):
    told = distributed.main(300)
    assert "300 candidates, 189 base and 95 quiz rows of 30 columns" in told
    assert "all counts and margins are equal to the last bit" in told


def test_base_quiz_and_offered_rows_are_disjoint(distributed):
    asked = distributed.question(280)
    parts = [{row.tobytes() for row in rows.X} for rows in (asked.base, asked.quiz, asked.offered)]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 189 + 95 + 280


def test_the_forms_of_a_candidate(distributed):
    X, y = np.array([[1.0], [2.0]]), np.array([0, 1])
    found = distributed.offered(X, y, 6)
    assert found.X.ravel().tolist() == [1, 2, 1, 2, 2, 4]
    assert found.y.tolist() == [0, 1, 1, 0, 1, 0]


def test_spreads_of_a_forest(distributed):
    """Known spreads, and a known area under the curve, are found again."""
    noise = importlib.import_module("impact_forest_noise")
    values = np.random.default_rng(0).normal(size=(200, 300)) + np.repeat([-2.0, 2.0], 150)
    np.testing.assert_allclose(noise.spread(values), [1.0, 2.0], atol=0.05)
    assert noise.auc(np.array([0.0, 3.0, 1.0, 4.0])) == 0.75
