"""A gate's form: what may not be in it."""

import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.form import Form
from amlsec.tables.load import Columns, load

TABLE = pa.table({"a": [1.0, 2.0], "b": [3.0, 4.0], "label": ["spam", "ham"], "sent": [1, 2]})


@pytest.mark.parametrize("taken", ["a", "label", "sent"])
def test_no_column_has_the_name_of_the_hash(taken):
    names = ["content" if name == taken else name for name in TABLE.column_names]
    columns = Columns("content" if taken == "label" else "label", time="content" if taken == "sent" else "sent")
    with pytest.raises(InvalidInput, match="column is 'content'.*another name"):
        Form.of(load(TABLE.rename_columns(names), columns), columns)
