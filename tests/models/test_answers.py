"""What stands where in an answer, and what it means."""

import numpy as np
import pytest

from amlsec.errors import ModelFailed
from amlsec.models.answers import USUAL, at, number, verdict

SAID = {"a": [{"b.c": 1, "d": [10, 20]}, "x"], "": 5, "0": 6}


@pytest.mark.parametrize(("path", "value"), [("", SAID), ("a.0.d.1", 20), ("a.1", "x"), ("0", 6)])
def test_paths(path, value):
    assert at(SAID, path) == value


@pytest.mark.parametrize("path", ["b", "a.2", "a.-1", "a.x", "a.1.0", "a.0.b.c", "a..0"])
def test_paths_that_lead_nowhere(path):
    with pytest.raises(ModelFailed, match="has no"):
        at(SAID, path)


@pytest.mark.parametrize(("value", "means"), [(True, 1), (False, 0), (1, 1), ("0", 0), ("malicious", 1), ("benign", 0)])
def test_usual_verdicts(value, means):
    assert verdict(value, USUAL) == means


@pytest.mark.parametrize("value", ["spam", None, 2, 1.0, [1], {"0": 1}, "TRUE"])
def test_other_verdicts(value):
    with pytest.raises(ModelFailed, match="none of 0, 1"):
        verdict(value, USUAL)


@pytest.mark.parametrize("value", [3, 0.5, -1e300])
def test_numbers(value):
    assert number(value) == value


@pytest.mark.parametrize("value", [True, None, "0.5", float("nan"), float("inf"), 10**400, [1.0], np.float64("nan")])
def test_what_is_no_number(value):
    with pytest.raises(ModelFailed, match="no finite number"):
        number(value)
