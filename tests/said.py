"""What reasons of calibrated screens say, as numbers."""

import re

import numpy as np

_SAID = re.compile(r": (-?[\d.e+-]+), p = ([\d.e+-]+) against (\d+) trusted rows of its label$")


def said(verdicts):
    """The measured value, the p-value and the number of calibration rows (3, n) that each reason names."""
    return np.array([[float(number) for number in _SAID.search(reason).groups()] for reason in verdicts.reason]).T


def caught(verdicts, which):
    """The share of these rows that is not accepted."""
    return 1 - verdicts.accepted[which].mean()
