"""What a bench makes of a data set: poisoners write whole rows."""

import numpy as np
import pandas as pd

from amlsec.audit.settings import settings
from amlsec.audit.subject import Given, prepared
from amlsec.bench.field import _own_rows
from amlsec.space.column import May


def test_a_poisoners_columns_are_free_and_stay_bound_to_each_other():
    rng = np.random.default_rng(0)
    a, b = rng.poisson(5, (2, 400))
    frame = pd.DataFrame({"a": a, "b": b, "all": a + b, "y": np.arange(400) % 2})
    told = {"data": "frame", "target": "y", "malicious": ("1",), "columns": {"a": {"may": "up"}, "b": {"may": "not"}}}
    before = prepared(settings(told), Given(frame=frame))
    after = _own_rows(before)
    assert [column.may for column in before.space.columns] == [May.UP, May.NOT, May.BOTH]
    assert {column.may for column in after.space.columns} == {May.BOTH}
    assert after.space.relations == before.space.relations != ()
    assert (after.space.examples == before.space.examples).all()
    assert after.parts is before.parts


def test_texts_stay_as_they_are():
    words = ["agenda", "meeting", "casino", "prize"]
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(words, 4)) + f" no{k}" for k in range(400)]
    frame = pd.DataFrame({"text": texts, "y": np.arange(400) % 2})
    told = {"data": "frame", "target": "y", "text": "text", "malicious": ("1",)}
    subject = prepared(settings(told), Given(frame=frame))
    assert _own_rows(subject) is subject
