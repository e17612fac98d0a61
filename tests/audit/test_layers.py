"""Layers in the audit: which are chosen, what is said of them, and how it looks."""

from dataclasses import asdict

import pytest

from amlsec.audit.layers import chosen, layers_finding, played, require_suited, strongest
from amlsec.audit.settings import settings
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results
from amlsec.evidence import Severity, State

ATTACKS = [
    named(name) for name in ("good-words-by-query", "false-alarms", "adversarial-flips", "random-flips", "dictionary")
]
RULE = "training-loss & abstain"


def results(played):
    """Results in which each (attack, defense) won so many of 100 rows; poisoners know what they face, where it is joined."""
    found = Results()
    for (attack, defense), won in played.items():
        knows = "&" in defense and attack in ("adversarial-flips", "dictionary")
        found.add(Job(attack, defense, adaptive=knows), {"outcome": asdict(Outcome(won, 0, 100, 0.0, 100))})
    return found


def test_the_screen_the_learner_and_the_guard_that_help_most_are_joined():
    found = results(
        {
            ("adversarial-flips", ""): 80,
            ("adversarial-flips", "training-loss"): 10,
            ("adversarial-flips", "sphere"): 60,
            ("adversarial-flips", "median-of-means"): 75,
            ("dictionary", ""): 90,
            ("dictionary", "median-of-means"): 100,
            ("dictionary", "abstain"): 50,
        }
    )
    assert chosen(None, ATTACKS, found).name == RULE, "median of means does more harm than good"
    assert chosen("sphere & abstain", ATTACKS, found).name == "sphere & abstain"
    assert chosen(None, ATTACKS, results({("dictionary", ""): 90, ("dictionary", "abstain"): 50})) is None


def test_the_strongest_attack_of_each_kind_and_violation_meets_the_layers():
    harm = {"good-words-by-query": 60, "false-alarms": 90, "adversarial-flips": 30, "random-flips": 50, "dictionary": 20}
    found = results({(name, ""): won for name, won in harm.items()})
    by_cell = {(named(name).kind, named(name).cell.violation): won for name, won in sorted(harm.items(), key=lambda i: i[1])}
    assert [harm[attack.name] for attack in strongest(ATTACKS, found)] == sorted(by_cell.values(), reverse=True)
    assert strongest(ATTACKS, results({("dictionary", ""): 0})) == []


def test_who_poisons_to_read_the_model_meets_no_layers():
    leaking = [named("truth-serum"), named("blanket-mislabelling")]
    found = results({(name, ""): 99 for name in ("truth-serum", "blanket-mislabelling", "random-flips")})
    assert strongest([*ATTACKS, *leaking], found) == [named("random-flips")]


def knocked(standing=2, without=80):
    return results(
        {
            ("good-words-by-query", ""): 90,
            ("good-words-by-query", RULE): standing,
            ("good-words-by-query", "training-loss"): without,
            ("good-words-by-query", "abstain"): 3,
        }
    )


def test_the_finding_names_the_single_point_of_failure():
    finding = layers_finding(ATTACKS, knocked())
    assert (finding.state, finding.severity) == (State.MEASURED, Severity.LOW)
    assert "Single point of failure: without abstain, Good words by query would get through." in finding.sentence
    assert (
        "With training-loss and abstain in place, the worst of 1 attacks, Good words by query, gains 2.0%"
        in finding.sentence
    )
    assert finding.knock_out.rows[0].single == ("abstain",)


def test_what_gets_through_all_layers_is_as_severe_as_it_is():
    finding = layers_finding(ATTACKS, knocked(standing=90))
    assert finding.severity == Severity.CRITICAL
    assert "No single layer's fall" in finding.sentence


def test_without_layers_it_says_why():
    finding = layers_finding(ATTACKS, results({("dictionary", ""): 90}))
    assert finding.state == State.NOT_RUN
    assert "fewer than two defenses" in finding.because
    late = layers_finding(ATTACKS, results({("dictionary", ""): 90, ("random-flips", RULE): 5}))
    assert "time was over" in late.because


def test_the_longest_rule_played_is_what_it_is_about():
    found = results({("dictionary", RULE): 1, ("dictionary", "training-loss & bagged-ensemble & abstain"): 1})
    assert played(found).name == "training-loss & bagged-ensemble & abstain"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("roni", "must join two layers at least"),
        ("roni & ", "ends too early"),
        ("roni & lira", "holds lira, of the kind membership"),
    ],
)
def test_bad_layers_are_refused_before_work_starts(layers, said):
    with pytest.raises(InvalidInput, match=said):
        settings({"data": "x.csv", "target": "y", "layers": layers})


def test_layers_for_other_data_are_refused_by_name():
    require_suited("spambayes & abstain", "text")
    require_suited(None, "tabular")
    with pytest.raises(InvalidInput, match="layers is 'spambayes': works on text data, these are tabular"):
        require_suited("spambayes & abstain", "tabular")
