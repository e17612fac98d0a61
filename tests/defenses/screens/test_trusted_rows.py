import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.defenses.screens.trusted_rows import check_columns, check_trusted
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs, inbox


def test_copies_of_a_row_do_not_make_five():
    rows = blobs(10, 0)
    check_trusted(rows)
    with pytest.raises(InvalidInput, match="trusted is .*4 distinct rows of label 1"):
        check_trusted(rows.rows([0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1]))


def test_rows_must_look_as_the_trusted_ones():
    check_columns("offered", blobs(4, 1), blobs(4, 0))
    with pytest.raises(InvalidInput, match="offered is .*of 1 columns.*the trusted ones, of 4 columns"):
        check_columns("offered", Batch(np.zeros((1, 1)), np.array([0])), blobs(4, 0))
    with pytest.raises(InvalidInput, match="protected is .*texts"):
        check_columns("protected", inbox(4, 0), blobs(4, 0))
