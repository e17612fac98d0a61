"""A submission is judged: at leisure what the screens say, in one short transaction what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, update

from amlsec.errors import Conflict, GateUnavailable
from amlsec.evidence import Decision
from amlsec.gate import decisions, jobs, standings, verdicts
from amlsec.gate.act import Act, now
from amlsec.gate.case import Case, case, swept
from amlsec.gate.home import Home
from amlsec.gate.in_force import InForce
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.standing import Standing
from amlsec.gate.ledger import Wrote, append, canonical
from amlsec.gate.looking import found
from amlsec.gate.schema import submissions
from amlsec.plain import plain
from amlsec.tables.files import one_line

JUDGE = "gate"
"""Who writes verdicts."""
_TRIES = 3
"""How often a verdict is prepared outside the writing transaction, when others write theirs meanwhile."""


class _Outdated(Conflict):
    """It was judged by what holds no longer, which is nobody's failure."""


def work(home: Home, worker: str, *, when: datetime | None = None) -> int | None:
    """Judge the submission that waits longest; its number, or None where none waits.

    What fails is tried again, by this or another worker; after so many attempts as `gate.toml` allows all its rows are
    quarantined, and a person sees why; so are those of what killed so many workers. Raises GateUnavailable where the
    database or the store is away; the job stays.
    """
    swept(home)
    lease = home.config.engine.lease
    number = jobs.take(home.database, worker, lease, now())
    if number is None:
        return None
    try:
        with jobs.kept(home.database, number, worker, lease):
            _judge(home, number, worker, when or now())
    except _Outdated:
        jobs.give_back(home.database, number, worker)
    except Exception as error:
        if isinstance(error, GateUnavailable):
            jobs.give_back(home.database, number, worker)
            raise
        _failed(home, number, worker, plain(f"{type(error).__name__}: {one_line(error)}"), when or now())
    except BaseException:
        jobs.give_back(home.database, number, worker)
        raise
    return number


def _judge(home: Home, number: int, worker: str, when: datetime) -> None:
    with home.database.reading() as connection:
        about, begun = found(connection, number), jobs.attempts(connection, number)
    if begun > home.config.engine.attempts:
        return _quarantined(home, number, worker, about.error or "the workers that tried were killed", when)
    opened = case(home, about)
    heard = opened.heard()
    for _ in range(_TRIES):
        with home.database.reading() as connection:
            stood = standings.of(connection, about.source)
        verdict = _verdict(opened, heard, stood, when)
        with home.database.writing() as connection:
            if not jobs.holds(connection, number, worker):
                return None
            if standings.of(connection, about.source) == stood:
                return _write(connection, about, verdict, when)
    with home.database.writing() as connection:
        if jobs.holds(connection, number, worker):
            _write(connection, about, _verdict(opened, heard, standings.of(connection, about.source), when), when)
    return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger is to say of a submission, and where its source stands then."""

    body: dict[str, Any]
    standing: Standing
    learned: int


def _verdict(case: Case, heard: Findings, stood: Standing, when: datetime) -> Verdict:
    store, policy = case.home.store, case.judges.panel.policy
    passed = sentence(heard, stood, policy, source=case.source, key=case.key, day=when.date())
    body = {
        **case.force.numbers,
        "verdicts": verdicts.kept(store, heard, passed),
        "decisions": decisions.kept(store, passed.decision),
        "evidence": store.put(canonical(case.evidence(heard, passed)).encode()),
        "counts": decisions.counts(passed.decision),
        "learned": passed.learned,
        "harm": verdicts.harm_of(heard, passed),
        **passed.as_json(),
    }
    return Verdict(body, passed.standing, passed.learned)


def _write(connection: Connection, about: Row[Any], verdict: Verdict, when: datetime) -> None:
    """The one verdict on a submission, and all that follows; raises _Outdated where what it was judged by holds no more."""
    if not InForce.at(connection).numbers.items() <= verdict.body.items():
        raise _Outdated("the policy, the trusted or the protected rows changed while it was judged")
    taken_back = found(connection, about.id).rolled_back is not None
    standing = verdict.standing.learning(-verdict.learned) if taken_back else verdict.standing
    body = {**verdict.body, **standings.keep(connection, about.source, standing)}
    entry = append(connection, Wrote.JUDGED, Act(JUDGE, when=when), body, submission=about.id, source=about.source)
    told = {"judged": entry.seq, "decisions": body["decisions"], "learned": body["learned"], "harm": body["harm"]}
    connection.execute(update(submissions).where(submissions.c.id == about.id).values(**told, **body["counts"]))
    jobs.done(connection, about.id)


def _failed(home: Home, number: int, worker: str, error: str, when: datetime) -> None:
    with home.database.reading() as connection:
        given_up = jobs.attempts(connection, number) >= home.config.engine.attempts
    if given_up:
        _quarantined(home, number, worker, error, when)
    else:
        jobs.failed(home.database, number, worker, error)


def _quarantined(home: Home, number: int, worker: str, error: str, when: datetime) -> None:
    """All rows of what no worker could judge wait for a person."""
    with home.database.reading() as connection:
        about, force = found(connection, number), InForce.at(connection)
    all_rows = np.full(about.rows, Decision.QUARANTINE, dtype=np.int8)
    says = f"could not be judged, so all of it waits for a person: {error}"
    check = {"name": "judging", "value": 1.0, "limit": 0.0, "fired": True, "rows": about.rows, "says": says}
    body = {
        **force.numbers,
        "verdicts": verdicts.unjudged(home.store, about.rows, says),
        "decisions": decisions.kept(home.store, all_rows),
        "evidence": home.store.put(canonical({"summary": [says]}).encode()),
        "counts": decisions.counts(all_rows),
        "learned": 0,
        "harm": 0.0,
        "checks": [check],
    }
    with home.database.writing() as connection:
        if jobs.holds(connection, number, worker):
            _write(connection, about, Verdict(body, standings.of(connection, about.source), 0), when)
