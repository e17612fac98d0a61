"""What findings say of clean rows, prices and standing."""

from dataclasses import asdict

import pytest

from amlsec.audit import conclusions, words
from amlsec.audit.findings import Frame, attack_finding, verdicts_finding
from amlsec.audit.settings import settings
from amlsec.catalogue import named
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results, price
from amlsec.evidence import Defended, Severity, change, rate
from audit import example


def _clean(stopped, passed, constant=False):
    return {"stopped": list(stopped), "passed": list(passed), "wrong": [[], []], "constant": constant}


@pytest.mark.parametrize(
    ("clean", "severity"),
    [
        (_clean((5, 200), (5, 200)), Severity.NONE),
        (_clean((5, 200), (80, 200)), Severity.MEDIUM),
        (_clean((102, 200), (94, 200)), Severity.HIGH),  # a coin
        (_clean((0, 200), (192, 200)), Severity.HIGH),  # lets nearly everything through
        (_clean((0, 200), (200, 200), constant=True), Severity.CRITICAL),
    ],
)
def test_a_model_that_judges_clean_rows_badly_is_a_finding(clean, severity):
    assert verdicts_finding(clean).severity == severity


def test_a_backdoor_is_said_to_open_for_marked_rows_not_for_one_chosen_row():
    results = Results()
    results.add(Job("backdoor"), {"outcome": asdict(Outcome(90, 0, 100, 0.0, 100, paired=True))})
    results.add(Job("focused"), {"outcome": asdict(Outcome(4, 0, 5, 0.0, 100))})
    frame = Frame(settings({"data": "x.csv", "target": "y"}), "words", 30.0, {"train": 1000})
    said = {name: attack_finding(named(name), results, frame, "").sentence for name in ("backdoor", "focused")}
    assert said["backdoor"].endswith("more of the malicious rows through that carry his mark.")
    assert "of tries to" in said["focused"]


def test_the_price_is_that_of_the_label_it_hurts_most():
    """With 90 benign and 10 malicious rows, stopping everything costs all benign rows, not a tenth of all."""
    results = Results()
    results.clean[""] = {"stopped": [0, 90], "passed": [5, 10], "wrong": [[], [90, 91, 92, 93, 94]]}
    results.clean["stop-all"] = {"stopped": [90, 90], "passed": [0, 10], "wrong": [list(range(90)), []]}
    assert price(results.clean, "stop-all") == change(90, 0, 90)
    assert price(results.clean, "never-played") is None


def test_the_best_defense_is_of_least_harm_and_price():
    stops_all = Defended("stop-all", rate(0, 100), change(90, 0, 90), 100)
    sound = Defended("sound", rate(5, 100), change(1, 0, 90), 100)
    weak = Defended("weak", rate(70, 100), change(0, 0, 90), 100)
    found = example.finding(harm=rate(90, 100), defended=(stops_all, weak, sound))
    assert found.best_defense == sound
    assert example.finding(harm=rate(90, 100), defended=(weak,)).best_defense == weak
    assert example.finding(harm=rate(75, 100), defended=(weak,)).best_defense is None


def test_a_defense_that_costs_more_than_it_saves_is_said_to():
    dear = Defended("Dear", rate(5, 100), change(60, 0, 90), 100)
    cheap = Defended("Cheap", rate(5, 100), change(1, 0, 90), 100)
    said = {one.defense: words.advice(example.finding(harm=rate(40, 100), defended=(one,))) for one in (dear, cheap)}
    assert said["Dear"].endswith("points of wrong verdicts on clean rows of the label it hurts most, more than it saves.")
    assert said["Cheap"].endswith("points of wrong verdicts on clean rows of the label it hurts most.")
    [headline] = [
        line for line in conclusions.headline([example.finding(harm=rate(40, 100), defended=(dear,))]) if "Dear" in line
    ]
    assert headline.endswith("of the defenses measured Dear is best, and leaves 5\u00a0%, at a price of +66.7 points.")


@pytest.mark.parametrize(("won", "trials", "standing"), [(0, 100, "held"), (0, 5, "not shown")])
def test_few_trials_do_not_show_that_a_model_held(won, trials, standing):
    assert example.finding(harm=rate(won, trials), severity=Severity.NONE).standing == standing
    assert example.finding(harm=rate(won, trials), severity=Severity.HIGH).standing == "high"
