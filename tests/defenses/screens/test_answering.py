import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from amlsec.defenses.screens.answering import Effort, answering
from amlsec.defenses.screens.case import Trial
from amlsec.defenses.screens.stand_in import stand_in
from mails_and_blobs import blobs, inbox

TABLES, TEXTS = (Trial(make(60, 0), make(30, 1)) for make in (blobs, inbox))
EFFORT = Effort(each=3, offered=20, calibration=150)


@pytest.mark.parametrize(
    ("trainings", "rows"),
    [(3 * (20 + 1 + 150), 150), (10**6, 150), (3 * (20 + 1 + 120) + 2, 120), (3 * (20 + 1 + 100), 100), (362, 0), (0, 0)],
)
def test_calibration_rows_that_trainings_are_enough_for(trainings: int, rows: int) -> None:
    """Each row costs three trainings, the base three more; fewer than 100 rows calibrate nothing."""
    assert EFFORT.affordable(trainings) == rows


def test_a_handful_of_calibration_rows_is_worth_all_of_them() -> None:
    assert Effort(1, 5, 12).affordable(18) == 12
    assert Effort(1, 5, 12).affordable(17) == 0


def test_nobody_to_protect_is_the_stand_in() -> None:
    assert answering(None, TABLES, EFFORT, 0) == (stand_in, None, "")


def test_algebra_answers_for_all_rows() -> None:
    bayes = GaussianNB()
    model, most, why = answering(bayes, TABLES, EFFORT, 0)
    assert (model(TABLES.base), most, why) == (bayes, None, "")


def test_trained_again_for_as_many_rows_as_trainings_are_enough_for() -> None:
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model, most, why = answering(tree, TABLES, EFFORT, 423)
    assert (model(TABLES.base), most, why) == (tree, 120, "")


def test_a_forest_s_luck_is_said() -> None:
    _, most, why = answering(RandomForestClassifier(5, random_state=0), TABLES, EFFORT, 423)
    assert most == 120
    assert why == "; what one row does to RandomForestClassifier is partly the luck of its seed: judge groups"


def test_too_dear_a_pipeline_is_frozen_and_any_other_classifier_stood_in_for() -> None:
    model, most, why = answering(make_pipeline(TfidfVectorizer(), MultinomialNB()), TEXTS, EFFORT, 300)
    assert most is None
    assert why == "; impacts with its first steps frozen, as Pipeline would take 510 fits"
    assert model(TEXTS.base)[0].estimator.vocabulary_
    model, most, why = answering(RandomForestClassifier(), TABLES, EFFORT, 300)
    assert (model, most) == (stand_in, None)
    assert why == "; impacts on a naive Bayes stand-in, as RandomForestClassifier would take 510 fits"
