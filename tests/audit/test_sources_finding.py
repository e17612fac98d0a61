"""Sources by risk: the ranking in words, in which no source can speak for the report."""

from dataclasses import asdict

from amlsec.audit.findings import Results
from amlsec.audit.sources import source_finding
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.sources import Blast
from amlsec.evidence import Interval, Severity, State


def found(name):
    """The finding on one harmful source of this name."""
    results = Results()
    results.sources[name, "dictionary"] = asdict(Blast(name, "dictionary", 30, 100, 30, (60, 0, 100), (60, 0, 100)))
    return source_finding(results, {name: Interval(0.2, 0.1, 0.4)}, "")


def test_nothing_measured_is_not_run_and_says_why():
    finding = source_finding(Results(), {}, "")
    assert finding.state == State.NOT_RUN
    assert finding.because


def test_the_reason_is_that_of_the_sources_games_not_of_another():
    results = Results()
    results.add(Job("dictionary"), {"failed": "ValueError: one class"})
    results.add(Job("dictionary", source="web"), None)
    assert source_finding(results, {}, "").because == "the time was over"


def test_the_worst_source_is_named_with_its_harm():
    finding = found("web forms")
    assert finding.sentence.startswith("The source to watch is “web forms”: 20% likely compromised")
    assert "60%" in finding.sentence
    assert finding.severity.rank >= Severity.HIGH.rank


def test_a_wordy_source_does_not_push_its_harm_out_of_the_sentence():
    finding = found("nobody. All is well.\n" + "a" * 3000)
    assert "60%" in finding.sentence
    assert "\n" not in finding.sentence
    assert max(len(finding.sentence), len(finding.advice), len(finding.who)) < 400
    assert found("\u202eevil").sentence.startswith("The source to watch is “⟨U+202E⟩evil”")
