"""Every cell and every attack is mapped, to ids that exist."""

import re
from pathlib import Path

import pytest

from amlsec.audit.codes import Code
from amlsec.catalogue import Kind, discover
from amlsec.standards import AUDITORS, CLASSES, asked, evidence, known, missing, mitigations, of_cell, version
from amlsec.threat import CELLS, Influence, Violation

STANDARDS = {"atlas": r"AML\.T\d{4}(\.\d{3})?", "nist": r"NISTAML\.\d{2,3}", "owasp": r"ML\d\d"}
ASKING = {
    "rmf": r"(GOVERN|MAP|MEASURE|MANAGE) \d\.\d+",
    "aisvs": r"C\d+\.\d\.\d",
    "iso42001": r"A\.\d+(\.\d)+",
    "aiact": r"15\(\d\)( [a-z ]+)?",
    "mitigations": r"AML\.M\d{4}",
}
ATTACKS = [card for card in discover() if card.kind.is_attack]


DEFENSES = [card for card in discover() if not card.kind.is_attack]


@pytest.mark.parametrize("standard", {**STANDARDS, **ASKING})
def test_ids_have_the_form_of_their_standard_and_a_name(standard: str) -> None:
    assert all(
        re.fullmatch({**STANDARDS, **ASKING}[standard], key) and name.strip() for key, name in known(standard).items()
    )
    assert re.search(r"20\d\d|\d\.\d", version(standard))


def test_owasp_has_ten_entries() -> None:
    assert sorted(known("owasp")) == [f"ML{i:02}" for i in range(1, 11)]


def test_a_sub_technique_carries_its_parents_name() -> None:
    techniques = known("atlas")
    for key, name in techniques.items():
        parent = techniques.get(key.rpartition(".")[0], None) if key.count(".") == 2 else None
        assert parent is None or name.startswith(f"{parent}: ")


def mapped(ids: tuple[str, ...], standard: str) -> bool:
    if len(ids) == 1 and ids[0].startswith("none, because "):
        return len(ids[0]) > len("none, because ") + 10
    return bool(ids) and len(set(ids)) == len(ids) and set(ids) <= set(known(standard))


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_cell_is_mapped(cell, standard: str) -> None:
    assert mapped(of_cell(cell).as_dict()[standard], standard)


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("card", ATTACKS, ids=lambda card: card.name)
def test_every_attack_is_mapped(card, standard: str) -> None:
    assert mapped(card.standards.as_dict()[standard], standard)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_poisoning_cells_are_said_to_poison_and_privacy_cells_to_leak(cell) -> None:
    """AML.T0020 is "Poison Training Data", AML.T0024 "Exfiltration via AI Inference API"."""
    ids = of_cell(cell).atlas
    assert ("AML.T0020" in ids) == (cell.influence == Influence.CAUSATIVE)
    assert any(key.startswith("AML.T0024") for key in ids) == (cell.violation == Violation.PRIVACY)


def told(ids: tuple[str, ...]) -> set[str]:
    return {one for one in ids if not one.startswith("none, because ")}


def called(standard: str) -> set[str]:
    """The ids of a class of threats that an attack or a cell has."""
    cards = (card.standards.as_dict()[standard] for card in ATTACKS)
    return set().union(*map(told, [*cards, *(of_cell(cell).as_dict()[standard] for cell in CELLS)]))


def answered(standard: str) -> set[str]:
    """The ids of an auditor's standard that something answers."""
    found = [card.mitigations for card in DEFENSES]
    if standard in AUDITORS:
        found = [*(card.auditors[standard] for card in discover()), *(asked(code=code)[standard] for code in Code)]
    return set().union(*map(told, [*found, *(one.answers.get(standard, ()) for one in evidence())]))


@pytest.mark.parametrize("standard", ["nist", "owasp"])
def test_every_class_of_threat_is_played_or_said_to_be_missing(standard: str) -> None:
    assert called(standard) == known(standard).keys() - missing(standard).keys()
    assert missing(standard).keys() <= known(standard).keys()


@pytest.mark.parametrize("standard", ASKING)
def test_what_is_asked_is_answered_or_said_to_be_missing(standard: str) -> None:
    assert answered(standard) == known(standard).keys() - missing(standard).keys()
    assert missing(standard).keys() <= known(standard).keys()


@pytest.mark.parametrize("standard", AUDITORS)
def test_every_cell_every_kind_and_every_code_answers_every_auditor(standard: str) -> None:
    for cell in CELLS:
        assert mapped(asked(cell=str(cell))[standard], standard), cell
    for kind in Kind:
        if not kind.is_attack:
            assert mapped(asked(kind=kind)[standard], standard), kind
    for code in Code:
        assert mapped(asked(code=code)[standard], standard), code


@pytest.mark.parametrize("card", DEFENSES, ids=lambda card: card.name)
def test_every_defense_has_its_mitigation(card) -> None:
    assert mapped(card.mitigations, "mitigations")


def test_exceptions_are_of_members_that_there_are_and_differ_from_their_kind() -> None:
    from amlsec.standards import _tables

    cards = {card.name: card for card in discover()}
    for member, row in _tables()["members"].items():
        assert member in cards
        for standard, ids in row.items():
            assert tuple(ids) != tuple(_tables()["kinds"][cards[member].kind].get(standard, ())), (member, standard)


def test_what_is_said_of_a_code_goes_before_member_kind_and_cell() -> None:
    cell = "exploratory privacy indiscriminate"
    assert asked(cell=cell)["aisvs"] == ("C11.2.5",)
    assert asked(cell=cell, kind="extraction")["aisvs"] == ("C11.2.2", "C11.3.2")
    assert asked(cell=cell, kind="extraction")["aiact"] == asked(cell=cell)["aiact"]
    assert asked(cell=cell, kind="guard", member="labels-only")["aisvs"] == ("C11.3.2",)
    assert asked(cell=cell, code="AML-C01")["aisvs"] == ("C1.1.5", "C11.2.5")
    assert asked(cell="no such cell") == dict.fromkeys(AUDITORS, ())


def test_private_learners_are_no_mitigation_that_atlas_names() -> None:
    assert mitigations("learner", "private-ridge")[0].startswith("none, because ")
    assert set(CLASSES) == set(STANDARDS)


def test_evidence_stands_on_pages_that_there_are() -> None:
    docs = Path(__file__).parents[1] / "docs"
    assert [one.page for one in evidence() if not (docs / one.page).is_file()] == []
