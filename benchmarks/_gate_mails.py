"""A year of Enron-Spam: who hands in which mail in which week, which mails people check, and which the filter is tested on.

Ten reporters hand in the mails of their inbox, ham and spam. The inbox is one of the corpus' six folders; four of these are
read by two reporters each, who take its mails in turns. The mails of each reporter and label keep the order of their dates,
and are spread evenly over the weeks: the drift is the real one, and how much of each label comes in tells nothing, as the
dates themselves would (the ham ends before most spam begins). Of exact copies the first one stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.datasets.enron import ABOUT, FILE
from amlsec.datasets.folder import file_of
from amlsec.defenses.learners.spambayes_tokens import presence

READERS = {"enron1": 2, "enron2": 2, "enron3": 2, "enron4": 2, "enron5": 1, "enron6": 1}
LONGEST = 4000
"""Characters of a mail that are kept; 7 % of the mails are longer."""
WEEKS, QUARTER = 52, 13
FIRST, EACH = 100, 40
"""Mails of a reporter that people check before the year begins, half of them spam, and in each quarter thereafter."""
OFFERED, CHECKED, TESTED = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """All mails of the year.

    Attributes
    ----------
    mails : subject and body, with the reporter as source
    week : when each came (n,): 0 is the time before the year, then 1 to `weeks`
    role : of each (n,): offered to the gate, checked by people, or kept to test the filter on
    tokens, vocabulary : which mail holds which token, and the column of each
    """

    mails: Batch
    week: NDArray[np.int64]
    role: NDArray[np.int64]
    tokens: Any
    vocabulary: dict[str, int]
    weeks: int

    @property
    def sources(self) -> list[str]:
        return sorted(set(_source(self.mails).tolist()))

    def which(self, role: int, week: int, source: str = "") -> NDArray[np.intp]:
        """The positions of mails of one role and week, and of one source where it is named."""
        found = (self.role == role) & (self.week == week)
        return np.flatnonzero(found & (_source(self.mails) == source) if source else found)

    def late(self, label: int) -> NDArray[np.intp]:
        """The positions of this label's mails of the last quarter that the filter is tested on."""
        return np.flatnonzero((self.role == TESTED) & (self.week > self.weeks - QUARTER) & (self.mails.y == label))

    def root(self, quarter: int) -> NDArray[np.intp]:
        """The positions of the trusted mails in one quarter (from 0): those checked before it began."""
        return np.flatnonzero((self.role == CHECKED) & (self.week <= quarter * QUARTER))


def year(mails: Batch, weeks: int = WEEKS, seed: int = 0) -> Year:
    """The mails of each reporter and label, in the order they stand in, laid on the weeks; one in five is kept for tests."""
    rng = np.random.default_rng(seed)
    week, role = np.zeros(len(mails), dtype=np.int64), np.zeros(len(mails), dtype=np.int64)
    for own in _series(mails):
        before, later = own[: FIRST // 2], own[FIRST // 2 :]
        role[before] = CHECKED
        week[later] = 1 + np.arange(len(later)) * weeks // len(later)
        role[later[rng.random(len(later)) < 1 / 5]] = TESTED
        for quarter in range(-(-weeks // QUARTER)):
            here = later[(role[later] == OFFERED) & ((week[later] - 1) // QUARTER == quarter)]
            role[rng.choice(here, EACH // 2, replace=False)] = CHECKED
    return Year(mails, week, role, *presence(mails.X), weeks)


def _series(mails: Batch) -> Iterator[NDArray[np.intp]]:
    """The positions of each reporter's mails of each label."""
    source = _source(mails)
    for name in np.unique(source):
        for label in (BENIGN, MALICIOUS):
            yield np.flatnonzero((source == name) & (mails.y == label))


def _source(mails: Batch) -> NDArray[Any]:
    assert mails.source is not None
    return mails.source


@cache
def enron(one_in: int = 1) -> Batch:
    """One in so many of the distinct mails in the order of their dates, with their reporter as source."""
    table = pandas.read_parquet(file_of(FILE, ABOUT)).fillna({"subject": "", "body": ""})
    text = (table["subject"] + "\n" + table["body"]).str.replace("\0", " ")  # one real mail holds it; the gate takes none
    table["text"] = text.str.slice(stop=LONGEST)
    table = table.sort_values(["date", "folder", "seq"], kind="stable").drop_duplicates("text")
    table = table.iloc[::one_in]
    turn = table.groupby(["folder", "label"]).cumcount() % table["folder"].map(READERS)
    source = (table["folder"] + turn.map({0: "a", 1: "b"})).to_numpy(dtype=object)
    return Batch(texts(table["text"].tolist()), (table["label"] == "spam").to_numpy().astype(np.int64), source)
