"""A torch module says the same alone and as a classifier."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models.torch_module import ROWS_AT_ONCE, TorchClassifier
from amlsec.oracle import Classifier

torch = pytest.importorskip("torch")
X = np.random.default_rng(0).normal(size=(ROWS_AT_ONCE + 7, 3))


def linear(outputs, weights, **more):
    """A linear module with these weights and bias 0.5."""
    module = torch.nn.Linear(3, outputs, **more)
    with torch.no_grad():
        module.weight.copy_(torch.tensor(weights))
        module.bias.fill_(0.5)
    return module


ONE, TWO = linear(1, [[1.0, -2.0, 0.5]]), linear(2, [[1.0, 0.0, 0.0], [2.0, -2.0, 0.5]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("module", "logit"),
    [
        (ONE, X @ [1.0, -2.0, 0.5] + 0.5),
        (torch.nn.Sequential(ONE, torch.nn.Flatten(0)), X @ [1.0, -2.0, 0.5] + 0.5),
        (TWO, X @ [1.0, -2.0, 0.5]),
        (linear(1, [[0.0, 0.0, 0.0]], dtype=torch.bfloat16), np.full(len(X), 0.5)),
    ],
    ids=["one logit", "a flat one", "two logits", "sixteen bits"],
)
def test_logits_become_verdicts_and_probabilities(module, logit):
    model = TorchClassifier(module)
    np.testing.assert_allclose(model.decision_function(X), logit, atol=1e-5)
    np.testing.assert_allclose(
        model.predict_proba(X), np.column_stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))]), atol=1e-5
    )
    sure = np.abs(logit) > 1e-4
    assert (model.predict(X) == (logit > 0))[sure].all()
    np.testing.assert_allclose(Classifier(model).scores(X), 1 / (1 + np.exp(-logit)), atol=1e-5)


def test_it_judges_in_evaluation_mode_and_is_left_in_its_own():
    module = torch.nn.Sequential(torch.nn.Dropout(0.5), ONE).train()
    model = TorchClassifier(module)
    np.testing.assert_allclose(model.decision_function(X), X @ [1.0, -2.0, 0.5] + 0.5, atol=1e-5)
    assert module.training
    assert not TorchClassifier(ONE.eval()).module.training


def test_no_rows_have_no_verdicts():
    assert TorchClassifier(ONE).predict(X[:0]).shape == (0,)
    assert TorchClassifier(ONE).predict_proba(X[:0]).shape == (0, 2)


def test_rows_may_be_read_only():
    rows = X.copy()
    rows.setflags(write=False)
    assert TorchClassifier(ONE).predict(rows).shape == (len(X),)


def test_nothing_trains_it_and_it_travels():
    model = TorchClassifier(ONE)
    assert clone(model) is model.fit(X[:2], np.array([0, 1])) is model
    assert model.classes_.tolist() == [0, 1]
    assert (pickle.loads(pickle.dumps(model)).predict(X) == model.predict(X)).all()


@pytest.mark.parametrize(
    ("module", "said"), [(torch.nn.Linear(3, 3), "answering 3 numbers a row"), (lambda X: X, "must be a torch.nn.Module")]
)
def test_what_has_other_answers_is_refused(module, said):
    with pytest.raises(InvalidInput, match=said):
        TorchClassifier(module).predict(X)


def test_a_module_that_overflows_is_a_failed_model():
    with pytest.raises(ModelFailed, match="the module answered NaN or infinity"):
        TorchClassifier(linear(1, [[3e38, 3e38, 3e38]])).predict(np.full((1, 3), 9.0))


def test_a_module_that_raises_is_a_failed_model():
    with pytest.raises(ModelFailed, match="predict raised RuntimeError"):
        Classifier(TorchClassifier(ONE)).labels(np.zeros((1, 5)))
