"""Adult (UCI 2): who of 48,842 people of the 1994 census earns over 50,000 dollars a year."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from _data import data_path
from sklearn.preprocessing import StandardScaler

from amlsec.data import Batch

CSV = "adult/adult.csv.gz"
NEEDS = (CSV,)
LINEAR = {"age": 90.0, "education_num": 16.0, "hours_per_week": 99.0}
LOGARITHMIC = {"capital_gain": 99_999.0, "capital_loss": 4356.0}
"""Columns and the largest value that they may hold, which is the survey's and not that of these rows."""


def standardised() -> Batch:
    """Distinct rows in all columns, one for each category, at mean 0 and standard deviation 1; label 1 is over 50,000."""
    table = _table()
    X = _dummies(table.drop(columns=["income", "split"]))
    at = np.sort(np.unique(X, axis=0, return_index=True)[1])
    return Batch(StandardScaler().fit_transform(X[at]), _labels(table)[at])


def in_the_unit_ball() -> Batch:
    """Numbers, whether married, and a constant, each within 1 / sqrt(7) of 0, so that no row is longer than 1."""
    table = _table()
    centred = [2 * table[name] / most - 1 for name, most in LINEAR.items()]
    rare = [np.log1p(table[name]) / np.log1p(most) for name, most in LOGARITHMIC.items()]
    columns = [*centred, *rare, table["marital_status"] == "Married-civ-spouse", np.ones(len(table))]
    X = np.clip(np.column_stack(columns).astype(np.float64), -1, 1)
    return Batch(X / np.sqrt(len(columns)), _labels(table))


@cache
def _table() -> Any:
    import pandas

    return pandas.read_csv(data_path(CSV))


def _dummies(table: Any) -> Any:
    import pandas

    return pandas.get_dummies(table).to_numpy(np.float64)


def _labels(table: Any) -> Any:
    return table["income"].str.startswith(">50K").to_numpy().astype(np.int64)


def coded() -> tuple[Batch, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Distinct rows with a code for each category, the columns' names, and the names behind the codes, none for numbers.

    The column `fnlwgt` is left out: it is the survey's weight, one of nearly 30,000 values, and no trait of a person.
    """
    table = _table().drop(columns=["income", "split", "fnlwgt"])
    named = {name: table[name].astype("category").cat for name in table.columns if table[name].dtype.kind not in "if"}
    X = np.column_stack([named[name].codes if name in named else table[name] for name in table.columns]).astype(np.float64)
    at = np.sort(np.unique(X, axis=0, return_index=True)[1])
    categories = tuple(tuple(named[name].categories) if name in named else () for name in table.columns)
    return Batch(X[at], _labels(_table())[at]), tuple(table.columns), categories
