"""The engine on a real Dask scheduler with two real worker processes: nothing is lost, whoever is killed."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from amlsec import engine
from amlsec.engine import Store, Task, Workers, run
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.retraining import refitted
from amlsec.impact.units import Units
from dask_cluster import cluster
from engine_work import die_once, draw, kill, refuse, refuse_input
from killer import Killer

pytest.importorskip("distributed", reason="the dask extra is not installed")
TASKS = [Task(f"k{i}", i) for i in range(12)]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield Workers(cluster=running.address)


def values(results):
    return {task.key: result["value"] for task, result in results}


def test_the_same_numbers_as_in_this_process(two, tmp_path):
    assert values(run(draw, TASKS, Store(tmp_path), workers=two)) == {
        task.key: draw(task.payload)["value"] for task in TASKS
    }
    assert len(values(run(refuse, TASKS, Store(tmp_path), workers=two))) == 12, "stored, and not asked for again"


def test_a_killed_worker_is_replaced_and_nothing_is_lost(two, tmp_path):
    tasks = [Task(f"k{i}", (str(tmp_path), i)) for i in range(12)]
    assert values(run(die_once, tasks, Store(tmp_path / "store"), workers=two)) == {f"k{i}": i for i in range(12)}
    assert (tmp_path / "died").exists()


def test_what_work_raises_arrives_as_it_is(two, tmp_path):
    with pytest.raises(InvalidInput, match=r"payload is \d+: must be another"):
        list(run(refuse_input, TASKS, Store(tmp_path), workers=two))


def test_no_time_begins_nothing(two, tmp_path):
    assert [result for _, result in run(draw, TASKS, Store(tmp_path), workers=two, seconds=0.0)] == [None] * 12


def test_a_lost_scheduler_is_an_error_that_says_so(tmp_path):
    with cluster(tmp_path, workers=1) as running:
        results = run(
            kill, [Task("k", running.scheduler)], Store(tmp_path / "store"), workers=Workers(cluster=running.address)
        )
        with pytest.raises(InvalidInput, match="was lost; what it finished is stored"):
            next(results)


def test_no_scheduler_at_the_address(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "ANSWERS_WITHIN", 0.2)
    with pytest.raises(InvalidInput, match="cluster is 'tcp://127.0.0.1:9': no Dask scheduler answers there"):
        list(run(draw, TASKS, Store(tmp_path), workers=Workers(cluster="tcp://127.0.0.1:9")))


def test_without_dask_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidInput, match=r"amlsec\[dask\]"):
        list(run(draw, TASKS, Store(tmp_path), workers=Workers(cluster="tcp://127.0.0.1:9")))


# Training again


def deadly(mark):
    return make_pipeline(Killer(str(mark)), DecisionTreeClassifier(max_features=1))


def asked():
    """60 rows, one of which is deadly to train with."""
    rng = np.random.default_rng(0)
    base, offered, quiz = (Labelled(rng.normal(size=(n, 3)), rng.integers(0, 2, n)) for n in (50, 60, 40))
    offered.X[40] = 2000.0
    return Question(base, offered, quiz), Units.single(60)


def same(one, two):
    for column, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(column, other)


def test_impacts_are_the_same_after_a_worker_was_killed(two, tmp_path):
    estimator, mark = deadly(tmp_path / "mark"), tmp_path / "mark"
    truth = refitted(estimator, *asked())
    mark.write_text("0")
    same(refitted(estimator, *asked(), two), truth)
    assert not mark.exists()
    assert truth.hurt.any()


PARENT = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from amlsec.engine import Workers
    from amlsec.impact.retraining import refitted
    from test_engine_on_dask import asked, deadly

    folder, address = Path(sys.argv[1]), sys.argv[2]
    (folder / "mark").write_text(str(os.getpid()))
    refitted(deadly(folder / "mark"), *asked(), Workers(cluster=address, folder=folder))
""")


def test_impacts_are_the_same_after_the_parent_was_killed(two, tmp_path):
    paths = {"PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.run([sys.executable, "-c", PARENT, str(tmp_path), two.cluster], env=paths, check=False)
    assert killed.returncode == -9
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/chunks/*.json")}
    assert 2 <= len(stored) < 16
    workers = Workers(cluster=two.cluster, folder=tmp_path)
    same(refitted(deadly(tmp_path / "mark"), *asked(), workers), refitted(deadly(tmp_path / "mark"), *asked()))
    assert stored.items() <= {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/chunks/*.json")}.items()
