"""Poisoning risks are ranked, and the defense that left least is named."""

from amlsec.audit.codes import Code
from amlsec.audit.poisoning import poisoning_finding
from amlsec.evidence import Defended, Severity, State, change, rate
from audit import example


def _found(code, won, severity, defended=()):
    return example.finding(code, title=code.lower(), harm=rate(won, 200), severity=severity, defended=tuple(defended))


SOUND = Defended("Sound", rate(4, 200), change(1, 0, 90), 200, adaptive=rate(10, 200), member="sound")


def test_the_worst_comes_first_with_what_its_best_defense_leaves():
    worst = _found("AML-P03", 150, Severity.HIGH, [SOUND])
    found = poisoning_finding([_found("AML-P01", 1, Severity.NONE), worst, _found("AML-P02", 60, Severity.LOW)])
    assert (found.code, found.severity) == (Code.POISONING, Severity.HIGH)
    assert [row["code"] for row in found.table] == ["AML-P03", "AML-P02", "AML-P01"]
    assert found.table[0]["left"] == str(SOUND.adaptive)
    assert found.table[1]["best defense"] == "none measured"
    assert found.sentence.startswith(
        "3 of 3 poisoning attacks do harm beyond chance; the worst is aml-p03. Sound left least, its price counted: "
    )
    assert "1 played against it, attackers who know it included" in found.sentence


def test_where_no_attack_does_harm_or_none_was_played_it_says_so():
    assert poisoning_finding([]).state == State.NOT_RUN
    found = poisoning_finding([example.finding(harm=change(2, 3, 200), severity=Severity.NONE)])
    one = poisoning_finding([_found("AML-P03", 150, Severity.HIGH), example.finding(harm=change(2, 3, 200))])
    assert one.sentence.startswith("1 of 2 poisoning attacks does harm beyond chance; the worst is aml-p03.")
    assert found.sentence.startswith("None of 1 poisoning attacks does harm beyond chance")
    assert found.severity == Severity.NONE
