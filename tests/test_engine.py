"""Finished work is never done twice, whatever dies; one worker or many give the same numbers."""

import json
import signal
import subprocess
import sys
import textwrap
from concurrent.futures.process import BrokenProcessPool

import pytest
from joblib import Parallel, delayed

from amlsec import engine
from amlsec.engine import Store, Task, Workers, run, write_whole
from amlsec.errors import InvalidInput
from engine_work import die_always, die_once, draw, each_dies_once, grow, refuse, refuse_input

TASKS = [Task(f"k{i}", i) for i in range(12)]


def _values(results):
    return {task.key: result["value"] for task, result in results}


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_the_same_numbers_whatever_the_number_of_workers(tmp_path, n_jobs):
    values = _values(run(draw, TASKS, Store(tmp_path), workers=Workers(n_jobs)))
    assert values == {task.key: draw(task.payload)["value"] for task in TASKS}


def test_stored_results_are_not_worked_out_again(tmp_path):
    store = Store(tmp_path)
    store.put("k3", {"value": "kept"})
    values = _values(run(draw, TASKS, store))
    assert values["k3"] == "kept"
    assert _values(run(refuse, TASKS, store)) == values


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    tasks = [Task(f"k{i}", (str(tmp_path), i)) for i in range(12)]
    values = _values(run(die_once, tasks, Store(tmp_path / "store"), workers=Workers(2)))
    assert values == {f"k{i}": i for i in range(12)}
    assert (tmp_path / "died").exists()


def test_a_long_run_may_lose_any_number_of_workers(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "MOST_RESTARTS", 3)  # as many tasks as are under way at once
    tasks = [Task(f"k{i}", (str(tmp_path), i)) for i in range(5)]
    values = _values(run(each_dies_once, tasks, Store(tmp_path / "store"), workers=Workers(2)))
    assert values == {f"k{i}": i for i in range(5)}


def test_a_worker_that_grew_is_replaced_where_warnings_are_errors_too(tmp_path):
    """As here: in the thread that starts the next worker an error would end it, and all would wait for ever."""
    assert _values(run(grow, TASKS[:6], Store(tmp_path), workers=Workers(2))) == {f"k{i}": i for i in range(6)}


def test_work_that_kills_every_worker_ends_the_run(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "MOST_RESTARTS", 1)
    store = Store(tmp_path)
    with pytest.raises(BrokenProcessPool):
        list(run(die_always, TASKS[:4], store, workers=Workers(2)))
    assert store.get("k1") is None


def test_what_work_raises_stops_the_run_and_keeps_what_is_done(tmp_path):
    store = Store(tmp_path)
    done = list(run(draw, TASKS[:4], store))
    with pytest.raises(ArithmeticError):
        list(run(refuse, TASKS, store))
    assert [store.get(task.key) for task, _ in done] == [result for _, result in done]


def test_no_time_begins_nothing(tmp_path):
    results = list(run(draw, TASKS, Store(tmp_path), seconds=0.0))
    assert [result for _, result in results] == [None] * len(TASKS)
    assert list(tmp_path.iterdir()) == []


def test_no_time_begins_nothing_with_workers_either(tmp_path):
    assert [r for _, r in run(draw, TASKS, Store(tmp_path), workers=Workers(2), seconds=0.0)] == [None] * len(TASKS)


def test_an_error_of_ours_comes_back_from_a_worker_as_it_was(tmp_path):
    with pytest.raises(InvalidInput, match="must be another") as raised:
        list(run(refuse_input, TASKS, Store(tmp_path), workers=Workers(2)))
    assert raised.value.argument == "payload"
    assert raised.value.value in range(12)


def test_n_jobs_below_one():
    with pytest.raises(InvalidInput, match="n_jobs is 0"):
        Workers(0)


def test_processes_here_and_a_cluster():
    with pytest.raises(InvalidInput, match="n_jobs is 2"):
        Workers(2, cluster="tcp://127.0.0.1:9")


SLOW = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from amlsec.engine import Store, Task, run

    def work(number):
        if number == 6 and sys.argv[2] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        with open(Path(sys.argv[1]) / "log", "a") as log:
            log.write(f"{number}\\n")
        return {"value": number}

    for task, result in run(work, [Task(f"k{i}", i) for i in range(10)], Store(Path(sys.argv[1]) / "store")):
        pass
""")


def test_a_killed_parent_goes_on_where_it_was(tmp_path):
    first = subprocess.run([sys.executable, "-c", SLOW, str(tmp_path), "die"], check=False)
    assert first.returncode == -signal.SIGKILL
    subprocess.run([sys.executable, "-c", SLOW, str(tmp_path), "live"], check=True)
    assert sorted(map(int, (tmp_path / "log").read_text().split())) == list(range(10))
    assert len(list((tmp_path / "store").iterdir())) == 10


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "result.json"
    write_whole(path, json.dumps({"old": True}))
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert json.loads(path.read_text()) == {"old": True}
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_a_failure_is_handed_on_but_tried_again_next_time(tmp_path):
    store, task = Store(tmp_path), Task("k", 1)
    failed = list(run(lambda _: {"failed": "out of memory"}, [task], store))
    assert failed == [(task, {"failed": "out of memory"})]
    assert list(run(draw, [task], store)) == [(task, draw(1))]


def test_joblib_works_after_the_engine(tmp_path):
    """Both use one pool of processes: joblib must find it as it needs it."""
    tasks = [Task(str(i), i) for i in range(4)]
    assert len(list(run(draw, tasks, Store(tmp_path), workers=Workers(2)))) == 4
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
