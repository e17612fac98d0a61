"""Drebin-215: Android apps, benign and malware."""

from __future__ import annotations

from pyarrow import parquet

from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.tables.load import Columns, Labels

FILE = "drebin215/drebin215.parquet"
ABOUT = "Drebin-215 (Yerima and Sezer 2019, CC BY 4.0)"


def load(seed: int = 0) -> Demo:
    """6,000 distinct apps in 215 features that they have or not, such as permissions and calls.

    An attacker adds what his app does not need; what he takes out it may need: every feature may only go up.

    Raises InvalidInput where AMLSEC_DATA names no folder with the file.
    """
    note = "The apps are real (Drebin-215, Yerima and Sezer 2019, CC BY 4.0); nobody noted their sources."
    table = parquet.read_table(file_of(FILE, ABOUT))
    space = {"columns": {name: {"may": "up"} for name in table.column_names if name != "class"}}
    return real(table, Columns("class"), Labels(("S",), ("B",)), (note,), seed, space)
