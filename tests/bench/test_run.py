"""A bench gives the same numbers wherever it runs, goes on where it was, and names what is wrong before any work."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv

from amlsec.bench.files import markdown, write
from amlsec.bench.heat_map import figure
from amlsec.bench.plan import contest, harmful, with_defenses, without_defense
from amlsec.bench.run import bench_poisoning
from amlsec.bench.settings import settings
from amlsec.bench.table import Mark
from amlsec.errors import InvalidInput
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.results import Results

TOLD = {
    "attack": ("adversarial-flips", "random-flips"),
    "defense": ("partition-ensemble",),
    "share": (0.2, 0.05),
    "seeds": 1,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two blobs near each other, as a CSV file."""
    rng = np.random.default_rng(0)
    y = np.arange(1600) % 2
    X = rng.normal(size=(1600, 3)) + 1.5 * y[:, None]
    path = tmp_path_factory.mktemp("data") / "blobs.csv"
    columns = {name: X[:, k] for k, name in enumerate("abc")}
    arrow_csv.write_csv(pa.table({**columns, "label": np.where(y == 1, "bad", "good")}), path)
    return path


def run(table, out, **told):
    model = {"model": "sklearn.naive_bayes:GaussianNB", "target": "label", "malicious": ("bad",)}
    return bench_poisoning(data=(str(table),), out=out, rows=500, **{**TOLD, "jobs": 1, **model, **told})


@pytest.fixture(scope="module")
def bench(table, tmp_path_factory):
    return run(table, tmp_path_factory.mktemp("bench"))


def test_every_attack_stands_alone_and_the_harmful_behind_the_defense_at_every_share(bench):
    alone = {(row.attack, row.share) for row in bench.rows if not row.defense}
    assert alone == {(attack, share) for attack in TOLD["attack"] for share in TOLD["share"]}
    behind = [row for row in bench.rows if row.defense]
    assert {(row.attack, row.share) for row in behind} == {("adversarial-flips", 0.05), ("adversarial-flips", 0.2)}
    assert all(row.blind and row.knowing and row.price for row in behind)
    strongest = next(row for row in behind if row.share == 0.2)
    assert strongest.alone.low > 0.1
    assert strongest.mark in set(Mark) - {Mark.NOT_RUN, Mark.NOT_APPLICABLE}
    assert bench.games_not_run == 0


def test_two_processes_give_the_numbers_of_one_and_a_second_run_plays_nothing(bench, table, tmp_path):
    again = run(table, tmp_path, jobs=2)
    assert again.rows == bench.rows
    played = []
    third = bench_poisoning(
        lambda *said: played.append(said),
        data=(str(table),),
        out=tmp_path,
        rows=500,
        minutes=1e-9,
        **{**TOLD, "model": "sklearn.naive_bayes:GaussianNB", "target": "label", "malicious": ("bad",), "jobs": 1},
    )
    assert third.rows == bench.rows
    assert third.games_not_run == 0


def test_the_files_hold_every_row_and_its_ends(bench, tmp_path):
    paths = write(bench, tmp_path)
    assert [path.name for path in paths][-2:] == ["poisoning-5-percent.svg", "poisoning-20-percent.svg"]
    stored = json.loads((tmp_path / "poisoning.json").read_text("utf-8"))
    with (tmp_path / "poisoning.csv").open(encoding="utf-8") as file:
        flat = list(csv.DictReader(file))
    assert len(stored["rows"]) == len(flat) == len(bench.rows) == len(markdown(bench).splitlines()) - 2
    assert float(flat[0]["alone_low"]) == bench.rows[0].alone.low
    assert all(path.stat().st_size > 500 for path in paths)


def test_the_heat_map_says_each_number_once(bench):
    drawn = figure(bench.rows, 0.2)
    said = [text.get_text() for axes in drawn.axes for text in axes.texts]
    [row] = [row for row in bench.rows if row.defense and row.share == 0.2]
    assert f"{100 * row.alone.value:.0f}" in said
    assert any(text.startswith(f"{100 * max(row.left.value, 0):.0f}") for text in said)
    assert "blobs" in said


def test_who_poisons_to_read_the_model_is_no_poisoner_of_a_bench():
    every = contest(settings({**TOLD, "attack": (), "defense": ()}), "tabular").attacks
    assert all(attack.turns_verdicts for attack in every)
    with pytest.raises(InvalidInput, match="attack is 'truth-serum'"):
        contest(settings({**TOLD, "attack": ("truth-serum",)}), "tabular")


def test_the_largest_share_is_played_first():
    met = contest(settings({**TOLD, "seeds": 2}), "tabular")
    alone = without_defense(met)
    assert alone[:3] == [Job(), Job("adversarial-flips", scale=0.2), Job("random-flips", scale=0.2)]
    assert len(alone) == len(set(alone)) == 1 + 2 * 2 * 2
    assert harmful(met, Results()) == []
    assert with_defenses(met, Results()) == []


def test_a_member_that_nobody_would_meet_is_named_before_any_work(table, tmp_path):
    for told in ({"attack": ("dictionary",)}, {"defense": ("spambayes",)}, {"defense": ("abstain",)}):
        [(option, [name])] = told.items()
        with pytest.raises(InvalidInput, match=f"{option} is '{name}'"):
            run(table, tmp_path, **told)
    assert not list(tmp_path.iterdir())


def test_an_edited_factory_is_another_bench(table, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    told = {"model": "bench_factory:make", "attack": ("random-flips",), "share": (0.2,)}
    prices = []
    for smooth in (1e-9, 1e3):
        text = f"from sklearn.naive_bayes import GaussianNB as NB\ndef make():\n    return NB(var_smoothing={smooth})\n"
        (tmp_path / "bench_factory.py").write_text(text)
        sys.modules.pop("bench_factory", None)
        prices.append(run(table, tmp_path / "out", **told).rows[0].alone)
    assert prices[0] != prices[1]


def test_shares_below_a_percent_are_told_apart(bench):
    rows = tuple(replace(row, share=row.share / 10) for row in bench.rows)
    assert {line.split(" | ")[2] for line in markdown(replace(bench, rows=rows)).splitlines()[2:]} == {"2%", "0.5%"}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"attack": ("dictionaries",)}, "attack is 'dictionaries'"),
        ({"attack": ("roni",)}, "attack is 'roni'"),
        ({"defense": ("antidote",)}, "defense is 'antidote'"),
        ({"share": (0.0,)}, "share is 0.0"),
        ({"share": (0.5,)}, "share is 0.5"),
        ({"share": ()}, "share"),
        ({"data": ()}, "data"),
        ({"data": ("sms", "sms")}, "data is"),
        ({"data": ("nobody",)}, "demo is 'nobody'"),
        ({"seeds": 0}, "seeds is 0"),
        ({"data": ("rows.csv",)}, "target is None: must name the column of rows.csv"),
        ({"target": "label"}, "target is 'label': is for tables"),
    ],
)
def test_wrong_input_is_named_before_any_work(told, named, tmp_path):
    with pytest.raises(InvalidInput, match=named):
        bench_poisoning(**{"data": ("sms",), **told}, out=tmp_path)
    assert not list(tmp_path.iterdir())
