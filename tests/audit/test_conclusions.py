"""The headline, the comparison with an earlier audit, and the bar."""

import pytest

from amlsec.audit import files
from amlsec.audit.conclusions import compare, concluded, headline
from amlsec.audit.settings import settings
from amlsec.evidence import Severity, State, rate
from audit import example

ASKED = {"data": "x.csv", "target": "y"}
SAMPLE = example.result()


def _result(findings, **asked):
    return concluded(SAMPLE.subject, SAMPLE.run, findings, settings({**ASKED, **asked}))


def _found(code, won, severity=Severity.HIGH, cell="exploratory integrity indiscriminate", **more):
    return example.finding(code, harm=rate(won, 100), severity=severity, cell=cell, **more)


def test_no_bar_no_failure():
    result = _result([_found("AML-E01", 99, Severity.CRITICAL)])
    assert (result.exit_code, result.failed) == (0, [])
    assert result.bar.startswith("nothing")


@pytest.mark.parametrize(("bar", "code"), [("critical", 0), ("high", 1), ("medium", 1), ("low", 1)])
def test_the_bar_is_a_severity(bar, code):
    result = _result([_found("AML-E01", 40)], fail_on=bar)
    assert result.exit_code == code
    assert result.failed == (["AML-E01"] if code else [])


def test_a_held_finding_is_never_at_the_bar():
    assert _result([_found("AML-E01", 0, Severity.NONE)], fail_on="none").exit_code == 0


def test_nothing_measured_is_exit_3():
    untested = example.finding(state=State.NOT_RUN, harm=None, because="the time was over")
    assert _result([untested]).exit_code == 3


@pytest.mark.parametrize(("before", "after", "worse"), [(30, 30, False), (30, 35, False), (30, 60, True), (60, 30, False)])
def test_worse_than_last_time_is_judged_by_the_lower_end(before, after, worse):
    asked = settings({**ASKED, "baseline": "last.json"})
    earlier = [_found("AML-E01", before)]
    result = concluded(SAMPLE.subject, SAMPLE.run, [_found("AML-E01", after)], asked, earlier)
    assert result.exit_code == worse
    (comparison,) = result.baseline
    assert comparison.worse == worse == (rate(after, 100).low > before / 100)


def test_findings_of_one_audit_only_are_not_compared():
    assert compare([_found("AML-E01", 3)], [_found("AML-E02", 3)]) == []


@pytest.mark.parametrize(
    ("limits", "state"), [({"warn": 0.2, "fail": 0.9}, "warn"), ({"fail": 0.2}, "fail"), ({"fail": 0.9}, "pass")]
)
def test_conditions(limits, state):
    result = _result([_found("AML-E01", 50)], conditions={"AML-E01": limits, "AML-P01": {"fail": 0.1}})
    assert result.conditions == {"AML-E01": state, "AML-P01": "not run"}
    assert result.exit_code == (state == "fail")


def test_the_headline_says_the_worse_way_first():
    poison = _found("AML-P03", 90, Severity.CRITICAL, "causative availability indiscriminate", sentence="Poison works.")
    evasion = _found("AML-E01", 30, Severity.HIGH, sentence="Evasion works.")
    sources = example.finding("AML-S01", member="", cell="", sentence="Watch the web.")
    lines = headline([evasion, poison, sources])
    assert len(lines) == 3
    assert lines[0].startswith("Through the training data: poison works")
    assert lines[1].startswith("Against the finished model: evasion works")
    assert lines[2] == "Watch the web."


def test_the_headline_says_what_held_and_what_was_not_measured():
    lines = headline([_found("AML-E01", 0, Severity.NONE, sentence="Evasion works.")])
    assert any("little harm was found" in line for line in lines)
    assert any("no attack was measured" in line for line in lines)


def test_the_headline_does_not_say_of_sources_without_time_that_nobody_asked():
    untold = example.finding(code="AML-S01", state=State.NOT_RUN, harm=None, because="the time was over")
    assert headline([untold])[2] == "How much harm each source could do was not measured: the time was over."


def test_a_result_reads_back_as_it_was_written(tmp_path):
    result = _result([_found("AML-E01", 50)])
    assert files.read_baseline(files.write(result, tmp_path)[1]) == result
