"""What is read from a folder is what was written into it, and no pickle is among it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.mapped import Texts, columns, read, write
from amlsec.impact.units import Units

TEXT = st.text(st.characters(), max_size=8)


def question(make):
    return Question(
        Labelled(make(3), np.array([0, 1, 1])),
        Labelled(make(2), np.array([1, 0]), np.array([1.0, 2.5])),
        Labelled(make(1), np.array([0])),
    )


def back(folder, asked, units):
    write(folder, columns(asked, units))
    return read(folder)


@pytest.mark.parametrize(
    "rows",
    [lambda n: np.ones((n, 2)) * n, lambda n: np.full((n, 20000), 0.5), lambda n: np.arange(n).astype(np.int8)[:, None]],
)
def test_tables_come_back(tmp_path, rows):
    asked, units = question(rows), Units.of([[0], [], [0, 1]])
    found, parts = back(tmp_path / "q", asked, units)
    for one, other in ((found.base, asked.base), (found.offered, asked.offered), (found.quiz, asked.quiz)):
        np.testing.assert_array_equal(one.X, other.X)
        np.testing.assert_array_equal(one.y, other.y)
        assert one.X.dtype == other.X.dtype
    assert found.base.weight is None
    np.testing.assert_array_equal(found.offered.weight, [1.0, 2.5])
    assert [unit.tolist() for unit in parts] == [[0], [], [0, 1]]


def test_large_tables_are_mapped(tmp_path):
    found, _ = back(tmp_path / "q", question(lambda n: np.full((n, 20000), 0.5)), Units.single(2))
    assert isinstance(found.base.X.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found.base.X[0, 0] = 1.0


@pytest.mark.parametrize("density", [0.0, 0.5])
def test_sparse_rows_come_back(tmp_path, density):
    rng = np.random.default_rng(0)
    asked = question(lambda n: csr_matrix((rng.random((n, 6)) < density).astype(float)))
    found, _ = back(tmp_path / "q", asked, Units.single(2))
    assert found.base.X.shape == (3, 6)
    np.testing.assert_array_equal(found.base.X.toarray(), asked.base.X.toarray())


@settings(max_examples=50)
@given(st.lists(TEXT, min_size=1, max_size=6), st.data())
def test_texts_come_back_whatever_they_hold(values, data):
    """Lone surrogates and null characters too."""
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in encoded])])
    stored = Texts(np.frombuffer(b"".join(encoded), dtype=np.uint8), starts)
    which = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=4))
    assert stored[:].tolist() == values
    assert stored[np.array(which, dtype=int)].tolist() == [values[k] for k in which]


def test_texts_of_a_question_come_back(tmp_path):
    found, _ = back(tmp_path / "q", question(lambda n: texts(["", "b\ud800", "\0c"][:n])), Units.single(2))
    assert found.base.X.tolist() == ["", "b\ud800", "\0c"]
    assert found.offered.X[np.array([1])].tolist() == ["b\ud800"]


def test_the_base_is_written_once_where_units_are_left_out_of_it(tmp_path):
    base = Labelled(np.eye(3), np.array([0, 1, 1]), np.array([1.0, 2.0, 3.0]))
    found, _ = back(
        tmp_path / "q", Question(base, base._replace(weight=-base.weights), base, removing=True), Units.single(3)
    )
    assert found.removing
    assert not list((tmp_path / "q").glob("offered*"))
    np.testing.assert_array_equal(found.base.weight, base.weight)


@pytest.mark.parametrize("X", [np.array([{}, {}, {}], dtype=object), np.array([["a"], ["b"], ["c"]], dtype=object)])
def test_objects_are_refused(X):
    with pytest.raises(InvalidInput, match=r"base\.X is .*: must hold numbers, or be texts"):
        columns(question(lambda n: X[:n]), Units.single(2))


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write(tmp_path / "q", {"a": np.ones(2), "b": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_written_by_another_run_is_kept(tmp_path):
    write(tmp_path / "q", {"a": np.zeros(2)})
    write(tmp_path / "q", {"a": np.zeros(2)})
    assert [path.name for path in tmp_path.iterdir()] == ["q"]


def test_a_folder_that_a_worker_cannot_see(tmp_path):
    with pytest.raises(InvalidInput, match="is not there for a worker"):
        read(tmp_path / "elsewhere")
