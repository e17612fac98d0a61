"""Calls are counted across processes and restarts, and never overspent."""

import os
import signal
import subprocess
import sys
import time

import pytest

from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models import ledger
from amlsec.models.ledger import Ledger

SPEND = """
import sys
from pathlib import Path
from amlsec.errors import ModelFailed
from amlsec.models.ledger import Ledger
book = Ledger(Path(sys.argv[1]), "service", int(sys.argv[2]))
made = 0
print("ready", flush=True)
try:
    while True:
        book.enter()
        print("call", flush=True)
except ModelFailed:
    pass
"""


def spender(path, most):
    return subprocess.Popen([sys.executable, "-c", SPEND, str(path), str(most)], stdout=subprocess.PIPE, text=True)


def test_a_budget_is_kept_across_restarts_and_services_do_not_share_it(tmp_path):
    path = tmp_path / "calls.sqlite"
    for _ in range(3):
        Ledger(path, "one", 3).enter()
    with pytest.raises(ModelFailed, match="all 3 calls to one are spent; the ledger is calls.sqlite"):
        Ledger(path, "one", 3).enter()
    assert Ledger(path, "one", 3).spent == 3
    assert Ledger(path, "two", 1).enter() == 0
    assert Ledger(path, "one", 4).enter() == 0
    assert (Ledger(path, "one").spent, Ledger(path, "two").spent, Ledger(path, "three").spent) == (4, 1, 0)


def test_two_processes_one_of_them_killed_never_overspend(tmp_path):
    path, most = tmp_path / "calls.sqlite", 400
    first, second = spender(path, most), spender(path, most)
    for process in (first, second):
        assert process.stdout.readline() == "ready\n"
    made = [line for line in (first.stdout.readline() for _ in range(20)) if line]  # none where the other took them all
    os.kill(first.pid, signal.SIGKILL)
    made += first.communicate()[0].splitlines()
    made += second.communicate()[0].splitlines()
    assert Ledger(path, "service").spent == most
    assert most - 1 <= len(made) <= most  # the one that was killed may have entered a call and not made it
    third = spender(path, most)
    assert third.communicate()[0] == "ready\n"


def test_the_rate_is_that_of_all_processes_together(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(ledger.time, "time", lambda: now[0])
    books = [Ledger(tmp_path / "calls.sqlite", "service", rate=4.0) for _ in range(2)]
    assert [books[k % 2].enter() for k in range(5)] == [0.0, 0.25, 0.5, 0.75, 1.0]
    now[0] += 10
    assert [books[0].enter(), books[1].enter()] == [0.0, 0.25]


def test_no_call_may_be_made_at_all(tmp_path):
    with pytest.raises(ModelFailed, match="all 0 calls"):
        Ledger(tmp_path / "calls.sqlite", "service", 0).enter()


@pytest.mark.parametrize(
    ("told", "said"), [({"most": -1}, "calls is -1"), ({"rate": -1.0}, "rate"), ({"rate": float("inf")}, "rate")]
)
def test_numbers_out_of_range(tmp_path, told, said):
    with pytest.raises(InvalidInput, match=said):
        Ledger(tmp_path / "calls.sqlite", "service", **told)


def test_a_file_that_is_no_ledger(tmp_path):
    (tmp_path / "page.html").write_text("<html>" * 100)
    for path in (tmp_path / "page.html", tmp_path, tmp_path / "missing" / "calls.sqlite"):
        with pytest.raises(InvalidInput, match="cannot be kept there"):
            Ledger(path, "service")


def test_entering_is_quick(tmp_path):
    book, begun = Ledger(tmp_path / "calls.sqlite", "service"), time.process_time()
    for _ in range(50):
        book.enter()
    assert time.process_time() - begun < 1
