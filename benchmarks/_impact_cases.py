"""The families and real rows on which the impact engine is timed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import LinearSVC

from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.impact.contract import Labelled

BASE, QUIZ = 1000, 500


@dataclass(frozen=True, eq=False)
class Rows:
    """Disjoint rows of one data set."""

    name: str
    base: Labelled
    quiz: Labelled
    offered: Labelled

    def repeated(self, n: int) -> Rows:
        """The same with n offered rows, taken round and round."""
        which = np.arange(n) % len(self.offered.y)
        return replace(self, offered=Labelled(self.offered.X[which], self.offered.y[which]))

    def with_quiz(self, m: int) -> Rows:
        """The same with a quiz of m rows, the rest of them taken from the offered ones."""
        X, y, more = self.offered.X, self.offered.y, m - len(self.quiz.y)
        if more <= 0:
            return replace(self, quiz=Labelled(self.quiz.X[:m], self.quiz.y[:m]))
        from amlsec.impact.units import stacked

        quiz = Labelled(stacked(self.quiz.X, X[:more]), np.concatenate([self.quiz.y, y[:more]]))
        return replace(self, quiz=quiz, offered=Labelled(X[more:], y[more:]))


@dataclass(frozen=True, eq=False)
class Case:
    """One family on one data set.

    `exact` is the estimator whose trainings are the truth, where the user's own stops its solver early. `goal` is in
    candidates a second. `grows` says that the growth of its time and memory is shown.
    """

    name: str
    estimator: Any
    rows: Callable[[], Rows]
    goal: int
    exact: Any = None
    grows: bool = False


def parted(name: str, X: Any, y: NDArray[np.int64], *, seed: int = 0) -> Rows:
    """Base, quiz and offered rows drawn at random, equal rows once."""
    order = np.random.default_rng(seed).permutation(X.shape[0])
    first, second, third = np.split(order, [BASE, BASE + QUIZ])
    return Rows(name, *(Labelled(X[part], y[part]) for part in (first, second, third)))


def data(*parts: str) -> Path:
    folder = os.environ.get("AMLSEC_DATA")
    if not folder:
        raise SystemExit("AMLSEC_DATA is not set: it names the folder of the real data sets")
    return Path(folder, *parts)


@cache
def enron() -> tuple[list[str], NDArray[np.int64]]:
    """Distinct mails of Enron-Spam, white space between words, and whether they are spam."""
    import pandas

    table = pandas.read_parquet(data("enron_spam", "enron_spam.parquet")).fillna({"subject": "", "body": ""})
    table = table.assign(text=table["subject"] + "\n" + table["body"]).drop_duplicates("text")
    return list(table["text"]), (table["label"] == "spam").to_numpy().astype(np.int64)


@cache
def counted(words: int, binary: bool = False) -> Rows:
    mails, y = enron()
    X = CountVectorizer(max_features=words, token_pattern=r"\S+", binary=binary).fit_transform(mails)
    return parted(f"Enron, {words:,} words", X.astype(np.float64), y)


@cache
def wide() -> Rows:
    rows = counted(1000)
    parts = {name: getattr(rows, name)._replace(X=getattr(rows, name).X.toarray()) for name in ("base", "quiz", "offered")}
    return replace(rows, name="Enron, 1,000 words, dense", **parts)


@cache
def tfidf() -> Rows:
    """As a tf-idf step fitted once on the base sees the mails."""
    mails, y = enron()
    rows = parted("", np.array(mails, dtype=object), y)
    step = TfidfVectorizer(max_features=10_000, token_pattern=r"\S+").fit(rows.base.X)
    parts = {
        name: getattr(rows, name)._replace(X=step.transform(getattr(rows, name).X)) for name in ("base", "quiz", "offered")
    }
    return replace(rows, name="Enron, tf-idf of 10,000 words", **parts)


@cache
def tokens() -> Rows:
    mails, y = enron()
    X = CountVectorizer(token_pattern=r"\S+", binary=True, min_df=2).fit_transform(mails)
    return parted("Enron, all words", X.astype(np.float64), y)


@cache
def spambase() -> Rows:
    """Distinct rows of Spambase, scaled to deviation 1; it comes in the package dmba."""
    spec = find_spec("dmba")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("Spambase comes with the package dmba: pip install 'amlsec[bench]'")
    with gzip.open(Path(spec.submodule_search_locations[0], "csvFiles", "Spambase.csv.gz"), "rt") as file:
        table = np.genfromtxt(file, delimiter=",", skip_header=1)
    return tabular("Spambase", table[:, :-1], table[:, -1].astype(np.int64))


@cache
def nsl_kdd() -> Rows:
    """Distinct connections of NSL-KDD: numeric columns, heavy tails by log1p, scaled to deviation 1."""
    import pandas

    table = pandas.read_csv(data("nsl_kdd", "KDDTrain20Percent.csv.gz"))
    y = (table["label"] != "normal").to_numpy().astype(np.int64)
    X = table.drop(columns=["label", "difficulty"], errors="ignore").select_dtypes("number").to_numpy(dtype=np.float64)
    return tabular("NSL-KDD", np.log1p(X), y)


def tabular(name: str, X: NDArray[np.float64], y: NDArray[np.int64]) -> Rows:
    _, first = np.unique(X, axis=0, return_index=True)
    rows = parted(name, X[first], y[first])
    spread = rows.base.X.std(axis=0)
    kept, mean = spread > 1e-9, rows.base.X.mean(axis=0)
    scaled = {
        part: getattr(rows, part)._replace(X=np.ascontiguousarray((getattr(rows, part).X - mean)[:, kept] / spread[kept]))
        for part in ("base", "quiz", "offered")
    }
    return replace(rows, **scaled)


@cache
def abilene() -> Rows:
    """Link loads of Abilene, a week of five-minute bins; every 20th quiz bin carries a spike on one flow."""
    week = np.load(data("abilene_tm", "abilene_week_2004-03-01_OD144_links54.npz"))
    flows, routing = week["X"].astype(np.float64), week["A"].astype(np.float64)
    rng = np.random.default_rng(0)
    y = np.zeros(len(flows), dtype=np.int64)
    y[::20] = 1
    flows[y == 1, rng.integers(0, flows.shape[1], y.sum())] += 5 * flows.sum(axis=1).mean() / 20
    links = flows @ routing.T / 1e6
    normal = np.flatnonzero(y == 0)
    order = rng.permutation(normal)
    base, offered = order[:BASE], order[BASE:]
    quiz = np.concatenate([offered[: QUIZ - y.sum()], np.flatnonzero(y)])
    return Rows("Abilene links", *(Labelled(links[part], y[part]) for part in (base, quiz, offered)))


LOGISTIC = {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1000}
HINGE = {"tol": 1e-12, "max_iter": 1_000_000, "random_state": 0}
CASES = [
    Case("MultinomialNB", MultinomialNB(), lambda: counted(10_000), 100_000, grows=True),
    Case("ComplementNB", ComplementNB(), lambda: counted(10_000), 100_000),
    Case("BernoulliNB", BernoulliNB(), lambda: counted(10_000), 100_000),
    Case("GaussianNB", GaussianNB(), spambase, 100_000, grows=True),
    Case("GaussianNB", GaussianNB(), nsl_kdd, 100_000),
    Case("GaussianNB", GaussianNB(), wide, 50_000),
    Case("KNeighborsClassifier(5)", KNeighborsClassifier(5), spambase, 100_000),
    Case("KNeighborsClassifier(5)", KNeighborsClassifier(5), nsl_kdd, 100_000),
    Case("RidgeClassifier", RidgeClassifier(), spambase, 100_000),
    Case("RidgeClassifier", RidgeClassifier(), nsl_kdd, 100_000, grows=True),
    Case("LinearDiscriminantAnalysis(lsqr)", LinearDiscriminantAnalysis(solver="lsqr"), spambase, 100_000),
    Case("LinearDiscriminantAnalysis(lsqr)", LinearDiscriminantAnalysis(solver="lsqr"), nsl_kdd, 100_000),
    Case("NearestCentroid", NearestCentroid(), spambase, 100_000),
    Case("NearestCentroid", NearestCentroid(), nsl_kdd, 100_000),
    Case("PCAResidual(4)", PCAResidual(), abilene, 100_000),
    Case("SpamBayes", SpamBayes(), tokens, 50_000),
    Case("LogisticRegression(C=0.1)", LogisticRegression(C=0.1), spambase, 20_000, LogisticRegression(C=0.1, **LOGISTIC)),
    Case("LogisticRegression(C=1)", LogisticRegression(), spambase, 20_000, LogisticRegression(**LOGISTIC)),
    Case(
        "LogisticRegression(C=0.1)", LogisticRegression(C=0.1), nsl_kdd, 20_000, LogisticRegression(C=0.1, **LOGISTIC), True
    ),
    Case("LogisticRegression(C=1)", LogisticRegression(), nsl_kdd, 20_000, LogisticRegression(**LOGISTIC)),
    Case("LogisticRegression(C=1)", LogisticRegression(), tfidf, 20_000, LogisticRegression(tol=1e-10, max_iter=10_000)),
    Case("LinearSVC(C=0.1)", LinearSVC(C=0.1), spambase, 20_000, LinearSVC(C=0.1, dual=False, **HINGE)),
]
