"""What values, bisection and taking rows back do on real mails."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import normalize

from amlsec.impact.bisection import Culprits, culprits, exceeding
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley
from amlsec.impact.measure import margins
from amlsec.impact.out_of_bag import out_of_bag
from amlsec.impact.units import Units
from amlsec.impact.unlearning.sums import sums

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="AMLSEC_DATA names no folder of real data"),
]
ROWS = 4524


@cache
def enron() -> tuple[Labelled, np.ndarray]:
    """Mails as the presence of common words, and the folder of each."""
    import pandas as pd

    mails = pd.read_parquet(Path(os.environ["AMLSEC_DATA"]) / "enron_spam" / "enron_spam.parquet")
    mails = mails.drop_duplicates(["subject", "body"]).sample(ROWS, random_state=0)
    texts = mails.subject.fillna("") + " " + mails.body.fillna("")
    X = CountVectorizer(token_pattern=r"\S+", max_features=20_000, binary=True).fit_transform(texts).astype(float)
    return Labelled(X, (mails.label == "spam").to_numpy().astype(int)), mails.folder.to_numpy()


def part(rows: Labelled, which) -> Labelled:
    return Labelled(rows.X[which], rows.y[which])


@pytest.mark.parametrize("folder", [1, 2])
def test_a_folder_of_mails_taken_out_leaves_exactly_the_model_without_it(folder: int) -> None:
    rows, folders = enron()
    out = folders == np.unique(folders)[folder]
    left = (sums(MultinomialNB()) + rows - part(rows, out)).fitted()
    straight = MultinomialNB().fit(rows.X[~out], rows.y[~out])
    np.testing.assert_array_equal(left.feature_log_prob_, straight.feature_log_prob_)
    np.testing.assert_array_equal(left.predict_joint_log_proba(rows.X), straight.predict_joint_log_proba(rows.X))


def found(offered: Labelled, groups: int) -> Culprits:
    """Among 1,024 offered mails, by the margin of 500 quiz mails against 2,000 good ones."""
    rows, _ = enron()
    base, quiz, good = (part(rows, slice(a, b)) for a, b in ((0, 1000), (1000, 1500), (1500, 3500)))

    def harm(batch: Labelled):
        return lambda units: -margins(MultinomialNB(), base, batch, quiz, units=units).mean(axis=1)

    return culprits(exceeding(harm(offered), harm(good)(Units.single(2000))), 1024, groups=groups)


def with_ham_words(rows: Labelled, which: np.ndarray, words: int) -> Labelled:
    """These mails get the commonest words of ham."""
    X, common = rows.X.tolil(), np.argsort(-np.asarray(rows.X[rows.y == 0].sum(axis=0)).ravel())[:words]
    for row in which:
        X[row, common] = 1
    return Labelled(X.tocsr(), rows.y)


@pytest.mark.parametrize(("words", "groups", "most"), [(3000, 8, 80), (300, 128, 180)])
def test_five_dictionary_mails_of_a_thousand_are_found_with_few_questions(words: int, groups: int, most: int) -> None:
    offered = part(enron()[0], slice(3500, 4524))
    bad = np.sort(np.random.default_rng(0).choice(np.flatnonzero(offered.y == 1), 5, replace=False))
    search = found(with_ham_words(offered, bad, words), groups)
    assert set(bad) <= set(search.alone.tolist())
    assert len(search.alone) <= 5 + 3
    assert search.questions <= most


def test_single_flips_hide_in_groups_as_the_docstring_warns() -> None:
    offered = part(enron()[0], slice(3500, 4524))
    bad = np.random.default_rng(0).choice(1024, 5, replace=False)
    search = found(offered._replace(y=np.where(np.isin(np.arange(1024), bad), 1 - offered.y, offered.y)), 8)
    assert len(set(bad) & set(search.alone.tolist())) <= 2


def test_flipped_labels_have_the_lowest_values() -> None:
    rows, _ = enron()
    bad = np.isin(np.arange(1000), np.random.default_rng(0).choice(1000, 100, replace=False))
    base, quiz = part(rows, slice(0, 1000)), part(rows, slice(1000, 1500))
    flipped = base._replace(y=np.where(bad, 1 - base.y, base.y))
    plane = TruncatedSVD(100, random_state=0).fit(base.X)
    near = [batch._replace(X=normalize(plane.transform(batch.X))) for batch in (flipped, quiz)]
    assert roc_auc_score(bad, -knn_shapley(*near)) > 0.93
    assert roc_auc_score(bad, -out_of_bag(MultinomialNB(), flipped).value) > 0.97
