"""What a message does to SpamBayes, by algebra, is what training again says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack
from scipy.special import gammaincc

from amlsec.data import Batch
from amlsec.defenses.learners import spambayes_ranks
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_impact import Rescored, Shifted
from amlsec.defenses.learners.spambayes_tail import ERROR, Near, Tail
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import answers, by_algebra, margins, measured
from amlsec.impact.refit import refits
from amlsec.impact.units import Units
from enron import enron, needs_enron
from exactness import FRESH, MESSAGE, agrees, check_exact, left_out, mails

FILTERS = st.builds(
    SpamBayes,
    unknown_word_prob=st.sampled_from([0.5, 0.4]),
    threshold=st.sampled_from([0.15, 0.5, 0.9]),
    max_discriminators=st.sampled_from([1, 2, 3, 5, 8, 150]),
    minimum_prob_strength=st.sampled_from([0.0, 0.1, 0.345, 0.4]),
)
CROWDING = [{}, {"max_discriminators": 12}, {"max_discriminators": 30, "minimum_prob_strength": 0.0}]
IDS = ["all clues", "12 clues", "30 clues, weak ones too"]


def drawn(n: int, seed: int, tokens: int = 120) -> Labelled:
    """Messages with a signal, some tokens rare; an empty one, one of every token, a duplicated one."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    chance = np.random.default_rng(0).beta(0.5, 3, tokens) * (1 + 0.8 * y[:, None] * (np.arange(tokens) % 3 - 1))
    X = (rng.random((n, tokens)) < chance * rng.uniform(0.2, 2, (n, 1))).astype(float)
    X[0], X[1], X[2] = 0, 1, X[3]
    return Labelled(csr_matrix(X), y)


def unheard(rows: Labelled) -> Labelled:
    """Without every fifth token."""
    X = rows.X.toarray()
    X[:, ::5] = 0
    return rows._replace(X=csr_matrix(X))


def check_evidence(estimator: Any, question: Question, units: Units) -> None:
    """Every evidence and verdict of the model by algebra, against training."""
    model = by_algebra(estimator, question)
    assert isinstance(model, Shifted)
    answer = model.after(units)
    truth = list(refits(estimator, question, units))
    np.testing.assert_allclose(answer.evidence, [one.evidence[0] for one in truth], atol=1e-10, rtol=0)
    settled = np.flatnonzero(~answer.open)
    np.testing.assert_array_equal(answer.verdicts[settled], np.array([one.verdicts[0] for one in truth])[settled])


@settings(deadline=None, max_examples=100)
@given(estimator=FILTERS, base=mails(MESSAGE, 4), offered=mails(MESSAGE | FRESH, 0), quiz=mails(MESSAGE | FRESH, 2))
def test_each_text_as_training_again(estimator: SpamBayes, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_exact(estimator, base, offered, quiz)


@settings(deadline=None, max_examples=30)
@given(estimator=FILTERS, base=mails(MESSAGE, 4), offered=mails(MESSAGE, 3), quiz=mails(MESSAGE, 2))
def test_groups_of_texts_as_training_again(estimator: SpamBayes, base: Batch, offered: Batch, quiz: Batch) -> None:
    everything = np.arange(len(offered.y))
    check_exact(estimator, base, offered, quiz, Units.of([everything, everything[:2], [], everything[2:]]))


@settings(deadline=None, max_examples=40)
@given(
    estimator=FILTERS,
    seed=st.integers(0, 1 << 20),
    n=st.integers(4, 40),
    tokens=st.integers(1, 150),
    clues=st.integers(1, 60),
)
def test_evidence_on_random_matrices(estimator: SpamBayes, seed: int, n: int, tokens: int, clues: int) -> None:
    estimator.set_params(max_discriminators=clues)
    base, offered, quiz = (drawn(size, seed + k, tokens) for k, size in enumerate((n, 12, 12)))
    check_evidence(estimator, Question(unheard(base), offered, quiz), Units.single(12))


@pytest.mark.parametrize("threshold", [0.15, 0.5, 0.9])
@pytest.mark.parametrize("crowding", CROWDING, ids=IDS)
def test_messages_as_training_again(crowding: dict[str, Any], threshold: float) -> None:
    base, offered, quiz = unheard(drawn(60, 1)), drawn(80, 2), drawn(70, 3)
    estimator = SpamBayes(threshold=threshold, **crowding)
    measured = check_exact(estimator, base, offered, quiz)
    assert not measured.trained.any()
    found = margins(estimator, base, offered, quiz)
    np.testing.assert_allclose(found, measured.margin, atol=1e-12, rtol=0)
    check_evidence(estimator, Question(base, offered, quiz), Units.single(80))


@pytest.mark.parametrize("crowding", CROWDING, ids=IDS)
def test_messages_left_out_as_training_without_them(crowding: dict[str, Any]) -> None:
    base, quiz = drawn(60, 1), drawn(70, 3)
    question = Question(base, base._replace(weight=-base.weights), quiz, removing=True)
    for units in (Units.single(60), Units.of([[0, 1, 2], [], [5, 8]])):
        agrees(measured(SpamBayes(**crowding), question, units), left_out(SpamBayes(**crowding), base, quiz, units))
    check_evidence(SpamBayes(**crowding), question, Units.single(60))


@pytest.mark.parametrize("position", range(5, 70, 13))
def test_verdicts_on_the_threshold_are_those_of_training(position: int) -> None:
    base, offered, quiz = drawn(60, 1), drawn(20, 2), drawn(70, 3)
    after = SpamBayes().fit(vstack([base.X, offered.X[[7]]]), np.append(base.y, offered.y[7]))
    for tied in (SpamBayes(threshold=float(after.score_texts(quiz.X)[position])), SpamBayes(threshold=1e-10)):
        found = list(answers(tied, base, offered, quiz))
        truth = refits(tied, Question(base, offered, quiz), Units.single(20))
        verdicts = np.concatenate([one.verdicts for one in found])
        np.testing.assert_array_equal(verdicts, np.concatenate([one.verdicts for one in truth]))
        assert not check_exact(tied, base, offered, quiz).trained.any()


@pytest.mark.parametrize("crowding", CROWDING, ids=IDS)
def test_scored_again_is_training_to_the_bit(crowding: dict[str, Any]) -> None:
    question, units = Question(unheard(drawn(60, 1)), drawn(20, 2), drawn(70, 3)), Units.of([[k, k + 1] for k in range(19)])
    found = Rescored(SpamBayes(**crowding), question).after(units)
    truth = list(refits(SpamBayes(**crowding), question, units))
    np.testing.assert_array_equal(found.evidence, [one.evidence[0] for one in truth])
    np.testing.assert_array_equal(found.verdicts, [one.verdicts[0] for one in truth])
    assert not found.open.any()


@pytest.mark.parametrize("label", [0, 1])
def test_tokens_at_the_edge_of_strength(label: int) -> None:
    """The strength is that of tokens before or after the message, to the bit."""
    base, quiz = drawn(40, 1), drawn(40, 3)
    offered = drawn(30, 2)._replace(y=np.full(30, label))
    for y in (base.y, np.append(base.y, label)):
        f = SpamBayes().fit(base.X if len(y) == 40 else csr_matrix(np.vstack([base.X.toarray(), np.ones(120)])), y)
        for strength in np.unique(np.abs(f.probabilities_ - 0.5))[5::9]:
            estimator = SpamBayes(minimum_prob_strength=float(strength), max_discriminators=20)
            check_evidence(estimator, Question(base, offered, quiz), Units.single(10))


def test_weights_are_no_algebra() -> None:
    base = drawn(40, 1)
    weighted = base._replace(weight=base.weights)
    assert by_algebra(SpamBayes(), Question(weighted, drawn(4, 2), drawn(30, 3))) is None
    assert by_algebra(SpamBayes(), Question(base, weighted, drawn(30, 3))) is None


@pytest.mark.parametrize("units", [None, Units.of([[0, 1, 2], [4]])], ids=["single", "groups"])
def test_matrices_with_stored_zeros_and_entries_twice_are_what_they_say(units: Any) -> None:
    def untidy(rows: Labelled) -> Labelled:
        X, zeros = rows.X.tocoo(), rows.X.copy().tolil()
        zeros[:, :7] = 1
        zeros = zeros.tocoo()
        data = np.concatenate([X.data, X.data, 0 * zeros.data])
        row, column = (np.concatenate([getattr(X, k), getattr(X, k), getattr(zeros, k)]) for k in ("row", "col"))
        order = np.argsort(row, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=X.shape[0]))])
        return rows._replace(X=csr_matrix((data[order], column[order], starts), shape=X.shape))

    rows = drawn(40, 1), drawn(12, 2), drawn(30, 3)
    tidy, found = (check_exact(SpamBayes(), *parts, units) for parts in (rows, [untidy(part) for part in rows]))
    np.testing.assert_array_equal(found.hurt, tidy.hurt)
    np.testing.assert_allclose(found.margin, tidy.margin, atol=1e-9, rtol=0)


def test_both_filters_say_the_same() -> None:
    question = Question(unheard(drawn(60, 1)), drawn(300, 2), drawn(70, 3))
    fast, slow = (kind(SpamBayes(max_discriminators=25), question) for kind in (Shifted, Rescored))
    for found, expected in zip(fast.tally(Units.single(300))[:3], slow.tally(Units.single(300))[:3], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-11, rtol=0)


@pytest.mark.parametrize("window", [0, 1, 4, 12])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_an_edge_is_sure_only_where_it_is_right(window: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_WINDOW", window), ("_ROUNDS", steps), ("_LEVELS", steps)):
        monkeypatch.setattr(spambayes_ranks, name, value)
    question = Question(drawn(60, 4), drawn(60, 5), drawn(50, 6))
    for clues in (3, 9, 20):
        fast, slow = (kind(SpamBayes(max_discriminators=clues), question) for kind in (Shifted, Rescored))
        evidence = slow.after(Units.single(60)).evidence
        np.testing.assert_allclose(fast.after(Units.single(60)).evidence, evidence, atol=1e-10, rtol=0)


def test_the_table_is_the_gamma_function_s() -> None:
    rng = np.random.default_rng(0)
    k = rng.integers(1, 301, 100_000)
    x = np.concatenate([rng.gamma(k[:50_000]), rng.uniform(0, 600, 50_000)])
    assert np.abs(Tail(300).at(k, x) - gammaincc(k, x)).max() < ERROR * 2


def test_series_are_right_wherever_they_are_trusted() -> None:
    rng = np.random.default_rng(0)
    k = rng.integers(0, 200, 2000)
    sums = -rng.gamma(k + 1e-9) * rng.uniform(0.5, 1.5, 2000) - 1j * rng.gamma(k + 1e-9)
    moved = rng.choice([0.01, 0.3, 2.0, 30.0], (20, 2000)) * (rng.normal(size=(20, 2000)) + 1j * rng.normal(size=(20, 2000)))
    there = np.minimum((sums + moved).real, 0) + 1j * np.minimum((sums + moved).imag, 0)
    scores, beyond = Near(k, sums).at(there - sums)
    shape = np.maximum(k, 1)
    expected = (gammaincc(shape, -there.real) - gammaincc(shape, -there.imag) + 1) / 2
    expected[:, k == 0] = 0.5
    assert np.abs(scores - expected)[~beyond].max() < ERROR * 2
    assert 0.2 < beyond.mean() < 0.7


@pytest.mark.data
@needs_enron
@pytest.mark.parametrize("clues", [20, 150])
def test_enron_mails_as_training_again(clues: int) -> None:
    mails = enron(612)
    base, quiz, offered = (mails.rows(part) for part in (slice(400), slice(400, 600), slice(600, 612)))
    estimator = SpamBayes(max_discriminators=clues, threshold=0.15)
    found = check_exact(estimator, base, offered, quiz)
    assert not found.trained.any()
    assert np.abs(found.margin).max() > 1e-3
