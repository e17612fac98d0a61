"""Decisions sent by the pages' forms, and what they come to in the gate."""

import numpy as np
import pytest

from amlsec.evidence import Decision
from gate.pages.mails import REPORTS, act
from gate.pages.reader import Reader


@pytest.fixture
def about(gate):
    return gate.queue()[0]


def form(page):
    """What the form of a submission's page holds beside its buttons."""
    return {one["@name"]: one["@value"] for one in page.all("input", type="hidden") if one["@name"] in ("seen", "start")}


def entries(gate):
    return sum(1 for _ in gate.entries())


def decided(gate, number):
    """Each row's decision by its position."""
    rows = gate.rows(number, limit=100)
    return dict(zip(rows["position"].to_pylist(), rows["decision"].to_pylist(), strict=True))


def test_ticked_rows_are_rejected_and_no_other(gate, ada, about):
    page = ada.get(f"/submissions/{about.id}")
    ticked = [int(box["@value"]) for box in page.all("input", type="checkbox")][:3]
    before = decided(gate, about.id)
    page = ada.send(
        f"/submissions/{about.id}/review", decide="reject-ticked", rows=ticked, why="meetings are no spam", **form(page)
    )
    assert page.status.startswith("Your decision stands in the ledger.")
    after = decided(gate, about.id)
    assert {row for row in after if after[row] != before[row]} == set(ticked)
    assert {after[row] for row in ticked} == {"reject"}
    assert "“" not in page.texts("q")
    assert "meetings are no spam" in page.texts("q")
    assert gate.history(about.id)[-1]["who"] == "user:ada"


@pytest.mark.parametrize(("button", "left"), [("reject-held", "reject"), ("accept-held", "accept")])
def test_all_held_rows_and_no_other(gate, ada, about, button, left):
    before = decided(gate, about.id)
    one = next(row for row, decision in before.items() if decision == "quarantine")
    gate.review(about.id, Decision.ACCEPT, rows=[one], act=act(5, "user:bo", "a first one"))
    page = ada.get(f"/submissions/{about.id}")
    page = ada.send(f"/submissions/{about.id}/review", decide=button, why="read them", **form(page))
    after = decided(gate, about.id)
    assert after == {**{row: left if was == "quarantine" else was for row, was in before.items()}, one: "accept"}
    assert f"Next: submission {gate.queue()[0].id}" in page.words


@pytest.mark.parametrize("why", ["", "  \n "])
def test_a_reason_is_asked_for_and_ticks_are_kept(gate, ada, about, why):
    page, before = ada.get(f"/submissions/{about.id}"), entries(gate)
    ticked = [box["@value"] for box in page.all("input", type="checkbox")][:2]
    page = ada.send(f"/submissions/{about.id}/review", decide="reject-ticked", rows=ticked, why=why, **form(page))
    assert ada.status == 422
    assert page.alert.startswith("Say why")
    field = page.one("textarea", id="why")
    assert field["@aria-invalid"] == "true"
    assert "why-problem" in field["@aria-describedby"].split()
    assert page.one("p", id="why-problem")["text"].startswith("Say why")
    assert {box["@value"] for box in page.all("input", type="checkbox") if "@checked" in box} == set(ticked)
    assert entries(gate) == before


def test_without_a_tick_no_row_is_meant(gate, ada, about):
    page, before = ada.get(f"/submissions/{about.id}"), entries(gate)
    page = ada.send(f"/submissions/{about.id}/review", decide="accept-ticked", why="so", **form(page))
    assert (ada.status, page.alert[:21]) == (422, "Tick at least one row")
    assert page.one("textarea", id="why")["text"] == "so"
    assert entries(gate) == before


def test_nobody_decides_on_what_he_has_not_seen(gate, ada, about):
    page = ada.get(f"/submissions/{about.id}")
    gate.review(about.id, Decision.ACCEPT, act=act(5, "user:bo", "meanwhile"))
    before = entries(gate)
    page = ada.send(f"/submissions/{about.id}/review", decide="reject-held", why="bad", **form(page))
    assert (ada.status, page.texts("h1")) == (409, ["The ledger says otherwise"])
    assert f"entry {before} was written since you opened the page" in page.words
    assert entries(gate) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"decide": "reject-everything", "why": "so"},
        {"decide": "reject-ticked", "why": "so", "rows": "1e3"},
        {"decide": "reject-ticked", "why": "so", "rows": "999999"},
        {"decide": "reject-held", "why": "so" * 2000},
        {"decide": "reject-held", "why": "so", "confirms": "1"},
        {"decide": "reject-held", "why": "so", "csrf": "forged"},
    ],
)
def test_what_no_form_of_ours_sends_is_refused(gate, ada, about, fields):
    page, before = ada.get(f"/submissions/{about.id}"), entries(gate)
    ada.send(f"/submissions/{about.id}/review", **form(page), **fields)
    assert ada.status in (403, 409, 422)
    assert entries(gate) == before


def test_a_decision_is_taken_back_by_a_new_entry(gate, ada, about):
    before = decided(gate, about.id)
    page = ada.get(f"/submissions/{about.id}")
    page = ada.send(f"/submissions/{about.id}/review", decide="reject-held", why="bad", **form(page))
    review = gate.history(about.id)[-1]["seq"]
    page = ada.send(f"/entries/{review}/undo", why="wrong ones")
    assert page.status.startswith("Taken back, by a new entry")
    assert decided(gate, about.id) == before
    assert f"(taken back by entry {review + 1})" in page.words
    assert not page.all("form", action=f"/entries/{review}/undo"), "what is taken back is not taken back again"
    ada.send(f"/entries/{review}/undo", why="again")
    assert ada.status == 409


def test_two_persons_must_say_the_same(two_persons):
    gate = two_persons
    ada, bo = Reader(gate, "ada"), Reader(gate, "bo")
    number = gate.queue()[0].id
    page = ada.get(f"/submissions/{number}")
    ticked = sorted(int(box["@value"]) for box in page.all("input", type="checkbox"))[:2]
    before = decided(gate, number)
    page = ada.send(f"/submissions/{number}/review", decide="reject-ticked", rows=ticked, why="no spam", **form(page))
    assert page.status.startswith("Your proposal stands in the ledger.")
    assert "ada proposed to reject some of its rows; a second person must say the same." in page.words
    assert "It is your own proposal: somebody else has to agree." in page.words
    assert not page.all("input", name="confirms")
    assert decided(gate, number) == before
    assert bo.get("/source", name=gate.submission(number).source).texts("h1")
    assert [one["kind"] for one in gate.risk(gate.submission(number).source)] == ["judged"]
    proposal = bo.get(f"/submissions/{number}").one("input", name="confirms")["@value"]
    page = bo.send(f"/submissions/{number}/review", confirms=proposal, why="I agree")
    assert page.status.startswith("Your decision stands")
    assert decided(gate, number) == {**before, **dict.fromkeys(ticked, "reject")}
    review = gate.history(number)[-1]["seq"]
    page = ada.send(f"/entries/{review}/undo", why="look again")
    assert page.status.startswith("Your proposal to take it back stands")
    page = bo.get(f"/submissions/{number}")
    assert f"ada proposed to take back entry {review}; a second person must say the same." in page.words
    bo.send(f"/entries/{review}/undo", why="yes")
    assert decided(gate, number) == before


def test_ones_own_proposal_can_be_withdrawn(two_persons):
    ada, number = Reader(two_persons, "ada"), two_persons.queue()[0].id
    page = ada.get(f"/submissions/{number}")
    page = ada.send(f"/submissions/{number}/review", decide="accept-held", why="fine", **form(page))
    proposal = two_persons.history(number)[-1]["seq"]
    page = ada.send(page.one("form", action=f"/entries/{proposal}/undo")["@action"], why="not fine")
    assert ada.status == 200
    assert "somebody else has to agree" not in page.words


def test_a_rollback_names_what_it_taints_and_is_undone_by_admins_only(gate, ada, ines):
    number = next(one.id for one in gate.submissions(source="helpdesk") if one.accepted)
    made = gate.snapshot(act=act(4, "user:ines"))
    gate.model(made.id, "filter of March", act=act(4, "token:nightly"))
    rows = gate.source("helpdesk").learned
    page = ines.send("/source/rollback", name="helpdesk", since="2026-03-01T00:00", why="its box was broken into")
    assert page.texts("h1") == [f"{rows} learned rows of helpdesk since 1 Mar 2026, 00:00 were taken back"]
    assert "filter of March" in page.texts("td", data_name="Models to train again")
    assert page.texts("td", data_name="Rows taken back") == [str(rows)]
    taken_back = ines.get(f"/submissions/{number}")
    assert taken_back.texts("h1") == ["It was rolled back: no new snapshot holds any of it."]
    assert taken_back.all("input", type="checkbox") == []
    assert "and decide" not in taken_back.words
    marked = ines.get("/snapshots").one("article", aria_labelledby=f"snapshot-{made.id}")["text"]
    assert "Tainted" in marked
    entry = int(page.one("p", class_="crumbs")["text"].split()[-1])
    ada.send(f"/entries/{entry}/undo", why="no")
    assert ada.status == 403
    assert gate.submission(number).stands == "rolled back"
    page = ines.send(f"/entries/{entry}/undo", why="it was not")
    assert page.status.startswith("Taken back")
    assert gate.source("helpdesk").learned == rows


def test_a_time_with_a_zone_is_in_it(ines):
    page = ines.send("/source/rollback", name="helpdesk", since="2026-03-01T01:00+01:00", why="its box was broken into")
    assert page.texts("h1")[0].endswith("since 1 Mar 2026, 00:00 were taken back")


@pytest.mark.parametrize("fields", [{"since": "yesterday", "why": "so"}, {"since": "2026-03-01T00:00", "why": ""}])
def test_a_rollback_without_a_time_or_a_reason_is_none(gate, ines, fields):
    before = entries(gate)
    page = ines.send("/source/rollback", name=REPORTS, **fields)
    assert ines.status == 422
    assert page.alert.endswith("Nothing was written.")
    assert entries(gate) == before


def test_what_is_known_of_a_source_is_written_down(gate, ines):
    told = {"exposure": "staff", "labelled": "experts", "authenticated": "yes", "verified": "0.5", "about": "the desk"}
    before = gate.source("helpdesk").likelihood
    page = ines.send("/source/register", name="helpdesk", why="asked them", **told)
    assert "It is the desk." in page.words
    assert gate.source("helpdesk").register == {**told, "authenticated": True, "verified": 0.5}
    assert np.all(np.array(gate.source("helpdesk").likelihood) < before)
    page = ines.send("/source/register", name="helpdesk", why="asked them", **{**told, "verified": "1.5"})
    assert ines.status == 422
    assert "must lie in [0, 1]" in page.alert


def test_only_a_suspended_source_is_cleared(ada):
    ada.send("/source/clear", name="helpdesk", why="fine")
    assert ada.status == 409


def test_snapshots_and_models_are_made(gate, ada):
    page = ada.send("/snapshots", why="for tonight")
    assert page.status.startswith("A new snapshot was made.")
    made = gate.snapshots()[0]
    assert made.who == "user:ada"
    page = ada.send(f"/snapshots/{made.id}/models", name="tonight's")
    assert gate.snapshots()[0].models == ("tonight's",)
    assert {link["@href"].rpartition("/")[2] for link in page.all("a") if "/api/v1/" in link["@href"]} == {
        "data",
        "manifest",
        "croissant",
    }
    page = ada.send(f"/snapshots/{made.id}/models", name="")
    assert ada.status == 422
