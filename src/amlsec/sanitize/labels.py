"""Which of a user's two labels is the malicious one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.tables.load import MALICIOUS_NAMES

_NUMBERS = (-1, 0, 1)


def column(y: Any) -> NDArray[Any]:
    """Labels (n,) as an array; raises InvalidInput where they are none."""
    try:
        labels = np.asarray(column_or_1d(y, warn=True))
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        return labels
    except (ValueError, TypeError) as error:
        raise InvalidInput("y", type(y).__name__, f"y should be a 1d array of labels: {error}") from error


def malicious_of(y: NDArray[Any], told: Any = None) -> Any:
    """The malicious label of these: as told, else 1 of numbers or booleans, else the one known by its name.

    Raises InvalidInput where there are more than two labels, none is known as malicious, or that told is not among two.

    >>> malicious_of(np.array(["ham", "spam"])), malicious_of(np.array([-1, 1])), malicious_of(np.array(["a", "b"]), "a")
    ('spam', 1, 'a')
    """
    labels = list(dict.fromkeys(y.tolist()))
    if len(labels) > 2:
        rule = "Only binary classification is supported. The type of the target is multiclass"
        raise InvalidInput("y", labels, rule)
    if told is None:
        return 1 if _are_signs(labels) else _known(labels)
    if len(labels) == 2 and told not in labels:
        raise InvalidInput("malicious", told, f"must be one of the labels {labels}")
    return told


def coded(y: NDArray[Any], malicious: Any) -> NDArray[np.int64]:
    """1 (n,) where a label is the malicious one, else 0.

    >>> coded(np.array(["ham", "spam"]), "spam")
    array([0, 1])
    """
    return np.array([MALICIOUS if label == malicious else BENIGN for label in y.tolist()], dtype=np.int64)


def _are_signs(labels: Sequence[Any]) -> bool:
    """Whether these are among -1, 0 and 1; of -1 and 0 neither says which it is."""
    return set(labels) <= set(_NUMBERS) and set(labels) != {-1, 0}


def _known(labels: Sequence[Any]) -> Any:
    named = [label for label in labels if isinstance(label, str) and _says(label)]
    if len(named) != 1:
        raise InvalidInput("y", labels, "labels must be 0 (benign) and 1 (malicious), or say which is by malicious=")
    return named[0]


def _says(label: str) -> bool:
    """Whether the name tells; a digit does not, as the other label may be 2 as well as 0."""
    return label.lower() in MALICIOUS_NAMES and not label.isdigit()
