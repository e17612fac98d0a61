"""Equation solving: the parameters of a linear model from one score for each, and one more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amlsec.attacks.copies import without_a_question
from amlsec.attacks.linear_copy import Answers, Design, LinearCopy, leant, off, solved, wrong
from amlsec.attacks.questions import Questions
from amlsec.attacks.table_design import TableDesign
from amlsec.attacks.turning import turning
from amlsec.attacks.word_design import WordDesign
from amlsec.budget import QueryBudget
from amlsec.catalogue import extraction
from amlsec.data import Rows
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import tabular
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

_CHECKS, _SAME = 16, 1e-9
_MORE, _POOL = 40, 10
_STRENGTHS = (1.0, 1e2, 1e4, 1e6)


@extraction(
    code="AML-R10",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    references=("tramer2016stealing",),
    standards=Standards(("AML.T0024.002",), ("NISTAML.031",), ("ML05",)),
)
def equation_solving(oracle: Oracle, shadow: Shadow, /, *, budget: QueryBudget, rng: np.random.Generator) -> Model:
    """Copy a linear model: each answer is an equation in its parameters, so d + 1 answers give all d + 1 of them.

    Tramèr et al. (2016), section 4.1.1. The log-odds of a probability, or a margin, is supposed to be affine in the numbers
    of a table and in an indicator of each choice but one (categories, one-hot groups), or in the counts of a text's words.
    Rows are made up within the space's bounds, each with one change of a usual benign row, or holding one word. A
    probability so near 1 that its rounding shows is asked again nearer by. Questions that are left check the result on 16
    rows; where it does not hold, as of rounded scores or another model, up to 40 (d + 1) more are asked, half of them where
    the model is unsure, and of logistic regressions on all answers the one that agrees best with some kept apart is taken.
    Two verdicts check that they turn at 0.5, or a margin of 0, and where they do not, more say where. Without a question it
    is a model of his own rows.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> class Rule:
    ...     def labels(self, X): return (self.scores(X) > 0).astype(np.int64)
    ...     def scores(self, X): return X @ [2.0, -0.5] + 1
    >>> rows = np.random.default_rng(0).normal(size=(20, 2))
    >>> shadow = Shadow(Batch(rows, Rule().labels(rows)), infer(rows, ["a", "b"]))
    >>> oracle = Oracle(Rule(), access=Access.SCORES, rows=1, queries=3)
    >>> stolen = equation_solving(oracle, shadow, budget=QueryBudget(3), rng=np.random.default_rng(0))
    >>> stolen.scores(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).round(12)
    array([1. , 3. , 0.5])
    """
    ask = Questions(oracle, budget)
    if not ask.left:
        return without_a_question(shadow, rng)
    design = _design(shadow, ask.left, rng)
    complete = design.first(ask.scores)
    found = _solutions(design, Answers(*ask.told()))
    checks = _answers(ask, design.more(min(_CHECKS, ask.left), rng))
    if found and complete and not len(checks):
        return found[0]
    right = next((copy for copy in found if off(copy, checks) <= _SAME), None)
    if right is not None:
        pool = design.more(_POOL * _CHECKS, rng)
        return replace(right, turns=turning(ask, pool, right.evidence(pool), 0.0))
    known = Answers(*ask.told())
    known = replace(known, turns=turning(ask, known.rows, known.evidence, 0.0))
    return _nearest(ask, design, shadow, known, [replace(copy, turns=known.turns) for copy in found], rng)


def _design(shadow: Shadow, left: int, rng: np.random.Generator) -> Design:
    if shadow.rows.is_text:
        return WordDesign(shadow.rows, textual(shadow.space), left)
    return TableDesign(Slots(tabular(shadow.space)), shadow.rows, rng)


def _solutions(design: Design, known: Answers) -> list[LinearCopy]:
    """What the answers give, read as probabilities and as margins, under each supposition; none where they are rounded."""
    readings = [] if known.coarse else [known, replace(known, margins=True)]
    return [solved(features, read) for read in readings for features in design.features()]


def _answers(ask: Questions, rows: Rows) -> Answers:
    scores = ask.scores(rows)
    return Answers(rows[: len(scores)], scores)


def _nearest(
    ask: Questions, design: Design, shadow: Shadow, known: Answers, found: list[LinearCopy], rng: np.random.Generator
) -> Model:
    """The model that agrees best with answers it was not fitted to, after more questions: a linear one, or of his rows."""
    suppositions, own = design.features(), shadow.rows
    most = min(ask.left, _MORE * (suppositions[0](known.rows[:1]).shape[1] + 1))
    checks = replace(_answers(ask, design.more(most // 5, rng)), turns=known.turns)
    known = _and(known, _answers(ask, design.more(most * 2 // 5, rng)))
    draft = leant(suppositions[0], known, own, _STRENGTHS[1])
    known = _and(known, _answers(ask, _unsure(draft, design.more(_POOL * (most * 2 // 5), rng), most * 2 // 5)))
    beside = own if len(known) < _MORE else own.rows([])
    fits = [leant(features, known, beside, strength) for features in suppositions for strength in _STRENGTHS]
    flat = [solved(features, known) for features in suppositions]
    mine = without_a_question(shadow, rng)
    if not len(checks):
        return fits[0] if design.whole else mine
    return min([*found, *fits, *flat, mine], key=lambda copy: (wrong(copy, checks), off(copy, checks)))


def _unsure(draft: LinearCopy, pool: Rows, many: int) -> Rows:
    """The rows that a draft of the copy is least sure of: there rounding hides least."""
    return pool[np.argsort(np.abs(draft.evidence(pool) - draft.turns), kind="stable")[:many]]


def _and(one: Answers, two: Answers) -> Answers:
    return replace(one, rows=np.concatenate([one.rows, two.rows]), scores=np.concatenate([one.scores, two.scores]))
