import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.evidence import rate
from amlsec.impact.contract import Labelled
from amlsec.impact.out_of_bag import out_of_bag


def rows(n: int = 60, seed: int = 0) -> Labelled:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Labelled(rng.normal(size=(n, 3)) + 2.0 * y[:, None], y)


class Remembering(LogisticRegression):
    """Tells which rows it was trained on and asked about."""

    log: list[tuple[np.ndarray, np.ndarray]] = []  # noqa: RUF012

    def fit(self, X, y):
        self.seen_ = X
        return super().fit(X, y)

    def predict(self, X):
        verdicts = super().predict(X)
        self.log.append((self.seen_, verdicts))
        return verdicts


def test_values_are_the_definition_counted_naively() -> None:
    """Over the bags really drawn: the mean, over those that leave a row out, of whether the verdict is its label."""
    data, Remembering.log = rows(), []
    found = out_of_bag(Remembering(), data, bags=30)
    assert len(Remembering.log) == 30
    bags = [seen for seen, _ in Remembering.log]
    labels = [[data.y[(row == data.X).all(axis=1)][0] for row in seen] for seen in bags]
    models = [LogisticRegression().fit(seen, y) for seen, y in zip(bags, labels, strict=True)]
    for i, (row, label) in enumerate(zip(data.X, data.y, strict=True)):
        without = [k for k, seen in enumerate(bags) if not (seen == row).all(axis=1).any()]
        right = sum(int(models[k].predict(row[None])[0] == label) for k in without)
        assert (found.bags[i], found.right[i]) == (len(without), right)
    np.testing.assert_allclose(found.value, found.right / found.bags)


def test_a_bag_leaves_out_the_share_of_rows_it_should() -> None:
    found = out_of_bag(DecisionTreeClassifier(max_depth=1), rows(100), bags=200)
    assert found.bags.mean() / 200 == pytest.approx((1 - 1 / 100) ** 100, abs=0.01)


def test_it_agrees_with_the_out_of_bag_score_of_a_forest() -> None:
    """Both are right verdicts of trees that did not see the row; the forest takes their vote first."""
    data = rows(300)
    forest = RandomForestClassifier(200, oob_score=True, random_state=0).fit(data.X, data.y)
    vote = out_of_bag(DecisionTreeClassifier(max_features="sqrt"), data, bags=200).value > 0.5
    assert vote.mean() == pytest.approx(forest.oob_score_, abs=0.02)


def test_flipped_rows_are_worth_least() -> None:
    data = rows(200)
    flipped = data._replace(y=np.where(np.arange(200) < 10, 1 - data.y, data.y), X=data.X + 2.0 * data.y[:, None])
    values = out_of_bag(LogisticRegression(), flipped, bags=50).value
    assert values[:10].max() < np.median(values[10:])
    assert set(np.argsort(values)[:8]) <= set(range(10))


def test_one_process_or_two_and_sparse_or_dense_give_the_same_numbers() -> None:
    data, tree = rows(), DecisionTreeClassifier(max_features=1)
    one = out_of_bag(tree, data, bags=8)
    for other in (
        out_of_bag(tree, data, bags=8, n_jobs=2),
        out_of_bag(tree, data._replace(X=csr_matrix(data.X)), bags=8),
    ):
        np.testing.assert_array_equal(other.right, one.right)
        np.testing.assert_array_equal(other.bags, one.bags)


def test_a_pipeline_on_texts_is_trained_whole() -> None:
    y = np.arange(40) % 2
    data = Labelled(texts([f"{'buy' if label else 'meet'} w{i}" for i, label in enumerate(y)]), y)
    assert np.nanmin(out_of_bag(make_pipeline(CountVectorizer(), MultinomialNB()), data, bags=20).value) == 1.0


def test_a_row_in_every_bag_has_no_value() -> None:
    found = out_of_bag(DecisionTreeClassifier(), rows(4), bags=1)
    assert np.isnan(found.value[found.bags == 0]).all()
    assert (found.bags == 0).any()


def test_a_label_of_one_row_is_in_every_bag() -> None:
    data = Labelled(np.arange(10.0)[:, None], (np.arange(10) == 0).astype(int))
    found = out_of_bag(LogisticRegression(), data, bags=30)
    assert found.bags[0] == 0
    assert (found.bags[1:] > 0).all()


def test_the_interval_is_the_binomial_one_and_covers_what_many_bags_say() -> None:
    data, tree = rows(), DecisionTreeClassifier(max_depth=2)
    few, many = out_of_bag(tree, data, bags=60), out_of_bag(tree, data, bags=1500, random_state=1)
    assert few.interval(3) == rate(int(few.right[3]), int(few.bags[3]))
    covered = [few.interval(i).low <= many.value[i] <= few.interval(i).high for i in range(60)]
    assert np.mean(covered) >= 0.9


@pytest.mark.parametrize(
    ("data", "bags", "argument"),
    [
        (rows(), 0, "bags"),
        (rows()._replace(weight=np.ones(60)), 5, "rows.weight"),
        (rows()._replace(y=np.zeros(60, dtype=int)), 5, "rows.y"),
    ],
)
def test_bad_input_is_refused(data: Labelled, bags: int, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        out_of_bag(DecisionTreeClassifier(), data, bags=bags)
