"""Boundary points: a linear model from verdicts alone, by how far its edge is from the same row with one change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.active_learning import known, learned
from amlsec.attacks.copies import Constant, Trained, labelled, linear, taught, without_a_question
from amlsec.attacks.linear_copy import Answers, LinearCopy, solved
from amlsec.attacks.questions import Questions
from amlsec.attacks.table_design import Steps, TableDesign
from amlsec.budget import QueryBudget
from amlsec.catalogue import extraction
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_HALVINGS, _FEWEST, _SHORTER = 40, 8, 6
_OWN, _PAIRS, _CHECKS = 64, 16, 64


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A row (k,) on the edge, and a way (k,) of numbers that flow along which malice grows."""

    base: Floats
    along: Floats


@extraction(
    code="AML-R14",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    spaces=("tabular",),
    references=("lowd2005adversarial", "tramer2016stealing"),
    standards=Standards(("AML.T0024.002",), ("NISTAML.031",), ("ML05",)),
)
def boundary_points(oracle: Oracle, shadow: Shadow, /, *, budget: QueryBudget, rng: np.random.Generator) -> Model:
    """Copy a linear model by its verdicts: one change moves its edge, and how far tells the change's weight.

    Lowd and Meek (2005), section 3, search lines for the edge, and so do Tramèr et al. (2016), section 6. On a way between
    a benign and a malicious row, along columns that flow, the edge is halved to 10^-12 of the way. From there one slot is
    changed and the edge is searched again along the same way: that it is now t away says that the change weighs -t, in the
    unit in which the way weighs 1. All lines are halved together, one call a halving; d changes cost about 42 d questions,
    and give weights and intercept up to one factor, which no verdict depends on. Where no column flows,
    or the questions do not reach, they go to a logistic regression that learns as `active_substitute` does; where one on
    all answers agrees better with 64 more, it is the copy. Without a question it is a model of his own rows.

    >>> from amlsec.space.tabular import infer
    >>> class Rule:
    ...     def labels(self, X): return (self.scores(X) > 0).astype(np.int64)
    ...     def scores(self, X): return X @ [2.0, -0.5] + 1
    >>> rows = np.random.default_rng(0).normal(size=(20, 2))
    >>> shadow = Shadow(Batch(rows, Rule().labels(rows)), infer(rows, ["a", "b"]))
    >>> oracle = Oracle(Rule(), access=Access.LABELS, rows=1, queries=400)
    >>> stolen = boundary_points(oracle, shadow, budget=QueryBudget(400), rng=np.random.default_rng(0))
    >>> at_0, at_a, at_b = stolen.scores(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    >>> round(float((at_a - at_0) / at_0), 6), round(float((at_b - at_0) / at_0), 6)
    (2.0, -0.5)
    """
    ask = Questions(oracle, budget)
    if not ask.left:
        return without_a_question(shadow, rng)
    design = TableDesign(Slots(tabular(shadow.space)), shadow.rows, rng)
    copy = _by_points(ask, design, rng)

    def teach(rows: Rows, verdicts: Floats, beside: Batch) -> Trained | Constant:
        return taught(linear(is_text=False), labelled(rows, verdicts, beside), rng)

    if copy is None:
        return learned(shadow, ask, ask.labels, teach, rng) if ask.left else teach(*known(ask, shadow.rows))
    checks = design.more(_CHECKS, rng)[: ask.left]
    said, fallback = ask.labels(checks), teach(*known(ask, shadow.rows))
    return max((copy, fallback), key=lambda model: int((model.labels(checks) == said).sum()))


def _by_points(ask: Questions, design: TableDesign, rng: np.random.Generator) -> LinearCopy | None:
    """The copy that follows from the edge next to each change; None where it is not found."""
    way = _way(ask, design, rng)
    if way is None:
        return None
    steps = Steps(design.slots, way.base)
    rows, away = _moved_edges(ask, design.slots, way, steps)
    if not len(rows):
        return None
    asked = Answers(design.slots.rows(np.vstack([way.base, rows])), np.append(0.0, -away), margins=True)
    return solved(design.features()[0], asked)


def _way(ask: Questions, design: TableDesign, rng: np.random.Generator) -> _Way | None:
    """A way from a benign to a malicious row that differ in numbers that flow only, and where on it the edge is."""
    slots = design.slots
    rows = np.concatenate([rng.permutation(design.own)[:_OWN], slots.uniform(_OWN // 4, rng)])
    said = ask.labels(slots.rows(rows))
    benign, malicious = (rows[: len(said)][said == label] for label in (BENIGN, MALICIOUS))
    if not len(benign) or not len(malicious):
        return None
    pairs = [rng.integers(len(group), size=_PAIRS) for group in (benign, malicious)]
    ends = _flowing(ask, slots, benign[pairs[0]], malicious[pairs[1]])
    if ends is None:
        return None
    start, along = ends[0], ends[1] - ends[0]
    edge = _edges(ask, slots, start[None], along, (np.zeros(1), np.ones(1)), min(_HALVINGS, ask.left))
    return _Way(start + edge[0] * along, along)


def _flowing(ask: Questions, slots: Slots, benign: Floats, malicious: Floats) -> tuple[Floats, Floats] | None:
    """Ends of a way: one of a pair (m, k) as it is, and the same with the other's flowing numbers, if its verdict is."""
    flows = (slots.grid == 0) & (slots.codes == 0)
    crossed = np.where(flows, benign, malicious), np.where(flows, malicious, benign)
    said = ask.labels(slots.rows(np.vstack(crossed)))
    still, turned = said[: len(benign)] == BENIGN, said[len(benign) :] == MALICIOUS
    for k in np.flatnonzero(still):
        return crossed[0][k], malicious[k]
    for k in np.flatnonzero(turned):
        return benign[k], crossed[1][k]
    return None


def _moved_edges(ask: Questions, slots: Slots, way: _Way, steps: Steps) -> tuple[Floats, Floats]:
    """Rows (m, k) that each make one change of the base, and how far the edge is from each (m,), along the way.

    A change after which no edge is within the bounds is made a quarter as large; of one that cannot be, it is as far as
    the bounds are.
    """
    rows, ends = _bracketed(ask, slots, way, steps)
    halvings = min(_HALVINGS, ask.left // max(1, len(rows)))
    if halvings < _FEWEST:
        return np.zeros((0, len(way.base))), np.zeros(0)
    return rows, _edges(ask, slots, rows, way.along, ends, halvings)


def _bracketed(ask: Questions, slots: Slots, way: _Way, steps: Steps) -> tuple[Floats, tuple[Floats, Floats]]:
    """The changed rows (m, k), and between which distances (m,) each has its edge."""
    rows = steps.rows(np.arange(len(steps)), 0)
    low, high = _reach(slots, rows, way.along)
    open_ = np.arange(len(steps))
    for shorter in range(_SHORTER):
        rows[open_] = steps.rows(open_, shorter)
        low[open_], high[open_] = _reach(slots, rows[open_], way.along)
        both = np.vstack([rows[open_] + end[open_, None] * way.along for end in (low, high)])
        if len(both) > ask.left:
            break
        nearer, further = np.split(ask.labels(slots.rows(both)), 2)
        open_ = open_[(nearer == further) & steps.shrinks[open_]]
    return rows, (low, high)


def _reach(slots: Slots, rows: Floats, along: Floats) -> tuple[Floats, Floats]:
    """The least and the largest multiple (m,) of the way that can be added to each row within the bounds."""
    moves = along != 0
    to_low, to_high = ((end - rows)[:, moves] / along[moves] for end in (slots.low, slots.high))
    return np.minimum(to_low, to_high).max(axis=1), np.maximum(to_low, to_high).min(axis=1)


def _edges(ask: Questions, slots: Slots, rows: Floats, along: Floats, ends: tuple[Floats, Floats], halvings: int) -> Floats:
    """Where on the way from each row (m, k) the verdict turns, between two ends (m,), halved so often."""
    low, high = ends
    for _ in range(halvings):
        middle = (low + high) / 2
        beyond = ask.labels(slots.rows(rows + middle[:, None] * along)) == MALICIOUS
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return np.asarray((low + high) / 2)
