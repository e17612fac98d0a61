"""Ctrl-C in the middle of an audit."""

import sys

import pytest

from amlsec.audit import run
from amlsec.cli.app import main


def test_ctrl_c_says_how_to_go_on(monkeypatch, capsys):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "audited", pressed)
    monkeypatch.setattr(sys, "argv", ["amlsec", "audit", "mails.csv", "--target", "label"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 130
    assert capsys.readouterr().err == "amlsec: stopped; the same command goes on where it was\n"
