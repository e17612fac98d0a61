from base64 import b64encode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.data import texts
from amlsec.defenses.learners.monotone import Monotone
from amlsec.errors import InvalidInput
from amlsec.space.mail import MailSpace
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace


def rows(n=300, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return np.column_stack([rng.normal(2.0 * y), rng.normal(-1.0 * y), rng.normal(y), rng.integers(0, 3, n)]), y


def space(*ways):
    kinds = [Kind.NUMERIC] * 3 + [Kind.CATEGORY]
    bounds = [(-9, 9)] * 3 + [(0, 2)]
    return TabularSpace(
        [Column(f"c{k}", kind, *ends, may=way) for k, (kind, ends, way) in enumerate(zip(kinds, bounds, ways, strict=True))]
    )


ONE_WAY = space(May.UP, May.DOWN, May.NOT, May.NOT)
X, Y = rows()
TREES = Monotone(space=ONE_WAY).fit(X, Y)
VOCABULARY = [f"ham{k}" for k in range(8)] + [f"spam{k}" for k in range(8)] + ["the", "and"]


def mails(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    words = [[*rng.choice(VOCABULARY[8 * label : 8 * label + 8], 4), *rng.choice(VOCABULARY, 4)] for label in y]
    return texts([" ".join(row) for row in words]), y


WORDS = Monotone().fit(*mails())


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 299), st.lists(st.floats(0, 15), min_size=2, max_size=2))
def test_no_move_that_the_space_allows_lowers_the_evidence(row, steps):
    moved = X[row] + [steps[0], -steps[1], 0.0, 0.0]
    before, after = TREES.decision_function(np.stack([X[row], moved]))
    assert after >= before


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 199), st.lists(st.sampled_from([*VOCABULARY, "unseen"]), max_size=30))
def test_no_words_added_lower_the_evidence(row, words):
    text = mails()[0][row]
    before, after = WORDS.decision_function(texts([text, " ".join([text, *words])]))
    assert after >= before


def test_it_tells_the_classes_apart():
    assert TREES.score(X, Y) > 0.85
    assert WORDS.score(*mails(seed=1)) > 0.85


def test_the_proof_holds_for_the_attackers_of_the_space_only():
    assert TREES.proves_
    assert (TREES.certified(X) == (TREES.predict(X) == 1)).all()
    both = Monotone(space=space(May.UP, May.BOTH, May.NOT, May.NOT)).fit(X, Y)
    assert not both.proves_
    assert not both.certified(X).any()
    assert Monotone().fit(X, Y).proves_, "without a space columns may only be raised"


@pytest.mark.parametrize(
    ("given", "proves"),
    [
        (TextSpace(["ham1"]), True),
        (TextSpace(["ham1"], may_remove=True), False),
        (TextSpace(["ham1"], lookalikes=True), False),
        (TextSpace(["ham1"], swaps={"spam1": ["ham1"]}), False),
    ],
)
def test_texts_are_proved_against_words_added_only(given, proves):
    model = Monotone(space=given).fit(*mails())
    assert model.proves_ == proves
    assert model.certified(mails()[0]).any() == proves


def test_bad_input_is_named():
    with pytest.raises(InvalidInput, match="space is 'of 4 columns': must have the 2 of the rows"):
        Monotone(space=ONE_WAY).fit(X[:, :2], Y)
    with pytest.raises(InvalidInput, match="C is 0"):
        Monotone(C=0).fit(X, Y)
    with pytest.raises(InvalidInput, match="must have two classes"):
        Monotone().fit(X, np.zeros(len(X), dtype=int))


def test_a_table_in_a_space_of_texts_is_refused():
    with pytest.raises(InvalidInput, match="space is 'text': must be a TabularSpace"):
        Monotone(space=TextSpace(["ham1"])).fit(X, Y)


def test_words_added_to_a_coded_mail_lower_nothing_either():
    """They write its base64 anew, so a model of the mail as it is sent could be led astray."""
    head = "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
    spam = [f"Subject: hello {k}\n{head}{b64encode(b'cheap pills casino offer now').decode()}\n" for k in range(20)]
    found = texts([*spam, *(f"Subject: meeting {k}\n\nsee you at ten\n" for k in range(20))])
    space = MailSpace(["agenda"])
    model = Monotone(space=space).fit(found, np.repeat([1, 0], 20))
    moved = texts([space.adding(mail, ["agenda", "minutes"]) for mail in found])
    assert model.proves_
    assert np.isfinite(space.cost(found, moved)).all()
    assert (model.decision_function(moved) >= model.decision_function(found)).all()
    assert model.certified(texts(spam)).all()
