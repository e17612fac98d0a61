"""The columns that nobody is to learn, from their names to the ground that games are played on."""

import numpy as np
import pytest

from amlsec.audit.sensitive import positions
from amlsec.audit.settings import settings
from amlsec.audit.subject import Given, prepared
from amlsec.errors import InvalidInput


def frame(rows=400):
    import pandas

    rng = np.random.default_rng(0)
    table = {"age": rng.normal(size=rows), "sex": rng.choice(["f", "m"], rows), "bad": np.arange(rows) % 2}
    return pandas.DataFrame(table)


def told(**options):
    return settings({"data": "(a table in memory)", "target": "bad", "malicious": ("1",), **options})


@pytest.mark.parametrize(("wanted", "where"), [((), ()), (("sex",), (1,)), (("sex", "age", "sex"), (0, 1))])
def test_sensitive_columns_are_found_by_name(wanted, where) -> None:
    assert prepared(told(sensitive=wanted), Given(frame())).sensitive == where


@pytest.mark.parametrize("wanted", ["shoe size", "bad", ""])
def test_a_column_that_is_no_feature_is_refused(wanted) -> None:
    with pytest.raises(InvalidInput, match=r"sensitive is \['.*'\]: must be feature columns, of age, sex"):
        prepared(told(sensitive=(wanted,)), Given(frame()))


def test_texts_have_no_columns_to_hide() -> None:
    assert positions((), ("text",), text=True) == ()
    with pytest.raises(InvalidInput, match="texts have no columns to hide"):
        positions(("text",), ("text",), text=True)
