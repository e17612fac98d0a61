import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.screens.grouping import by_day, by_source, each_row, near_duplicates
from amlsec.defenses.screens.harm_tests import Harm, far_out, judge_groups, judge_rows
from amlsec.defenses.screens.roni import RONI
from amlsec.defenses.screens.stand_in import binned, stand_in
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.impact.leet08 import leet08

HAM, SPAM = [f"ham{k}" for k in range(150)], [f"spam{k}" for k in range(150)]


def blobs(n: int, seed: int, shift: float = 2.0) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 4)) + shift * y[:, None], y)


def inbox(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(texts([" ".join(rng.choice((HAM, SPAM)[c], 8)) for c in y]), y)


def dictionary(n: int) -> Batch:
    return Batch(texts([" ".join([*HAM, *SPAM[k:]]) for k in range(n)]), np.ones(n, dtype=np.int64))


def flipped(batch: Batch, n: int) -> Batch:
    return batch.relabelled(np.where(np.arange(len(batch)) < n, 1 - batch.y, batch.y))


@pytest.mark.parametrize("estimator", [None, SpamBayes(threshold=0.15)], ids=str)
def test_every_dictionary_mail_is_rejected_and_no_honest_one(estimator: Any) -> None:
    verdicts = RONI(estimator=estimator, trials=1).fit(inbox(1200, 0)).judge(dictionary(8) + inbox(60, 1))
    assert (verdicts.decision[:8] == Decision.REJECT).all()
    assert (verdicts.decision[8:] != Decision.REJECT).all()
    assert verdicts.accepted[8:].mean() >= 0.9


def test_harm_is_what_the_definition_says() -> None:
    """Train on base, train on base and row, look at the quiz: by hand."""
    roni = RONI(estimator=MultinomialNB(), trials=2).fit(Batch(np.abs(blobs(200, 0).X), blobs(200, 0).y))
    offered = Batch(np.abs(blobs(3, 1).X), blobs(3, 1).y)

    def log_odds(model: Any, rows: Batch) -> np.ndarray:
        return np.diff(model.predict_joint_log_proba(rows.X), axis=1)[:, 0] * np.where(rows.y == 1, 1, -1)

    for k, harm in enumerate(roni.judge(offered).score):
        falls = []
        for base, quiz in roni.trials_:
            more = base + offered.rows([k])
            before, after = (clone(MultinomialNB()).fit(rows.X, rows.y) for rows in (base, more))
            change = log_odds(after, quiz) - log_odds(before, quiz)
            falls.append([change[quiz.y == c].mean() for c in (0, 1)])
        assert harm == pytest.approx(-np.mean(falls, axis=0).min(), abs=1e-9)


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


def test_a_trusted_row_in_the_offered_batch_is_refused_whatever_its_label() -> None:
    trusted = blobs(100, 0)
    with pytest.raises(InvalidInput, match="also stand among the trusted"):
        RONI().fit(trusted).judge(blobs(5, 1) + trusted.rows([7]).relabelled(np.array([0])))


def test_too_few_trusted_rows_of_a_class_are_refused() -> None:
    rows = blobs(40, 0)
    with pytest.raises(InvalidInput, match="label 1"):
        RONI().fit(rows.labelled(0) + rows.labelled(1).rows([0, 0, 0, 1, 2, 3]))


def test_no_trial_is_refused() -> None:
    with pytest.raises(InvalidInput, match="trials"):
        RONI(trials=0).fit(blobs(100, 0))


def test_an_affordable_classifier_is_trained_again_and_a_dear_one_stood_in_for() -> None:
    trusted, offered = blobs(250, 0), flipped(blobs(40, 1), 8)
    few = RONI(estimator=LogisticRegression(), trials=1, max_refits=200).fit(trusted).judge(offered)
    many = RONI(estimator=LogisticRegression(), trials=1, max_refits=100).fit(trusted).judge(offered)
    own = RONI(trials=1).fit(trusted).judge(offered)
    assert "stand-in" not in few.reason[0]
    assert "stand-in, as LogisticRegression would take 140 fits" in many.reason[0]
    np.testing.assert_array_equal(many.score, own.score)
    assert few.score[:8].min() > np.median(few.score[8:])


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


def test_copies_of_one_honest_row_do_not_make_a_group_guilty() -> None:
    rng = np.random.default_rng(0)
    null = rng.normal(size=200)
    harm = np.full(30, np.quantile(null, 0.9))
    measured = Harm(harm, np.ones(30, dtype=int), null, np.ones(200, dtype=int))
    one_group, apart = np.zeros(30, dtype=int), np.arange(30)
    assert judge_groups(measured, one_group, np.zeros(30, dtype=int), np.arange(200), 0.05).accepted.all()
    assert not judge_groups(measured, one_group, apart, np.arange(200), 0.05).accepted.any()


def test_each_label_of_a_group_is_judged_for_itself() -> None:
    null = np.random.default_rng(0).normal(size=200)
    y = np.arange(40) % 2
    measured = Harm(np.where(y == 1, 2.0, 0.0), y, null, np.arange(200) % 2)
    verdicts = judge_groups(measured, np.zeros(40, dtype=int), np.arange(40), np.arange(200), 0.05)
    np.testing.assert_array_equal(verdicts.accepted, y == 0)


def test_rows_far_out_are_not_accepted_however_few_calibration_rows_there_are() -> None:
    null = np.arange(21.0)
    measured = Harm(np.array([31.0, 10.0]), np.array([1, 1]), null, np.ones(21, dtype=int))
    assert judge_rows(measured, 0.05).decision.tolist() == [Decision.QUARANTINE, Decision.ACCEPT]
    grouped = judge_groups(measured, np.array([0, 1]), np.array([0, 1]), np.arange(21), 0.05)
    assert grouped.accepted.tolist() == [False, True]


def test_nothing_is_far_out_of_a_handful() -> None:
    assert far_out(np.arange(19.0)) == np.inf


def test_without_calibration_rows_of_a_label_nothing_is_said_of_it() -> None:
    measured = Harm(np.array([99.0]), np.array([1]), np.arange(50.0), np.zeros(50, dtype=int))
    assert judge_rows(measured, 0.05).accepted.all()


def test_groups_by_source_and_day() -> None:
    time = np.array(["2026-01-01T01", "2026-01-02T01", "2026-01-01T23"], dtype="datetime64[h]")
    batch = Batch(np.eye(3), np.array([0, 1, 0]), np.array(["b", "a", "b"], dtype=object), time)
    assert by_source(batch).tolist() == [1, 0, 1]
    assert by_day(batch).tolist() == [0, 1, 0]
    assert each_row(batch).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("group", "column"), [(by_source, "source"), (by_day, "time")])
def test_a_missing_column_is_refused(group: Any, column: str) -> None:
    with pytest.raises(InvalidInput, match=column):
        group(blobs(4, 0))


def test_near_duplicates_of_texts_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" for k in range(3000)])
    mails = [list(rng.choice(words, 60, replace=False)) for _ in range(30)]
    nearly = [[*mail[:58], "other", "ending"] for mail in mails]
    group = near_duplicates(Batch(texts([" ".join(mail) for mail in mails + nearly]), np.zeros(60, dtype=int)))
    assert (group[:30] == group[30:]).all()
    assert len(np.unique(group)) == 30


def test_near_duplicates_of_table_rows_are_equal_up_to_a_tenth_of_a_deviation() -> None:
    X = np.round(np.random.default_rng(0).normal(size=(40, 6)), 3)
    group = near_duplicates(Batch(np.concatenate([X, X + 1e-9]), np.zeros(80, dtype=int)))
    assert (group[:40] == group[40:]).all()
    assert len(np.unique(group)) == 40


def test_near_duplicates_of_nothing_and_of_empty_texts() -> None:
    assert near_duplicates(Batch(texts([]), np.zeros(0, dtype=int))).tolist() == []
    assert near_duplicates(Batch(texts(["", ""]), np.zeros(2, dtype=int))).tolist() == [0, 0]


def test_a_cell_falls_in_the_decile_of_the_base_it_is_in() -> None:
    base = np.arange(100.0)[:, None]
    edges = np.quantile(base, np.arange(1, 10) / 10, axis=0)
    assert binned(base, edges).sum(axis=0).tolist() == [[10.0] * 10]
    assert binned(np.array([[-5.0], [500.0]]), edges).indices.tolist() == [0, 9]


def test_the_stand_in_learns() -> None:
    for train, test in ((blobs(400, 0), blobs(200, 1)), (inbox(400, 0), inbox(200, 1))):
        assert stand_in(train).fit(train.X, train.y).score(test.X, test.y) > 0.95


def test_the_protocol_of_2008_is_the_function_of_that_name() -> None:
    pool, offered = inbox(300, 0), dictionary(2) + inbox(4, 1)
    filter = SpamBayes(threshold=0.15)
    expected = leet08(filter, pool, offered, np.random.default_rng(0))
    np.testing.assert_array_equal(RONI(estimator=filter).fit(pool).leet08(offered), expected)
    assert expected[:2].min() > expected[2:].max()


@pytest.mark.data
@pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="AMLSEC_DATA names no folder of real data")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_enron_at_200_of_200_every_dictionary_mail_is_rejected_and_no_real_spam_of_60(seed: int) -> None:
    import pandas as pd
    import wordfreq

    mails = pd.read_parquet(Path(os.environ["AMLSEC_DATA"]) / "enron_spam" / "enron_spam.parquet")
    mails = mails.drop_duplicates(["subject", "body"]).sample(1200, random_state=seed)
    X = texts((mails.subject.fillna("") + "\n" + mails.body.fillna("")).tolist())
    everything = Batch(X, (mails.label == "spam").to_numpy().astype(int))
    trusted, spam = everything.rows(slice(0, 1000)), everything.rows(slice(1000, 1200)).labelled(1).rows(slice(0, 70))
    heads = [" ".join([head, *wordfreq.top_n_list("en", 90_000 - 1000 * k)]) for k, head in enumerate(spam.X[60:])]
    offered = Batch(texts(heads), np.ones(10, dtype=np.int64)) + spam.rows(slice(0, 60))
    roni = RONI(estimator=SpamBayes(threshold=0.15), at_most=(200, 200, 600)).fit(trusted)
    verdicts = roni.judge(offered)
    assert abs(roni.counts_["base"] - 200) <= 2
    assert (verdicts.decision[:10] == Decision.REJECT).all()
    assert not (verdicts.decision[10:] == Decision.REJECT).any()
    assert verdicts.score[:10].min() > 10 * verdicts.score[10:].max()
