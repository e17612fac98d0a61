import sys
from dataclasses import replace

import numpy as np
import pytest

from amlsec.datasets import demo, phishing, sms
from amlsec.errors import InvalidInput

DEMOS = [sms, phishing]


@pytest.fixture(params=DEMOS, ids=["sms", "phishing"])
def module(request):
    return request.param


def test_same_seed_same_rows(module):
    one, two, other = module.load(3), module.load(3), module.load(4)
    assert (one.batch.X == two.batch.X).all()
    assert (one.batch.source == two.batch.source).all()
    assert not (one.batch.source == other.batch.source).all()


def test_every_source_is_registered_and_simulation_is_said(module):
    loaded = module.load()
    assert set(loaded.batch.source) == {source.name for source in loaded.register.sources}
    assert "simulated" in loaded.notes[0]
    assert "hostile" in loaded.notes[1]


def test_the_package_file_is_the_one_the_demo_was_written_for(module):
    assert len(module.load().notes) == 2


def test_poison_is_a_quarter_of_the_hostile_source_and_nothing_else(module):
    loaded = module.load()
    hostile = loaded.batch.source == module.HOSTILE
    early = hostile if module is phishing else hostile & (np.arange(len(hostile)) < 0.8 * len(hostile))
    assert loaded.poison.sum() == round(0.25 * early.sum())
    assert not (loaded.poison & ~early).any()
    assert not (loaded.poison & ~hostile).any()
    assert 0.04 < hostile.mean() < 0.10
    assert f"{loaded.poison.sum()} of its {hostile.sum()} rows" in loaded.notes[1]


def test_trusted_rows_are_the_analysts_and_clean(module):
    loaded = module.load()
    assert (loaded.batch.X[loaded.batch.source == "analysts"] == loaded.trusted.X).all()
    assert set(loaded.trusted.source) == {"analysts"}
    assert min(np.bincount(loaded.trusted.y)) >= 20


def test_times_say_nothing_of_the_label():
    batch = sms.load().batch
    assert (np.diff(batch.time) >= np.timedelta64(0, "s")).all()
    assert abs(np.corrcoef(np.arange(len(batch)), batch.y)[0, 1]) < 0.1


def test_all_rows_but_the_poison_are_the_package_s():
    loaded = sms.load()
    path, _ = demo.packaged(*sms._FILE, sms._DIGEST)
    original = sms._parsed(path.read_text("utf-8"))
    assert (len(original), int(original.y.sum())) == (4862, 642)
    clean = loaded.batch.rows(~loaded.poison)
    pairs = set(zip(original.X, original.y, strict=True))
    assert all(pair in pairs for pair in zip(clean.X, clean.y, strict=True))
    assert {len(text.split()) for text in loaded.batch.X[loaded.poison]} == {40}
    assert loaded.batch.y[loaded.poison].all()


def test_phishing_agrees_with_river():
    import csv
    import gzip

    path, _ = demo.packaged(*phishing._FILE, phishing._DIGEST)
    with gzip.open(path, "rt") as file:
        named = list(csv.DictReader(file))
    columns, batch = phishing._parsed(path)
    assert [float(row["long_url"]) for row in named] == list(batch.X[:, columns.index("long_url")])
    assert [int(row["is_phishing"]) for row in named] == list(batch.y)


def test_river_is_not_imported():
    before = "river" in sys.modules
    phishing.load()
    assert ("river" in sys.modules) == before


def test_missing_package_names_the_command():
    with pytest.raises(InvalidInput, match=r"pip install 'amlsec\[demo\]'"):
        demo.packaged("no_such_package", "data.csv", "")


def test_another_file_is_noted_not_refused():
    _, notes = demo.packaged(*sms._FILE, "0" * 64)
    assert len(notes) == 1
    assert "differs" in notes[0]


def test_a_broken_file_is_refused():
    with pytest.raises(InvalidInput, match="ham or spam"):
        sms._parsed("ham hello\n")


def test_sources_follow_their_shares():
    batch = replace(phishing.load().batch, source=None, time=None)
    shares = {"a": (0.9, 0.0), "b": (0.1, 1.0)}
    drawn = demo.with_sources(batch, shares, np.random.default_rng(0))
    assert set(drawn.source[drawn.y == 1]) == {"b"}
    assert 0.85 < (drawn.source[drawn.y == 0] == "a").mean() < 0.95
