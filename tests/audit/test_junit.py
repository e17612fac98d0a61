from xml.etree import ElementTree as xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.audit import junit
from amlsec.evidence import State
from audit import example


def cases(result):
    return {case.get("name").split()[0]: case for case in xml.fromstring(junit.text(result)).iter("testcase")}


def test_one_case_a_finding_with_its_outcome():
    result = example.result()
    found = cases(result)
    assert set(found) == {finding.code for finding in result.findings}
    assert {code for code, case in found.items() if case.find("failure") is not None} == set(result.failed)
    skipped = {code for code, case in found.items() if case.find("skipped") is not None}
    assert skipped == {finding.code for finding in result.findings if finding.state != State.MEASURED}
    assert found["AML-P06"].find("skipped").get("message") == "not run: the time budget of 300 s was spent"
    assert found["AML-P04"].get("classname") == "amlsec.causative.availability.indiscriminate"


def test_the_totals_are_those_of_the_cases():
    root = xml.fromstring(junit.text(example.result()))
    for element in (root, root.find("testsuite")):
        assert [element.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["11", "3", "0", "3"]
    assert root.find("testsuite").get("timestamp") == "2026-03-02T09:14:05"


def test_only_the_results_own_verdict_fails_a_case():
    assert not list(xml.fromstring(junit.text(example.result(failed=[]))).iter("failure"))
    assert list(cases(example.compared())["AML-P04"].iter("failure"))


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_sound_xml(text):
    finding = example.finding(title=text, sentence=text, because=text)
    xml.fromstring(junit.text(example.result([finding], failed=["AML-E01"])).encode("utf-8"))


@pytest.mark.parametrize("state", [State.NOT_RUN, State.NOT_APPLICABLE])
def test_what_was_not_measured_never_fails(state):
    case = cases(example.result([example.finding(state=state)], failed=["AML-E01"]))["AML-E01"]
    assert [child.tag for child in case] == ["skipped"]
