"""Whatever can be asked becomes a classifier, and says what it is."""

import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.errors import InvalidInput
from amlsec.models.boosters import LightGBMBooster
from amlsec.models.command import Command
from amlsec.models.fixed import Finished, Fixed
from amlsec.models.torch_module import TorchClassifier
from amlsec.models.wrapped import as_classifier, as_it_is, in_words

X, Y = np.array([[0.0], [1.0]]), np.array([0, 1])
LINE = make_pipeline(StandardScaler(), LogisticRegression())


def test_a_model_is_fixed_a_booster_wrapped_and_a_classifier_left_alone():
    command = Command(("true",), verdicts={0: 0})
    assert as_classifier(command).model is command
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(X, Y), 1)
    assert isinstance(as_classifier(booster), LightGBMBooster)
    assert as_classifier(LINE) is LINE


def test_a_torch_module():
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(1, 1)
    made = as_classifier(module)
    assert isinstance(made, TorchClassifier)
    assert made.module is module
    assert in_words(made) == "TorchClassifier, fixed"


def test_taken_as_it_is():
    with pytest.raises(InvalidInput, match="is 'Pipeline': is not fitted"):
        as_it_is(LINE)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    fixed = as_it_is(fitted)
    assert isinstance(fixed, Finished)
    assert fixed.model is fitted
    assert as_it_is(fixed) is fixed


@pytest.mark.parametrize("labels", [["ham", "spam"], [-1, 1], [0, 2]])
def test_fitted_to_other_classes_it_is_refused_before_any_work(labels):
    with pytest.raises(InvalidInput, match=f"tells {labels[0]}, {labels[1]} apart"):
        as_it_is(LogisticRegression().fit(X, labels))
    assert as_it_is(LogisticRegression().fit(X, [False, True])).predict(X).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LogisticRegression(), "LogisticRegression"),
        (LINE, "Pipeline of StandardScaler, LogisticRegression"),
        (Fixed(LINE), "Pipeline of StandardScaler, LogisticRegression, fixed"),
        (Fixed(Command(("true",), verdicts={0: 0})), "the command true, fixed"),
    ],
)
def test_in_words(model, words):
    assert in_words(model) == words
