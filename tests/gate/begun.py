"""Small gates to test with: a table of two columns, a policy that judges in milliseconds."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from amlsec.evidence import Decision
from amlsec.gate.act import Act
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels

COLUMNS, LABELS = Columns("label"), Labels(("bad",), ("ok",))
QUICK = 'rule = "sphere"\n[screens.sphere]\n[caps]\nshare = 1\ngrowth = 1\n[rates]\nperiod = 1\n'
START = datetime(2026, 1, 1, tzinfo=UTC)
ME = Act("local:me", why="a test", when=START)


def on(day, who="local:me", why="a test"):
    """Somebody's act so many days after the start."""
    return Act(who, why, START + timedelta(days=day))


def blobs(n, seed=0):
    """Rows of two classes a distance apart, as a table; all rows differ."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 2)) + 3.0 * y[:, None]
    return pa.table({"a": X[:, 0], "b": X[:, 1], "label": np.where(y, "bad", "ok").tolist()})


def flipped(table):
    """The same rows under the other labels."""
    labels = ["ok" if label == "bad" else "bad" for label in table["label"].to_pylist()]
    return table.set_column(table.column_names.index("label"), "label", pa.array(labels))


def begun(folder, urls=None, policy=QUICK, trusted=None, **settings):
    """A new gate in a folder; its database and store are a folder's own unless URLs are given."""
    if urls is not None:
        settings |= {"database": urls.database, "objects": {"url": urls.store, "options": urls.options}}
    rows = blobs(400, seed=1000) if trusted is None else trusted
    return Gate.init(folder, rows, COLUMNS, LABELS, act=ME, policy=policy, settings=settings)


def settled(gate):
    """Judge all that waits; how many submissions that were."""
    done = 0
    while gate.work("tester", when=START) is not None:
        done += 1
    return done


def taught(gate, rows, source, day=0, **more):
    """The number of a submission that a person accepted, whatever its verdict was."""
    number = gate.submit(rows, source, act=on(day), **more).submission
    settled(gate)
    gate.review(number, Decision.ACCEPT, act=on(day))
    return number
