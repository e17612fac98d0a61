import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import chi2
from sklearn.base import clone
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

from amlsec.data import texts
from amlsec.defenses.learners.spambayes import HAM, SPAM, UNSURE, SpamBayes
from amlsec.defenses.learners.spambayes_scoring import message_scores
from amlsec.defenses.learners.spambayes_tokens import presence, words
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from enron import enron, needs_enron

WORDS = [f"word{letter}" for letter in "abcdefghij"]
MESSAGE = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
INBOX = st.lists(st.tuples(MESSAGE, st.integers(0, 1)), min_size=1, max_size=12)


def naive_score(inbox: list[tuple[str, int]], message: str, clues: int = 150, least: float = 0.1) -> float:
    """The specification, read line by line."""
    nspam = sum(label for _, label in inbox)
    nham = len(inbox) - nspam
    found = []
    for word in set(message.split()):
        s = sum(label for text, label in inbox if word in text.split())
        h = sum(1 - label for text, label in inbox if word in text.split())
        spamratio, hamratio = s / max(nspam, 1), h / max(nham, 1)
        p = spamratio / (spamratio + hamratio) if s + h else 0.5
        f = (0.45 * 0.5 + (s + h) * p) / (0.45 + s + h)
        if abs(f - 0.5) >= least:
            found.append((round(abs(f - 0.5), 12), f))
    chosen = [f for _, f in sorted(found)[-clues:]]
    if not chosen:
        return 0.5
    S = 1 - chi2.sf(-2 * sum(math.log(1 - f) for f in chosen), 2 * len(chosen))
    H = 1 - chi2.sf(-2 * sum(math.log(f) for f in chosen), 2 * len(chosen))
    return (S - H + 1) / 2


def fitted(inbox: list[tuple[str, int]], **settings: object) -> SpamBayes:
    return SpamBayes(**settings).fit(texts([text for text, _ in inbox]), np.array([label for _, label in inbox]))


@settings(deadline=None)
@given(inbox=INBOX, message=MESSAGE, clues=st.sampled_from([2, 3, 150]))
def test_the_score_is_the_specification_s(inbox: list[tuple[str, int]], message: str, clues: int) -> None:
    score = fitted(inbox, max_discriminators=clues).score_texts(texts([message]))[0]
    assert score == pytest.approx(naive_score(inbox, message, clues), abs=1e-12)


@settings(deadline=None)
@given(inbox=INBOX, more=INBOX, message=MESSAGE)
def test_learning_in_two_steps_is_learning_at_once(
    inbox: list[tuple[str, int]], more: list[tuple[str, int]], message: str
) -> None:
    stepwise = fitted(inbox).partial_fit(texts([text for text, _ in more]), np.array([label for _, label in more]))
    assert stepwise.score_texts(texts([message])) == fitted(inbox + more).score_texts(texts([message]))


@settings(deadline=None)
@given(inbox=INBOX, messages=st.lists(MESSAGE, min_size=1, max_size=5))
def test_a_presence_matrix_serves_as_well_as_texts(inbox: list[tuple[str, int]], messages: list[str]) -> None:
    matrix, vocabulary = presence([text for text, _ in inbox])
    on_matrix = SpamBayes().fit(matrix, np.array([label for _, label in inbox]))
    held = presence(messages, words, vocabulary)[0]
    by_text = fitted(inbox).predict_proba(texts(messages))
    np.testing.assert_allclose(on_matrix.predict_proba(held), by_text, rtol=1e-12)  # NumPy 1 sums in another order


def test_counts_above_one_count_once() -> None:
    y = np.array([1, 0])
    once, often = csr_matrix([[1.0, 0.0], [0.0, 1.0]]), csr_matrix([[7.0, 0.0], [0.0, 3.0]])
    np.testing.assert_array_equal(SpamBayes().fit(often, y).score_texts(often), SpamBayes().fit(once, y).score_texts(once))


def test_a_token_that_stands_twice_counts_once_and_a_stored_zero_not_at_all() -> None:
    y, plain = np.array([1, 0]), csr_matrix([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    entries = csr_matrix(([1.0, 1.0, 1.0, 1.0, 0.0], [0, 0, 2, 1, 2], [0, 3, 5]), shape=(2, 3))
    held = SpamBayes().fit(entries, y).score_texts(entries)
    np.testing.assert_array_equal(held, SpamBayes().fit(plain, y).score_texts(plain))
    np.testing.assert_array_equal(SpamBayes().fit(plain.astype(bool), y).score_texts(plain.astype(bool)), held)


def test_only_the_150_most_telling_tokens_decide_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    f = rng.uniform(0.001, 0.999, 400)
    top = np.argsort(-np.abs(f - 0.5))[:150]
    expected = message_scores(csr_matrix(np.ones((1, 150))), f[top])[0]
    for order in (np.arange(400), rng.permutation(400)):
        assert message_scores(csr_matrix(np.ones((1, 400))), f[order])[0] == pytest.approx(expected, abs=1e-12)


def test_crowded_messages_of_any_length_are_scored_in_one_call_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    f = rng.uniform(0.001, 0.999, 3000)
    matrix = csr_matrix((rng.random((40, 3000)) < rng.uniform(0, 1, (40, 1))).astype(float))
    one_by_one = [message_scores(matrix[k], f)[0] for k in range(40)]
    np.testing.assert_array_equal(message_scores(matrix, f), one_by_one)


def test_of_equally_telling_tokens_the_spammier_wins() -> None:
    f = np.array([0.2, 0.8])
    assert message_scores(csr_matrix([[1.0, 1.0]]), f, clues=1) == message_scores(csr_matrix([[0.0, 1.0]]), f)


def test_verdicts_follow_the_cutoffs_and_predictions_the_threshold() -> None:
    inbox = [("cheap pills offer", 1)] * 6 + [("agenda monday lunch", 0)] * 6
    messages = texts(["cheap pills offer", "agenda monday lunch", "cheap pills agenda monday", "unheard"])
    filter = fitted(inbox)
    assert filter.verdicts(messages).tolist() == [SPAM, HAM, UNSURE, UNSURE]
    assert filter.predict(messages).tolist() == [1, 0, 0, 0]
    assert filter.set_params(threshold=filter.ham_cutoff).predict(messages).tolist() == [1, 0, 1, 1]


def test_a_message_without_clues_scores_a_half() -> None:
    assert fitted([("cheap pills", 1)]).score_texts(texts(["", "never seen"])).tolist() == [0.5, 0.5]


def test_tokens_never_seen_count_where_their_prior_is_strong() -> None:
    filter = fitted([("cheap pills", 1), ("monday lunch", 0)], unknown_word_prob=0.8)
    assert filter.score_texts(texts(["unheard of"]))[0] > filter.score_texts(texts([""]))[0] == 0.5


def test_training_on_one_class_works() -> None:
    assert fitted([("cheap pills", 1)]).score_texts(texts(["cheap"]))[0] > 0.5


def test_tokens_are_short_words_and_traces_of_long_ones() -> None:
    assert words("Hi FREE$$ of-the-art electroencephalography") == ["free$$", "of-the-art", "skip:e 20"]


@pytest.mark.parametrize("y", [[0, 2], [1], [[0], [1]]])
def test_labels_that_do_not_fit_are_refused(y: list[object]) -> None:
    with pytest.raises(InvalidInput, match="y is"):
        SpamBayes().fit(texts(["one", "two"]), np.array(y))


def test_a_filter_of_columns_refuses_texts() -> None:
    with pytest.raises(InvalidInput, match="knows no words"):
        SpamBayes().fit(csr_matrix(np.eye(2)), np.array([0, 1])).predict(texts(["one"]))


def test_it_is_a_scikit_learn_classifier() -> None:
    for check in (
        check_get_params_invariance,
        check_set_params,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
    ):
        check("SpamBayes", SpamBayes())
    assert clone(SpamBayes(threshold=0.15)).threshold == 0.15


def test_the_games_see_its_score() -> None:
    filter = fitted([("cheap pills", 1), ("monday lunch", 0)])
    messages = texts(["cheap", "lunch"])
    np.testing.assert_array_equal(Classifier(filter).scores(messages), filter.score_texts(messages))


@pytest.mark.data
@needs_enron
def test_on_enron_few_ham_are_stopped_and_few_spam_get_through() -> None:
    mails = enron(3000)
    X, y = mails.X, mails.y
    said = SpamBayes().fit(X[:2000], y[:2000]).verdicts(X[2000:])
    assert (said[y[2000:] == 0] != HAM).mean() <= 0.08
    assert (said[y[2000:] == 1] == HAM).mean() <= 0.02
