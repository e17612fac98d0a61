"""Enron-Spam: mails of six people, spam from three collections."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.tables.load import Columns, Labels

FILE = "enron_spam/enron_spam.parquet"
ABOUT = "Enron-Spam (Metsis, Androutsopoulos and Paliouras 2006) as one table"


def load(seed: int = 0) -> Demo:
    """Subject and body of 6,000 distinct mails; the source is the folder, with its owner's ham and its collection's spam.

    Dates are left out: the ham ends before most spam begins, so a date alone tells them apart. Raises InvalidInput where
    AMLSEC_DATA names no folder with the file.
    """
    raw = parquet.read_table(file_of(FILE, ABOUT), columns=["folder", "label", "subject", "body"])
    subject, body = (pc.fill_null(raw[name], "").cast(pa.large_string()) for name in ("subject", "body"))
    text = pc.binary_join_element_wise(subject, body, pa.scalar("\n", pa.large_string()))
    table = pa.table({"text": text, "label": raw["label"], "folder": raw["folder"]})
    note = "The mails are real (Enron-Spam, Metsis et al. 2006); a source is one of its six folders."
    return real(table, Columns("label", source="folder", text="text"), Labels(("spam",)), (note,), seed)
