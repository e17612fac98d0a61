"""Four real data sets, drawn into parts that share no content, and rows made of two others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from _impact_cases import data
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.defenses.screens.stand_in import white_space_words


@dataclass(frozen=True)
class Sizes:
    """Rows that the defender trusts, on which thresholds are set, that honest sources offer, that the attacker has, and
    that are kept to see the harm."""

    trusted: int
    null: int
    clean: int
    attacker: int
    test: int

    @property
    def all(self) -> tuple[int, ...]:
        return self.trusted, self.null, self.clean, self.attacker, self.test


@dataclass(frozen=True, eq=False)
class Ground:
    """A data set of distinct rows and how many of them serve as what."""

    name: str
    rows: Batch
    sizes: Sizes


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of one data set, no content in two parts, shares of both labels as in the whole."""

    trusted: Batch
    null: Batch
    clean: Batch
    attacker: Batch
    test: Batch


LARGE = Sizes(2500, 2000, 1000, 1000, 1000)
SMALL = {"trusted": 500, "null": 400, "clean": 200, "attacker": 200, "test": 200}


@cache
def enron() -> Ground:
    """Mails of Enron-Spam, distinct as sets of words; the source is the folder."""
    import pandas

    table = pandas.read_parquet(data("enron_spam", "enron_spam.parquet")).fillna({"subject": "", "body": ""})
    y = (table["label"] == "spam").to_numpy().astype(np.int64)
    mails = word_sets(table["subject"] + "\n" + table["body"])
    return distinct("Enron-Spam", Batch(mails, y, table["folder"].to_numpy().astype(object)), LARGE)


@cache
def sms() -> Ground:
    """Text messages, distinct as sets of words."""
    import pandas

    table = pandas.read_csv(data("sms_spam", "sms_spam.csv.gz"))
    rows = Batch(word_sets(table["text"]), (table["label"] == "spam").to_numpy().astype(np.int64))
    return distinct("SMS", rows, Sizes(2000, 1200, 1000, 600, 200))


@cache
def nsl_kdd() -> Ground:
    """Connections: heavy tails by log1p, categories as one column each."""
    import pandas

    table = pandas.read_csv(data("nsl_kdd", "KDDTrain20Percent.csv.gz"))
    y = (table.pop("label") != "normal").to_numpy().astype(np.int64)
    wide = pandas.get_dummies(table.drop(columns="difficulty", errors="ignore"), dtype=float)
    return distinct("NSL-KDD", Batch(np.log1p(wide.to_numpy(dtype=np.float64)), y), LARGE)


@cache
def drebin() -> Ground:
    """Android programs: which of 215 permissions and calls each holds."""
    import pandas

    table = pandas.read_parquet(data("drebin215", "drebin215.parquet"))
    y = (table.pop("class") == "S").to_numpy().astype(np.int64)
    return distinct("Drebin", Batch(table.to_numpy(dtype=np.float64), y), Sizes(2500, 2000, 1000, 1000, 700))


GROUNDS: dict[str, Callable[[], Ground]] = {"enron": enron, "sms": sms, "nsl_kdd": nsl_kdd, "drebin": drebin}


def word_sets(messages: Any) -> Rows:
    """Each message as its distinct lower-cased words in order: word-counting filters see no more of it."""
    return texts([" ".join(sorted(set(white_space_words(message)) - {""})) for message in messages])


def distinct(name: str, rows: Batch, sizes: Sizes) -> Ground:
    """Every content once, under the label it is first met with."""
    return Ground(name, rows.rows(np.sort(np.unique(rows.content(), return_index=True)[1])), sizes)


def drawn(ground: Ground, rng: np.random.Generator, sizes: Sizes | None = None) -> Parts:
    """Parts drawn at random."""
    return Parts(*portions(ground.rows, (sizes or ground.sizes).all, rng))


def portions(rows: Batch, sizes: tuple[int, ...], rng: np.random.Generator) -> list[Batch]:
    """Disjoint shuffled parts of these sizes, shares of both labels as in the whole; rows are distinct."""
    total, taken = len(rows), np.zeros(len(rows), dtype=int)
    for label in (BENIGN, MALICIOUS):
        members = rng.permutation(np.flatnonzero(rows.y == label))
        ends = np.round(np.cumsum(sizes) * len(members) / total).astype(int)
        taken[members] = np.searchsorted(ends, np.arange(len(members)), side="right")
    return [rows.rows(rng.permutation(np.flatnonzero(taken == k))) for k in range(len(sizes))]


def mixed(one: Rows, two: Rows, share: NDArray[np.float64] | float, rng: np.random.Generator) -> Rows:
    """Rows (n,) of which so large a share (n,) is the second row's, the rest the first's.

    Of texts each word of the one is kept with chance 1 - share, each of the other with chance share; of table rows each
    cell is the other's with chance share.
    """
    shares = np.broadcast_to(share, len(one))
    if one.dtype != object:
        return np.where(rng.random(one.shape) < shares[:, None], two, one)
    pairs = zip(one, two, shares, strict=True)
    return texts([" ".join(_some(a, 1 - part, rng) + _some(b, part, rng)) for a, b, part in pairs])


def _some(text: str, share: float, rng: np.random.Generator) -> list[str]:
    words = text.split()
    return [word for word, kept in zip(words, rng.random(len(words)) < share, strict=True) if kept]


def lengths(rows: Rows) -> NDArray[np.float64]:
    """Distinct words of each text, cells other than 0 of each table row."""
    if rows.dtype == object:
        return np.array([len(set(text.split())) for text in rows], dtype=np.float64)
    return np.asarray((rows != 0).sum(axis=1), dtype=np.float64)


def words_of(rows: Rows) -> list[str]:
    """All distinct words of these texts, in order."""
    return sorted(presence(rows, str.split)[1])
