"""Canaries are ordinary in each column, new in their combination, and planted by a fair coin."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import binomtest, chisquare

from amlsec.canaries.plant import STEPS, Wanted, plant
from amlsec.canaries.rows import as_batch, copies
from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Labels, load
from grounds import mails

MAILS = pa.table({"text": mails(60).X.tolist(), "label": np.where(mails(60).y == 1, "spam", "ham")})


def forms(n=300):
    """Columns of every kind, some of them no features."""
    rng = np.random.default_rng(0)
    return pa.table(
        {
            "when": pa.array(np.datetime64("2026-01-01") + np.arange(n), pa.timestamp("s")),
            "from": rng.choice(["web", "desk"], n),
            "id": [f"person {i} of many" for i in range(n)],
            "age": pa.array(rng.integers(18, 90, n), pa.int16()),
            "pay": pa.array(rng.lognormal(size=n), pa.float32()),
            "job": pa.array(rng.choice(["clerk", "nurse", "smith"], n, p=[0.5, 0.3, 0.2])).dictionary_encode(),
            "new": pa.array(rng.random(n) < 0.5),
            "bad": pa.array(rng.integers(0, 2, n), pa.int8()),
        }
    )


ROLES = Columns("bad", source="from", time="when")


def test_rows_have_the_types_of_the_data_and_are_found_in_it_again():
    native = forms()
    rows, register = plant(native, ROLES, wanted=Wanted(count=20, copies=3), seed=1)
    assert rows.schema == native.schema
    table = load(pa.concat_tables([native, rows]), ROLES)
    found = copies(as_batch(register.canaries, table), table.batch)
    assert found.tolist() == [3 if canary.planted else 0 for canary in register.canaries.values()]


def test_nobodys_name_is_copied_and_source_and_time_are_those_of_rows():
    native = forms()
    rows, _ = plant(native, ROLES, seed=1)
    assert rows["id"].null_count == len(rows) > 0
    assert set(rows["from"].to_pylist()) <= {"web", "desk"}
    assert set(rows["when"].to_pylist()) <= set(native["when"].to_pylist())


def test_each_column_is_drawn_from_its_own_distribution():
    native = forms(2000)
    _, register = plant(native, ROLES, wanted=Wanted(count=100), seed=2)
    domain = register.domains["row"]
    jobs = Counter(domain.columns["job"])
    assert sum(jobs.values()) == STEPS
    assert [jobs[job] for job in ("clerk", "nurse", "smith")] == [8, 5, 3]
    assert set(domain.columns["age"]) <= set(native["age"].to_pylist())
    assert np.median(domain.columns["age"]) == pytest.approx(np.median(native["age"]), abs=4)
    drawn = Counter(canary.values["job"] for canary in register.canaries.values())
    assert chisquare([drawn[job] for job in jobs], [100 / STEPS * jobs[job] for job in jobs]).pvalue > 1e-3


def test_no_canary_is_a_row_of_the_data_nor_another():
    rng = np.random.default_rng(0)
    native = pa.table({"a": rng.integers(0, 5, 40), "b": rng.integers(0, 5, 40), "y": [0, 1] * 20})
    there = {(row["a"], row["b"]) for row in native.to_pylist()}
    most = len({(a, b) for a in range(5) for b in range(5)} - there)
    _, register = plant(native, Columns("y"), wanted=Wanted(count=most), seed=0)
    found = {(canary.values["a"], canary.values["b"]) for canary in register.canaries.values()}
    assert len(found) == most
    assert not found & there
    with pytest.raises(InvalidInput, match=f"the data leave {most} new ones among 256"):
        plant(native, Columns("y"), wanted=Wanted(count=most + 1), seed=0)


def test_label_and_planting_are_independent_fair_coins():
    _, register = plant(MAILS, Columns("label"), wanted=Wanted(count=4000, length=12), seed=0)
    seen = Counter((canary.label, canary.planted) for canary in register.canaries.values())
    assert chisquare([seen[label, planted] for label in ("ham", "spam") for planted in (True, False)]).pvalue > 1e-3
    ordered = [canary.planted for canary in register.canaries.values()]
    turns = sum(a != b for a, b in pairwise(ordered))
    assert binomtest(turns, len(ordered) - 1).pvalue > 1e-3


def test_texts_hold_a_secret_and_the_register_says_whose():
    wanted = Wanted(5, 2, "pin: {} .", "abc", 4, holder="DPO", about="pins")
    rows, register = plant(MAILS, Columns("label"), wanted=wanted, seed=0)
    for canary in register.canaries.values():
        assert canary.text.startswith("pin: ")
        assert (canary.holder, canary.about, canary.copies) == ("DPO", "pins", 2)
    planted = [(canary.text, canary.label) for canary in register.canaries.values() if canary.planted]
    assert Counter(map(tuple, (row.values() for row in rows.to_pylist()))) == dict.fromkeys(planted, 2)


def test_the_same_seed_draws_the_same_and_none_another_each_time():
    def secrets(seed):
        return [canary.text for canary in plant(MAILS, Columns("label"), seed=seed)[1].canaries.values()]

    assert secrets(1) == secrets(1) != secrets(2)
    assert secrets(None) != secrets(None)


def test_the_state_of_numpys_own_chance_and_the_data_stay_as_they_are():
    np.random.seed(0)
    before, frame = np.random.get_state()[1].copy(), pd.DataFrame(forms().to_pylist())
    kept = frame.copy()
    plant(frame, ROLES, seed=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    pd.testing.assert_frame_equal(frame, kept)


def test_where_the_coin_plants_none_there_are_no_rows():
    both = (plant(MAILS, Columns("label"), wanted=Wanted(count=2), seed=seed) for seed in range(99))
    rows, register = next(each for each in both if not any(canary.planted for canary in each[1].canaries.values()))
    assert len(rows) == 0
    assert rows.schema == MAILS.schema
    assert len(register.canaries) == 2


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (Wanted(count=1), "count is 1: must lie in"),
        (Wanted(count=10_001), "count is 10001: must lie in"),
        (Wanted(copies=0), "copies is 0: "),
        (Wanted(count=10_000, copies=10_000), "copies is 10000: must be at most 100 of 10000 canaries"),
        (Wanted(pattern="no gap"), "pattern is .no gap.: must hold {} once"),
        (Wanted(alphabet="a"), "alphabet is 'a': must be of two characters"),
        (Wanted(length=0), "length is 0: "),
        (Wanted(count=20, alphabet="ab", length=2), "the data leave 4 new ones among 4"),
        (Wanted(about="x" * 1001), "about is "),
    ],
)
def test_what_breaks_a_rule_is_refused(wanted, rule):
    with pytest.raises(InvalidInput, match=rule):
        plant(MAILS, Columns("label"), wanted=wanted, seed=0)


def test_labels_are_those_that_the_data_and_the_caller_name():
    native = MAILS.append_column("three", pa.array(["a", "b", "c"] * 20))
    _, register = plant(native, Columns("three", text="text"), Labels(malicious=("c",)), wanted=Wanted(count=50), seed=0)
    assert {canary.label for canary in register.canaries.values()} == {"a", "c"}
