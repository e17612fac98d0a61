"""Words for everything that a gate can say."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

import amlsec.gate.people
from amlsec.gate.judging.checks import Why
from amlsec.gate.ledger import Wrote
from amlsec.gate.pages.views import history, verdict
from amlsec.gate.pages.views.rows import columns
from amlsec.gate.records import Stands, Submission
from gate.begun import begun, blobs, settled
from gate.begun import on as act
from gate.http.calling import CAPPED, people
from gate.pages import mails
from gate.pages.reader import Reader

LENIENT = """rule = "sphere"
[screens.sphere]
hold_back = 0.1
[rates]
quarantine = 0
[caps]
share = 1
growth = 1
"""


def test_every_kind_of_entry_has_words():
    assert set(history._SAID) == set(Wrote)


def test_every_change_of_an_account_has_words():
    sources = Path(amlsec.gate.people.__file__).parent.glob("*.py")
    written = {what for source in sources for what in re.findall(r'"what": "([^"]+)"', source.read_text())}
    assert len(written) > 5
    assert written == set(history._ACCOUNTS)


def test_every_check_has_a_name_and_a_sentence():
    checks = {why.name.lower() for why in Why} - {"passed", "known"} | {"judging"}
    assert set(verdict._NAMES) == set(verdict._BECAUSE) == checks


def counted(accepted, quarantined, rejected, stands):
    rows = sum((accepted, quarantined, rejected))
    told = {"key": None, "digest": "", "received": "", "harm": 0.0}
    return Submission(
        1, "web", rows=rows, stands=stands, **told, accepted=accepted, quarantined=quarantined, rejected=rejected
    )


@pytest.mark.parametrize(
    ("counts", "stands", "headline"),
    [
        ((0, 1, 0), Stands.QUARANTINED, "Its only row waits for a person."),
        ((0, 5, 0), Stands.QUARANTINED, "All 5 rows wait for a person."),
        ((4, 1, 0), Stands.QUARANTINED, "1 of 5 rows waits for a person."),
        ((1, 0, 0), Stands.ACCEPTED, "Its only row was accepted."),
        ((4, 0, 1), Stands.ACCEPTED, "1 of 5 rows was rejected."),
        ((0, 0, 5), Stands.REJECTED, "All 5 rows were rejected."),
        ((3, 2, 0), Stands.ROLLED_BACK, "It was rolled back: no new snapshot holds any of it."),
    ],
)
def test_the_headline_agrees_with_its_counts(counts, stands, headline):
    assert verdict.headline(counted(*counts, stands)) == headline


@pytest.fixture(scope="module")
def tabular(tmp_path_factory, quick_passwords):
    """A gate of numbers and words in columns, with a submission that is over its source's share."""
    trusted, offered = (
        table.append_column("port", pa.array(["http", "ssh"] * (len(table) // 2))) for table in (blobs(200, 1), blobs(40, 2))
    )
    gate = begun(tmp_path_factory.mktemp("gates") / "gate", trusted=trusted, policy=CAPPED)
    people(gate)
    gate.submit(offered, "<i>feed</i>", act=act(1))
    settled(gate)
    yield gate
    gate.close()


def test_rows_of_a_table_are_shown_by_their_columns(tabular):
    held = tabular.queue()[0]
    page = Reader(tabular, "ada").get(f"/submissions/{held.id}")
    assert not page.all("blockquote")
    assert {"a", "b", "port"} <= set(page.texts("dt"))
    assert {"http", "ssh"} <= set(page.texts("dd"))
    near = [row["values"]["port"] for one in tabular.evidence(held.id)["worst"] for row in one["nearest"].values()]
    assert set(near) <= {"http", "ssh"}
    assert "Features that would change most" in page.texts("h2")


def test_many_columns_are_folded_behind_those_that_tell(tabular, monkeypatch):
    wide = columns({f"c{k}": k for k in range(60)}, {"c50"})
    assert [wide.cells[0], len(wide.cells), len(wide.more)] == [("c50", "50"), 12, 48]
    monkeypatch.setattr("amlsec.gate.pages.views.rows.MOST_CELLS", 1)
    page = Reader(tabular, "ada").get(f"/submissions/{tabular.queue()[0].id}")
    assert "2 further columns" in page.texts("summary")
    assert {"a", "b", "port"} <= set(page.texts("dt"))


def test_what_could_not_be_judged_says_so(tabular, monkeypatch):
    def broken(*args, **told):
        raise RuntimeError("<b>no</b> memory")

    number = tabular.submit(blobs(4, 9).append_column("port", pa.array(["http"] * 4)), "web", act=act(2)).submission
    monkeypatch.setattr("amlsec.gate.judging.panel.Panel.judge", broken)
    reader = Reader(tabular, "ada")
    tabular.work("tester", when=act(2).when)
    assert (
        "The last attempt to judge it failed: RuntimeError: <b>no</b> memory" in reader.get(f"/submissions/{number}").words
    )
    settled(tabular)
    page = reader.get(f"/submissions/{number}")
    assert page.texts("h1") == ["All 4 rows wait for a person."]
    assert "No verdict could be reached, so all of it was held." in page.words
    assert len(page.all("input", type="checkbox")) == 4
    assert "No verdict could be reached" in reader.get("/queue").words


def test_protected_rows_that_turn_are_shown(tmp_path, quick_passwords):
    gate = mails.begun(tmp_path / "gate", policy=LENIENT)
    people(gate)
    payroll = [f"zebra payroll, {what}, zebra payroll" for what in mails.WHAT]
    gate.protect(pa.table({"body": payroll, "label": [mails.HAM] * len(payroll)}), act=mails.act(0))
    spam = mails.mails(300, 51, spam=1.0)
    aimed = spam.set_column(0, "body", pa.array([f"{body} zebra payroll" for body in spam["body"].to_pylist()]))
    number = gate.submit(aimed, "web", act=mails.act(1)).submission
    gate.work("tester", when=mails.act(1).when)
    turned = gate.evidence(number)["protected"]
    page = Reader(gate, "ada").get(f"/submissions/{number}")
    assert turned
    assert "Protected rows that would turn wrong" in page.texts("h2")
    assert {one["text"] for one in turned} <= set(payroll) & set(page.texts("blockquote"))
    gate.close()
