"""More rows of a loaded table mean what its own rows mean."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Labels, load
from amlsec.tables.more import UNSEEN, more_rows

TRUSTED = pa.table(
    {
        "port": ["http", "ssh", "http", "dns"],
        "size": [1.0, 2.0, 3.0, 4.0],
        "label": ["ok", "ok", "attack", "scan"],
        "from": ["a", "b", None, "c"],
        "at": [1, 2, 3, 4],
    }
)
COLUMNS = Columns("label", source="from", time="at")
LIKE = load(TRUSTED, COLUMNS, Labels(malicious=("attack", "scan")))


def test_the_same_rows_give_the_same_batch():
    again = more_rows(TRUSTED, COLUMNS, LIKE)
    np.testing.assert_array_equal(again.X, LIKE.batch.X)
    np.testing.assert_array_equal(again.y, LIKE.batch.y)
    assert again.source.tolist() == LIKE.batch.source.tolist()
    assert again.time.tolist() == LIKE.batch.time.tolist()


@pytest.mark.parametrize("row", range(4))
def test_a_row_alone_means_what_it_meant_among_others(row):
    """Codes and labels are not found anew, though one row holds one category and one class."""
    alone = more_rows(TRUSTED.slice(row, 1), COLUMNS, LIKE)
    np.testing.assert_array_equal(alone.X, LIKE.batch.X[[row]])
    np.testing.assert_array_equal(alone.y, LIKE.batch.y[[row]])


def test_columns_are_found_by_name_and_others_are_left_out():
    shuffled = TRUSTED.select(["at", "from", "size", "label", "port"]).append_column("more", [list("wxyz")])
    np.testing.assert_array_equal(more_rows(shuffled, COLUMNS, LIKE).X, LIKE.batch.X)


def test_a_new_category_is_like_no_other():
    new = TRUSTED.set_column(0, "port", [["http", "ftp", "", "dns"]])
    assert more_rows(new, COLUMNS, LIKE).X[:, 0].tolist() == [1.0, UNSEEN, UNSEEN, 0.0]


def test_texts():
    mails = pa.table({"words": ["win cash now", "see you at noon"], "label": ["spam", "ham"]})
    batch = more_rows(mails.slice(1), Columns("label"), load(mails, Columns("label")))
    assert (batch.X.tolist(), batch.y.tolist()) == (["see you at noon"], [0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(["size"]), "data is 'size': a feature of the trusted table"),
        (lambda t: t.drop(["from"]), "source is 'from': no such column"),
        (lambda t: t.set_column(2, "label", [["ok", "odd", "ok", "ok"]]), "target is 'odd': a label in column 'label' that"),
        (lambda t: t.set_column(1, "size", [[1.0, None, 2.0, 3.0]]), "column size is nan"),
        (lambda t: t.set_column(1, "size", [["a", "b", "c", "d"]]), "column size is 'string'"),
    ],
)
def test_what_cannot_be_told_is_refused(change, message):
    with pytest.raises(InvalidInput, match=message):
        more_rows(change(TRUSTED), COLUMNS, LIKE)
