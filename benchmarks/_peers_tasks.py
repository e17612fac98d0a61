"""The tasks that every library gets as files: real rows, drawn anew by each seed, and what is bad among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from _quality_attacks import attacker, cluster, dictionary, drift, flips
from _quality_data import Ground, Sizes, distinct, drawn, enron, nsl_kdd, portions, sms, words_of
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.datasets.phishing import load as load_phishing
from amlsec.defenses.learners.spambayes_tokens import presence

WORDS, WATCHED, PARTS = 300, 50, 10
KNOWN, WINDOW, WINDOWS, FIRST_BAD = 500, 100, 30, 10
ATTACKS = {"random flips": flips, "dictionary": dictionary, "tight cluster": cluster, "slow drift": drift}


@dataclass(frozen=True, eq=False)
class Task:
    """What the libraries are given, by name of the array, and what is kept from them."""

    name: str
    given: dict[str, Any]
    truth: NDArray[Any]

    def save(self, folder: Path) -> None:
        """Both as files side by side; the truth where no library looks."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / f"{self.name}.npz", **self.given)
        np.save(folder / f"{self.name}.truth.npy", self.truth)


@cache
def ground(name: str) -> Batch:
    """Distinct rows of numbers: which of the most frequent words a message holds, or a connection's columns."""
    if name == "phishing":
        rows = load_phishing().batch
        return distinct(name, Batch(rows.X, rows.y), Sizes(0, 0, 0, 0, 0)).rows
    rows = {"enron": enron, "sms": sms, "nsl_kdd": nsl_kdd}[name]().rows
    if not rows.is_text:
        return Batch(rows.X[:, np.ptp(rows.X, axis=0) > 0], rows.y)
    some = rows.rows(np.random.default_rng(0).permutation(len(rows))[:12_000])
    vocabulary = {word: place for place, word in enumerate(words_of(some.X))}
    tokens = presence(some.X, str.split, vocabulary)[0]
    frequent = np.argsort(-np.asarray(tokens.sum(axis=0)).ravel(), kind="stable")[:WORDS]
    return distinct(name, Batch(tokens[:, frequent].toarray().astype(float), some.y), Sizes(0, 0, 0, 0, 0)).rows


def rows_tasks(data: str, seed: int, trusted: int = 900, batch: int = 200) -> Iterator[Task]:
    """A batch of which a tenth is poison of one attack, in shuffled order, beside trusted rows."""
    rng = np.random.default_rng(seed)
    bad = batch // 10
    parts = drawn(Ground(data, ground(data), Sizes(trusted, 0, batch - bad, trusted // 2, 0)), rng)
    for attack, offers in ATTACKS.items():
        poison = offers(attacker(parts, bad), rng)
        if poison is not None:
            order = rng.permutation(batch)
            offered = Batch(*(np.concatenate(both) for both in zip(_pair(parts.clean), _pair(poison), strict=True)))
            known = apart(parts.trusted, offered)
            given = {"trusted_X": known.X, "trusted_y": known.y, "X": offered.X[order], "y": offered.y[order]}
            yield Task(f"rows.{data}.{attack}.{seed}", given, order >= batch - bad)


def apart(trusted: Batch, offered: Batch) -> Batch:
    """Trusted rows whose content is not offered: a mixed row may come out as one of them."""
    return trusted.rows(~np.isin(trusted.content(), offered.content()))


def sources_tasks(data: str, seed: int, trusted: int = 200, each: int = 30) -> Iterator[Task]:
    """Ten sources of as many rows each; one has all or three of ten of its labels turned."""
    for share in (1.0, 0.3):
        rng = np.random.default_rng(seed)
        known, offered = portions(ground(data), (trusted, PARTS * each), rng)
        source, guilty = np.arange(len(offered)) % PARTS, int(rng.integers(PARTS))
        turned = np.flatnonzero(source == guilty)[: round(share * each)]
        y = np.where(np.isin(np.arange(len(offered)), turned), 1 - offered.y, offered.y)
        given = {"trusted_X": known.X, "trusted_y": known.y, "X": offered.X, "y": y, "source": source}
        yield Task(f"sources.{data}.{share:.0%} of labels turned.{seed}", given, np.arange(PARTS) == guilty)


def votes_tasks(data: str, seed: int, rows: int = 2000) -> Iterator[Task]:
    """Clean rows to train an ensemble on, and rows to be judged by it."""
    train, test = portions(ground(data), (rows, rows // 4), np.random.default_rng(seed))
    yield Task(f"votes.{data}.clean.{seed}", {"X": train.X, "y": train.y, "test_X": test.X}, test.y)


def values_tasks(data: str, seed: int, rows: int = 2000) -> Iterator[Task]:
    """Rows of which a tenth has its label turned, and a quiz; standardised columns."""
    rng = np.random.default_rng(seed)
    train, quiz = portions(ground(data), (rows, rows // 4 if rows < 2000 else 500), rng)
    mean, spread = train.X.mean(axis=0), train.X.std(axis=0)
    turned = rng.random(len(train)) < 0.1
    X, quiz_X = ((part.X - mean) / np.where(spread > 0, spread, 1.0) for part in (train, quiz))
    given = {"X": X, "y": np.where(turned, 1 - train.y, train.y), "quiz_X": quiz_X, "quiz_y": quiz.y}
    yield Task(f"values.{data}.{rows:,} rows.{seed}", given, turned)


def streams_tasks(data: str, seed: int, windows: int = WINDOWS) -> Iterator[Task]:
    """Windows of benign rows like those of the reference, with malicious ones among them; the truth is their share."""
    steps = np.arange(windows)
    shares = {
        "honest": 0.0 * steps,
        "sudden": np.where(steps >= FIRST_BAD, 0.2, 0.0),
        "slow": 0.01 * steps,
    }
    for what, share in shares.items():
        rng = np.random.default_rng(seed)
        benign, malicious = (rng.permutation(ground(data).labelled(label).X[:, :WATCHED]) for label in (BENIGN, MALICIOUS))
        bad = rng.random((windows, WINDOW)) < share[:, None]
        stream = benign[KNOWN : KNOWN + windows * WINDOW].reshape(windows, WINDOW, -1).copy()
        stream[bad] = malicious[: bad.sum()]
        yield Task(f"streams.{data}.{what}.{seed}", {"reference": benign[:KNOWN], "windows": stream}, share)


def _pair(rows: Batch) -> tuple[Any, Any]:
    return rows.X, rows.y


Maker = Callable[[int], Iterator[Task]]


def few() -> dict[Maker, int]:
    """One small task or two of every kind, on tables that come as packages and NSL-KDD."""
    return {
        partial(rows_tasks, "sms", trusted=400, batch=100): 1,
        partial(sources_tasks, "phishing"): 1,
        partial(votes_tasks, "nsl_kdd", rows=600): 1,
        partial(values_tasks, "nsl_kdd", rows=300): 1,
        partial(streams_tasks, "nsl_kdd", windows=20): 1,
    }


def makers() -> dict[Maker, int]:
    """Each way to make tasks, and with how many seeds."""
    made: dict[Maker, int] = {}
    for data in ("enron", "sms", "nsl_kdd"):
        made[partial(rows_tasks, data)] = 10
    for data in ("sms", "nsl_kdd", "phishing"):
        made[partial(sources_tasks, data)] = 20
    for data in ("enron", "nsl_kdd"):
        made[partial(votes_tasks, data)] = 5
        made[partial(streams_tasks, data)] = 10
    return made | {partial(values_tasks, "nsl_kdd"): 5, partial(values_tasks, "nsl_kdd", rows=10_000): 3}
