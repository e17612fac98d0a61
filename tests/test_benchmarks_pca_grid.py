"""The benchmark of robust components at a small size: both find the same, and it times them."""

import importlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("pca_grid_against_pcapp")


@pytest.mark.system
def test_both_find_the_same_components(benchmark):
    rscript = shutil.which("Rscript")
    if not rscript or subprocess.run([rscript, "-e", "library(pcaPP)"], capture_output=True, check=False).returncode:
        pytest.skip("R's package pcaPP is missing: `make system-deps` installs it")
    found = benchmark.timed("factors", benchmark.factors(300, 12), 3, 1)
    assert found.apart < 1e-9
    assert found.ours > 0
    assert "| factors, 300 x 12, 3 component(s) |" in benchmark.table([found])


def test_angles_between_directions_do_not_see_signs(benchmark):
    ours, theirs = np.eye(3)[:2], np.array([[-1.0, 0.0, 0.0], [0.0, np.cos(0.1), np.sin(0.1)]])
    assert benchmark.apart(ours, theirs) == pytest.approx(0.1)
