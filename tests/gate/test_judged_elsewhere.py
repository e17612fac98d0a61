"""A large submission gets the same verdict wherever its pieces are judged."""

import shutil
from dataclasses import replace

import pytest

from amlsec.gate import standings
from amlsec.gate.case import WORK, case
from amlsec.gate.config import Engine
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.looking import found
from dask_cluster import cluster
from gate.begun import ME, QUICK, START, begun, blobs, flipped

pytest.importorskip("distributed", reason="the dask extra is not installed")


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """One in which a submission of three pieces waits."""
    policy = QUICK.replace("[screens.sphere]", "[screens.sphere]\nhold_back = 0.01")
    gate = begun(tmp_path_factory.mktemp("elsewhere") / "home", policy=policy, limits={"chunk_rows": 20})
    gate.submit(flipped(blobs(60)), "web", act=ME)
    yield gate
    gate.close()


def judged(gate, **engine):
    """What the screens say of it with these settings, and the sentence."""
    home = replace(gate.home, config=gate.home.config.model_copy(update={"engine": Engine(**engine)}))
    shutil.rmtree(home.folder / WORK, ignore_errors=True)
    with home.database.reading() as connection:
        about, stood = found(connection, gate.submissions()[0].id), standings.of(connection, "web")
    opened = case(home, about)
    said = opened.heard()
    assert len(list((home.folder / WORK).rglob("heard/*.json"))) == 3
    passed = sentence(said, stood, opened.judges.panel.policy, source="web", key=opened.key, day=START.date())
    return [piece.as_json() for piece in said.pieces], passed.decision.tolist(), passed.why.tolist(), passed.standing


@pytest.fixture(scope="module")
def here(gate):
    return judged(gate)


def test_by_two_processes(gate, here):
    assert judged(gate, jobs=2) == here
    assert len(set(here[1])) > 1


def test_by_workers_of_a_cluster(gate, here, tmp_path):
    with cluster(tmp_path, workers=1) as running:
        assert judged(gate, cluster=running.address) == here
