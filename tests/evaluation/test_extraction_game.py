import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.curves import harm
from amlsec.evaluation.extraction_game import anywhere, extraction_game
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.kinds import game_of
from amlsec.evaluation.play import Play
from amlsec.models.fixed import Fixed
from amlsec.oracle import Classifier
from amlsec.space.tabular import infer
from grounds import Majority, Stump, card, mails, on_a_line, text_space


def play(ground, attack, queries=160, seed=0):
    return Play(ground, attack, None, QueryBudget(queries), np.random.default_rng(seed))


def whole(oracle, shadow, /, *, budget, rng):
    """The model itself."""
    return oracle.parameters()


def asking(oracle, shadow, /, *, budget, rng):
    """Asks all it may, and keeps the model itself from 40 questions on, else that of its own rows."""
    oracle.labels(np.zeros((budget.queries, 1)), of=np.zeros(budget.queries, dtype=np.intp))
    return Everything(0) if budget.queries < 40 else Everything(1)


class Everything:
    """Stops a row from `edge` on, or every one."""

    def __init__(self, stops):
        self.stops = stops

    def labels(self, X):
        return np.full(len(X), self.stops)

    def scores(self, X):
        return np.full(len(X), float(self.stops))


def extraction(run, access="parameters"):
    return card("extraction", run, violation="privacy", access=access, knowledge="model")


def test_a_copy_that_is_the_model_agrees_everywhere_and_gains_what_his_own_does_not_have():
    """The model passes all 70 test rows, as 70 of 120 training rows are benign; his own, half and half, says so too."""
    outcome = extraction_game(play(on_a_line(Majority()), extraction(whole)))
    assert (outcome.gained, outcome.lost, outcome.trials, outcome.before) == (0, 0, 70, 1.0)
    assert outcome.measured["same verdict on test rows"] == "100.0% (94.9% to 100.0%)"
    assert outcome.measured["same verdict anywhere in the space"] == "100.0% (99.6% to 100.0%)"
    assert outcome.measured["largest difference of scores"] == "0.0e+00, the same function"


def test_rows_lost_against_his_own_model_count_against_the_attack():
    """The stump stops 20 of 70 rows, a copy that stops all agrees on these 20 alone; his own model is the stump again."""
    outcome = extraction_game(play(on_a_line(Stump()), extraction(asking, "labels")))
    assert (outcome.gained, outcome.lost, outcome.trials, outcome.before) == (0, 50, 70, 1.0)
    assert outcome.paired
    assert harm([outcome]).value == pytest.approx(-50 / 70)
    assert outcome.spent == {"queries": 160.0}
    assert outcome.measured["questions"] == "160"


def test_a_model_that_nothing_trains_is_no_learner_that_a_thief_is_handed():
    """Without a question the attack has what stops nothing, with some what stops everything: 20 rows for 50 others."""
    seen = []

    def look(oracle, shadow, /, *, budget, rng):
        seen.append(shadow.learner)
        return Everything(int(budget.queries > 0))

    fixed = Fixed(Classifier(Stump().fit(np.zeros((2, 1)), [0, 1])))
    outcome = extraction_game(play(on_a_line(fixed), extraction(look)))
    assert set(seen) == {None}
    assert (outcome.gained, outcome.lost, outcome.trials, outcome.before) == (20, 50, 70, 50 / 70)


def test_the_fewest_questions_that_are_enough_are_told():
    ground = on_a_line(Majority())
    outcome = extraction_game(play(ground, extraction(asking, "labels")))
    assert outcome.measured["99% agreement after"] == "10 questions at most"
    outcome = extraction_game(play(on_a_line(Stump()), extraction(asking, "labels")))
    assert outcome.measured["99% agreement after"] == "more than 160 questions"


def linear(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 6))
    y = (X @ [3, -2, 1, 0.5, 0, 0] + rng.logistic(size=rows) > 0).astype(np.int64)
    parts = {"train": (0, 200), "trusted": (200, 240), "shadow": (240, 260), "outsiders": (260, 600)}
    batches = {name: Batch(X[a:b], y[a:b]) for name, (a, b) in parts.items()}
    space = infer(X, list("abcdef"))
    offers = {"estimator": LogisticRegression(C=1e4), "register": None, "space": space, "random_state": 0}
    return Ground(test=batches["outsiders"], space=space, offers=offers, **batches)


def test_equation_solving_has_the_same_function_and_his_own_rows_have_not():
    ground, attack = linear(), named("equation-solving")
    outcome = game_of(attack)(play(ground, attack, queries=1000))
    assert outcome.before < 0.95
    assert outcome.gained == round((1 - outcome.before) * 340)
    assert outcome.lost == 0
    assert outcome.measured["largest difference of scores"].endswith("the same function")
    assert outcome.measured["questions"] == str(7 + 16 + 2)


class Guard:
    """Answers each row that it is sure of by a verdict alone, and stops all others."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        self.estimator_ = clone(self.estimator).fit(X, y)
        return self

    def decide(self, X, client=""):
        return np.ones(len(X), dtype=np.int8)

    def shown(self, scores):
        return (scores > 0.5).astype(np.float64)


def test_what_he_is_after_behind_a_guard_is_what_it_guards():
    """The guard stops every row; a copy that does so too would agree with the guard, not with the model."""
    from amlsec.evaluation.guarded import GuardedModel

    ground = linear()
    guard = Guard(ground.offers["estimator"]).fit(ground.train.X, ground.train.y)
    ground._trained[""] = GuardedModel(guard)
    outcome = extraction_game(play(ground, extraction(lambda *_, **__: Classifier(guard.estimator_))))
    assert outcome.before < 0.95
    assert (outcome.gained, outcome.lost) == (round((1 - outcome.before) * 340), 0)
    assert outcome.measured["largest difference of scores"].endswith("the same function")


def test_texts_are_drawn_anywhere_by_adding_words():
    batch = mails(200)
    parts = dict.fromkeys(("train", "trusted", "shadow", "outsiders", "test"), batch)
    rows = anywhere(Ground(space=text_space(), offers={}, **parts), np.random.default_rng(0))
    assert len(rows) == 1000
    assert len(set(rows.tolist())) > 500


def test_rows_of_his_own_that_no_learner_takes_leave_him_their_most_frequent_label():
    ground = linear()
    one_class = ground.shadow.labelled(1)
    parts = {name: getattr(ground, name) for name in ("train", "trusted", "outsiders", "test")}
    ground = Ground(shadow=one_class, space=ground.space, offers=ground.offers, **parts)
    outcome = extraction_game(play(ground, extraction(whole)))
    model = ground.clean_model(None)
    assert outcome.before == model.labels(ground.test.X).mean()
    assert outcome.gained == (model.labels(ground.test.X) == 0).sum()


def test_so_do_rows_too_few_for_the_neighbours_that_are_looked_for():
    """Of 25 neighbours in 120 training rows each is found, in his 20 rows none: he passes all, the model 49 of 70."""
    outcome = extraction_game(play(on_a_line(KNeighborsClassifier(25)), extraction(whole)))
    assert (outcome.gained, outcome.lost, outcome.before) == (21, 0, 49 / 70)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("part", [1e-12, 1e-6])
def test_what_is_the_same_function_does_not_hang_on_the_unit_of_scores(unit, part):
    class Line(Everything):
        def scores(self, X):
            return unit * X[:, 0]

    class Near(Line):
        def scores(self, X):
            return super().scores(X) * (1 + part)

    fixed = Fixed(Line(0))
    outcome = extraction_game(play(on_a_line(fixed), extraction(lambda *_, **__: Near(0))))
    assert outcome.measured["largest difference of scores"].endswith("the same function") == (part < 1e-9)
