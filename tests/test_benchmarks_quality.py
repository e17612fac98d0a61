"""The quality benchmark at a small size: parts share nothing, recall is counted right, and the comparison can fail."""

import importlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from sklearn.metrics import roc_auc_score

from amlsec.evidence import rate

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.data


@pytest.fixture
def part(monkeypatch):
    """A module of the benchmark by name."""
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def found(part):
    """One draw of NSL-KDD with few rows."""
    data = part("_quality_data")
    return part("_quality_recall").draw(data.nsl_kdd(), 0, data.Sizes(**data.SMALL))


def test_no_content_is_on_both_sides_and_both_labels_are_in_every_part(found):
    sides = [getattr(found.parts, name) for name in ("trusted", "null", "clean", "attacker", "test")]
    contents = [set(side.content()) for side in sides]
    assert len(set.union(*contents)) == sum(map(len, contents)) == sum(map(len, sides))
    shares = [side.y.mean() for side in sides]
    assert max(shares) - min(shares) < 0.02


def test_batches_hold_the_share_they_say_as_poison_of_five_sources(found):
    for offer in found.offers:
        assert offer.poison.sum() == int(offer.share * len(offer.poison))
        assert set(offer.source[offer.poison]) <= set(range(5))
        assert (np.bincount(offer.source) == len(offer.source) // 50).all()


def test_recall_is_of_poison_above_the_thresholds_of_its_label(part, found):
    recall, offer = part("_quality_recall"), next(one for one in found.offers if one.attack == "flips" and one.share == 0.05)
    rng = np.random.default_rng(0)
    null, score = rng.normal(size=len(found.null)), rng.normal(size=len(offer.places)) + offer.poison
    y, null_y = found.rows.y[offer.places], found.rows.y[found.null]
    limits = [np.sort(null[null_y == c])[::-1][int(0.01 * (np.sum(null_y == c) + 1)) - 1] for c in (0, 1)]
    caught = score > np.array(limits)[y]
    one = recall.by_row(found, offer, "any", null, score)
    assert (one.caught, one.lost) == ((caught & offer.poison).sum(), (caught & ~offer.poison).sum())
    assert (one.trials, one.good) == (10, 190)
    assert recall.auc(score, offer.poison) == pytest.approx(roc_auc_score(offer.poison, score))


def test_every_method_is_asked_and_margins_find_what_counts_do_not(part, found):
    pytest.importorskip("cleanlab", reason="the bench extra is not installed")
    recall, tables, methods = part("_quality_recall"), part("_quality_tables"), part("_quality_methods")
    some = [one for one in found.offers if one.attack in ("split", "flips") and one.share == 0.05]
    outcomes = list(recall.outcomes(replace(found, offers=tuple(some))))
    assert {one.method for one in outcomes if one.unit == "row"} == set(methods.METHODS)
    rows = {(one.method, one.attack): one for one in outcomes if one.unit == "row"}
    assert rows[methods.MARGIN, "split"].auc > max(0.9, rows[methods.COUNTS, "split"].auc)
    assert rows[methods.CONFIDENCE, "flips"].auc > 0.9 > rows[methods.LENGTH, "flips"].auc
    sources = [one for one in outcomes if one.unit == "source" and one.method == recall.TESTED]
    assert all(one.auc > 0.95 for one in sources)
    by_row = [one for one in outcomes if one.unit == "row"]
    assert tables.table(by_row).count("\n") == 1 + len(methods.METHODS)
    assert tables.caught([rows[methods.MARGIN, "split"]]).startswith(f"{10 * rows[methods.MARGIN, 'split'].caught} (")


def test_what_is_no_poison_is_not_found(part, found):
    """The comparison can fail: honest rows in the place of poison are caught as seldom as the threshold says."""
    recall, offer = part("_quality_recall"), found.offers[1]
    harmless = np.random.default_rng(0).permutation(np.flatnonzero(~offer.poison))[:60]
    as_poison = replace(offer, poison=np.isin(np.arange(len(offer.places)), harmless))
    ones = [recall.by_row(found, as_poison, name, *scores) for name, *scores in _alone(found, as_poison)]
    assert len(ones) == 8
    assert rate(sum(one.caught for one in ones), sum(one.trials for one in ones)).low <= 0.02
    assert all(abs(one.auc - 0.5) < 0.2 for one in ones)


def _alone(found, offer):
    return [(name, score[found.null], score[offer.places]) for name, score in found.alone.items()]


def test_without_poison_the_model_is_that_of_honest_rows(part, found):
    harm, tables = part("_quality_harm"), part("_quality_tables")
    (offer,) = [one for one in found.offers if one.attack == "split" and one.share == 0.05]
    left = {one.kept: one for one in harm.harms(replace(found, offers=(offer,)), 0.05)}
    assert list(left) == list(harm.KEPT)
    assert left["honest"].right > 0.8
    kept = [selected.sum() for selected in harm.selections(found, offer)]
    assert kept[0] == 200
    assert kept[3] == 190
    assert tables.left_table(list(left.values())).count("\n") == 1 + len(harm.KEPT)


def test_rates_on_good_rows_hold_and_would_be_seen_not_to(part):
    rates, tables, data = part("_quality_rates"), part("_quality_tables"), part("_quality_data")
    judged = list(rates.clean_batches(data.nsl_kdd(), 3, trusted=500, offered=100))
    shares = [np.mean(one.p <= 0.05) for one in judged]
    low, high = ttest_1samp(shares, 0).confidence_interval(0.95)
    assert rates.mean_share([one.p <= 0.05 for one in judged]).high == pytest.approx(high)
    assert rates.mean_share([one.p <= 0.05 for one in judged]).low == pytest.approx(max(low, 0))
    held = rates.rates("clean", judged)
    assert len(held) == 7
    assert not any(one.broken for one in held)
    wrong = [replace(one, p=one.p / 9, group_p=one.group_p / 1e4) for one in judged]
    broken = {one.what for one in rates.rates("wrong", wrong) if one.broken}
    assert broken >= {"rows with p at most 5%", "batches with a group found"}
    assert tables.held_table(rates.rates("wrong", wrong)).count("| NO |") == len(broken)


def test_trusted_rows_of_one_folder_know_none_of_the_others(part):
    rates, data = part("_quality_rates"), part("_quality_data")
    (one,) = rates.foreign_batches(data.enron(), "enron1", 1, trusted=400, offered=60)
    assert len(one.p) == 60
    assert (one.p <= 1).all()


@pytest.mark.filterwarnings("ignore")
def test_the_toolbox_is_asked_about_poison_in_the_batchs_share(part, found):
    pytest.importorskip("art", reason="the bench extra is not installed")
    art = part("_quality_art")
    some = replace(found, offers=tuple(one for one in found.offers if one.attack == "split"))
    (one,) = art.toolbox_outcomes(some, (art.Form("ART", False, 40),))
    assert (one.trials, one.good) == (2, 38)


def test_the_figure_has_a_panel_for_each_attack(part, found, tmp_path):
    figure, recall = part("_quality_figure"), part("_quality_recall")
    outcomes = [
        recall.counted(found, offer, "row", name, offer.poison, offer.poison, 1.0)
        for offer in found.offers
        for name in part("_quality_methods").METHODS
    ]
    panels = [axes.get_title() for axes in figure.drawn(outcomes).axes]
    assert sum(map(bool, panels)) == 7
    assert {"split", "slow drift", "random flips"} <= set(panels)
    figure.save(outcomes, tmp_path / "a.svg")
    figure.save(outcomes, tmp_path / "b.svg")
    assert len((tmp_path / "a.svg").read_text("utf-8")) > 10_000
