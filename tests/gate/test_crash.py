"""Killed at any moment, the gate has lost nothing that it acknowledged, and judged nothing twice."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from amlsec.gate.ledger import Wrote
from amlsec.gate.service import Gate
from gate import busy
from gate.begun import begun
from gate.servers import wait_until

FEW, MANY = (24, 2), (200, 12)
"""Submissions in all, and how often the process is killed while it makes them."""
SIZES = [pytest.param(*FEW, id="few"), pytest.param(*MANY, id="many", marks=pytest.mark.slow)]


def acknowledged(home, first, last, lines):
    """What the process said until it was killed after so many lines; until its end where that is None."""
    command = [sys.executable, busy.__file__, str(home), str(first), str(last)]
    environment = {**os.environ, "PYTHONPATH": str(Path(busy.__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as process:
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if len(said) == lines:
                    os.killpg(process.pid, signal.SIGKILL)
        except KeyboardInterrupt:  # which does not reach a process of another session
            os.killpg(process.pid, signal.SIGKILL)
            raise
        process.wait(60)
    whole = [line.split() for line in said if line.endswith("\n")]
    assert lines is not None or process.returncode == 0
    return whole


def first_missing(submitted):
    return next(number for number in count() if number not in submitted)


def killed_again_and_again(home, submissions, kills, crash):
    """Run until all is submitted, killed at moments of chance; what was acknowledged, by number and by entry."""
    rng, submitted, reviewed = random.Random(0), {}, set()
    for kill in range(kills + 1):
        lines = rng.randint(1, 2 * submissions // kills) if kill < kills else None
        for what, number, entry in acknowledged(home, first_missing(submitted), submissions, lines):
            if what == "submitted":
                assert submitted.setdefault(int(number), int(entry)) == int(entry)
            else:
                reviewed.add(int(entry))
        crash(kill)
    return submitted, reviewed


def judged(gate):
    return sum(one["kind"] == Wrote.JUDGED for one in gate.entries())


def check(home, submissions, submitted, reviewed):
    gate = Gate.open(home)
    wait_until(lambda: gate.work("after") is None and judged(gate) >= submissions, "the leases of those killed")
    told = list(gate.entries())
    of_kind = {kind: [one for one in told if one["kind"] == kind] for kind in Wrote}
    assert sorted(submitted) == list(range(submissions))
    keys = Counter(one["body"]["key"] for one in of_kind[Wrote.SUBMITTED])
    assert keys == Counter(f"key {number}" for number in range(submissions))
    assert {one["seq"] for one in of_kind[Wrote.SUBMITTED]} == set(submitted.values())
    assert sorted(one["submission"] for one in of_kind[Wrote.JUDGED]) == sorted(submitted.values())
    assert reviewed <= {one["seq"] for one in of_kind[Wrote.REVIEWED]}
    assert reviewed
    assert gate.verify().faults == ()
    for number, entry in submitted.items():
        assert gate.rows(entry).select(["a", "b", "label"]).num_rows == busy.rows(number).num_rows
    gate.close()


@pytest.mark.parametrize(("submissions", "kills"), SIZES)
def test_on_sqlite(tmp_path, submissions, kills):
    home = tmp_path / "home"
    begun(home, engine={"lease": 1.0}).close()
    check(home, submissions, *killed_again_and_again(home, submissions, kills, lambda _: None))


@pytest.mark.system
@pytest.mark.parametrize(("submissions", "kills"), SIZES)
def test_on_postgresql_which_crashes_too(private_postgres, tmp_path, submissions, kills):
    home = tmp_path / "home"
    begun(home, database=private_postgres.database(), engine={"lease": 1.0}).close()

    def crash(kill):
        if kill % 2:
            private_postgres.stop(signal.SIGQUIT)
            private_postgres.start()

    check(home, submissions, *killed_again_and_again(home, submissions, kills, crash))
