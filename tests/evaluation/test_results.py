"""What results say of a defense."""

import json
from dataclasses import asdict

from amlsec.catalogue import named
from amlsec.evaluation.jobs import Job, outcome
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results, defended


def test_what_is_known_to_get_around_a_guard_is_said_beside_what_it_leaves():
    results = Results()
    for defense in ("", "stateful-queries", "abstain"):
        results.add(Job("label-search", defense), {"outcome": asdict(Outcome(5, 0, 100, 0.0, 100))})
    note = defended(named("label-search"), "stateful-queries", results).note
    assert note == "known to be got around by oars, where these apply"
    assert defended(named("label-search"), "abstain", results).note == ""


def test_an_outcome_is_the_same_after_it_was_stored():
    kept = {"interval": (0.1, 0.3), "examples": (("a", "b", ("c",)),), "stopped": {"poison": (1, 2)}}
    found = Outcome(5, 0, 100, 0.0, 100, measured={"agreed": "99%"}, roc=((0.01, 0.2), (1.0, 1.0)), **kept)
    assert outcome(json.loads(json.dumps(asdict(found)))) == found


def test_a_game_that_was_played_without_a_trial_was_not_stopped_by_time():
    results = Results()
    assert results.why("truth-serum") == ""
    results.add(Job("truth-serum", seed=1), None)
    assert results.why("truth-serum") == "the time was over"
    results.add(Job("truth-serum"), {"outcome": asdict(Outcome(0, 0, 0, 0.01, 0))})
    assert results.why("truth-serum") == ""
