"""The game of inference, on models whose gain over imputation is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier

from amlsec.budget import QueryBudget
from amlsec.catalogue import Kind, named
from amlsec.data import Batch
from amlsec.errors import NotApplicable
from amlsec.evaluation.curves import harm
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.inference_game import asked_about, inference_game, less
from amlsec.evaluation.kinds import game_of
from amlsec.evaluation.play import Play
from amlsec.evidence import Interval, change, rate
from amlsec.imputation import imputations, known_of, levels
from amlsec.space.column import Column
from amlsec.space.column import Kind as ColumnKind
from amlsec.space.tabular import TabularSpace
from grounds import card

TRAIT = 1
SPACE = TabularSpace(
    [
        Column("age", ColumnKind.NUMERIC, -99, 99),
        Column("trait", ColumnKind.CATEGORY, 0, 1),
        Column("zip", ColumnKind.CATEGORY, 0, 1),
    ]
)


class Silent(ClassifierMixin, BaseEstimator):
    """Says the same of everybody."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


class Recalls(KNeighborsClassifier):
    """Answers with the label of the nearest training row of the same trait."""

    def __init__(self):
        super().__init__(1)

    def fit(self, X, y):
        return super().fit(X * [1, 1e6, 0], y)

    def predict(self, X):
        return super().predict(X * [1, 1e6, 0])

    def predict_proba(self, X):
        return super().predict_proba(X * [1, 1e6, 0])


def drawn(n, rng, *, by_zip=False):
    trait, zip_code = rng.integers(0, 2, (2, n))
    X = np.column_stack([rng.normal(0, 9, n), zip_code if by_zip else trait, zip_code]).astype(float)
    return Batch(X, rng.integers(0, 2, n))


def ground(estimator, sensitive=(TRAIT,), n=600, seed=0, **how):
    rng, offers = np.random.default_rng(seed), {"estimator": estimator, "random_state": 0}
    parts = {name: drawn(n, rng, **how) for name in ("train", "outsiders")}
    own = {name: drawn(200, rng, **how) for name in ("trusted", "shadow")}
    return Ground(**parts, **own, test=parts["outsiders"], space=SPACE, offers=offers, sensitive=sensitive)


def played(where, attack="weighted-inference", seed=0):
    attack = named(attack) if isinstance(attack, str) else attack
    return inference_game(Play(where, attack, None, QueryBudget(50), np.random.default_rng(seed)))


def test_a_model_that_recalls_its_rows_gives_a_quarter_of_the_values_away_and_of_others_none() -> None:
    """With the true trait it recalls the row's label. With the other it answers by a stranger's, right by a coin: half of
    the time that settles the trait, else the attack guesses as the imputer does, right by a coin too."""
    outcome = played(ground(Recalls()))
    found = harm([outcome])
    assert found.low < 0.25 < found.high
    assert found.low > 0.1
    assert outcome.trials == 600
    beyond = outcome.measured["trait: gain from having been trained on"]
    assert 0.1 < float(beyond.split("%")[0]) / 100 < 0.4
    assert abs(float(outcome.measured["trait: gain, of others"].split("%")[0])) < 8


@pytest.mark.parametrize("attack", ["attribute-inference", "weighted-inference", "label-only-inference"])
def test_a_model_that_says_nothing_gives_nothing_away(attack) -> None:
    found = harm([played(ground(Silent()), attack)])
    assert found.low <= 0 <= found.high + 0.02


def test_what_the_data_give_is_no_gain() -> None:
    outcome = played(ground(Recalls(), by_zip=True))
    assert outcome.before > 0.99
    assert harm([outcome]).value <= 0


@pytest.mark.parametrize("place", range(4))
def test_who_guesses_as_any_imputer_does_gains_nothing(place) -> None:
    """Nothing says what the trait is, so that imputers with the label, and without it, differ by chance alone."""

    def impute(oracle, rows, hidden, /, *, shadow, budget, rng):
        known, own = known_of(SPACE.columns, shadow.rows, hidden, label=False)
        asked, trait = known_of(SPACE.columns, rows, hidden, label=False)[1], shadow.rows.X[:, TRAIT]
        return imputations(known, own, trait, asked, levels(SPACE.columns[TRAIT], trait))[place][:, None]

    outcome = played(ground(Silent()), card("inference", impute, "privacy", access="scores", knowledge="features"))
    gains = [float(outcome.measured[f"trait: gain{who}"].split("%")[0]) for who in ("", ", of others")]
    assert sum(gains) <= 0.4  # of 1,200 rows; the baseline is right most often on 200 trusted ones beside


def test_rows_are_counted_as_gained_and_lost_one_by_one() -> None:
    """An attack that always guesses 1, against an imputer that reads the trait off the zip code of most people."""

    def one(oracle, rows, hidden, /, *, shadow, budget, rng):
        return np.ones((len(rows), len(hidden)))

    where = ground(Silent(), by_zip=True)
    odd = where.train.rows(np.arange(len(where.train)))
    odd.X[:50, TRAIT] = 1 - odd.X[:50, 2]  # their trait is not what their zip code says
    outcome = played(replace(where, train=odd), card("inference", one, "privacy", access="scores"))
    trait, told = odd.X[:, TRAIT] == 1, odd.X[:, TRAIT] == odd.X[:, 2]
    assert (outcome.gained, outcome.lost) == (int((trait & ~told).sum()), int((~trait & told).sum()))
    assert outcome.before == pytest.approx(told.mean())
    assert outcome.measured["trait: right with the model"] == str(rate(int(trait.sum()), 600))
    assert (outcome.interval[0], outcome.interval[1]) == (
        change(outcome.gained, outcome.lost, 600).low,
        change(outcome.gained, outcome.lost, 600).high,
    )


def test_of_several_columns_the_one_most_surely_learnt_counts_at_a_higher_confidence() -> None:
    one, both = played(ground(Recalls())), played(ground(Recalls(), sensitive=(2, TRAIT)))
    assert harm([both]).value > 0.1
    assert {name.split(":")[0] for name in both.measured} == {"trait", "zip"}
    assert both.interval[1] - both.interval[0] > one.interval[1] - one.interval[0]


def test_an_attack_is_shown_no_hidden_value_and_all_rows_in_random_order() -> None:
    seen = []

    def look(oracle, rows, hidden, /, *, shadow, budget, rng):
        seen.append((rows, hidden, shadow))
        return np.zeros((len(rows), len(hidden)))

    where = ground(Silent(), sensitive=(TRAIT,))
    played(where, card("inference", look, "privacy", access="scores", knowledge="features"))
    rows, hidden, shadow = seen[0]
    assert hidden.tolist() == [TRAIT]
    assert np.isnan(rows.X[:, TRAIT]).all()
    assert shadow.rows is where.shadow
    _, members = asked_about(where, np.random.default_rng(0))
    assert members.sum() == 600
    assert 200 < members[:600].sum() < 400


def test_without_a_sensitive_column_it_does_not_apply() -> None:
    with pytest.raises(NotApplicable, match="name those that nobody is to learn with --sensitive"):
        played(ground(Silent(), sensitive=()))


def test_the_difference_of_two_figures_is_as_unsure_as_both() -> None:
    found = less(Interval(0.4, 0.3, 0.6), Interval(0.1, 0.0, 0.4))
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.3 - np.hypot(0.1, 0.3), 0.3 + np.hypot(0.2, 0.1)))


def test_inference_of_given_people_is_played_by_this_game() -> None:
    assert game_of(named("attribute-inference")) is inference_game
    assert Kind.INFERENCE.is_attack
