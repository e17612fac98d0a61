"""A gate under sustained mixed load: clients that submit, ask and review at once, over HTTP.

Every client is either a program of one source, which hands in rows and asks what became of them, or a reviewer, who reads
the queue and the evidence and decides. Told are calls a second, the median and the 99th percentile of their time, what was
judged meanwhile, how long the rest takes, and whether the ledger holds. Clients, server and workers share the same cores.
`--small` is a run of seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
from pyarrow import csv

from amlsec.gate.act import Act
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels

ROWS, COLUMNS, TRUSTED, SOURCES = 20, 10, 1000, 8
ME = Act("local:benchmark", why="a load test")
API = "/api/v1"


def table(rows: int, seed: int) -> pa.Table:
    """Two classes a distance apart."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    X = rng.normal(size=(rows, COLUMNS)) + y[:, None]
    return pa.table({**{f"x{k}": X[:, k] for k in range(COLUMNS)}, "label": np.where(y, "bad", "ok").tolist()})


def as_csv(rows: pa.Table) -> bytes:
    """The rows as a file to send."""
    sink = io.BytesIO()
    csv.write_csv(rows, sink)
    return sink.getvalue()


@dataclass(slots=True)
class Told:
    """Seconds of every call by what was asked, and every answer that was none of those expected."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)

    async def timed(self, what: str, call: Awaitable[httpx.Response], *expected: int) -> httpx.Response:
        """Wait for an answer and note how long it took."""
        begin = time.perf_counter()
        answer = await call
        self.seconds.setdefault(what, []).append(time.perf_counter() - begin)
        if answer.status_code not in expected:
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")
        return answer


Client = Callable[[httpx.AsyncClient, Told, int], Awaitable[None]]


async def program(client: httpx.AsyncClient, told: Told, turn: int) -> None:
    """Hand in new rows and ask what became of them; every fifth time the same rows once more."""
    seed = int.from_bytes(os.urandom(6))
    for _ in range(1 + (turn % 5 == 0)):
        call = client.post(f"{API}/submissions", content=as_csv(table(ROWS, seed)), headers={"Content-Type": "text/csv"})
        answer = await told.timed("submit", call, 200, 202)
        if answer.status_code == 202:
            told.acknowledged.append(answer.json()["submission"])
    if answer.is_success:
        await told.timed("status", client.get(f"{API}/submissions/{answer.json()['submission']}"), 200)


async def reviewer(client: httpx.AsyncClient, told: Told, turn: int) -> None:
    """Read the queue, the evidence on one submission in it, and decide."""
    waiting = (await told.timed("queue", client.get(f"{API}/queue", params={"limit": 20}), 200)).json()
    if waiting:
        number = waiting[int.from_bytes(os.urandom(2)) % len(waiting)]["id"]
        await told.timed("evidence", client.get(f"{API}/submissions/{number}/evidence"), 200)
        said = {"decision": ("accept", "reject")[turn % 2], "reason": "a load test"}
        await told.timed("review", client.post(f"{API}/submissions/{number}/reviews", json=said), 200, 201, 409)
    await told.timed("sources", client.get(f"{API}/sources"), 200)


async def busy(role: Client, url: str, token: str, told: Told, until: float) -> None:
    """One client, turn after turn, one at least."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        for turn in count():
            await role(client, told, turn)
            if time.monotonic() >= until:
                return


async def load(url: str, programs: list[str], reviewers: list[str], seconds: float) -> Told:
    """All clients at once."""
    told, until = Told(), time.monotonic() + seconds
    each = [(program, token) for token in programs] + [(reviewer, token) for token in reviewers]
    await asyncio.gather(*(busy(role, url, token, told, until) for role, token in each))
    return told


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The gate served as its users do; the URL."""
    command = [sys.executable, "-m", "amlsec", "gate", "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = json.loads(next(line for line in process.stderr if '"serving"' in line))
        log = (home / "serve.log").open("w")
        copying = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
        try:
            yield f"http://127.0.0.1:{first['port']}"
        finally:
            process.terminate()
            process.wait(60)
            copying.wait(60)
            log.close()


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found: of each kind of call how many, and its seconds; submissions judged in time, and after it."""

    clients: int
    seconds: float
    told: Told
    judged: int
    drained: float
    faults: tuple[str, ...]


def measured(folder: Path, clients: int, seconds: float, database: str | None = None) -> Result:
    """A new gate under load, three clients of four programs and one a reviewer."""
    settings = {"server": {"calls": 10**6}, **({"database": database} if database else {})}
    gate = Gate.init(folder, table(TRUSTED, 0), Columns("label"), Labels(("bad",), ("ok",)), act=ME, settings=settings)
    few = max(clients // 4, 1)
    programs = [_token(gate, k, Role.SUBMITTER, f"source {k % SOURCES}") for k in range(clients - few)]
    reviewers = [_token(gate, k, Role.REVIEWER, None) for k in range(clients - few, clients)]
    with served(folder) as url:
        told = asyncio.run(load(url, programs, reviewers, seconds))
        judged, begin = _judged(gate), time.monotonic()
        while gate.submissions(limit=1) and _waiting(gate):
            time.sleep(0.1)
        drained = time.monotonic() - begin
    kept = {one["seq"] for one in gate.entries() if one["kind"] == "submitted"}
    lost = tuple(f"submission {number} was lost" for number in told.acknowledged if number not in kept)
    faults = lost + gate.verify().faults
    gate.close()
    return Result(clients, seconds, told, judged, drained, faults)


def _token(gate: Gate, number: int, role: Role, source: str | None) -> str:
    return make_token(gate.home, f"client-{number}", role, source=source, act=ME)


def _judged(gate: Gate) -> int:
    return sum(one["kind"] == "judged" for one in gate.entries())


def _waiting(gate: Gate) -> bool:
    from amlsec.gate import jobs

    with gate.home.database.reading() as connection:
        return jobs.waiting(connection)[0] > 0


def shown(result: Result) -> str:
    """The table of a run."""
    lines = ["| call | calls | calls/s | median ms | 99 % ms | worst ms |", "|---|---|---|---|---|---|"]
    for what, seconds in [*result.told.seconds.items(), ("all", list(chain(*result.told.seconds.values())))]:
        p50, p99 = np.percentile(seconds, [50, 99]) * 1000
        rate = len(seconds) / result.seconds
        lines.append(f"| {what} | {len(seconds):,} | {rate:.1f} | {p50:.0f} | {p99:.0f} | {max(seconds) * 1000:.0f} |")
    new = len(result.told.acknowledged)
    new, wrong, faults = len(result.told.acknowledged), len(result.told.wrong), len(result.faults)
    done = f"{result.judged:,} of them judged meanwhile, the rest in {result.drained:.0f} s after"
    lines += [
        "",
        f"{result.clients} clients, {result.seconds:.0f} s; {new:,} submissions of {ROWS} rows acknowledged, {done};",
    ]
    lines += [f"{wrong} calls failed; {faults} faults in the ledger."]
    return "\n".join(lines)


def main() -> int:
    """Run and tell; 1 where a call failed or the ledger does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="4 clients, 3 seconds")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite otherwise")
    asked = parser.parse_args()
    clients, seconds = (4, 3.0) if asked.small else (32, 60.0)
    with tempfile.TemporaryDirectory() as folder:
        result = measured(Path(folder) / "gate", clients, seconds, asked.database)
    print(shown(result))
    for line in (*result.told.wrong[:10], *result.faults[:10]):
        print(line)
    return int(bool(result.told.wrong or result.faults))


if __name__ == "__main__":
    raise SystemExit(main())
