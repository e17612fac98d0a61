"""What the pages tell is what the gate holds."""

import xml.etree.ElementTree as ET

import pytest

from amlsec.evidence import Decision
from amlsec.gate.pages.words import number
from gate.pages.mails import EVIL, REPORTS, act, handed_in, mails
from gate.pages.reader import Reader


def worst(gate):
    return gate.queue()[0]


def test_the_queue_shows_the_most_harmful_first(gate, ada):
    page = ada.get("/queue")
    queue = gate.queue()
    links = [link["@href"] for link in page.all("a") if "h2" in link["within"]]
    assert links == [f"/submissions/{one.id}" for one in queue]
    assert len(queue) >= 2
    assert worst(gate).source == REPORTS
    held = sum(one.quarantined for one in queue)
    assert page.texts("h1") == [f"{held} rows in {len(queue)} submissions wait for a person"]
    assert "Protected" not in page.words


def test_the_queue_can_be_of_one_source(ada):
    page = ada.get("/queue", source=EVIL)
    assert page.one("a", aria_current="true")["text"].startswith(EVIL)
    assert [title for title in page.texts("h2") if title] == [
        f"Submission {t.split()[1]} from {EVIL}" for t in page.texts("h2")
    ]
    assert "Nothing of this source waits." in ada.get("/queue", source="nobody").words


def test_a_submission_is_told_in_plain_words_first(gate, ada):
    about = worst(gate)
    page = ada.get(f"/submissions/{about.id}")
    share = "All" if about.quarantined == about.rows else f"{about.quarantined} of"
    assert page.texts("h1") == [f"{share} {about.rows} rows wait for a person."]
    told = gate.evidence(about.id)
    fired = [check for check in told["checks"] if check["fired"]]
    assert f"{len(fired)} checks fired" in page.texts("h2")
    for check in told["checks"]:
        assert check["says"] in page.words
        assert number(check["value"]) in page.words
    for one in told["responsible"][:10]:
        assert one["feature"] in page.texts("code")
    assert (
        f"would turn {told['flips']['turned_wrong'] or 'none'} of {told['flips']['asked']} trusted rows wrong" in page.words
    )


def test_its_rows_stand_worst_first_beside_their_neighbours(gate, ada):
    about = worst(gate)
    page = ada.get(f"/submissions/{about.id}")
    rows = gate.rows(about.id, limit=20, decision=Decision.QUARANTINE)
    assert [box["@value"] for box in page.all("input", type="checkbox")] == [str(p) for p in rows["position"].to_pylist()]
    quotes = page.texts("blockquote")
    for body in rows["body"].to_pylist():
        assert body in quotes
    for one in gate.evidence(about.id)["worst"]:
        for near in one["nearest"].values():
            assert near["text"] in quotes
    further = ada.get(f"/submissions/{about.id}", start=20)
    assert [box["@value"] for box in further.all("input", type="checkbox")] == [
        str(p) for p in gate.rows(about.id, start=20, limit=20, decision=Decision.QUARANTINE)["position"].to_pylist()
    ]


def test_the_queue_counts_all_that_waits(gate, ada, monkeypatch):
    held = gate.queue()
    monkeypatch.setattr("amlsec.gate.looking.MOST", 1)
    monkeypatch.setattr("amlsec.gate.pages.routes.queue._SHOWN", 1)
    page = ada.get("/queue")
    (head,) = page.texts("h1")
    assert head.startswith(f"{sum(one.quarantined for one in held)} rows in {len(held)} submission")
    more = {1: "", 2: "1 submission less harmful is not shown"}
    assert more.get(len(held), f"{len(held) - 1} submissions less harmful are not shown") in page.words
    assert EVIL in ada.get("/queue", source=EVIL).texts("h2")[0]


def test_telling_words_are_marked_in_the_rows(gate, ada):
    about = worst(gate)
    told = {one["feature"] for one in gate.evidence(about.id)["responsible"][:10]}
    marked = {text.lower() for text in ada.get(f"/submissions/{about.id}").texts("mark")}
    assert marked
    assert marked <= told


def test_an_accepted_submission_and_one_that_waits(gate, ada):
    waiting = gate.submit(mails(3, 9), "helpdesk", act=act(5)).submission
    page = ada.get(f"/submissions/{waiting}")
    assert page.texts("h1") == ["Its verdict is still to come."]
    assert not page.all("button", name="decide")
    assert "1 submission more waits to be judged." in ada.get("/queue").words
    accepted = next(one for one in gate.submissions() if one.accepted == one.rows)
    page = ada.get(f"/submissions/{accepted.id}")
    assert page.texts("h1") == [f"All {accepted.rows} rows were accepted."]
    assert {button["@value"] for button in page.all("button", name="decide")} == {"accept-ticked", "reject-ticked"}


def test_sources_and_their_pages(gate, ada):
    page = ada.get("/sources")
    assert page.texts("th", scope="row") == [one.name for one in gate.sources()]
    page = ada.get("/source", name=REPORTS)
    record = gate.source(REPORTS)
    assert page.texts("h1") == [f"{REPORTS} is {record.likelihood[0]:.1%} likely compromised"]
    assert not page.all("form", action="/source/rollback"), "only admins roll back"
    assert page.texts("dd")[:3] == [str(part) for part in (record.accepted, record.quarantined, record.rejected)]


def test_the_risk_over_time_is_a_picture_with_its_numbers(gate, ada):
    page = ada.get("/source", name=REPORTS)
    picture = page.one("img")
    assert "Likely compromised" in picture["@alt"]
    assert page.one("source")["@media"]
    drawn = ada.client.get(picture["@src"])
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in drawn.headers["content-security-policy"]
    root = ET.fromstring(drawn.text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert ada.client.get(picture["@src"]).content == drawn.content
    handed_in(gate, mails(5, 11), REPORTS, 6)
    assert ada.client.get(picture["@src"]).content != drawn.content


def test_the_search_finds_what_was_submitted(gate, ada):
    page = ada.get("/search", words="trap-7")
    assert page.texts("h1") == ["1 submission with “trap-7”"]
    assert len(page.texts("th", scope="row")) == 1
    assert ada.get("/search", words="nothing has this").words.endswith("Nothing was found.")
    assert ada.get("/search", words="").texts("h1") == ["Search submissions"]


def test_the_ledger_shows_every_entry_once(gate, ada):
    for day in range(60):
        gate.model(gate.snapshot(act=act(4)).id if day == 0 else gate.snapshots()[0].id, f"model-{day}", act=act(4))
    count, seen, at = sum(1 for _ in gate.entries()), [], "/ledger"
    while at:
        page = ada.get(at)
        seen += [int(text.removeprefix("Entry ")) for text in page.texts("th", scope="row")]
        at = next((link["@href"] for link in page.all("a") if link["text"] == "Older entries"), None)
    assert seen == list(range(count, 0, -1))
    assert not page.all("form", action="/ledger/verify"), "only admins verify"


def test_what_is_verified_and_what_was_changed(gate, ines):
    page = ines.send("/ledger/verify")
    assert page.alert.startswith("Everything is as it was written")
    name = next(gate.home.store.names())
    path = gate.home.folder / "objects" / name[:2] / name
    path.write_bytes(path.read_bytes() + b"x")
    page = ines.send("/ledger/verify")
    assert "not as written" in page.alert
    assert name in page.alert


def test_who_is_not_signed_in_signs_in_and_goes_on_to_what_he_asked_for(gate):
    reader = Reader(gate)
    page = reader.get("/queue", source=REPORTS)
    assert reader.at.startswith("/sign-in?next=")
    fields = {"name": "ada", "next": page.one("input", name="next")["@value"]}
    page = reader.send("/sign-in", password="not the password", **fields)
    assert reader.status == 401
    assert page.alert == "Name and password do not fit together."
    assert page.one("input", name="name")["@value"] == "ada"
    assert reader.send("/sign-in", password="correct horse battery", **fields)
    assert reader.at == f"/queue?source={REPORTS}"
    reader.csrf = reader.get("/queue").all("input", name="csrf")[0]["@value"]
    assert reader.send("/sign-out").status == "You are signed out."
    reader.get("/queue")
    assert reader.at.startswith("/sign-in")


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "\t//evil.example"])
def test_signing_in_leads_nowhere_else(gate, elsewhere):
    client = Reader(gate).client
    told = {"name": "ada", "password": "correct horse battery", "next": elsewhere}
    answer = client.post("/sign-in", data=told, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/submissions/9999", 404, "There is no such thing here"),
        ("/submissions/none", 422, "Something in the form is not right"),
        ("/source?name=nobody", 404, "There is no such thing here"),
        ("/rollbacks/1", 404, "There is no such thing here"),
        ("/nowhere", 404, "There is no such thing here"),
        ("/people", 403, "This is not yours to see or do"),
    ],
)
def test_refusals_are_pages_in_words(ada, path, status, title):
    page = ada.get(path)
    assert (ada.status, page.texts("h1")) == (status, [title])
    assert page.all("a", href="/")


def test_every_page_is_guarded_by_its_headers(ada):
    ada.get("/queue")
    policy = ada.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert ada.headers["cache-control"] == "no-store"
