"""What is planned: most important first, each once, and only what the threat model asked for allows."""

from dataclasses import asdict
from functools import partial

import pytest

from amlsec.audit.plan import (
    BEST,
    POTENT,
    ROUNDS,
    STRONGEST,
    TURNS,
    UNBOUNDED,
    Asked,
    alone,
    behind_defenses,
    budget,
    by_source,
    canaries_defended,
    in_layers,
    inapplicable,
    is_wide_poisoning,
    knowing,
    phases,
    rest,
)
from amlsec.audit.plan import _by_harm as by_harm
from amlsec.audit.settings import settings
from amlsec.catalogue import Kind, Victim, discover, named
from amlsec.evaluation.canary_game import CELL
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results
from grounds import card

ASKED = {"data": "x.csv", "target": "y"}
ATTACKS = [c for c in discover() if c.kind.is_attack and "text" in c.spaces and c.victim == Victim.CLASSIFIER]
DEFENSES = [c for c in discover() if not c.kind.is_attack and "text" in c.spaces and c.victim == Victim.CLASSIFIER]
WIDE = [attack for attack in ATTACKS if is_wide_poisoning(attack)]


def asked(attacks=ATTACKS, defenses=DEFENSES, sources=("web", "desk"), **told):
    return Asked(attacks, defenses, sources, WIDE if sources else [], settings({**ASKED, **told}))


def with_harm(**wins):
    """Results in which these attacks, with dashes, won so many of 100 rows, alone and at the potent share."""
    results = Results()
    for name, won in wins.items():
        for scale in (1.0, POTENT):
            results.add(Job(name.replace("_", "-"), scale=scale), {"outcome": asdict(Outcome(won, 0, 100, 0.0, 100))})
    return results


def test_clean_rows_come_first_then_every_attack_alone_then_poisoning_at_a_potent_share():
    jobs = alone(asked(), Results())
    assert jobs[0] == Job()
    assert {job.attack for job in jobs[1 : 1 + len(ATTACKS)]} == {attack.name for attack in ATTACKS}
    assert {job.scale for job in jobs[: 1 + len(ATTACKS)]} == {1.0}
    poisoning = {attack.name for attack in ATTACKS if attack.kind == Kind.POISONING and attack.turns_verdicts}
    assert {job.attack for job in jobs[1 + len(ATTACKS) :]} == poisoning
    assert {job.scale for job in jobs[1 + len(ATTACKS) :]} == {POTENT}


def test_attacks_are_played_a_kind_after_the_other_so_that_little_time_leaves_none_of_a_kind_out():
    groups = {(attack.kind, attack.turns_verdicts) for attack in ATTACKS}
    first = [named(job.attack) for job in alone(asked(), Results())[1 : 1 + len(groups)]]
    assert {(attack.kind, attack.turns_verdicts) for attack in first} == groups


def test_of_equal_attacks_he_who_needs_to_know_least_meets_the_defenses_first():
    ranked = [card.name for card in by_harm(ATTACKS, with_harm(active_substitute=24, score_substitute=24))]
    assert ranked.index("score-substitute") < ranked.index("active-substitute")
    weak = with_harm(lira_online=2, calibrated_loss=1)
    assert {weak.harm(name).low <= 0.01 for name in ("lira-online", "calibrated-loss")} == {True}
    ranked = [card.name for card in by_harm(ATTACKS, weak)]
    assert ranked.index("lira-online") < ranked.index("calibrated-loss")


def test_every_claiming_defense_meets_every_attack_at_every_seed_and_no_key_stands_twice():
    given, results = asked(seeds=2), Results()
    jobs = {job for phase in phases(given) for job in phase(given, results)}
    assert len(jobs) == len({job.key for job in jobs})
    for attack in ATTACKS:
        for defense in DEFENSES:
            for seed in (0, 1):
                assert (Job(attack.name, defense.name, 1.0, seed) in jobs) == defense.answers(attack.cell)


def test_sources_meet_the_strongest_indiscriminate_poisoning_attacks():
    assert len(WIDE) > STRONGEST
    strong = {attack.name.replace("-", "_"): 50 for attack in WIDE[-STRONGEST:]}
    met = {(job.source, job.attack) for job in by_source(asked(), with_harm(**strong))}
    assert met == {(source, attack.name) for source in ("web", "desk") for attack in WIDE[-STRONGEST:]}
    assert by_source(asked(sources=()), Results()) == []


def test_who_poisons_to_read_the_model_turns_no_verdicts():
    """No source is measured by it, and without bounds nothing is asked of it: more lies may give less away."""
    given, results = asked(seeds=1), Results()
    leaking = {attack.name for attack in ATTACKS if attack.kind == Kind.POISONING and not attack.turns_verdicts}
    assert {"truth-serum", "blanket-mislabelling"} <= leaking
    assert not leaking & {attack.name for attack in WIDE}
    jobs = [job for phase in phases(given) for job in phase(given, results) if job.attack in leaking]
    assert {job.attack for job in jobs} == leaking
    assert not [job for job in jobs if job.source or job.scale == UNBOUNDED]


def test_the_most_harmful_attack_of_each_kind_meets_the_defenses_in_turn_poisoning_first():
    results = with_harm(dictionary=80, random_flips=30, good_words=90)
    for place, name in {0: "dictionary", 1: "good-words"}.items():
        jobs = behind_defenses(place, asked(), results)
        assert {job.attack for job in jobs} == {"", name}
        assert [job.defense for job in jobs[0::2]] == [job.defense for job in jobs[1::2]]
        assert {job.defense for job in jobs} == {d.name for d in DEFENSES if d.answers(named(name).cell)}
    met = [next((j.attack for j in behind_defenses(k, asked(), results) if j.attack), "") for k in range(len(ATTACKS))]
    assert met.index("random-flips") == len({(attack.kind, attack.turns_verdicts) for attack in ATTACKS})
    assert {name for name in met if name} == {a.name for a in ATTACKS if any(d.answers(a.cell) for d in DEFENSES)}


def test_poison_that_leaks_meets_the_defenses_in_turn_as_a_kind_of_its_own():
    results = with_harm(dictionary=80, random_flips=70, truth_serum=30, blanket_mislabelling=20)
    ranked = [attack.name for attack in by_harm(ATTACKS, results)]
    kinds = len({attack.kind for attack in ATTACKS}) + 1
    assert (ranked[0], ranked[kinds - 1]) == ("dictionary", "truth-serum")
    assert (ranked[kinds], ranked[2 * kinds - 1]) == ("random-flips", "blanket-mislabelling")
    assert [named(name).kind for name in ranked[:kinds]] == [kind for kind, _ in TURNS if kind != Kind.INFERENCE]


def test_who_knows_the_defense_is_played_against_those_that_did_best():
    results = with_harm(dictionary=80)
    rivals = [defense.name for defense in DEFENSES]
    for place, name in enumerate(rivals):
        results.add(Job("dictionary", name), {"outcome": asdict(Outcome(10 * place, 0, 1000, 0.0, 1000))})
    assert knowing(0, asked(), results) == [Job("dictionary", name, adaptive=True) for name in rivals[:BEST]]
    assert knowing(1, asked(), results) == []
    assert knowing(0, asked(), with_harm(dictionary=0)) == []


def test_where_the_best_break_the_next_best_meet_who_knows_them():
    given = asked([named("dictionary")], sources=(), seeds=1, only=(named("dictionary").code,))
    results, met = with_harm(dictionary=80), []
    rivals = [defense.name for defense in DEFENSES if defense.answers(named("dictionary").cell)]
    for phase in phases(given):
        for job in phase(given, results):
            if job.attack and job.defense and job.scale == 1.0 and job not in met:
                met.append(job)
                won = 900 if job.adaptive else 10 * rivals.index(job.defense)
                results.add(job, {"outcome": asdict(Outcome(won, 0, 1000, 0.0, 1000))})
    assert [job.defense for job in met if job.adaptive] == rivals[: ROUNDS * BEST]


def test_budgets_scale():
    told = settings({**ASKED, "share": 0.02, "queries": 7})
    assert budget(card("poisoning", None), told, 30, 3.0).share == pytest.approx(0.06)
    assert budget(card("poisoning", None), told, 30, 100).share == 0.5
    assert budget(card("evasion", None), told, 30, 0.5).cost == 15
    assert budget(card("evasion", None), told, 30, UNBOUNDED).queries == 35
    assert budget(card("membership", None), told, 30, 1.0).queries == 7
    assert budget(card("extraction", None), told, 30, 1.0).queries == 10_000


@pytest.mark.parametrize(
    ("given", "attack", "reason"),
    [
        ({"queries": 0}, card("evasion", None, access="labels"), "takes queries"),
        ({"access": "labels"}, card("evasion", None, access="scores"), "takes scores of the model"),
        ({"knowledge": "features"}, card("poisoning", None, knowledge="model"), "takes knowledge of the model"),
        ({"share": 0.0}, card("poisoning", None), "takes training rows"),
        ({"copy_queries": 0}, card("extraction", None, "privacy", access="scores"), "takes queries for a copy"),
        ({"queries": 0}, card("inference", None, "privacy", access="labels"), "takes queries"),
    ],
)
def test_what_the_threat_model_does_not_grant_does_not_apply_and_says_why(given, attack, reason):
    assert reason in inapplicable(attack, settings({**ASKED, **given}), "text")
    assert inapplicable(attack, settings(ASKED), "text") == ""


def test_an_attack_on_other_data_does_not_apply():
    tabular = next(c for c in discover() if c.name == "score-search")
    assert "works on tabular data, these are text" in inapplicable(tabular, settings(ASKED), "text")


def test_an_attack_on_another_kind_of_victim_does_not_apply():
    chaff = next((c for c in discover() if c.victim == Victim.DETECTOR and c.kind.is_attack), None)
    assert chaff is None or "aimed at a detector" in inapplicable(chaff, settings(ASKED), "traffic")


def test_keys_do_not_change_between_versions_of_python():
    assert Job("dictionary", "roni", 1.0, 2).key == "d7d1a0189b11cf82b3eaab85"


def test_once_the_first_attacks_met_the_defenses_the_best_of_these_are_played_in_layers():
    given, results = asked([named("good-words-by-query"), named("dictionary")], sources=()), Results()
    results.add(Job("dictionary"), {"outcome": asdict(Outcome(90, 0, 100, 0.0, 100))})
    for name, left in {"training-loss": 5, "median-of-means": 20, "sphere": 50}.items():
        results.add(Job("dictionary", name), {"outcome": asdict(Outcome(left, 0, 100, 0.0, 100))})
    rule = "training-loss & median-of-means"
    assert in_layers(given, results)[:2] == [Job(defense=rule), Job("dictionary", rule, adaptive=True)]
    order = [phase.func.__name__ if isinstance(phase, partial) else phase.__name__ for phase in phases(given)]
    assert order[order.index("in_layers") :] == ["in_layers", "canaries_defended", "canaries_defended", "rest"]
    assert in_layers(asked(only=("AML-P01",)), results) == []
    results.add(Job("dictionary", rule, adaptive=True), {"outcome": asdict(Outcome(1, 0, 100, 0.0, 100))})
    assert in_layers(given, results) == [], "once is enough"


def test_layers_that_were_asked_for_are_played_at_once_and_nothing_after_them_where_they_are_all_that_is_asked():
    def order(**told):
        return [phase.func if isinstance(phase, partial) else phase for phase in phases(asked(sources=(), **told))]

    rule = "training-loss & abstain"
    assert order(layers=rule)[:2] == [alone, in_layers]
    assert order(layers=rule, only=("AML-L01",)) == [alone, in_layers]
    asked_alone = order(only=("AML-L01",))
    assert in_layers in asked_alone
    assert rest not in asked_alone


def test_canaries_are_asked_about_first_and_behind_the_defenses_once_the_first_attacks_met_them():
    told = Asked(ATTACKS, DEFENSES, [], [], settings(ASKED), canaries=object())
    assert alone(told, Results())[:2] == [Job(), Job(canaries=True)]
    order = [phase.func if isinstance(phase, partial) else phase for phase in phases(told)]
    assert order.index(canaries_defended) == order.index(in_layers) + 1
    claiming = [defense.name for defense in DEFENSES if defense.answers(CELL)]
    assert claiming
    assert canaries_defended(told, Results()) == [
        job for name in claiming for job in (Job(defense=name), Job(defense=name, canaries=True))
    ]


def test_canaries_alone_meet_the_defenses_too():
    told = Asked([], DEFENSES, [], [], settings(ASKED), canaries=object())
    assert canaries_defended in list(phases(told))


def test_where_no_canaries_are_asked_about_none_are_planned():
    given, results = asked(seeds=1), Results()
    assert not [job for phase in phases(given) for job in phase(given, results) if job.canaries]
