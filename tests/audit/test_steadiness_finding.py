"""The finding about the same row asked again says what was counted."""

import numpy as np
import pytest

from amlsec.audit.steadiness import asked_at_the_end, steadiness_finding
from amlsec.evaluation.games import clean_game
from amlsec.evidence import Severity, State, rate
from amlsec.models.fixed import Fixed
from grounds import Stump, on_a_line


@pytest.mark.parametrize(
    ("at_once", "at_the_end", "severity", "said"),
    [
        ([0, 100], [], Severity.NONE, "The model says the same of the same row."),
        ([0, 100], [0, 100], Severity.NONE, "The model says the same of the same row, at once and at the end."),
        ([1, 100], [], Severity.LOW, f"{rate(1, 100)} of the rows get another verdict when asked again at once."),
        ([0, 100], [40, 100], Severity.MEDIUM, f"{rate(40, 100)} of the rows get another verdict at the end of the audit."),
        ([0, 100], "it is gone", Severity.NONE, "It could not be asked at the end: it is gone."),
    ],
)
def test_what_it_says(at_once, at_the_end, severity, said):
    found = steadiness_finding({"again": at_once}, at_the_end)
    assert (found.code, found.state, found.severity, found.trials) == ("AML-M02", State.MEASURED, severity, 100)
    assert said in found.sentence
    assert ("answers differently" in found.sentence) == (severity != Severity.NONE) == bool(found.advice)


class Turns:
    """A fixed model whose verdicts turn round after so many questions, or which then answers with nothing."""

    def __init__(self, after, then):
        self.left, self.then = after, then

    def labels(self, X):
        self.left -= len(X)
        verdicts = (X[:, 0] > 0).astype(int)
        return verdicts if self.left >= 0 else self.then(verdicts)

    scores = labels


def test_a_fixed_model_is_asked_again_at_the_end():
    for then, end in ((lambda v: v, [0, 70]), (lambda v: 1 - v, [70, 70])):
        ground = on_a_line(Fixed(Turns(140, then)))
        assert asked_at_the_end(ground, clean_game(ground, None)) == end


def test_one_that_gives_nothing_any_more_says_why():
    ground = on_a_line(Fixed(Turns(140, lambda v: v * np.nan)))
    assert "NaN" in asked_at_the_end(ground, clean_game(ground, None))


def test_one_that_is_trained_is_not_asked_at_the_end():
    ground = on_a_line(Stump())
    assert asked_at_the_end(ground, clean_game(ground, None)) == []
