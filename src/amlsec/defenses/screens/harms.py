"""Tests of harm: each gives every row of a case a number, and larger is worse.

A test of your own is a function of the same kind; the first line of its docstring says in verdicts what it measures.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from amlsec.data import MALICIOUS, Batch
from amlsec.defenses.screens.case import Case
from amlsec.errors import InvalidInput
from amlsec.impact.checks import checked, labelled
from amlsec.impact.contract import Floats
from amlsec.impact.measure import answered
from amlsec.impact.refit import evidence, seeded, trained
from amlsec.impact.units import Units

Test = Callable[[Case], Floats]


def scores(test: Test, case: Case) -> Floats:
    """What a test gives each row (n,); raises InvalidInput unless that is one finite number."""
    found = np.asarray(test(case), dtype=np.float64)
    if found.shape != (len(case.rows),) or not np.isfinite(found).all():
        raise InvalidInput("tests", measures(test), f"must give {len(case.rows)} finite numbers, one for each row")
    return found


def measures(test: Test) -> str:
    """What a test measures: the first line of its docstring, else its name.

    >>> measures(net_loss)[:22]
    'how many quiz rows of '
    """
    plain = getattr(test, "func", test)
    name = str(getattr(plain, "__name__", type(plain).__name__)).replace("_", " ")
    said = (inspect.getdoc(plain) or name).partition("\n")[0].rstrip(".")
    return said[:1].lower() + said[1:]


def margin(case: Case) -> Floats:
    """How far adding it lowers the mean margin of the worse-hit class.

    The margin is the evidence for the true label, averaged over the quiz rows of a class and over trials. The worst class
    is judged because sums over classes let one class pay for the other.
    """
    return np.asarray(-np.mean(case.margins, axis=0).min(axis=1))


def net_loss(case: Case) -> Floats:
    """How many quiz rows of the worse-hit class adding it turns wrong, less those it turns right.

    What Nelson et al. (2008) count, class by class. For most rows it is 0: it sees less than `margin`.
    """
    return np.asarray(-np.mean([trial.net for trial in case.impacts], axis=0).min(axis=1))


def consistency(case: Case) -> Floats:
    """How sure a model of trusted rows is that its label is wrong.

    The classifier to protect, trained once on the first trial's base and quiz. It sees flipped labels, of which each
    changes the model little.
    """
    known = case.trials[0].base + case.trials[0].quiz
    model = trained(seeded(case.model(known), case.random_state), labelled(known))
    return -_signs(case.rows) * evidence(model, case.rows.X)


def protected_loss(case: Case) -> Floats:
    """How far adding it lowers the margin of the worst-hit protected row.

    The mean over trials of the largest fall. It sees attacks aimed at rows that must stay right, which leave all other
    rows alone (the focused attack).

    Raises InvalidInput where nothing is protected.
    """
    if case.protected is None or not len(case.protected):
        raise InvalidInput("protected", case.protected, "must hold the rows that must stay right")
    falls = [_largest_falls(model, trial.base, trial.quiz, case) for model, trial in case.asked()]
    return np.asarray(np.mean(falls, axis=0))


def _largest_falls(model: Any, base: Batch, quiz: Batch, case: Case) -> Floats:
    """How far each row (n,) lowers the margin of the protected row that it lowers most."""
    question, units = checked(model, base, case.rows, quiz, None)
    assert case.protected is not None
    question = replace(question, quiz=labelled(case.protected))
    with_nothing_first = Units(units.rows, np.concatenate([[0], units.starts]))
    signs, before, falls = _signs(case.protected), None, []
    for answer in answered(model, question, with_nothing_first, **case.how):
        before = answer.evidence[0] if before is None else before
        falls.append(((before - answer.evidence) * signs).max(axis=1))
    return np.concatenate(falls)[1:]


def _signs(rows: Batch) -> Floats:
    return np.where(rows.y == MALICIOUS, 1.0, -1.0)
