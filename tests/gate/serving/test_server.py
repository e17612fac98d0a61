"""The server as an operator runs it: a process of its own, with workers of its own, until it is told to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token
from amlsec.gate.records import Stands
from amlsec.gate.service import Gate
from called import call, one_line
from gate.begun import ME, begun, blobs
from gate.servers import wait_until


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "gate"
    begun(folder).close()
    return folder


class Served:
    """A server, and the lines it has logged so far."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    def lines(self, event):
        told = [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]
        return [line for line in told if line["event"] == event]

    def until(self, event, count=1):
        wait_until(lambda: len(self.lines(event)) >= count, f"{count} of {event!r}", 120)
        return self.lines(event)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.until('serving')[0]['port']}"

    def children(self):
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def serving(home, log, *options):
    command = [sys.executable, "-m", "amlsec", "gate", "serve", "--home", str(home), "--port", "0", *options]
    with log.open("w") as out:
        process = subprocess.Popen(command, stderr=out, stdout=out)
    try:
        yield Served(process, log)
    finally:
        process.kill()
        process.wait(30)


def test_it_judges_what_is_sent_survives_a_killed_worker_and_stops_in_time(home, tmp_path):
    gate = Gate.open(home)
    token = make_token(gate.home, "feed", Role.SUBMITTER, act=ME, source="feed")
    rows = "a,b,label\n" + "\n".join(
        f"{a},{b},{label}" for a, b, label in zip(*blobs(30, 1).to_pydict().values(), strict=True)
    )
    with serving(home, tmp_path / "log", "--workers", "1") as server:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
            answer = client.post("/api/v1/submissions", params={"format": "csv"}, content=rows)
            assert answer.status_code == 202, answer.text
            first = answer.json()["submission"]
            wait_until(lambda: gate.submission(first).stands != Stands.WAITING, "the verdict", 60)
            [worker] = server.children()
            os.kill(worker, signal.SIGKILL)
            second = client.post("/api/v1/submissions", params={"format": "csv"}, content=rows.replace("ok", "bad")).json()
            wait_until(lambda: gate.submission(second["submission"]).stands != Stands.WAITING, "the verdict", 60)
            assert client.get("/ready").json()["workers"] == "ready"
        [worker] = server.children()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert len(server.lines("worker started")) == 2
        assert len(server.lines("worker stopped")) == 1
        assert server.lines("stopped")
    assert not Path(f"/proc/{worker}").exists()
    assert token not in (tmp_path / "log").read_text()
    gate.close()


def test_an_address_that_is_taken_is_one_line(home, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = call(capsys, "gate", "serve", "--home", home, "--port", port)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert f"address is '127.0.0.1:{port}': cannot be listened on" in err
