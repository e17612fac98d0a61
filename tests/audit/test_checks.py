"""Findings on the evaluation itself say nothing where nothing was played that could tell."""

import pytest

from amlsec.audit.checks import evaluation_checks
from amlsec.audit.findings import Results
from amlsec.catalogue import discover
from amlsec.evidence import Curve, Interval, Point, Severity, State
from audit import example

CARDS = [card for card in discover() if card.kind.is_attack]


def test_what_was_not_played_is_not_said_to_hold():
    found = evaluation_checks(CARDS, Results(), {})
    assert [finding.state for finding in found] == [State.NOT_RUN] * 5
    assert all(finding.because for finding in found)


def test_a_curve_that_falls_is_a_doubt_and_one_that_rises_is_none():
    for later, severity in ((0.1, Severity.LOW), (0.9, Severity.NONE)):
        points = tuple(
            Point(budget, Interval(value, value - 0.05, value + 0.05), 100, 3) for budget, value in ((1, 0.5), (2, later))
        )
        falling = example.finding(curves=(Curve("", "words", points),))
        more = evaluation_checks(CARDS, Results(), {"good-words": falling})[1]
        assert (more.state, more.severity) == (State.MEASURED, severity)


@pytest.mark.parametrize(("one", "many", "severity"), [(0.9, 0.1, Severity.LOW), (0.5, 0.6, Severity.NONE)])
def test_one_gradient_step_that_wins_more_than_many_is_a_doubt(one, many, severity):
    found = {name: example.finding(harm=Interval(x, x - 0.05, x + 0.05)) for name, x in (("fgsm", one), ("pgd", many))}
    steps = evaluation_checks(CARDS, Results(), found)[3]
    assert (steps.code, steps.state, steps.severity) == ("AML-T04", State.MEASURED, severity)


@pytest.mark.parametrize(
    ("said", "state", "severity"),
    [
        (None, State.NOT_APPLICABLE, Severity.NONE),
        ([], State.MEASURED, Severity.NONE),
        (["the gradient is 0 at 2 of 9 rows"], State.MEASURED, Severity.LOW),
    ],
)
def test_a_gradient_that_vanishes_is_a_doubt(said, state, severity):
    slope = evaluation_checks(CARDS, Results(clean={"": {"slope": said}}), {})[4]
    assert (slope.code, slope.state, slope.severity) == ("AML-T05", state, severity)
    assert not said or said[0] in slope.sentence
