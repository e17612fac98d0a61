"""Register and rows on disk; nothing that is there is overwritten."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv

from amlsec.canaries.files import save
from amlsec.canaries.plant import plant
from amlsec.canaries.register import read
from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns

MAILS = pa.table({"text": ["win cash", "see you"] * 9, "label": ["spam", "ham"] * 9})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    csv.write_csv(MAILS, tmp_path / "mails.csv")
    return tmp_path / "mails.csv"


def test_both_are_read_back(data):
    rows, register = plant(data, Columns("label"), seed=0)
    path, beside = save(rows, register, data.parent / "a" / "b", data)
    assert read(path) == register
    assert csv.read_csv(beside).equals(rows)
    assert csv.read_csv(data).equals(MAILS)


@pytest.mark.parametrize("there", ["amlsec-canaries.toml", "canaries.csv"])
def test_nothing_is_overwritten_and_nothing_half_written_is_left(data, there):
    rows, register = plant(data, Columns("label"), seed=0)
    folder = data.parent / "out"
    folder.mkdir()
    (folder / there).write_text("mine")
    with pytest.raises(InvalidInput, match=f"{there}.*is there already"):
        save(rows, register, folder, data)
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(there, "mine")]


def test_a_folder_that_cannot_be_made_is_named(data):
    rows, register = plant(data, Columns("label"), seed=0)
    with pytest.raises(InvalidInput, match="cannot hold the canaries"):
        save(rows, register, data / "out", data)
