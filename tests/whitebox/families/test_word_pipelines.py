"""Word weights against the pipelines they were read from."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import texts
from amlsec.errors import NotApplicable
from amlsec.oracle import Classifier
from amlsec.whitebox.look import inside
from amlsec.whitebox.word_weights import WordWeights

VECTORIZERS = {
    "counts": CountVectorizer(),
    "once": CountVectorizer(binary=True),
    "tfidf": TfidfVectorizer(),
    "tfidf, absolute": TfidfVectorizer(norm="l1"),
    "tfidf, no length": TfidfVectorizer(norm=None),
    "logarithm": TfidfVectorizer(sublinear_tf=True, use_idf=False),
    "in two steps": [CountVectorizer(), TfidfTransformer(smooth_idf=False)],
    "scaled": [CountVectorizer(), MaxAbsScaler()],
    "selected": [CountVectorizer(), SelectKBest(k=15)],
}
MODELS = {
    "logistic": LogisticRegression(),
    "machine": LinearSVC(),
    "multinomial": MultinomialNB(),
    "complement": ComplementNB(),
}


def mails(n, seed):
    """Texts of 30 words, those of the second half more often malicious."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    rows = [rng.choice(30, 12, p=np.r_[np.full(15, 2 - label), np.full(15, 1 + label)] / 45) for label in y]
    return texts([" ".join(f"word{k:02d}," for k in row) for row in rows]), y


@pytest.mark.parametrize("vectorizer", VECTORIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_margins_are_the_pipelines_own(vectorizer, name):
    steps = VECTORIZERS[vectorizer] if isinstance(VECTORIZERS[vectorizer], list) else [VECTORIZERS[vectorizer]]
    pipeline = make_pipeline(*steps, MODELS[name]).fit(*mails(80, 0))
    X = texts([*mails(40, 1)[0], "", "unknown words"])
    margin = inside(Classifier(pipeline), WordWeights).margin(X)
    assert ((margin > 0) == pipeline.predict(X)).all()
    if hasattr(pipeline, "decision_function"):
        theirs = pipeline.decision_function(X)
    else:
        log = pipeline.predict_log_proba(X)
        theirs = log[:, 1] - log[:, 0]
    assert margin == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([CountVectorizer(ngram_range=(1, 2)), MultinomialNB()], "more than one word"),
        ([CountVectorizer(analyzer="char"), MultinomialNB()], "parts of words"),
        ([HashingVectorizer(n_features=64), LogisticRegression()], "weighs no words"),
        ([CountVectorizer(), DecisionTreeClassifier()], "has no linear"),
        ([CountVectorizer(), BernoulliNB()], "has no linear"),
    ],
)
def test_what_weighs_no_words_is_not_applicable(steps, reason):
    model = Classifier(make_pipeline(*steps).fit(*mails(40, 0)))
    with pytest.raises(NotApplicable, match=reason):
        inside(model, WordWeights)
