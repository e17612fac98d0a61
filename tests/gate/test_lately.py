"""Beside what protected rows are tested: rows that were learned, and nothing in their place."""

import pyarrow as pa
import pytest

from amlsec.gate.in_force import InForce, judges, rows_of
from amlsec.gate.lately import learned_lately
from amlsec.gate.learned import Trusted
from gate.begun import ME, START, begun, blobs, taught


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    gate = begun(tmp_path_factory.mktemp("lately") / "home")
    yield gate
    gate.close()


def lately(gate, most):
    with gate.home.database.reading() as connection:
        force = InForce.at(connection)
    found = judges(gate.home, force.policy.body["text"], force.root.body["data"], None)
    return learned_lately(gate.home, found.like, Trusted.of(gate.home.form, rows_of(gate.home, force.root)), most)


def test_only_what_was_learned_counts_the_latest_first(gate):
    assert lately(gate, 100) is None
    first, second = blobs(20, seed=1), blobs(10, seed=2)
    taught(gate, first, "web")
    taught(gate, pa.concat_tables([second, blobs(300, seed=1000)]), "frog")  # 300 copies of trusted rows
    found = lately(gate, 15).X[:, 0].tolist()
    assert found == second["a"].to_pylist() + first["a"].to_pylist()[:5]
    assert len(lately(gate, 1000)) == 30
    gate.rollback("web", START, act=ME)
    assert len(lately(gate, 1000)) == 10
