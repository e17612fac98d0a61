"""Whether a fitted classifier tells 0 from 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.errors import NotApplicable


def check_binary(estimator: Any) -> None:
    """Raises NotApplicable unless the estimator's classes are 0 and 1.

    >>> from sklearn.naive_bayes import GaussianNB
    >>> check_binary(GaussianNB().fit([[0.0], [1.0], [2.0]], [0, 1, 2]))
    Traceback (most recent call last):
        ...
    amlsec.errors.NotApplicable: a GaussianNB of the classes [0, 1, 2] is no model of 0 and 1
    """
    classes = np.asarray(estimator.classes_).tolist()
    if classes != [0, 1]:
        raise NotApplicable(f"a {type(estimator).__name__} of the classes {classes} is no model of 0 and 1")
