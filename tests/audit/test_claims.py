"""Whether a claim of differential privacy was kept, told word for word."""

from dataclasses import asdict, replace

from amlsec.audit.claims import BOUNDS, NONE_MADE, claims_finding
from amlsec.catalogue import named
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results
from amlsec.evidence import Severity, State

ATTACKS = [named(name) for name in ("lira", "membership-by-loss", "dictionary")]
PLAIN = Outcome(10, 0, 100, 0.01, 1000)


def results(**games):
    """Outcomes of membership; a name with two underscores is an attack behind a defense."""
    found = Results()
    for name, outcome in games.items():
        attack, _, defense = name.partition("__")
        found.add(Job(attack.replace("_", "-"), defense.replace("_", "-")), {"outcome": asdict(outcome)})
    return found


def claiming(proved, epsilon=1.0, delta=0.0):
    told = {"epsilon": epsilon, "delta": delta, "proved": proved, "pairs": 400.0, "confidence": 0.999}
    return replace(PLAIN, claim=told)


def test_where_nobody_claims_anything_there_is_nothing_to_check():
    found = claims_finding(ATTACKS, results(lira=PLAIN, dictionary=PLAIN))
    assert (found.state, found.because) == (State.NOT_APPLICABLE, NONE_MADE)


def test_the_attack_that_proves_most_is_told():
    found = claims_finding(ATTACKS, results(lira=claiming(0.4), membership_by_loss=claiming(0.0)), "again")
    assert found.severity == Severity.NONE
    assert found.sentence == (
        "The model claims that no record changes what it says by more than epsilon 1: nothing measured contradicts it "
        "(0.4 is proved at most)."
    )
    assert (found.trials, found.reproduce, found.advice) == (400, "again", "")
    assert found.table == (
        {
            "claimed by": "The model",
            "epsilon claimed": "1",
            "delta claimed": "0",
            "epsilon proved": "0.4",
            "by": "Lira",
            "pairs of rows": "400",
            "the claim is": "kept so far",
        },
    )


def test_a_contradicted_claim_is_a_severe_finding():
    games = {"lira__output_perturbation": claiming(2.5, delta=1e-5), "lira__private_ridge": claiming(0.1), "lira": PLAIN}
    found = claims_finding(ATTACKS, results(**games))
    assert found.severity == Severity.HIGH
    assert found.sentence.startswith(
        "OutputPerturbation claims that no record changes what it says by more than epsilon 1, delta 1e-05: contradicted, "
        "Lira proves that it is more than 2.5. PrivateRidge claims"
    )
    assert [row["the claim is"] for row in found.table] == ["contradicted", "kept so far"]
    assert found.sentence.endswith(f"(0.1 is proved at most). {BOUNDS}")
    assert found.advice


def test_games_of_layers_and_of_other_attacks_play_no_part():
    games = results(dictionary=claiming(9.0))
    games.add(Job("lira", "roni & abstain"), {"outcome": asdict(claiming(9.0))})
    assert claims_finding(ATTACKS, games).state == State.NOT_APPLICABLE
