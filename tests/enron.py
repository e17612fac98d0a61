"""Real mails to test on: Enron-Spam, read once."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amlsec.data import Batch, texts

needs_enron = pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="AMLSEC_DATA names no folder of real data")


@cache
def _mails() -> Any:
    import pandas

    mails = pandas.read_parquet(Path(os.environ["AMLSEC_DATA"]) / "enron_spam" / "enron_spam.parquet")
    return mails.drop_duplicates(["subject", "body"])


def enron(n: int, seed: int = 0) -> Batch:
    """So many distinct mails at random: the subject as first line, and the body."""
    mails = _mails().sample(n, random_state=seed)
    written = (mails.subject.fillna("") + "\n" + mails.body.fillna("")).tolist()
    return Batch(texts(written), (mails.label == "spam").to_numpy().astype(np.int64))
