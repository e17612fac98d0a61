"""ClaMP: Windows programs, benign and malware, by their headers."""

from __future__ import annotations

from pyarrow import csv

from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.tables.load import Columns, Labels

FILE = "clamp_pe/ClaMP_Integrated-5184.csv.gz"
ABOUT = "ClaMP, integrated features (Kumar et al. 2017)"


def load(seed: int = 0) -> Demo:
    """About 5,000 distinct programs in 69 features of their PE headers.

    Raises InvalidInput where AMLSEC_DATA names no folder with the file.
    """
    note = "The programs are real (ClaMP, Kumar et al. 2017); nobody noted their sources."
    return real(csv.read_csv(file_of(FILE, ABOUT)), Columns("class"), Labels(("1",), ("0",)), (note,), seed)
