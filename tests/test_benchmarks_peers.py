"""The benchmark of whole libraries at a small size: ours always, the others where their environments are."""

import ast
import csv
import importlib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
RIVALS = ROOT / "benchmarks" / "rivals"
pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def part():
    """A module of the benchmark by name."""
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    with pytest.MonkeyPatch.context() as patch:
        for folder in (RIVALS, ROOT / "benchmarks", ROOT / "reproductions"):
            patch.syspath_prepend(str(folder))
        yield importlib.import_module


@pytest.fixture(scope="module")
def tasks(part):
    return [task for make in part("_peers_tasks").few() for task in make(0)]


@pytest.fixture(scope="module")
def folder(part, tasks, tmp_path_factory):
    """The small tasks, answered by ours."""
    place = tmp_path_factory.mktemp("peers")
    for task in tasks:
        task.save(place)
    quietly(part, part("by_amlsec").METHODS, place)
    return place


def quietly(part, methods, place):
    import logging

    try:
        part("answering").answer_all(methods, place)
    finally:
        logging.disable(logging.NOTSET)


def answer(part, kind, said, truth, method="amlsec", seed=0):
    return part("_peers_results").Answer(
        kind, "d", "w", seed, method, {"seconds": 1.0, "megabytes": 2.0, **said}, np.array(truth)
    )


def test_tasks_keep_the_truth_to_themselves_and_trusted_rows_apart(tasks):
    for task in (task for task in tasks if task.name.startswith("rows")):
        given = task.given
        assert set(given) == {"trusted_X", "trusted_y", "X", "y"}
        assert task.truth.sum() == 10 == len(given["X"]) / 10
        assert 0 < task.truth[:50].sum() < 10
        assert not {row.tobytes() for row in given["X"]} & {row.tobytes() for row in given["trusted_X"]}


def test_poison_is_what_the_attack_says(tasks):
    rows = {task.name.split(".")[2]: task for task in tasks if task.name.startswith("rows")}
    words = rows["dictionary"].given["X"].sum(axis=1)
    assert words[rows["dictionary"].truth].min() > words[~rows["dictionary"].truth].max()
    assert set(rows["tight cluster"].given["y"][rows["tight cluster"].truth]) == {0}


def test_ours_answer_every_task_and_the_page_shows_every_method(part, folder):
    answers = part("_peers_results").read(folder)
    methods = part("by_amlsec").METHODS
    assert {(one.kind, one.method) for one in answers} == {(kind, name) for kind, some in methods.items() for name in some}
    assert [one.failed for one in answers if one.failed] == []
    text = part("_peers_page").page(answers, ["a 1"], {"benchmarks/x.py": ('"""Says."""\n\nprint(1)\n', "1\n")})
    assert all(f"| **{name}** |" in text for some in methods.values() for name in some)
    assert "Says.\n\n```\n# benchmarks/x.py\nprint(1)\n```\n\nIt prints:\n\n```\n1\n```" in text


def test_an_answer_is_not_asked_for_again_and_a_failure_is_kept_and_told(part, folder, tmp_path):
    def fails(task):
        raise ValueError("no\nsense")

    part("_peers_tasks").Task("rows.d.w.0", {"X": np.zeros((2, 1))}, np.array([True, False])).save(tmp_path)
    quietly(part, {"rows": {"other": fails}}, tmp_path)
    quietly(part, {"rows": {"other": dict}}, tmp_path)
    (failed,) = part("_peers_results").read(tmp_path)
    assert failed.failed == "ValueError: no"
    assert failed.counts == {}
    text = part("_peers_page").page([*part("_peers_results").read(folder), failed], [], {})
    assert "* other on d: `ValueError: no`" in text
    table = part("_peers_results").table([failed, *part("_peers_results").read(folder)])
    lines = list(csv.DictReader(table.splitlines()))
    assert [line["failed"] for line in lines if line["failed"]] == ["ValueError: no"]
    assert {line["area"] != "" for line in lines if line["task"] == "values"} == {True}


def test_memory_is_that_of_the_method(part):
    said = part("answering").measured(lambda _: {"sum": float(np.ones(20_000_000).sum())}, {})
    assert said["sum"] == 2e7
    assert 150 < said["megabytes"] < 200


def test_poison_is_found_above_all_but_five_percent_of_good_rows(part):
    results, bad = part("_peers_results"), np.arange(120) < 20
    score = np.where(bad, 95.5, np.arange(120) - 20.0)
    one = answer(part, "rows", {"score": score.tolist(), "flagged": (score > 97).tolist()}, bad)
    assert one.counts == {"found": 20, "poison": 20, "stopped": 0, "bad": 20, "lost": 2, "good": 100}
    lower = answer(part, "rows", {"score": (score - 2 * bad).tolist()}, bad, "other")
    assert lower.counts == {"found": 0, "poison": 20}
    more = results.ahead([one], [lower])
    assert more.value == 1
    assert more.low > 0.7
    assert results.ahead([lower], [lower]).value == 0


def test_rows_of_a_draw_that_stand_or_fall_together_count_as_little_as_their_draws(part):
    bad = np.arange(120) < 20
    high, low = np.where(bad, 200.0, np.arange(120)).tolist(), np.where(bad, -1.0, np.arange(120)).tolist()
    ours = [answer(part, "rows", {"score": score}, bad) for score in (high, high, high, high, low)]
    theirs = [answer(part, "rows", {"score": low}, bad, "other")] * 5
    more = part("_peers_results").ahead(ours, theirs)
    assert (more.value, more.low, more.high) == pytest.approx((0.8, 0.8 - 2.7764 * 0.2, 1.0), abs=1e-4)


def test_a_share_has_the_interval_of_its_rows_but_where_draws_differ_more(part):
    bad, results = np.arange(120) < 20, part("_peers_results")
    high, low = np.where(bad, 200.0, np.arange(120)).tolist(), np.where(bad, -1.0, np.arange(120)).tolist()
    alike, apart = (
        [answer(part, "rows", {"score": score}, bad) for score in scores] for scores in ([high] * 5, [high, low] * 5)
    )
    assert results.share(alike, "found", "poison") == results.rate(100, 100)
    found = results.share(apart, "found", "poison")
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - 2.2622 / 6, 0.5 + 2.2622 / 6), abs=1e-4)


def test_shares_of_sources_have_intervals(part):
    turned, flagged = [True, False, False], {"flagged": [True, False, True]}
    told = [answer(part, "sources", flagged, turned), answer(part, "sources", {"flagged": [False] * 3}, turned, seed=1)]
    assert part("_peers_page")._guilty(told) == "50 (0-100); 25 (0-100)"
    assert part("_peers_page")._guilty([*told, answer(part, "sources", {"failed": "E"}, turned)]) == "fails, 1 of 3"


def test_who_is_behind_is_told(part):
    bad = np.arange(120) < 20
    score = np.where(bad, 99.5, np.arange(120) - 20.0)
    answers = [
        answer(part, "rows", {"score": (-score).tolist()}, bad),
        answer(part, "rows", {"score": score.tolist()}, bad, "other"),
    ]
    (line,) = list(part("_peers_page")._duels(answers))[1:]
    assert line.startswith("| d | w | amlsec | 0% | other | 100% | -100.0 (")
    assert line.endswith("| **behind** |")


def test_a_proof_counts_votes(part):
    votes = [[30, 20], [30, 20], [31, 19], [25, 25]]
    one = answer(part, "votes", {"votes": votes, "parts": 50}, [0, 1, 0, 0])
    assert one.counts == {"right": 3, "rows": 4, "proved": 2, "parts": 50}


def test_alarms_count_as_right_only_where_something_is_wrong(part):
    share = [0.0] * 10 + [0.2] * 10
    one = answer(part, "streams", {"alarms": [True] + [False] * 12 + [True] * 7}, share)
    assert one.counts == {"false": 1, "clean": 10, "late": 7, "seen": True, "share": 0.2}
    quiet, early, late = (
        answer(part, "streams", {"alarms": [place == alarm for place in range(20)]}, [0.0] * 20) for alarm in (None, 3, 12)
    )
    assert [one.counts["seen"] for one in (quiet, early, late)] == [False, False, True]
    assert [one.counts["false"] for one in (quiet, early, late)] == [0, 1, 1]


def test_values_agree_or_do_not(part):
    values = {"amlsec a": [0.1, 0.2, 0.3], "b a": [0.1, 0.2, 0.31], "c a": [0.3, 0.2, 0.1]}
    answers = [answer(part, "values", {"values": some}, [True, False, False], name) for name, some in values.items()]
    assert part("_peers_results").agreement(answers, "b a", "amlsec a") == pytest.approx((0.01, 1))
    assert part("_peers_results").agreement(answers, "c a", "amlsec a") == pytest.approx((0.2, -1))


def test_the_figure_has_a_panel_for_each_attack_and_the_same_bytes(part, folder, tmp_path):
    figure, answers = part("_peers_figure"), part("_peers_results").read(folder)
    assert len(figure.drawn(answers, "sms").axes) == 4
    for name in "ab":
        (tmp_path / name).mkdir()
        figure.save(answers, tmp_path / name / "x.svg", "sms")
    assert (tmp_path / "a" / "x.svg").read_bytes() == (tmp_path / "b" / "x.svg").read_bytes()


@pytest.mark.parametrize("script", sorted(RIVALS.glob("*.py")), ids=lambda path: path.stem)
def test_only_our_script_imports_us(script):
    tree = ast.walk(ast.parse(script.read_text("utf-8")))
    names = {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    ours = any(name.split(".")[0] == "amlsec" for name in names)
    assert ours == (script.stem == "by_amlsec")


@pytest.mark.parametrize("peer", ["art", "cleanlab", "pydvl", "alibi_detect"])
def test_a_library_answers_the_small_tasks(part, tasks, tmp_path, peer):
    benchmark = part("peers")
    python = benchmark.interpreter(ROOT, peer)
    if not python.exists():
        pytest.skip("the rival is installed by `make bench-peers` only")
    for task in tasks:
        task.save(tmp_path)
    subprocess.run([python, RIVALS / f"by_{peer}.py", tmp_path], check=True, capture_output=True)
    said = [json.loads(path.read_text("utf-8")) for path in tmp_path.glob("*/*.json")]
    assert any("failed" not in one for one in said)
