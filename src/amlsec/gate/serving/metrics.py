"""What Prometheus is told of a gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import cast

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from amlsec.errors import GateUnavailable
from amlsec.gate.act import now
from amlsec.gate.jobs import waiting
from amlsec.gate.ledger import Wrote, head, last
from amlsec.gate.schema import jobs, ledger, submissions
from amlsec.gate.service import Gate

REFUSED = {401, 403, 413, 415, 429}
"""Status codes of calls that were refused for who made them or how much they asked."""
_CALL = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
_VERDICT = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)


class Metrics:
    """Counters of one server's calls, and gauges read from the gate when they are asked for."""

    def __init__(self, gate: Gate) -> None:
        self._registry = CollectorRegistry()
        into, own = self._registry, "amlsec_gate"
        self._calls = Counter("calls", "Calls answered", ["endpoint", "status"], own, registry=into)
        self._seconds = Histogram("call_seconds", "Seconds a call took", ["endpoint"], own, registry=into, buckets=_CALL)
        self._refused = Counter("refusals", "Calls refused for who made them, or how much", ["status"], own, registry=into)
        self._registry.register(_Standing(gate))

    def called(self, endpoint: str, status: int, seconds: float) -> None:
        """A call was answered; `endpoint` is its method and template, such as "GET /queue"."""
        self._calls.labels(endpoint, status).inc()
        self._seconds.labels(endpoint).observe(seconds)
        if status in REFUSED:
            self._refused.labels(status).inc()

    def text(self) -> bytes:
        """In the exposition format of Prometheus."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """What the database says at this moment; only `up` where it is away."""

    def __init__(self, gate: Gate) -> None:
        self._home = gate.home
        self._verdicts = Histogram(
            "amlsec_gate_verdict_seconds", "Seconds from receipt to verdict", registry=None, buckets=_VERDICT
        )
        self._seen: int | None = None
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        try:
            with self._home.database.reading() as connection:
                found = list(_gauges(connection, self._home.config.engine.attempts))
                self._observe(connection)
        except GateUnavailable:
            found = [_gauge("up", "Whether the database answers", 0)]
        yield from found
        yield from self._verdicts.collect()

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def _observe(self, connection: Connection) -> None:
        """How long the verdicts took that came since the last look; the first look begins at the ledger's end."""
        with self._lock:
            end = connection.scalar(select(func.max(ledger.c.seq))) or 0
            if self._seen is not None:
                judged = (ledger.c.seq > self._seen) & (ledger.c.seq <= end) & (ledger.c.kind == str(Wrote.JUDGED))
                times = select(submissions.c.received, ledger.c.time).join(ledger, submissions.c.judged == ledger.c.seq)
                for received, verdict in connection.execute(times.where(judged)):
                    self._verdicts.observe(_seconds(received, verdict))
            self._seen = end


def _gauges(connection: Connection, attempts: int) -> Iterator[Metric]:
    yield _gauge("up", "Whether the database answers", 1)
    count, oldest = waiting(connection)
    yield _gauge("jobs_waiting", "Submissions not judged yet", count)
    yield _gauge("oldest_job_seconds", "Age of the submission that waits longest", _age(connection, oldest))
    stuck = select(func.count()).select_from(jobs).where(jobs.c.attempts >= attempts)
    yield _gauge("jobs_stuck", "Submissions that no worker could judge", connection.scalar(stuck) or 0)
    yield _rows(connection)
    held = (submissions.c.quarantined > 0) & submissions.c.rolled_back.is_(None)
    queue = select(func.count()).select_from(submissions).where(held)
    yield _gauge("queue", "Submissions with rows that wait for a person", connection.scalar(queue) or 0)
    end, checkpoint = head(connection), last(connection, Wrote.CHECKPOINT)
    yield _gauge("ledger_position", "Entries in the ledger", end.seq if end else 0)
    if checkpoint:
        since = _seconds(checkpoint.time, now().isoformat())
        yield _gauge("checkpoint_age_seconds", "Seconds since the ledger's end was last signed", since)


def _rows(connection: Connection) -> Metric:
    """Rows by what holds of them, those rolled back by themselves."""
    rows = GaugeMetricFamily("amlsec_gate_rows", "Rows by what holds of them", labels=["decision"])
    kept = submissions.c.rolled_back.is_(None)
    for decision in ("accepted", "quarantined", "rejected"):
        total = select(func.coalesce(func.sum(submissions.c[decision]), 0)).where(kept)
        rows.add_metric([decision], int(connection.scalar(total) or 0))
    back = select(func.coalesce(func.sum(submissions.c.rows), 0)).where(~kept)
    rows.add_metric(["rolled back"], int(connection.scalar(back) or 0))
    return cast(Metric, rows)


def _age(connection: Connection, submission: int | None) -> float:
    received = connection.scalar(select(submissions.c.received).where(submissions.c.id == submission))
    return _seconds(received, now().isoformat()) if received else 0.0


def _seconds(since: str, until: str) -> float:
    return max((datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds(), 0.0)


def _gauge(name: str, about: str, value: float) -> Metric:
    return cast(Metric, GaugeMetricFamily(f"amlsec_gate_{name}", about, value=value))
