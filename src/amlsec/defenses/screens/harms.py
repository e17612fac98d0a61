"""Tests of harm: each gives every row of a case a number, and larger is worse.

A test of your own is a function of the same kind; the first line of its docstring says in verdicts what it measures.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import MALICIOUS, Batch
from amlsec.defenses.screens.case import Case, Trial
from amlsec.errors import InvalidInput
from amlsec.impact.checks import checked, labelled
from amlsec.impact.contract import CLASSES, Floats
from amlsec.impact.measure import answered
from amlsec.impact.refit import evidence, seeded, trained
from amlsec.impact.shifts import parameter_shifts
from amlsec.impact.units import Units
from amlsec.statistics import mcnemar_p_value

Test = Callable[[Case], Floats]

_PAID = 10  # times the usual change of a class
_STILL = 1e-9  # what moves a row less than this moves it by rounding


def scores(test: Test, case: Case) -> Floats:
    """What a test gives each row (n,); raises InvalidInput unless that is one finite number."""
    found = np.asarray(test(case), dtype=np.float64) + 0.0  # no -0 in reasons
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
    """How far adding it brings the mean margins of the two classes together.

    The margin is the evidence for the true label, averaged over the quiz rows of a class and over trials; the falls of
    both classes are added up. Rows that move all evidence alike move only the threshold, and what one class gains pays
    for what the other loses: so do honest rows, and it cancels. But a class pays for ten times at most what rows of the
    label usually do to it (the median): a dictionary mail that turns everything to spam is not excused.
    """
    falls = -np.mean(case.margins, axis=0)
    worse, other = falls.max(axis=1), falls.min(axis=1)
    return np.asarray(worse + np.maximum(other, -_PAID * _usual(other, case.rows.y)))


def worse_class(case: Case) -> Floats:
    """How far adding it lowers the mean margin of the worse-hit class.

    What one class gains does not pay for what the other loses: it sees rows that move the threshold alone, by however
    little, and less of all others than `margin`.
    """
    return np.asarray(-np.mean(case.margins, axis=0).min(axis=1))


def net_loss(case: Case) -> Floats:
    """How many quiz rows of the worse-hit class adding it turns wrong, less those it turns right.

    What Nelson et al. (2008) count, class by class. For most rows it is 0: it sees less than `margin`.
    """
    return np.asarray(-np.mean([trial.net for trial in case.impacts], axis=0).min(axis=1))


def mcnemar(case: Case) -> Floats:
    """How surely adding it turns more quiz rows of a class wrong than right.

    -log10 of the paired test's p-value (`amlsec.statistics.mcnemar_p_value`) of the worse-hit class, the mean over trials.
    Of net losses that are equal it tells the one-sided ones; it is as blind as `net_loss` where no verdict changes.
    """
    p = [mcnemar_p_value(trial.helped, trial.hurt).min(axis=1) for trial in case.impacts]
    return np.asarray(-np.mean(np.log10(p), axis=0))


def parameter_shift(case: Case) -> Floats:
    """How far adding it moves the coefficients of the model.

    The Euclidean norm, intercept included, the mean over trials. By algebra where the family knows it, else by training
    again. Harm or not, it tells how much leverage a row has.

    Raises InvalidInput where the classifier has no coefficients, or their number depends on the row.
    """
    found = [
        parameter_shifts(model, trial.base, case.rows, trial.quiz, random_state=case.random_state)
        for model, trial in case.asked()
    ]
    return np.asarray(np.mean(found, axis=0))


def consistency(case: Case) -> Floats:
    """How sure a model of trusted rows is that its label is wrong.

    The case's labeller, trained once on the first trial's base and quiz. It sees flipped labels, of which each changes
    the model little.
    """
    known = case.trials[0].base + case.trials[0].quiz
    model = trained(seeded((case.labeller or case.model)(known), case.random_state), labelled(known))
    return -_signs(case.rows) * evidence(model, case.rows.X)


def protected_loss(case: Case) -> Floats:
    """How far adding it lowers the margin of the worst-hit protected row, beside what rows usually do to it.

    Each protected row's fall, the mean over trials, in standard deviations over the rows of a label; the largest counts,
    so that one row which everything moves does not drown the others. It sees attacks aimed at rows that must stay right,
    which leave all other rows alone (the focused attack).

    Raises InvalidInput where nothing is protected.
    """
    if case.protected is None or not len(case.protected):
        raise InvalidInput("protected", case.protected, "must hold the rows that must stay right")
    falls = np.mean([_falls(model, trial, case) for model, trial in case.asked()], axis=0)
    worst = np.zeros(len(falls))
    for label in CLASSES:
        own = case.rows.y == label
        spread = falls[own].std(axis=0) if own.any() else np.zeros(falls.shape[1])
        worst[own] = (falls[own] / np.where(spread > _STILL, spread, 1.0)).max(axis=1)
    return worst


def _falls(model: Any, trial: Trial, case: Case) -> Floats:
    """How far each row lowers the margin of each protected one (n, protected)."""
    question, units = checked(model, trial.base, case.rows, trial.quiz, None)
    assert case.protected is not None
    question = replace(question, quiz=labelled(case.protected))
    with_nothing_first = Units(units.rows, np.concatenate([[0], units.starts]))
    after = np.concatenate([answer.evidence for answer in answered(model, question, with_nothing_first, **case.how)])
    return np.asarray((after[0] - after[1:]) * _signs(case.protected))


def _usual(changes: Floats, y: NDArray[np.int64]) -> Floats:
    """The median size (n,) of the changes of rows of the same label."""
    medians = np.array([np.median(np.abs(changes[y == label])) if (y == label).any() else 0.0 for label in CLASSES])
    return np.asarray(medians[y])


def _signs(rows: Batch) -> Floats:
    return np.where(rows.y == MALICIOUS, 1.0, -1.0)
