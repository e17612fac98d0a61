from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.screens.grouping import by_source, each_row
from amlsec.defenses.screens.harms import consistency, margin
from amlsec.defenses.screens.roni import RONI
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, rate
from amlsec.impact.leet08 import leet08
from amlsec.statistics import by_stratum
from enron import enron, needs_enron
from mails_and_blobs import blobs, dictionary, flipped, inbox


@pytest.mark.parametrize("estimator", [None, SpamBayes(threshold=0.15)], ids=str)
def test_every_dictionary_mail_is_rejected_and_no_honest_one(estimator: Any) -> None:
    verdicts = RONI(estimator=estimator, trials=1).fit(inbox(2400, 0)).judge(dictionary(8) + inbox(60, 1))
    assert (verdicts.decision[:8] == Decision.REJECT).all()
    assert (verdicts.decision[8:] != Decision.REJECT).all()
    assert verdicts.accepted[8:].mean() >= 0.9


def test_base_quiz_and_calibration_share_no_content() -> None:
    twice = blobs(150, 0) + blobs(150, 0)
    roni = RONI().fit(twice)
    for base, quiz in roni.trials_:
        parts = [set(part.content()) for part in (base, quiz, roni.calibration_)]
        assert sum(map(len, parts)) == len(set.union(*parts))
    assert sum(roni.counts_.values()) == len(twice)


def test_no_more_rows_are_used_than_asked_for() -> None:
    roni = RONI(at_most=(40, 20, 60)).fit(blobs(400, 0))
    assert roni.counts_ == {"base": 40, "quiz": 20, "calibration": 60}


def test_honest_batches_lose_few_rows() -> None:
    trusted = RONI().fit(blobs(800, 0))
    lost = [1 - trusted.judge(blobs(200, seed)).accepted.mean() for seed in range(1, 9)]
    assert np.mean(lost) <= 0.02


def test_the_score_is_above_the_limit_where_a_row_is_not_accepted_and_nowhere_else() -> None:
    source = np.where(np.arange(80) < 30, "bad", "good").astype(object)
    offered = flipped(blobs(80, 1), 30)
    for batch, group in ((offered, each_row), (Batch(offered.X, offered.y, source), by_source)):
        verdicts = RONI(group=group).fit(blobs(800, 0)).judge(batch)
        np.testing.assert_array_equal(verdicts.score > verdicts.limit, ~verdicts.accepted)
        assert 0 < verdicts.accepted.sum() < 80


def test_a_trusted_row_in_the_offered_batch_is_refused_whatever_its_label_and_can_be_dropped() -> None:
    trusted = blobs(100, 0)
    roni, offered = RONI().fit(trusted), blobs(5, 1) + trusted.rows([7]).relabelled(np.array([0]))
    with pytest.raises(InvalidInput, match=r"1 rows, the first at 5,.*also stand among the trusted rows; `offered.drop"):
        roni.judge(offered)
    assert len(roni.judge(offered.drop(roni.also_trusted(offered)))) == 5


def test_groups_of_other_rows_are_refused() -> None:
    roni = RONI(group=lambda _: np.zeros(3), trials=1).fit(blobs(100, 0))
    with pytest.raises(InvalidInput, match=r"group is .*\(3,\).*must name the group of each of 5"):
        roni.judge(blobs(5, 1))


def test_too_few_trusted_rows_of_a_class_are_refused() -> None:
    rows = blobs(40, 0)
    with pytest.raises(InvalidInput, match="label 1"):
        RONI().fit(rows.labelled(0) + rows.labelled(1).rows([0, 0, 0, 1, 2, 3]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"trials": 0},
        {"tests": ()},
        {"protected": inbox(4, 0)},
        {"hold_back": 1.0},
        {"fdr": 1.0},
        {"at_most": (0, 9, 9)},
        {"estimator": MultinomialNB},
        {"estimator": Ridge()},
    ],
    ids=["trials", "tests", "protected", "hold_back", "fdr", "at_most", "class", "regressor"],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        RONI(**wrong).fit(blobs(100, 0))


@pytest.mark.parametrize(
    "other", [inbox(4, 0), Batch(np.zeros((2, 9)), np.array([0, 1])), inbox(0, 0)], ids=["texts", "wide", "none"]
)
def test_offered_rows_of_another_kind_are_refused(other: Batch) -> None:
    with pytest.raises(InvalidInput, match=r"offered is .*: must be rows as the trusted ones, of \d columns"):
        RONI().fit(blobs(100, 0)).judge(other)


@pytest.mark.parametrize(("trusted", "held"), [(198, False), (199, True)])
def test_a_row_is_held_back_from_as_many_calibration_rows_on_as_the_docstring_says(trusted: int, held: bool) -> None:
    """The worst row of many good ones, which the rule over the batch lets pass."""
    rows = blobs(5 * 2 * 200, 0)
    roni = RONI(trials=1, tests=(consistency, consistency), hold_back=0.01).fit(rows)
    calibration = roni.calibration_
    kept = [np.flatnonzero(calibration.y == label)[:trusted] for label in (0, 1)]
    roni.calibration_ = calibration.rows(np.concatenate(kept))
    bad = flipped(blobs(1, 1), 1) + blobs(300, 2)
    verdicts = roni.judge(bad)
    assert (verdicts.decision[0] != Decision.ACCEPT) == held


def test_error_control_over_200_clean_batches_and_trusted_sets() -> None:
    """A row is rejected in 5 % of batches of good rows at most, and 1 % of good rows are not accepted."""
    batches, refused, held_back = 0, 0, 0
    for seed in range(200):
        rows = blobs(620, seed)
        verdicts = RONI(trials=1, at_most=(80, 40, 460)).fit(rows.rows(slice(0, 580))).judge(rows.rows(slice(580, 620)))
        batches += int((verdicts.decision == Decision.REJECT).any())
        refused += int((verdicts.decision == Decision.REJECT).sum())
        held_back += int((~verdicts.accepted).sum())
    assert rate(batches, 200).low <= 0.05
    assert rate(refused, 200 * 40).low <= 0.05 / 40
    assert rate(held_back, 200 * 40).low <= 0.01


def test_what_may_be_held_back_is_and_no_more() -> None:
    rows = [blobs(1400, seed) for seed in range(40)]
    for share in (0.0, 0.02, 0.1):
        screens = [RONI(trials=1, hold_back=share).fit(one.rows(slice(0, 1200))) for one in rows]
        offered = [screen.judge(one.rows(slice(1200, 1400))) for screen, one in zip(screens, rows, strict=True)]
        held_back = rate(sum(int((~one.accepted).sum()) for one in offered), 200 * len(rows), 0.999)
        assert held_back.low <= max(share, 0.001)
        assert held_back.high >= share / 2  # Bonferroni over two tests gives away less than half


def test_an_affordable_classifier_is_trained_again_and_a_dear_one_stood_in_for() -> None:
    trusted, offered = blobs(250, 0), flipped(blobs(40, 1), 8)
    weighed = LogisticRegression(class_weight="balanced")  # by weights that every row moves, so without algebra
    few = RONI(estimator=weighed, trials=1, max_refits=200, tests=[margin]).fit(trusted).judge(offered)
    many = RONI(estimator=weighed, trials=1, max_refits=100, tests=[margin]).fit(trusted).judge(offered)
    own = RONI(trials=1, tests=[margin]).fit(trusted).judge(offered)
    assert "stand-in" not in few.reason[0]
    assert "stand-in, as LogisticRegression would take 140 fits" in many.reason[0]
    np.testing.assert_array_equal(many.score, own.score)
    assert few.score[:8].min() > np.median(few.score[8:])


def test_a_dear_pipeline_is_judged_by_its_last_step_and_the_reasons_say_so() -> None:
    trusted, offered = inbox(600, 0), dictionary(3) + inbox(40, 1)
    pipeline = make_pipeline(TfidfVectorizer(), MultinomialNB())
    verdicts = RONI(estimator=pipeline, max_refits=9, trials=1).fit(trusted).judge(offered)
    assert all(reason.endswith("with its first steps frozen, as Pipeline would take 283 fits") for reason in verdicts.reason)
    assert not verdicts.accepted[:3].any()
    assert verdicts.accepted[3:].mean() > 0.9


def test_labels_are_judged_by_the_classifier_itself_however_dear_it_is() -> None:
    trusted, offered, forest = blobs(250, 0), flipped(blobs(40, 1), 8), RandomForestClassifier(20)
    roni = RONI(estimator=forest, trials=1, max_refits=1, tests=[consistency]).fit(trusted)
    known = roni.trials_[0].base + roni.trials_[0].quiz
    sure = RandomForestClassifier(20, random_state=0).fit(known.X, known.y).predict_proba
    calibration, rows = roni.calibration_, roni.judge(offered)
    wrong, usual = (1 - np.take_along_axis(sure(part.X), part.y[:, None], axis=1)[:, 0] for part in (offered, calibration))
    p = by_stratum(usual, calibration.y, wrong, offered.y)
    np.testing.assert_allclose(np.minimum(rows.score, -np.log10(p)), -np.log10(p))
    assert rows.reason[0].endswith("impacts on a naive Bayes stand-in, as RandomForestClassifier would take 140 fits")


def test_a_classifier_without_scores_can_be_protected() -> None:
    verdicts = RONI(estimator=KNeighborsClassifier(3), trials=1, max_refits=200).fit(blobs(200, 0)).judge(blobs(6, 1))
    assert len(verdicts) == 6


def test_a_bad_source_is_found_though_no_row_of_it_stands_out() -> None:
    offered = flipped(blobs(400, 1, shift=1.0), 40)
    source = np.array(["bad"] * 40 + [f"good{k % 9}" for k in range(360)], dtype=object)
    verdicts = RONI(group=by_source).fit(blobs(500, 0, shift=1.0)).judge(Batch(offered.X, offered.y, source))
    alone = RONI().fit(blobs(500, 0, shift=1.0)).judge(offered)
    assert alone.accepted[:40].mean() > 0.5
    assert not verdicts.accepted[:40].any()
    assert verdicts.accepted[40:].mean() > 0.9


def test_the_protocol_of_2008_is_the_function_of_that_name() -> None:
    pool, offered = inbox(300, 0), dictionary(2) + inbox(4, 1)
    filter = SpamBayes(threshold=0.15)
    expected = leet08(filter, pool, offered, np.random.default_rng(0))
    np.testing.assert_array_equal(RONI(estimator=filter).fit(pool).leet08(offered), expected)
    assert expected[:2].min() > expected[2:].max()


@pytest.mark.data
@needs_enron
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_by_margin_on_enron_at_200_of_200_every_dictionary_mail_is_rejected_and_no_real_spam_of_60(seed: int) -> None:
    import wordfreq

    everything = enron(1200, seed)
    trusted, spam = everything.rows(slice(0, 1000)), everything.rows(slice(1000, 1200)).labelled(1).rows(slice(0, 70))
    heads = [" ".join([head, *wordfreq.top_n_list("en", 90_000 - 1000 * k)]) for k, head in enumerate(spam.X[60:])]
    offered = Batch(texts(heads), np.ones(10, dtype=np.int64)) + spam.rows(slice(0, 60))
    roni = RONI(estimator=SpamBayes(threshold=0.15), tests=[margin], at_most=(200, 200, 600)).fit(trusted)
    verdicts = roni.judge(offered)
    assert abs(roni.counts_["base"] - 200) <= 2
    assert (verdicts.decision[:10] == Decision.REJECT).all()
    assert not (verdicts.decision[10:] == Decision.REJECT).any()
    assert verdicts.score[:10].min() > 10 * verdicts.score[10:].max()
    usual = RONI(estimator=SpamBayes(threshold=0.15), at_most=(200, 200, 600)).fit(trusted).judge(offered)
    assert not usual.accepted[:10].any()  # two tests share what 300 calibration rows can tell: held back, not rejected
    assert not (usual.decision[10:] == Decision.REJECT).any()
