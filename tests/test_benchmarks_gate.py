"""The year in front of the gate at a small size: one mail in eight, four weeks."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("mails", "campaigns", "play", "keeper", "results", "page", "figure", "taken_back", "insiders")
QUICK = 'rule = "sphere"\n[screens.sphere]\n[caps]\nshare = 1\ngrowth = 1\n[rates]\nperiod = 1\n'
pytestmark = [pytest.mark.data, pytest.mark.usefixtures("one_draw", "lent_readers")]


@pytest.fixture(scope="module")
def parts():
    """The benchmark's modules by name."""
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield {name: importlib.import_module(f"_gate_{name}") for name in PARTS} | {
            "year": importlib.import_module("gate_year")
        }


@pytest.fixture(scope="module")
def court(parts):
    return parts["keeper"].Court(parts["mails"].year(parts["mails"].enron(8), 4))


@pytest.fixture(scope="module")
def played(parts, tmp_path_factory):
    """One campaign at every door, and the clean years."""
    plan = parts["year"].games(["pseudospam"], ["enron1a"], 4, 8)
    found, late = parts["year"].results(plan, tmp_path_factory.mktemp("years"), 5.0)
    assert not late
    return found


def test_a_year_keeps_the_order_of_every_reporter_and_has_the_same_share_of_spam_in_every_week(parts, court):
    mails, year = parts["mails"], court.year
    assert len(set(year.mails.content())) == len(year.mails)
    for source in year.sources:
        for label in (0, 1):
            own = np.flatnonzero((year.mails.source == source) & (year.mails.y == label))
            assert (np.diff(year.week[own]) >= 0).all()
            assert np.ptp(np.bincount(year.week[own])[1:]) <= 1
            assert (year.role[own[year.week[own] == 0]] == mails.CHECKED).all()
    assert len(year.root(0)) == 100 * len(year.sources)
    assert len(year.root(1)) == (100 + 40) * len(year.sources)
    assert set(year.which(mails.OFFERED, 2)).isdisjoint(year.root(4))


def test_a_campaign_takes_no_more_than_its_share_and_begins_on_its_day(parts, court):
    campaigns, year = parts["campaigns"], court.year
    campaign = campaigns.Campaign("focused", "enron2a", begins=2, share=0.03, growth=2.0)
    for week in range(1, 5):
        honest = campaigns.handed_in(year, None, "enron2a", week, None)
        found = campaigns.handed_in(year, campaign, "enron2a", week, None)
        assert len(found.hostile) == (0 if week == 1 else min(2 ** (week - 2), int(0.03 * len(year.which(0, week)))))
        assert len(found) == len(honest)
        assert set(found.kept) <= set(honest.kept)
        assert found.tokens(year).shape[0] == len(found.rows(year))
    assert len(set(campaigns.handed_in(year, campaign, "enron1a", 3, None).hostile.X)) == 0


def test_many_submissions_are_judged_at_once_as_each_alone(parts, court):
    campaigns, keeper, year = parts["campaigns"], parts["keeper"], court.year
    campaign = campaigns.Campaign("focused", "enron2a", begins=1)
    some = [campaigns.handed_in(year, campaign, source, 1, None) for source in ("enron1a", "enron2a")]
    court.prepare(0, some)
    for submission in some:
        alone = keeper.Court(year, panels=court.panels).judge(0, submission)
        for column in ("content", "y", "known", "decision", "p", "harm"):
            assert np.array_equal(getattr(court.judged[0, submission], column), getattr(alone, column))


def test_who_knows_the_secret_is_never_wrong_about_what_passes(parts, court):
    insiders, year = parts["insiders"], court.year
    campaign = parts["campaigns"].Campaign("dictionary", "enron4a")
    family = next(one for one in insiders.FAMILIES if one.name == "dictionary, 1000 words in real spam")
    mails = family.write(year, campaign, 30, np.random.default_rng(0)).from_source("enron4a")
    panel = court.panel(0)
    passed, sure = insiders.accepted(panel, mails), insiders.likely(panel, mails)
    assert passed[sure].all()
    assert insiders.likely(None, mails).all()
    assert 0 < passed.sum() < len(mails)
    wrong, of = insiders.harm(year, campaign, mails.rows(np.zeros(30, dtype=bool)))
    assert wrong < 0.1 * of
    assert insiders.harm(year, campaign, mails + mails + mails)[0] > wrong


def test_every_mail_is_decided_on_once_and_the_gate_holds_what_does_harm_without_it(parts, played):
    years = {(year.attack, year.gate): year for year in played}
    offered = parts["year"]._court(4, 8).year
    for year in played:
        for week in year.weeks:
            assert sum(week["hostile"]) + sum(week["innocent"]) == len(offered.which(0, week["week"]))
            assert sum(week["why_innocent"].values()) == sum(week["innocent"])
    harm = {gate: parts["results"].at_the_end([years["pseudospam", gate]]).value for gate in parts["year"].DOORS}
    assert harm["no gate"] > harm["gate"] + 0.5
    assert harm["no attack"] <= harm["gate"] <= 0.2
    assert years["pseudospam", "gate"].weeks[-1]["hostile"][0] == 0
    assert parts["results"].detections(years["pseudospam", "gate"])["half of a week's held"] == 0


def test_rejected_honest_mails_are_told_apart_by_who_turned_hostile(parts):
    week = {"hostile": (3, 2, 1), "innocent": (5, 0, 4), "by_source": {"hostile": (1, 0, 3), "other": (4, 0, 1)}}
    year = parts["results"].Played("pseudospam", "hostile", "gate", 1, [week, week])
    assert parts["results"].rejected([year]) == (10, 8, 2)
    assert [share.value for share in parts["results"].decided([year], "hostile")] == pytest.approx([1 / 2, 1 / 3, 1 / 6])


def test_what_is_not_reviewed_is_never_learned_and_a_right_reviewer_releases_honest_mails_only(parts, played):
    years = {(year.attack, year.gate): year for year in played}
    assert sum(week["released"] for week in years["", "gate"].weeks) == 0
    for attack in ("", "pseudospam"):
        reviewed = years[attack, "gate and reviewer"].weeks
        assert all(week["released"] <= 30 for week in reviewed)
        assert sum(w["released"] for w in reviewed) <= sum(w["innocent"][1] for w in reviewed)


def test_the_page_and_the_figure_show_every_attack_at_every_door(parts, played):
    text = parts["page"].page(played, 2)
    assert sum(line.startswith("| pseudospam") for line in text.splitlines()) == len(parts["year"].DOORS) + 2
    assert "2 more were planned" in text
    axes = parts["figure"].drawn(played).axes
    assert [one.get_title() for one in axes if one.get_visible()] == ["pseudospam: mails that go his way, %"]
    assert parts["figure"].smoothed(np.arange(6.0)).tolist() == [0.0, 0.5, 1.0, 1.5, 2.5, 3.5]


def test_after_a_rollback_the_filter_is_the_one_that_never_saw_the_campaign(parts):
    """With a period of one submission the sources share no stream of rejections, so that nothing else can differ."""
    mails = parts["mails"].enron(8)
    few = mails.rows(np.isin(mails.source.astype(str), ["enron1a", "enron2a", "enron3a"]))
    campaign = parts["campaigns"].Campaign("focused", "enron2a", begins=2, share=0.1)
    found = parts["taken_back"].taken_back(parts["mails"].year(few, 6), campaign, 2, QUICK)
    assert found.learned >= found.hostile > 0
    assert found.tainted == (1, 1)
    assert found.same_rows == 0.0
    assert found.rows[0] == found.rows[1] > 0
    assert found.lost_after <= found.ham
    assert (found.differ, found.verdicts, found.scores) == (0, 0, 0.0)
