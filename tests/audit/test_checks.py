"""Findings on the evaluation itself say nothing where nothing was played that could tell."""

from amlsec.audit.checks import evaluation_checks
from amlsec.audit.findings import Results
from amlsec.catalogue import discover
from amlsec.evidence import Curve, Interval, Point, Severity, State
from audit import example

CARDS = [card for card in discover() if card.kind.is_attack]


def test_what_was_not_played_is_not_said_to_hold():
    found = evaluation_checks(CARDS, Results(), {})
    assert [finding.state for finding in found] == [State.NOT_RUN] * 3
    assert all(finding.because for finding in found)


def test_a_curve_that_falls_is_a_doubt_and_one_that_rises_is_none():
    for later, severity in ((0.1, Severity.LOW), (0.9, Severity.NONE)):
        points = tuple(
            Point(budget, Interval(value, value - 0.05, value + 0.05), 100, 3) for budget, value in ((1, 0.5), (2, later))
        )
        falling = example.finding(curves=(Curve("", "words", points),))
        more = evaluation_checks(CARDS, Results(), {"good-words": falling})[1]
        assert (more.state, more.severity) == (State.MEASURED, severity)
