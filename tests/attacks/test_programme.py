"""Programmes are solved as scipy solves them, and leave standard output alone."""

import os

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, milp

from amlsec.attacks import programme


def test_the_answer_is_scipys():
    told = {"constraints": LinearConstraint([[3.0, 2.0]], 7, np.inf), "integrality": [1, 1]}
    one, two = (solve([2.0, 1.5], **told) for solve in (programme.solved, milp))
    assert one.x.tolist() == two.x.tolist()
    assert one.fun == two.fun


def test_what_the_solver_writes_is_no_output_of_ours(monkeypatch, capfd):
    def chatty(*args):
        os.write(1, b"a line of the solver's\n")
        return args

    monkeypatch.setattr(programme, "milp", chatty)
    print("before")
    assert programme.solved(3) == (3,)
    print("after", flush=True)
    out, err = capfd.readouterr()
    assert out == "before\nafter\n"
    assert "a line of the solver's" in err


def test_standard_output_is_back_after_an_error(monkeypatch, capfd):
    def broken():
        raise ValueError("no programme")

    monkeypatch.setattr(programme, "milp", broken)
    with pytest.raises(ValueError, match="no programme"):
        programme.solved()
    os.write(1, b"here\n")
    assert capfd.readouterr().out == "here\n"
