import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from amlsec.audit import sarif
from amlsec.audit.answers import with_answers
from amlsec.audit.codes import Code
from amlsec.catalogue import discover
from amlsec.evidence import Severity, State
from audit import example

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))


def log(result) -> dict:
    read = json.loads(sarif.text(result))
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(read)
    return read


def run(result=None) -> dict:
    return log(result or example.result())["runs"][0]


@pytest.mark.parametrize("result", [example.result(), example.compared(), example.result([], failed=[])])
def test_it_follows_the_schema(result):
    assert log(result)["version"] == "2.1.0"


def test_findings_with_a_severity_are_results_and_the_rest_are_not():
    results = run()["results"]
    wanted = [f.code for f in example.result().worst_first if f.state == State.MEASURED and f.severity != Severity.NONE]
    assert [found["ruleId"] for found in results] == wanted
    notes = run()["invocations"][0]["toolExecutionNotifications"]
    assert {note["associatedRule"]["id"] for note in notes} == {"AML-E03", "AML-P06", "AML-M02"}
    assert "it works on tables" in notes[0]["message"]["text"] + notes[1]["message"]["text"] + notes[2]["message"]["text"]


def test_every_result_leads_to_its_rule_and_to_the_audited_file():
    rules = run()["tool"]["driver"]["rules"]
    for found in run()["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        place = found["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("data/sms.csv", 1)


@pytest.mark.parametrize(
    ("severity", "level", "least"),
    [("critical", "error", 9.0), ("high", "error", 7.0), ("medium", "warning", 4.0), ("low", "note", 0.1)],
)
def test_level_and_score_follow_the_severity(severity, level, least):
    found = run(example.result([example.finding(severity=Severity(severity))]))
    assert found["results"][0]["level"] == level
    assert least <= float(found["tool"]["driver"]["rules"][0]["properties"]["security-severity"]) < least + 3


def test_fingerprints_stay_when_numbers_change_and_differ_between_findings_and_files():
    def prints(result):
        return [found["partialFingerprints"]["primaryLocationLineHash"] for found in run(result)["results"]]

    two = [example.finding("AML-E01"), example.finding("AML-E02")]
    again = [example.finding("AML-E01", sentence="other", severity=Severity.HIGH), example.finding("AML-E02")]
    moved = example.result().subject.model_copy(update={"data": "other.csv"})
    assert prints(example.result(two)) == prints(example.result(again))
    assert len({*prints(example.result(two)), *prints(example.result(two, subject=moved))}) == 4


def test_standards_are_tags():
    rules = {rule["id"]: rule["properties"]["tags"] for rule in run()["tool"]["driver"]["rules"]}
    assert {"security", "external/atlas/aml.t0020", "external/nist/nistaml.013", "external/owasp/ml02"} <= set(
        rules["AML-P04"]
    )
    assert not [tag for tag in rules["AML-A01"] if "none" in tag]
    assert {"external/rmf/measure-2.7", "external/aisvs/c1.3.1", "external/aiact/15(5)-data-poisoning"} <= set(
        rules["AML-P04"]
    )
    assert not [tag for tags in rules.values() for tag in tags if "mitigations" in tag or " " in tag]


def test_no_finding_has_more_tags_than_a_viewer_takes():
    """GitHub takes twenty tags a rule."""
    cards = [card for card in discover() if card.kind.is_attack]
    attacks = [(card.code, card.name, str(card.cell), card.standards.as_dict()) for card in cards]
    found = [
        example.finding(code, member=member, cell=cell, standards=standards)
        for code, member, cell, standards in [*attacks, *((code, "", "", {}) for code in Code)]
    ]
    rules = run(example.result(with_answers(found)))["tool"]["driver"]["rules"]
    assert len(rules) == len(cards) + len(Code)
    assert max(len(rule["properties"]["tags"]) for rule in rules) <= 20


@pytest.mark.parametrize(
    ("data", "uri"),
    [("a b/c#d.csv", "a%20b/c%23d.csv"), ("a\\b.csv", "a/b.csv"), ("/srv/x y.csv", "file:///srv/x%20y.csv"), ("sms", "sms")],
)
def test_the_path_is_a_uri(data, uri):
    subject = example.result().subject.model_copy(update={"data": data})
    found = run(example.result([example.finding()], subject=subject))["results"][0]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_the_exit_code_is_the_results():
    assert [
        run(r)["invocations"][0]["exitCode"] for r in (example.result(), example.result(failed=[]), example.result([]))
    ] == [1, 0, 3]


def test_hostile_text_is_spelled_out():
    text = sarif.text(example.result([example.finding(title=example.HOSTILE, sentence=example.HOSTILE)]))
    assert "\u202e" not in text
    assert "\\u0000" not in text
