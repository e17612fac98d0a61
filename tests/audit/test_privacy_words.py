"""Sentences of findings about privacy, word for word."""

from dataclasses import replace

import pytest

from amlsec.audit import words
from amlsec.budget import PoisonBudget, QueryBudget
from amlsec.evaluation.play import Outcome
from amlsec.evidence import Interval
from grounds import card

MEMBERSHIP = card("membership", None, "privacy", access="scores", knowledge="model")
INFERENCE = card("inference", None, "privacy", "targeted", access="scores", knowledge="features")
INVERSION = card("inference", None, "privacy", access="scores")
EXTRACTION = card("extraction", None, "privacy", access="labels")
LEAKS = card("poisoning", None, "privacy", access="scores", knowledge="model")
AIMED = card("poisoning", None, "privacy", "targeted", access="scores", knowledge="model")
COUNTS = {"train": 1000}


def sentence(attack, harm, asked=None, had=0.5):
    outcomes = [Outcome(10, 0, 100, had, 100, paired=True)]
    return words.sentence(attack, outcomes, Interval(*harm), asked, "words").replace("\u00a0", " ")


def test_members_are_recognised_against_chance():
    said = "27 % (20 % to 35 %) of the training rows are recognised as such at 1 % false claims (by chance: 1 %)."
    assert sentence(MEMBERSHIP, (0.27, 0.2, 0.35)) == said


@pytest.mark.parametrize(("attack", "of"), [(LEAKS, "the other training rows"), (AIMED, "the rows he aims at")])
def test_poison_that_leaks_is_told_with_and_without(attack, of):
    assert sentence(attack, (0.3, 0.2, 0.4), PoisonBudget(0.02), 0.03) == (
        f"Who owns 2 % of the training rows recognises, at 1 % false claims, 33 % of {of}, who owns none 3 %, a gain of "
        "30 % (20 % to 40 %)."
    )


@pytest.mark.parametrize(
    ("attack", "what"), [(INFERENCE, "the hidden values"), (INVERSION, "what a malicious row looks like")]
)
def test_guesses_are_told_with_asking_and_without(attack, what):
    verb = "draws" if attack is INVERSION else "guesses"
    said = f"Who asks the model {verb} 58 % of {what} rightly, who does not 50 %, a gain of 8 % (5 % to 11 %)."
    assert sentence(attack, (0.08, 0.05, 0.11)) == said


def test_where_a_gain_may_be_none_it_is_said_first():
    said = sentence(INFERENCE, (-0.01, -0.04, 0.02))
    assert said.startswith("Nothing is shown beyond what he has without: who asks the model guesses 49 % of")
    assert said.endswith("who does not 50 %, a gain of -1 % (-4 % to 2 %).")
    said = sentence(EXTRACTION, (0.0, 0.0, 0.04), QueryBudget(1))
    assert said.startswith("Nothing is shown beyond what he has without: with at most 1 query his copy")
    said = sentence(LEAKS, (0.0, -0.1, 0.1), PoisonBudget(0.02))
    assert said.startswith("Nothing is shown beyond what he has without: who owns 2 % of the training rows recognises,")


def test_a_copy_is_told_with_what_may_be_asked():
    assert sentence(EXTRACTION, (0.09, 0.06, 0.12), QueryBudget(10_000), 0.9) == (
        "With at most 10,000 queries his copy says what the model says of 99 % of the rows, without of 90 %, a gain of 9 % "
        "(6 % to 12 %)."
    )


@pytest.mark.parametrize(
    ("attack", "who"),
    [
        (
            MEMBERSHIP,
            "anyone who holds a row, sends it to the model, has rows of the same kind, knows how the model is trained, and "
            "sees scores",
        ),
        (
            INFERENCE,
            "anyone who holds the rest of a row, sends guesses of it to the model, has rows of the same kind, and sees "
            "scores",
        ),
        (INVERSION, "anyone who sends rows of his own to the model, knows nothing of the training, and sees scores"),
        (EXTRACTION, "anyone who sends rows of his own to the model, knows nothing of the training, and sees verdicts"),
        (
            LEAKS,
            "anyone who writes to the training data, later sends rows to the model, has rows of the same kind, knows how "
            "the model is trained, and sees scores",
        ),
    ],
)
def test_who_could_do_it(attack, who):
    assert words.who(attack) == who


@pytest.mark.parametrize(
    ("attack", "spent", "cost"),
    [
        (MEMBERSHIP, {"queries": 1.0}, "1 query for each row"),
        (INFERENCE, {"queries": 4.0}, "4 queries for each row"),
        (EXTRACTION, {"queries": 1234.0}, "1,234 queries in all"),
        (INVERSION, {"queries": 988.0}, "988 queries in all"),
        (EXTRACTION, {}, "no query in all"),
        (LEAKS, {"rows": 20.0, "queries": 1.0}, "20 of 1,000 training rows, and 1 query for each row"),
    ],
)
def test_what_it_costs(attack, spent, cost):
    outcomes = [replace(Outcome(1, 0, 100, 0.0, 100), spent=spent)]
    assert words.cost(attack, outcomes, "words", COUNTS) == cost


def test_other_attacks_are_told_as_ever():
    poison = card("poisoning", None)
    assert sentence(poison, (0.3, 0.2, 0.4), PoisonBudget(0.01)) == (
        "Who owns 1 % of the training rows gets 30 % (20 % to 40 %) more of the malicious rows through."
    )
    assert words.who(poison) == "anyone who writes to the training data, knows nothing of the training"
