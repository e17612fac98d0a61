"""What is planned: most important first, each once, and only what the threat model asked for allows."""

import pytest

from amlsec.audit.plan import UNBOUNDED, Job, budget, by_sources, inapplicable, plan
from amlsec.audit.settings import settings
from amlsec.catalogue import Kind, discover
from grounds import card

ASKED = {"data": "x.csv", "target": "y"}
ATTACKS = [c for c in discover() if c.kind.is_attack and "text" in c.spaces]
DEFENSES = [c for c in discover() if not c.kind.is_attack and "text" in c.spaces]


def test_clean_rows_come_first_then_every_attack_alone():
    jobs = plan(ATTACKS, DEFENSES, by_sources(ATTACKS, ["web"]), settings(ASKED))
    assert jobs[0] == Job()
    assert jobs[1 : 1 + len(ATTACKS)] == [Job(attack.name) for attack in ATTACKS]


def test_each_job_once_and_each_under_a_key_of_its_own():
    jobs = plan(ATTACKS, DEFENSES, by_sources(ATTACKS, ["web", "desk"]), settings(ASKED))
    assert len(jobs) == len(set(jobs)) == len({job.key for job in jobs})


def test_every_claiming_defense_meets_every_attack_at_every_seed_and_budget():
    jobs = set(plan(ATTACKS, DEFENSES, [], settings({**ASKED, "seeds": 2})))
    for attack in ATTACKS:
        for defense in DEFENSES:
            for seed in (0, 1):
                assert (Job(attack.name, defense.name, 1.0, seed) in jobs) == defense.answers(attack.cell)


def test_every_source_meets_every_indiscriminate_poisoning_attack():
    jobs = plan(ATTACKS, [], by_sources(ATTACKS, ["web", "desk"]), settings(ASKED))
    met = {(job.source, job.attack) for job in jobs if job.source}
    assert met == {(s, a.name) for s in ("web", "desk") for a in ATTACKS if a.kind == Kind.POISONING and a.name != "focused"}


def test_budgets_scale():
    asked = settings({**ASKED, "share": 0.02, "queries": 7})
    assert budget(card("poisoning", None), asked, 30, 3.0).share == pytest.approx(0.06)
    assert budget(card("poisoning", None), asked, 30, 100).share == 0.5
    assert budget(card("evasion", None), asked, 30, 0.5).cost == 15
    assert budget(card("evasion", None), asked, 30, UNBOUNDED).queries == 35
    assert budget(card("privacy", None), asked, 30, 1.0).queries == 7


@pytest.mark.parametrize(
    ("given", "attack", "reason"),
    [
        ({"queries": 0}, card("evasion", None, access="labels"), "takes queries"),
        ({"access": "labels"}, card("evasion", None, access="scores"), "takes scores of the model"),
        ({"knowledge": "features"}, card("poisoning", None, knowledge="model"), "takes knowledge of the model"),
        ({"share": 0.0}, card("poisoning", None), "takes training rows"),
    ],
)
def test_what_the_threat_model_does_not_grant_does_not_apply_and_says_why(given, attack, reason):
    assert reason in inapplicable(attack, settings({**ASKED, **given}), "text")
    assert inapplicable(attack, settings(ASKED), "text") == ""


def test_an_attack_on_other_data_does_not_apply():
    tabular = next(c for c in discover() if c.name == "score-search")
    assert "works on tabular data, these are text" in inapplicable(tabular, settings(ASKED), "text")


def test_keys_do_not_change_between_versions_of_python():
    assert Job("dictionary", "roni", 1.0, 2).key == "7e68690609585613db221885"
