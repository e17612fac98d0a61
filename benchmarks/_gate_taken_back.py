"""A source is found bad: what it taught is taken back in the real gate, beside a gate that it never sent its campaign to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
from _gate_campaigns import Campaign, handed_in
from _gate_mails import TESTED, Year
from pyarrow import parquet

from amlsec.data import BENIGN, Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.gate.act import Act
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels

BEGUN = datetime(2025, 1, 6, tzinfo=UTC)
ME = "local:benchmark"
WORDS = ("ham", "spam")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of a campaign that was rolled back, beside a gate that never saw it.

    Attributes
    ----------
    campaign : the attack's name
    learned, hostile : its source's mails that were in the training data since it began, and the hostile ones among them
    tainted : snapshots named as tainted, and all that hold such a mail
    rows : training rows after the rollback, and in the gate that never saw the campaign
    differ : rows that are in one of the two only
    tests, verdicts, scores : new mails; on how many the two filters disagree; the largest difference of their scores
    same_rows : that difference for a filter of the last snapshot's rows, those of the source left out by hand
    ham, lost, lost_after : new ham, and how much of it was lost before the rollback and after it
    """

    campaign: str
    learned: int
    hostile: int
    tainted: tuple[int, int]
    rows: tuple[int, int]
    differ: int
    tests: int
    verdicts: int
    scores: float
    same_rows: float
    ham: int
    lost: int
    lost_after: int


def taken_back(year: Year, campaign: Campaign, weeks: int, policy: str | None = None) -> TakenBack:
    """Some weeks of the year through a gate; when the campaign begins a copy of it goes on without the campaign's source.

    It is a copy, as a gate of its own would draw another secret, and decide otherwise on a few mails for that alone.
    """
    with TemporaryDirectory() as folder:
        one, two = Path(folder) / "attacked", Path(folder) / "spared"
        attacked = _begun(year, one, policy)
        _play(year, attacked, campaign, range(1, campaign.begins))
        attacked.close()
        copytree(one, two)
        attacked, spared = Gate.open(one), Gate.open(two)
        _play(year, attacked, campaign, range(campaign.begins, weeks + 1))
        _play(year, spared, campaign, range(campaign.begins, weeks + 1), without=campaign.source)
        found = _compared(year, campaign, attacked, spared, weeks)
        attacked.close()
        spared.close()
    return found


def _begun(year: Year, folder: Path, policy: str | None) -> Gate:
    trusted = _table(year.mails.rows(year.root(0)))
    columns, labels = Columns("label", text="text"), Labels(WORDS[1:], WORDS[:1])
    return Gate.init(folder, trusted, columns, labels, act=_act(0), policy=policy)


def _play(year: Year, gate: Gate, campaign: Campaign, weeks: range, *, without: str = "") -> None:
    """Every week each source but one submits, the gate judges, and a snapshot is made."""
    for week in weeks:
        for source in year.sources:
            if source != without:
                gate.submit(_table(handed_in(year, campaign, source, week, None).rows(year)), source, act=_act(week))
                gate.work("benchmark", when=_act(week).when)
        gate.snapshot(act=_act(week))


def _compared(year: Year, campaign: Campaign, attacked: Gate, spared: Gate, weeks: int) -> TakenBack:
    before = _rows(attacked, attacked.snapshots()[0].id)
    since = BEGUN + timedelta(weeks=campaign.begins - 1)
    back = attacked.rollback(campaign.source, since, act=_act(weeks, "its mails are a campaign"))
    after, never = _rows(attacked, back.snapshot.id), _rows(spared, spared.snapshots()[0].id)
    his = np.isin(before["submission"].to_numpy(), back.submissions)
    hostile = _hostile(year, campaign, weeks)
    tests = year.mails.rows(np.flatnonzero((year.role == TESTED) & (year.week > weeks)))
    by_hand = before.filter(pa.array(~his))
    scores = [_filter(rows).score_texts(tests.X) for rows in (after, never, by_hand, before)]
    ham = tests.y == BENIGN
    return TakenBack(
        campaign.attack,
        learned=int(his.sum()),
        hostile=sum(text in hostile for text in before.filter(pa.array(his))["text"].to_pylist()),
        tainted=(len(back.tainted), sum(_holds(attacked, one.id, back.submissions) for one in attacked.snapshots())),
        rows=(len(after), len(never)),
        differ=len(set(_keys(after)) ^ set(_keys(never))),
        tests=len(tests),
        verdicts=int(((scores[0] > 0.5) != (scores[1] > 0.5)).sum()),
        scores=float(np.abs(scores[0] - scores[1]).max()),
        same_rows=float(np.abs(scores[0] - scores[2]).max()),
        ham=int(ham.sum()),
        lost=int((scores[3][ham] > 0.5).sum()),
        lost_after=int((scores[0][ham] > 0.5).sum()),
    )


def _hostile(year: Year, campaign: Campaign, weeks: int) -> set[str]:
    """The mails of the campaign."""
    each = [handed_in(year, campaign, campaign.source, week, None) for week in range(campaign.begins, weeks + 1)]
    return {text for one in each for text in one.hostile.X}


def _holds(gate: Gate, snapshot: int, submissions: Any) -> bool:
    return bool(set(_rows(gate, snapshot)["submission"].to_pylist()) & set(submissions))


def _keys(rows: pa.Table) -> Iterator[tuple[str, str, str]]:
    return zip(rows["text"].to_pylist(), rows["label"].to_pylist(), rows["source"].to_pylist(), strict=True)


def _rows(gate: Gate, snapshot: int) -> pa.Table:
    with TemporaryDirectory() as folder:
        return parquet.read_table(gate.save(snapshot, Path(folder))[0])


def _filter(rows: pa.Table) -> SpamBayes:
    y = np.array([WORDS.index(label) for label in rows["label"].to_pylist()])
    return SpamBayes().fit(texts(rows["text"].to_pylist()), y)


def _table(rows: Batch) -> pa.Table:
    return pa.table({"text": rows.X.tolist(), "label": [WORDS[label] for label in rows.y.tolist()]})


def _act(week: int, why: str = "") -> Act:
    return Act(ME, why, BEGUN + timedelta(weeks=week - 1, hours=1) if week else BEGUN - timedelta(weeks=1))
