"""What was answered, and what it is worth: counts that can be added up over seeds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from _peers_tasks import FIRST_BAD
from _quality_recall import auc
from _quality_tables import names
from numpy.typing import NDArray

from amlsec.defenses.learners.voters import borne
from amlsec.evidence import Interval, change, rate
from amlsec.statistics import limit

FALSE = 0.05
OURS = "amlsec"
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answer:
    """What one method said of one task: `said` by name, `truth` what was bad about it."""

    kind: str
    data: str
    what: str
    seed: int
    method: str
    said: Mapping[str, Any]
    truth: NDArray[Any]

    @property
    def ours(self) -> bool:
        return self.method.startswith(OURS)

    @property
    def failed(self) -> str:
        return str(self.said.get("failed", ""))

    @cached_property
    def counts(self) -> dict[str, float]:
        """What is measured, by name; of a method that failed nothing."""
        return {} if self.failed else COUNTED[self.kind](self)

    def array(self, name: str) -> NDArray[Any]:
        return np.array(self.said[name])


def read(folder: Path) -> list[Answer]:
    """All answers of a folder, ours first."""
    found = [_answer(path) for path in folder.glob("*/*.json")]
    return sorted(found, key=lambda one: (not one.ours, one.method, one.data, one.what, one.seed))


def _answer(path: Path) -> Answer:
    kind, data, what, seed = path.parent.name.split(".")
    truth = np.load(path.parent.with_name(f"{path.parent.name}.truth.npy"))
    return Answer(kind, data, what, int(seed), path.stem, json.loads(path.read_text("utf-8")), truth)


def caught(answer: Answer) -> Flags:
    """Which poison rows score above all but 5 % of the good rows of their batch."""
    score, bad = answer.array("score"), answer.truth
    found: Flags = score[bad] > limit(score[~bad], FALSE)
    return found


def _rows(one: Answer) -> dict[str, float]:
    ranked = {"found": caught(one).sum(), "poison": one.truth.sum()} if "score" in one.said else {}
    return {**ranked, **_flagged(one)}


def _flagged(one: Answer) -> dict[str, float]:
    """By the method's own rule; some were asked about the first rows alone."""
    if "flagged" not in one.said:
        return {}
    flagged = one.array("flagged")
    bad = one.truth[: len(flagged)]
    return {"stopped": (flagged & bad).sum(), "bad": bad.sum(), "lost": (flagged & ~bad).sum(), "good": (~bad).sum()}


def _votes(one: Answer) -> dict[str, float]:
    votes = one.array("votes")
    right = votes.argmax(axis=1) == one.truth
    bears = borne(votes.astype(np.int64))
    return {"right": right.sum(), "rows": len(right), "proved": (right & (bears >= 5)).sum(), "parts": one.said["parts"]}


def _values(one: Answer) -> dict[str, float]:
    return {"area": auc(-one.array("values"), one.truth)}


def _streams(one: Answer) -> dict[str, float]:
    """Alarms while nothing was wrong, whether and when the first right one came, and alarms in the last ten windows.

    Of an honest stream, whether one came by chance in the windows that are bad in a sudden one.
    """
    alarms, clean = one.array("alarms"), one.truth == 0
    right = np.flatnonzero(alarms & (np.arange(len(clean)) >= FIRST_BAD if clean.all() else ~clean))
    seen = {"seen": len(right) > 0, "share": one.truth[right[0]] if len(right) else np.nan}
    return {"false": (alarms & clean).sum(), "clean": clean.sum(), "late": alarms[-10:].sum(), **seen}


COUNTED = {"rows": _rows, "sources": _flagged, "votes": _votes, "values": _values, "streams": _streams}


def total(some: Iterable[Answer], name: str) -> float:
    return float(sum(one.counts.get(name, 0) for one in some))


def share(some: Sequence[Answer], name: str, of: str) -> Interval:
    """Over all seeds."""
    each = [one.counts[name] / one.counts[of] for one in some if one.counts.get(of)]
    return _widened(rate(total(some, name), int(total(some, of))), each, 0.0)


def median(some: Iterable[Answer], name: str) -> float:
    """Of seconds or megabytes."""
    return float(np.median([one.said[name] for one in some]))


def ahead(ours: Sequence[Answer], theirs: Sequence[Answer]) -> Interval:
    """How much more of the same poison ours finds, paired row by row; both in the order of their seeds."""
    one, two = (np.stack([caught(answer) for answer in side]) for side in (ours, theirs))
    rows = change(int((one & ~two).sum()), int((two & ~one).sum()), one.size)
    return _widened(rows, one.mean(axis=1) - two.mean(axis=1), -1.0)


def _widened(rows: Interval, draws: Sequence[float] | NDArray[np.float64], least: float) -> Interval:
    """The outer ends of the interval of rows and of Student's of draws: rows of one draw stand or fall together."""
    from scipy.special import stdtrit
    from scipy.stats import sem

    reach = float(stdtrit(len(draws) - 1, 0.975) * sem(draws)) if len(draws) > 1 else 0.0
    low, high = min(rows.low, rows.value - reach), max(rows.high, rows.value + reach)
    return Interval(rows.value, max(least, low), min(1.0, high))


def agreement(some: Sequence[Answer], one: str, two: str) -> tuple[float, float]:
    """The largest difference between two methods' values of a task, and the correlation of ranks."""
    from scipy.stats import spearmanr

    here = {(each.method, each.seed): each.array("values") for each in some if not each.failed}
    pairs = [(here[one, seed], here[two, seed]) for name, seed in here if name == one and (two, seed) in here]
    gaps, ranks = zip(*((np.abs(a - b).max(), spearmanr(a, b).statistic) for a, b in pairs), strict=True)
    return float(max(gaps)), float(np.mean(ranks))


def table(answers: Iterable[Answer]) -> str:
    """Everything as CSV, one line an answer; empty where a measure is of other tasks."""
    lines = [_line(one) for one in answers]
    text = io.StringIO()
    writer = csv.DictWriter(text, names(name for line in lines for name in line), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(one: Answer) -> dict[str, str]:
    told = {"task": one.kind, "data": one.data, "what": one.what, "seed": str(one.seed), "method": one.method}
    counts = {name: f"{float(value):g}" for name, value in one.counts.items()}
    spent = {name: f"{one.said[name]:.4g}" for name in ("seconds", "megabytes")}
    return {**told, **spent, "failed": one.failed, **counts}
