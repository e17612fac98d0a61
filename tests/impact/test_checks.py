from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.cluster import KMeans
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.impact.checks import checked
from amlsec.impact.contract import Labelled
from amlsec.impact.losses import log_losses
from amlsec.impact.measure import answers, impacts, margins
from amlsec.impact.removal import influences
from amlsec.impact.units import Units
from exactness import agrees, left_out, refitted


class Unfit(MultinomialNB):  # type: ignore[misc]
    def fit(self, *_given: Any) -> Any:
        raise AssertionError("work began")


def good(n: int = 6) -> Labelled:
    return Labelled(np.arange(2.0 * n).reshape(n, 2), np.arange(n) % 2)


def text(n: int = 6) -> Labelled:
    return Labelled(texts(["one", "two"] * (n // 2)), np.arange(n) % 2)


def with_cell(value: float, sparse: bool = False) -> Labelled:
    X = good().X
    X[3, 1] = value
    return Labelled(csr_matrix(X) if sparse else X, good().y)


WRONG = {
    "NaN": (with_cell(np.nan), "not finite"),
    "infinity": (with_cell(-np.inf), "not finite"),
    "NaN in a sparse matrix": (with_cell(np.nan, sparse=True), "not finite"),
    "a column more": (Labelled(np.ones((6, 3)), good().y), "columns"),
    "texts beside numbers": (text(), "columns"),
    "another label": (Labelled(good().X, np.array([0, 1, 2, 0, 1, 2])), "labels must be 0 .benign. or 1 .malicious."),
    "words as labels": (Labelled(good().X, np.array(["ham", "spam"] * 3)), "labels must be 0"),
    "a label too few": (Labelled(good().X, good().y[:5]), "one value for each of 6 rows"),
    "a weight too many": (good()._replace(weight=np.ones(7)), "one value for each of 6 rows"),
    "a negative weight": (good()._replace(weight=np.array([1.0, 1, 1, -1, 1, 1])), "at least 0"),
    "a weight that is NaN": (good()._replace(weight=np.full(6, np.nan)), "finite"),
    "a tuple": ((good().X, good().y), "must be a Batch, or a Labelled"),
    "a frame": (Labelled(pd.DataFrame(good().X), good().y), "array or a sparse matrix"),
    "a list of labels": (Labelled(good().X, [0, 1] * 3), "array of labels"),
    "a column of labels": (Labelled(good().X, good().y[:, None]), "one value for each of 6 rows"),
    "a column of weights": (good()._replace(weight=np.ones((6, 1))), "one value for each of 6 rows"),
    "a list of weights": (good()._replace(weight=[1.0] * 6), "array of numbers"),
    "words as weights": (good()._replace(weight=np.array(["1"] * 6)), "array of numbers"),
    "numbers without columns": (Labelled(np.ones(6), good().y), "must have columns"),
}


@pytest.mark.parametrize("name", ["base", "offered", "quiz"])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_rows_are_refused_by_name_before_any_work(wrong: str, name: str) -> None:
    rows, rule = WRONG[wrong]
    parts: dict[str, Any] = {"base": good(), "offered": good(), "quiz": good(), name: rows}
    with pytest.raises(InvalidInput, match=rule) as raised:
        impacts(Unfit(), parts["base"], parts["offered"], parts["quiz"])
    assert raised.value.argument.partition(".")[0] in (name, "offered" if name == "base" else name)


@pytest.mark.parametrize("model", [BernoulliNB(), GaussianNB(), LinearDiscriminantAnalysis(), NearestCentroid()], ids=str)
@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, float, object])
def test_labels_of_any_type_are_labels(kind: Any, model: Any) -> None:
    rng = np.random.default_rng(0)
    parts = [Labelled(rng.normal(size=(n, 3)), np.arange(n) % 2) for n in (20, 8, 10)]
    units = Units.grouped(np.arange(8) // 3)
    found = impacts(model, *(part._replace(y=part.y.astype(kind)) for part in parts), units=units)
    agrees(found, refitted(model, *parts, units))


@pytest.mark.parametrize("model", [MultinomialNB(), BernoulliNB(), GaussianNB(), RidgeClassifier()], ids=str)
@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
def test_weights_of_any_type_are_weights(kind: Any, model: Any) -> None:
    rng = np.random.default_rng(0)
    parts = [Labelled(rng.random((n, 3)), np.arange(n) % 2, (3 * rng.random(n)).astype(kind)) for n in (20, 8, 10)]
    exact = [part._replace(weight=part.weights.astype(float)) for part in parts]
    agrees(impacts(model, *parts), refitted(model, *exact))
    units = Units.of([[0], [3, 5]])
    agrees(influences(model, parts[0], parts[2], units=units), left_out(model, exact[0], exact[2], units))


@pytest.mark.parametrize("ask", [impacts, margins, log_losses, lambda *given: list(answers(*given))])
@pytest.mark.parametrize("name", ["base", "quiz"])
def test_a_class_that_the_base_or_the_quiz_lacks(name: str, ask: Any) -> None:
    parts = {"base": good(), "quiz": good(), name: Labelled(np.ones((3, 2)), np.ones(3, dtype=int))}
    with pytest.raises(InvalidInput, match=rf"{name} is '3 rows of labels \[1\]': must hold both classes"):
        ask(Unfit(), parts["base"], good(), parts["quiz"])


def test_rows_left_out_are_checked_alike() -> None:
    with pytest.raises(InvalidInput, match="not finite"):
        influences(Unfit(), with_cell(np.nan), good())


@pytest.mark.parametrize(
    "wrong",
    [MultinomialNB, "MultinomialNB", object(), None, Ridge(), make_pipeline(StandardScaler(), Ridge()), KMeans(2)],
    ids=["class", "name", "object", "None", "regressor", "regressing pipeline", "clusterer"],
)
def test_what_is_no_estimator(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="estimator"):
        impacts(wrong, good(), good(), good())


@pytest.mark.parametrize(
    ("units", "rule"),
    [([[6]], r"must lie in 0\.\.5"), ([[-1]], r"must lie in 0\.\.5"), ([[0], [2, 1, 2]], "must take a row once at most")],
)
def test_units_of_rows_that_are_not_there_or_twice(units: Any, rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        impacts(Unfit(), good(), good(), good(), units=Units.of(units))


@pytest.mark.parametrize("one", [[True, False], np.array([True, False]), [0.7], ["a"]], ids=str)
def test_sets_of_what_are_no_positions(one: Any) -> None:
    with pytest.raises(InvalidInput, match="must hold positions"):
        Units.of([[1], one])


@pytest.mark.parametrize("starts", [[0, 5], [1, 6], [0, 4, 2, 6], []], ids=str)
def test_units_that_do_not_take_all_their_rows(starts: list[int]) -> None:
    with pytest.raises(InvalidInput, match="must rise from 0"):
        impacts(Unfit(), good(), good(), good(), units=Units(np.arange(6), np.array(starts, dtype=np.intp)))


def test_lists_are_no_units() -> None:
    with pytest.raises(InvalidInput, match=r"units is 'list': must be Units, such as Units.of"):
        impacts(Unfit(), good(), good(), good(), units=[[0]])  # type: ignore[arg-type]


def test_no_offered_rows_are_no_units() -> None:
    nothing = Labelled(np.zeros((0, 2)), np.zeros(0, dtype=int))
    assert len(impacts(MultinomialNB(), good(), nothing, good())) == 0


@pytest.mark.parametrize("form", [csr_matrix, csr_array, lambda X: csr_matrix(X).tocoo(), lambda X: csr_matrix(X).tocsc()])
def test_sparse_rows_of_any_form_are_the_same_rows(form: Any) -> None:
    base, offered, quiz = good(), good(4), good(8)
    sparse = [Labelled(form(rows.X), rows.y) for rows in (base, offered, quiz)]
    np.testing.assert_allclose(
        impacts(MultinomialNB(), *sparse).margin, impacts(MultinomialNB(), base, offered, quiz).margin
    )


def test_batches_and_labelled_rows_are_the_same_question() -> None:
    question, units = checked(MultinomialNB(), Batch(good().X, good().y), good(), good(), None)
    np.testing.assert_array_equal(question.base.X, good().X)
    np.testing.assert_array_equal(question.base.y, good().y)
    assert [unit.tolist() for unit in units] == [[k] for k in range(6)]
