"""NSL-KDD: network connections, normal and attacks."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.tables.load import Columns, Labels

FILE = "nsl_kdd/KDDTrain20Percent.csv.gz"
ABOUT = "NSL-KDD's 20 % training set (Tavallaee et al. 2009) with a header"


def load(seed: int = 0) -> Demo:
    """6,000 distinct connections in 41 features, three of them categories, as normal or attack.

    Raises InvalidInput where AMLSEC_DATA names no folder with the file.
    """
    raw = csv.read_csv(file_of(FILE, ABOUT)).drop_columns(["difficulty"])
    kind = pc.if_else(pc.equal(raw["label"], "normal"), "normal", "attack")
    table = raw.set_column(raw.column_names.index("label"), "label", pa.chunked_array(kind))
    note = "The connections are of a network built for the test (NSL-KDD, Tavallaee et al. 2009), without sources."
    return real(table, Columns("label"), Labels(("attack",)), (note,), seed)
