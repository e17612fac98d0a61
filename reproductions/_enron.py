"""Enron-Spam (Metsis et al. 2006) as SpamBayes tokens, and the attackers' word lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _data import data_path
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from amlsec.attacks.poisoning.dictionary import dictionary
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence, words
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

CORPUS = "enron_spam/enron_spam.parquet"
GCIDE = Path("/usr/share/dictd/gcide.index")
AMERICAN = Path("/usr/share/dict/american-english")
NEEDS = (CORPUS, str(GCIDE), str(AMERICAN))


@dataclass(frozen=True, eq=False)
class Mails:
    """Distinct mails, which tokens each holds, and the column of each token."""

    batch: Batch
    tokens: Any
    vocabulary: dict[str, int]


def tokenize(mail: str) -> list[str]:
    """Words, and those of the subject (the first line) once more marked as such, where a dictionary does not reach them."""
    subject = mail.partition("\n")[0]
    return [f"subject:{word}" for word in re.findall(r"[\w$.%]+|[^\w\s]+", subject)] + words(mail)


@cache
def corpus() -> Batch:
    """All distinct mails of the corpus: the subject as first line, and the body."""
    import pandas

    table = pandas.read_parquet(data_path(CORPUS)).fillna({"subject": "", "body": ""})
    mails = texts(list(table["subject"] + "\n" + table["body"]))
    batch = Batch(mails, (table["label"] == "spam").to_numpy().astype(np.int64))
    return batch.rows(np.sort(np.unique(batch.content(), return_index=True)[1]))


@cache
def load() -> Mails:
    """The same mails, and which tokens each holds."""
    return Mails(corpus(), *presence(corpus().X, tokenize))


def draw(y: NDArray[np.int64], rng: np.random.Generator, *halves: int) -> list[NDArray[np.intp]]:
    """Disjoint positions: for each number, so many ham and as many spam."""
    by_label = [rng.permutation(np.flatnonzero(y == label)) for label in (BENIGN, MALICIOUS)]
    ends = np.cumsum(halves)[:-1]
    parts = zip(*(np.split(order[: sum(halves)], ends) for order in by_label), strict=True)
    return [np.concatenate(both) for both in parts]


def aspell_like() -> list[str]:
    """Headwords of 3 to 12 letters of the Collaborative International Dictionary of English (Debian: dict-gcide)."""
    heads = {line.partition("\t")[0].lower() for line in _lines(GCIDE, "dict-gcide")}
    return sorted(head for head in heads if re.fullmatch("[a-z]{3,12}", head))


def american() -> list[str]:
    """A spelling list of 3 to 12 letters with inflected forms and names (Debian: wamerican)."""
    return [word for word in _lines(AMERICAN, "wamerican") if word.isalpha() and 3 <= len(word) <= 12]


def usenet_like() -> list[str]:
    """The 90,000 most frequent English words, as Usenet postings would give them."""
    from wordfreq import top_n_list

    return [str(word) for word in top_n_list("en", 90_000)]


def _lines(path: Path, package: str) -> list[str]:
    if not path.exists():
        raise SystemExit(f"{path} is missing: it comes with the Debian package {package}")
    return path.read_text("utf-8").splitlines()


def attack_mail(mails: Mails, words: Sequence[str]) -> Any:
    """The tokens (1, tokens) of a dictionary mail; those no mail of the corpus holds change no score and are left out.

    The attack's mails differ in the order of their words only. The filter does not see that, so one is tokenised for all.
    """
    spam = mails.batch.labelled(MALICIOUS).rows(np.arange(2))
    scene = Scene(spam, 200, TextSpace(words))
    poison = dictionary(scene, budget=PoisonBudget(0.01), rng=np.random.default_rng(0)).added
    both = presence(texts([f"\n{mail}" for mail in poison.X]), tokenize, mails.vocabulary)[0]
    assert poison.X[0] != poison.X[1]
    assert (both[0] != both[1]).nnz == 0
    return both[0]


def some_of(mail: Any, share: float, rng: np.random.Generator) -> Any:
    """A random share of a mail's tokens: mails with equal tokens would all fall into one part of an ensemble."""
    kept = mail.indices[rng.random(mail.nnz) < share]
    return csr_matrix((np.ones(len(kept)), kept, [0, len(kept)]), shape=mail.shape)


def learn_copies(spambayes: SpamBayes, mail: Any, copies: int) -> SpamBayes:
    """Train the filter on so many spam with these tokens, a hundred at a time to save memory."""
    once = mail.sorted_indices()  # or every copy is sorted
    for start in range(0, copies, 100):
        some = min(100, copies - start)
        spambayes.partial_fit(vstack([once] * some, format="csr"), np.full(some, MALICIOUS))
    return spambayes
