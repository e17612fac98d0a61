"""Rows, policies and judgements for tests of the gate's judging."""

from datetime import date
from pathlib import Path

import numpy as np

from amlsec.data import Batch
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged, Known
from amlsec.gate.judging.sentence import Sentence, sentence
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.policy import Policy, parsed_policy

TODAY = date(2026, 3, 2)


def policy(text: str = "") -> Policy:
    """One quick screen, and these tables."""
    return parsed_policy(f'rule = "sphere"\n[screens.sphere]\n{text}')


def rows(n: int, seed: int, shift: float = 3.0) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 4)) + shift * y[:, None], y, np.full(n, "feed", dtype=object))


def read(path: Path) -> Batch:
    """Rows of a file; here, as workers find this module and no test's."""
    with np.load(path) as found:
        return Batch(found["X"], found["y"]).from_source("feed")


def judged(harm, *, y=None, p=None, known=None, decision=None, calibration=(500, 500), seed=0, turned=()) -> Judged:
    """A judgement of rows so harmful, all else as told; contents differ."""
    harm = np.asarray(harm, dtype=np.float64)
    n = len(harm)
    content = np.array([f"{seed:08}{k:08}" for k in range(n)], dtype="S32")
    return Judged(
        content,
        np.zeros(n, dtype=np.int64) if y is None else np.asarray(y),
        np.full(n, Known.NEW, dtype=np.int8) if known is None else np.asarray(known, dtype=np.int8),
        np.zeros(n, dtype=np.int8) if decision is None else np.asarray(decision, dtype=np.int8),
        np.ones(n) if p is None else np.asarray(p, dtype=np.float64),
        harm,
        calibration,
        tuple(turned),
    )


def sentenced(
    said: Judged, standing: Standing | None = None, text: str = "", day: date = TODAY, key: str = "key"
) -> Sentence:
    now = Standing(Common(1000)) if standing is None else standing
    return sentence(Findings.of([said]), now, policy(text), source="feed", key=key, day=day)
