"""What trusted rows must be, and offered ones beside them."""

from __future__ import annotations

import numpy as np

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput

FEWEST = 5
"""Distinct trusted rows of a class, so that each part they are split into gets one."""


def check_trusted(trusted: Batch) -> None:
    """Raises InvalidInput where a class has fewer than 5 distinct rows."""
    for label in (BENIGN, MALICIOUS):
        distinct = len(np.unique(trusted.labelled(label).content()))
        if distinct < FEWEST:
            raise InvalidInput("trusted", f"{distinct} distinct rows of label {label}", f"must hold at least {FEWEST}")


def check_columns(name: str, rows: Batch, trusted: Batch) -> None:
    """Raises InvalidInput where rows are texts and the trusted ones are not, or have other columns."""
    if rows.X.shape[1:] != trusted.X.shape[1:]:
        raise InvalidInput(name, _kind(rows), f"must be rows as the trusted ones, {_kind(trusted)}")


def _kind(rows: Batch) -> str:
    return "texts" if rows.is_text else f"of {rows.X.shape[1]} columns"
