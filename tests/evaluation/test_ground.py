"""The parts of a ground are disjoint by content, and a ground on disk is the same ground."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evaluation.folder import saved
from amlsec.evaluation.ground import SHARES, parted
from grounds import Stump, mails, on_a_line, text_space


def _batch(values, seed, timed=False):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, values, (1500, 1)).astype(float)
    time = np.datetime64("2025-01-01") + rng.permutation(1500).astype("timedelta64[D]") if timed else None
    return Batch(X, X[:, 0].astype(int) % 2, time=time)


@given(values=st.integers(600, 5000), seed=st.integers(0, 99), timed=st.booleans())
def test_no_content_stands_in_two_parts(values, seed, timed):
    parts = parted(_batch(values, seed, timed), None, np.random.default_rng(seed))
    if not timed:
        assert parts.pop("outsiders") is parts["test"]
    contents = [set(part.content().tolist()) for part in parts.values()]
    assert sum(map(len, contents)) == len(set().union(*contents))


@pytest.mark.parametrize("timed", [False, True])
def test_no_row_is_measured_on_twice(timed):
    batch = _batch(600, 3, timed)
    parts = parted(batch + batch if not timed else batch, None, np.random.default_rng(0))
    for name in ("outsiders", "test"):
        assert len(set(parts[name].content().tolist())) == len(parts[name])
    assert len(parts["train"]) > len(set(parts["train"].content().tolist()))


def test_a_last_fifth_of_one_class_says_that_it_is_the_last_fifth():
    batch = _batch(5000, 0, timed=True)
    late = Batch(batch.X, (np.argsort(np.argsort(batch.time)) > 900).astype(int), time=batch.time)
    with pytest.raises(InvalidInput, match="rows to test is .*the last fifth by time"):
        parted(late, None, np.random.default_rng(0))


def test_the_test_rows_are_the_latest():
    batch = _batch(5000, 0, timed=True)
    parts = parted(batch, None, np.random.default_rng(0))
    first = {}
    for row, when in sorted(zip(batch.content().tolist(), batch.time, strict=True), key=lambda pair: pair[1]):
        first.setdefault(row, when)
    seen = max(first[row] for row in parts["train"].content().tolist())
    assert seen < min(first[row] for row in parts["test"].content().tolist())
    assert 0.15 < len(set(parts["test"].content().tolist())) / len(first) < 0.25


def test_given_trusted_rows_are_trusted_and_taken_out_of_the_rest():
    batch = _batch(5000, 1)
    trusted = batch.rows(np.arange(200))
    parts = parted(batch, trusted, np.random.default_rng(0))
    assert parts["trusted"] is trusted
    rest = np.concatenate([parts[name].content() for name in ("train", "shadow", "outsiders")])
    assert not set(rest.tolist()) & set(trusted.content().tolist())


def test_too_few_rows():
    batch = Batch(np.arange(50.0)[:, None], np.arange(50) % 2)
    with pytest.raises(InvalidInput, match="rows to trusted is .* need at least 10"):
        parted(batch, None, np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["text", "tabular"])
def test_a_ground_on_disk_is_the_same_ground(tmp_path, kind):
    if kind == "text":
        parts = parted(mails(), None, np.random.default_rng(0))
        space, offers = text_space(), {"estimator": Stump()}
    else:
        made = on_a_line(Stump())
        parts = {name: getattr(made, name) for name in (*SHARES, "test")}
        space, offers = made.space, made.offers
    folder = saved(parts, tmp_path, space, offers, (0,))
    ground = folder.open()
    assert ground.sensitive == (0,)
    for name, part in parts.items():
        again = getattr(ground, name)
        np.testing.assert_array_equal(again.X, part.X)
        np.testing.assert_array_equal(again.y, part.y)
        assert again.source is None or again.source.tolist() == part.source.tolist()
    assert folder.open() is ground
    assert not list(tmp_path.glob("**/*.pkl"))


def test_times_survive_the_disk(tmp_path):
    parts = parted(_batch(5000, 0, timed=True), None, np.random.default_rng(0))
    ground = saved(parts, tmp_path, on_a_line(Stump()).space, {}).open()
    np.testing.assert_array_equal(ground.train.time, parts["train"].time)


def test_a_clean_model_is_trained_once():
    trainings = []

    class Counting(Stump):
        def fit(self, X, y):
            trainings.append(len(X))
            return super().fit(X, y)

    ground = on_a_line(Counting())
    assert ground.clean_model(None) is ground.clean_model(None)
    assert trainings == [120]


def test_texts_keep_their_type(tmp_path):
    parts = parted(mails(), None, np.random.default_rng(0))
    ground = saved(parts, tmp_path, text_space(), {}).open()
    assert ground.train.is_text
    assert isinstance(ground.train.X[0], str)
    assert texts(["a"]).dtype == ground.train.X.dtype


def test_members_are_distinct_training_rows_but_for_the_canaries(tmp_path):
    parts = parted(_batch(600, 0), None, np.random.default_rng(0))
    alone = np.unique(parts["train"].X)
    parts["train"] += Batch(np.full((3, 1), 1e6), np.ones(3, dtype=np.int64))
    ground = saved(parts, tmp_path, None, {}, planted=3).open()
    np.testing.assert_array_equal(np.sort(ground.members.X[:, 0]), alone)
    assert len(ground.train) == len(parts["train"])
