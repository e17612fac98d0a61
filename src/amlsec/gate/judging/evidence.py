"""The evidence on a submission, for a person to check: as JSON of bounded size, whatever was submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.evidence import Decision
from amlsec.gate.judging.checks import SAID, Why
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged, joined
from amlsec.gate.judging.neighbors import Distances, distances, nearest
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.protected import right
from amlsec.gate.judging.refits import Weights, flips, responsible, weights
from amlsec.gate.judging.sentence import Sentence
from amlsec.gate.judging.sentinel import limit, most_of_honest
from amlsec.gate.judging.shown import cut, named, shown
from amlsec.gate.judging.standing import Standing
from amlsec.gate.policy import Policy
from amlsec.reach import within_reach
from amlsec.register import Register

SHOWN = 5
"""Rows that are shown with their neighbours."""
TRAINED = 2000
"""Rows that the model is trained again with."""


class Worst(NamedTuple):
    """The most harmful rows of a submission, the worst first: their positions (k,), and what is said of them."""

    at: NDArray[np.intp]
    judged: Judged


def worst(found: Findings, sentence: Sentence, most: int = TRAINED) -> Worst:
    """So many at most, by decision, p-value and harm; of equal ones the first."""
    each = (_worse(Worst(np.arange(rows.start, rows.stop), piece), sentence, most) for rows, piece in found.placed())
    return reduce(lambda one, two: _worse(_beside(one, two), sentence, most), each)


def _beside(one: Worst, two: Worst) -> Worst:
    return Worst(np.concatenate([one.at, two.at]), joined([one.judged, two.judged]))


def _worse(rows: Worst, sentence: Sentence, most: int) -> Worst:
    order = np.lexsort((-rows.judged.harm, rows.judged.p, -sentence.decision[rows.at].astype(int)))[:most]
    return Worst(rows.at[order], rows.judged.rows(order))


def evidence(
    panel: Panel,
    rows: Batch,
    worst: Worst,
    found: Findings,
    sentence: Sentence,
    *,
    source: str,
    register: Register | None = None,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """What was found on a submission: checks, worst rows with neighbours, what would flip, features, the source's record.

    `rows` are the worst ones; `names` are the columns'. The model is trained on the trusted rows that screens learn from,
    and asked about those kept back.
    """
    rows, new = within_reach(rows, panel.base), worst.judged.new
    offered, trains = rows.rows(new), bool(new.any())
    return {
        "rows": found.tally.rows,
        **sentence.as_json(),
        "worst": _shown(panel, rows.rows(slice(0, SHOWN)), worst, sentence, names),
        "flips": _flips(panel, offered, names) if trains else None,
        "protected": [shown(panel.guarded.rows, k, names) for k in found.turned[:SHOWN]] if panel.guarded else [],
        "responsible": _responsible(panel, offered, names) if trains else [],
        "source": record(source, sentence.standing, panel, register or Register()),
        "notes": [cut(note) for note in panel.notes],
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What a panel's trusted rows say before anything is offered: the same for every submission."""

    right: NDArray[np.bool_]
    weights: Weights
    far: Distances


@lru_cache(maxsize=2)
def _before(panel: Panel) -> _Before:
    found = right(panel.model, panel.base, panel.calibration)
    return _Before(found, weights(panel.base, panel.base), distances(panel.trusted))


def _flips(panel: Panel, offered: Batch, names: Sequence[str]) -> dict[str, Any]:
    after = right(panel.model, panel.base + offered, panel.calibration)
    return {"offered": len(offered), **flips(_before(panel).right, after, panel.calibration, names)}


def _responsible(panel: Panel, offered: Batch, names: Sequence[str]) -> list[dict[str, Any]]:
    before = _before(panel).weights
    if not panel.base.is_text:
        before = dict(zip(named(panel.base, names), before.values(), strict=True))
    return responsible(before, weights(panel.base, panel.base + offered, names))


def record(source: str, standing: Standing, panel: Panel, register: Register) -> dict[str, Any]:
    """What is known of a source: the register's word, what it gave so far, and what the sentinel makes of it."""
    likely, own, policy = register.likelihood(source), standing.own, panel.policy
    return {
        "name": cut(source),
        "about": cut(register[source].about),
        "likelihood": {"value": likely.value, "low": likely.low, "high": likely.high},
        "weighs": {name: {"mean": weight.mean, "sd": weight.sd} for name, weight in register.evidence(source).items()},
        "learned": own.learned,
        "share": own.learned / max(standing.training, 1),
        "judged": own.judged,
        "rejected": own.rejected,
        "quarantined": own.quarantined,
        "sentinel": _sentinel(standing, panel, policy),
    }


def _sentinel(standing: Standing, panel: Panel, policy: Policy) -> dict[str, Any]:
    watch, sizes = standing.own.watch, np.bincount(panel.calibration.y, minlength=2).tolist()
    return {
        "strength": watch.strength,
        "limit": limit(policy.sentinel.level),
        "submissions": watch.submissions,
        "suspended": watch.suspended,
        "most_of_honest": [most_of_honest(size, policy.sentinel, watch.panels) for size in sizes],
        **asdict(policy.sentinel),
    }


def _shown(panel: Panel, rows: Batch, worst: Worst, sentence: Sentence, names: Sequence[str]) -> list[dict[str, Any]]:
    judged = worst.judged
    near = nearest(_before(panel).far, panel.trusted, rows, names) if len(rows) else []
    return [
        {
            "row": int(row),
            **shown(rows, k, names),
            "decision": Decision(int(sentence.decision[row])).name.lower(),
            "why": SAID[Why(int(sentence.why[row]))],
            "p": float(judged.p[k]),
            "harm": float(judged.harm[k]),
            "screens": [cut(said) for said in judged.told.get(k, ())],
            "nearest": near[k],
        }
        for k, row in enumerate(worst.at[: len(rows)])
    ]
