"""Many trainings of one model on random halves, with poison, and what LiRA reads from each by means of all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from _adult import CSV, standardised
from _data import data_path
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from amlsec.attacks.halves import Told
from amlsec.attacks.likelihood_ratio import ratio
from amlsec.attacks.poisoning.blanket_mislabelling import blanket_mislabelling
from amlsec.attacks.poisoning.truth_serum import truth_serum
from amlsec.budget import PoisonBudget
from amlsec.data import Batch, texts
from amlsec.impact.refit import evidence
from amlsec.impact.units import stacked
from amlsec.scene import Scene
from amlsec.space.contract import Space
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace

SMS = "sms_spam/sms_spam.csv.gz"
NEEDS = (SMS, CSV)
SUREST = float(np.log(1e12))
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Setting:
    """Rows, what they look like to a model, and the model, made with a seed."""

    rows: Batch
    space: Space
    vectors: Callable[[Any], Any]
    learner: Callable[[int], Any]


@dataclass(frozen=True, eq=False)
class Guesses:
    """What LiRA says (trainings, rows) of each row in each training, where it was trained on, how often models are right.

    `loss` orders rows as their losses do: the log-odds of the row's own label.
    """

    lira: Floats
    loss: Floats
    inside: Mask
    right: float


@cache
def sms() -> Batch:
    """The distinct messages; label 1 is spam."""
    import pandas

    table = pandas.read_csv(data_path(SMS))
    rows = Batch(texts(list(table["text"].astype(str))), (table["label"] == "spam").to_numpy().astype(np.int64))
    return rows.rows(np.sort(np.unique(rows.content(), return_index=True)[1]))


def logistic_on_texts() -> Setting:
    """Logistic regression, hardly regularised, on words weighed by their rarity."""
    return _on_texts(TfidfVectorizer(), lambda _: LogisticRegression(C=100, solver="liblinear"))


def usual_on_texts() -> Setting:
    """The same as it comes."""
    return _on_texts(TfidfVectorizer(), lambda _: LogisticRegression(solver="liblinear"))


def bayes_on_texts() -> Setting:
    """Naive Bayes on words."""
    return _on_texts(CountVectorizer(binary=True), lambda _: MultinomialNB())


def forest_on_tables() -> Setting:
    """A random forest on Adult."""
    rows = standardised()
    space = infer(rows.X, [str(k) for k in range(rows.X.shape[1])])
    return Setting(rows, space, lambda X: X, lambda seed: RandomForestClassifier(20, random_state=seed))


def _on_texts(words: Any, learner: Callable[[int], Any]) -> Setting:
    rows = sms()
    space = TextSpace(sorted({word for text in rows.X[:1000] for word in text.split()}))
    return Setting(rows, space, words.fit(rows.X).transform, learner)


def copied(of: Setting, size: int, targets: int, copies: int, trainings: int, seed: int, stray: float = 0.0) -> Guesses:
    """What is read of so many targets, with so many mislabelled copies of each in every training of `size` rows.

    Each training has half of the targets, and a random half of all other rows drawn for this; the copies come on top.
    """
    rng = np.random.default_rng(seed)
    rows = of.rows.rows(rng.permutation(len(of.rows))[: 2 * size])
    asked = rows.rows(slice(targets))
    scene = Scene(asked.rows([]), 1_000_000, of.space, target=asked)
    share = PoisonBudget(copies * targets / 1_000_000)
    planted = truth_serum(scene, budget=share, rng=rng, most=max(copies, 1), stray=stray).added
    return _guesses(of, rows, targets, planted, trainings, rng)


def mislabelled(of: Setting, size: int, share: float, trainings: int, seed: int) -> Guesses:
    """What is read of all others' rows, where that share of the `size` rows of every training lies."""
    rng = np.random.default_rng(seed)
    lying = round(share * size)
    rows = of.rows.rows(rng.permutation(len(of.rows))[: 2 * (size - lying) + lying])
    own = rows.rows(slice(len(rows) - lying, None))
    scene = Scene(own, size, of.space)
    planted = blanket_mislabelling(scene, budget=PoisonBudget(share), rng=rng).edits
    others = rows.rows(slice(0, len(rows) - lying))
    return _guesses(of, others, len(others), planted, trainings, rng)


def _guesses(of: Setting, rows: Batch, targets: int, planted: Batch, trainings: int, rng: np.random.Generator) -> Guesses:
    """Train on random halves and what was planted; targets stand first among the rows."""
    X, extra = of.vectors(rows.X), of.vectors(planted.X) if len(planted) else None
    inside = coins(trainings, len(rows), rng)
    own, right = np.zeros((trainings, targets)), []
    for k, within in enumerate(inside):
        seen = X[within] if extra is None else stacked(X[within], extra)
        model = of.learner(k).fit(seen, np.concatenate([rows.y[within], planted.y]))
        malice = np.clip(evidence(model, X[:targets]), -SUREST, SUREST)
        own[k] = np.where(rows.y[:targets] == 1, malice, -malice)
        left = np.flatnonzero(~within)[-300:]
        right.append(float((model.predict(X[left]) == rows.y[left]).mean()))
    inside = inside[:, :targets]
    return Guesses(by_all_others(own, inside), own, inside, float(np.mean(right)))


def coins(trainings: int, rows: int, rng: np.random.Generator) -> Mask:
    """Where each row is trained on (trainings, rows), by a coin each time.

    Were it in exactly half of them, how many of the others saw a row would tell whether the one attacked did.
    """
    return rng.random((trainings, rows)) < 0.5


def by_all_others(own: Floats, inside: Mask) -> Floats:
    """LiRA's guess (trainings, rows) in each training, with all other trainings for shadow models, as the authors do."""
    said = Told(np.where(inside, own, np.nan), np.where(inside, np.nan, own))
    every = np.arange(len(own))
    left_out = ((k, Told(*(lines[every != k] for lines in said))) for k in every)
    return np.array([ratio(own[k], others) for k, others in left_out])
