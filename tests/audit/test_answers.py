"""What findings answer of what auditors ask."""

from amlsec.audit.answers import answers, with_answers
from amlsec.evidence import Defended, Interval
from audit import example

LITTLE = Interval(0.1, 0.0, 0.2)


def test_a_finding_of_an_attack_answers_as_its_cell_and_kind():
    found = answers(example.finding())
    assert found == {
        "rmf": ("MEASURE 2.7",),
        "aisvs": ("C11.1.3",),
        "iso42001": ("A.6.2.4",),
        "aiact": ("15(5) adversarial examples",),
    }


def test_defenses_that_were_measured_are_named_as_mitigations():
    tried = [Defended("Tried", LITTLE, None, 100, member=name) for name in ("roni", "provenance", "private-ridge")]
    found = answers(example.finding("AML-P04", member="dictionary", defended=(*tried, Defended("Unnamed", LITTLE, None, 9))))
    assert found["mitigations"] == ("AML.M0007", "AML.M0025")


def test_a_code_that_an_auditor_does_not_ask_for_is_left_out():
    found = answers(example.finding("AML-D01", member="", cell=""))
    assert sorted(found) == ["aisvs", "iso42001", "rmf"]


def test_nothing_else_of_a_finding_changes():
    [told] = with_answers([example.finding()])
    assert told != example.finding()
    assert {**vars_of(told), "answers": {}} == vars_of(example.finding())


def vars_of(finding):
    return {name: getattr(finding, name) for name in type(finding).__dataclass_fields__}
