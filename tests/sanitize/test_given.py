import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.sanitize import given
from amlsec.sanitize.given import batches, taken
from told import TRUSTED, dated, rows

X, Y = rows(12)
NAMES = ["a", "b", "c"]
FRAMES = {
    "pandas": pd.DataFrame(X, columns=NAMES, index=np.arange(100, 112)),
    "polars": pl.DataFrame(X, schema=NAMES),
    "arrow": pa.table(dict(zip(NAMES, X.T, strict=True))),
}
MAILS = ["win cash now", "see you at noon", "a longer one of these"]


@pytest.mark.parametrize("form", [X, X.tolist(), X.astype(object), *FRAMES.values()], ids=lambda form: type(form).__name__)
def test_tables_of_every_kind_are_the_same_rows(form):
    assert (given.rows(form) == X).all()


def test_columns_of_integers_and_booleans_are_numbers():
    frame = pd.DataFrame({"n": [1, 2], "flag": [True, False]})
    assert given.rows(frame).tolist() == [[1.0, 1.0], [2.0, 0.0]]


@pytest.mark.parametrize(
    "form", [MAILS, tuple(MAILS), texts(MAILS), np.array(MAILS), pd.Series(MAILS), pl.Series(MAILS)], ids=str
)
def test_texts_of_every_kind_are_the_same_rows(form):
    found = given.rows(form)
    assert found.dtype == object
    assert found.tolist() == MAILS


@pytest.mark.parametrize("name", FRAMES)
def test_frames_stay_frames(name):
    kept = np.array([0, 3, 5])
    found = taken(FRAMES[name], kept)
    assert type(found) is type(FRAMES[name])
    assert (np.asarray(found) == X[kept]).all()


def test_a_pandas_index_goes_with_its_rows():
    assert taken(FRAMES["pandas"], np.array([1, 4])).index.tolist() == [101, 104]
    assert taken(pd.Series([5, 6], index=["x", "y"]), np.array([1])).to_dict() == {"y": 6}


def test_matrices_lists_and_nothing_are_taken_from():
    assert taken(csr_matrix(X), np.array([2])).toarray().tolist() == X[[2]].tolist()
    assert taken(MAILS, np.array([2, 0])) == [MAILS[2], MAILS[0]]
    assert taken(X, np.array([], dtype=int)).shape == (0, 3)
    assert len(taken(FRAMES["polars"], np.array([], dtype=int))) == 0


@pytest.mark.parametrize(
    ("form", "match"),
    [
        (csr_matrix(X), "sparse matrix.*into its estimator"),
        (pd.DataFrame({"a": [1.0], "word": ["x"]}), "column 'word' of X is .*must be numbers"),
        (pl.DataFrame({"when": np.zeros(2, dtype="datetime64[us]")}), "column 'when' of X"),
        (np.arange(3.0), "Reshape your data"),
        ([], "holds nothing"),
        (["a", None], "must be texts"),
        (np.zeros((2, 2, 2)), "dim 3"),
        ([["a", "b"]], "could not convert"),
        (np.array([[1 + 2j]]), "Complex"),
        (np.array([[np.nan]]), "NaN"),
        (np.zeros((0, 3)), "0 sample"),
    ],
)
def test_other_rows_are_refused(form, match):
    with pytest.raises(InvalidInput, match=match):
        given.rows(form)


def test_source_and_time_are_read_from_columns_of_every_kind():
    table, y, source, time = dated(8)
    for sources in (source, source.tolist(), pd.Series(source, index=np.arange(8) + 3), pl.Series(source.tolist())):
        for times in (time, time.tolist(), pd.Series(time), pl.Series(time), time.astype(str)):
            offered, _ = batches(table, y, source=sources, time=times)
            assert offered.source.tolist() == source.tolist()
            assert (offered.time == time).all()


def test_a_missing_source_is_not_noted():
    offered, _ = batches(X[:4], Y[:4], source=pd.Series(["a", None, np.nan, ""], dtype=object))
    assert offered.source.tolist() == ["a", *["(not noted)"] * 3]


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"source": ["a"]}, "source is 'of length 1': must have one value for each of 12 rows"),
        ({"time": np.zeros(13, dtype="datetime64[s]")}, "time is 'of length 13'"),
        ({"source": "desk"}, "source is 'of length 4'"),
        ({"source": 3}, "source is 'int'"),
        ({"source": np.zeros((12, 2))}, "source is"),
        ({"time": ["soon"] * 12}, "does not hold times"),
        ({"time": [None] * 12}, "12 rows have no time"),
    ],
)
def test_source_and_time_must_be_one_a_row(columns, match):
    with pytest.raises(InvalidInput, match=match):
        batches(X, Y, **columns)


def test_trusted_rows_speak_the_labels_of_the_others():
    offered, trusted = batches(X, np.where(Y, "spam", "ham"), trusted=(X[:3], ["ham", "spam", "ham"]))
    assert offered.y.tolist() == Y.tolist()
    assert trusted.y.tolist() == [0, 1, 0]
    assert batches(X, Y, trusted=TRUSTED)[1] is TRUSTED
    assert batches(X, Y)[1] is None


@pytest.mark.parametrize(
    ("trusted", "match"),
    [
        ((X[:, :2], Y), "trusted is 'a table of 2 columns': must be a table of 3 columns"),
        (Batch(texts(MAILS), np.array([0, 1, 0])), "trusted is 'texts': must be a table"),
        ((X, ["ham", "spam"] * 6), "y is"),
        ((X, Y[:5]), "y is 'of length 5'"),
        (X, "must be a Batch, or a pair"),
        ((FRAMES["pandas"][["b", "a", "c"]], Y), "must have the columns of X, in their order: \\['a', 'b', 'c'\\]"),
    ],
)
def test_trusted_rows_of_another_kind_are_refused(trusted, match):
    with pytest.raises(InvalidInput, match=match):
        batches(FRAMES["pandas"], Y, trusted=trusted)
