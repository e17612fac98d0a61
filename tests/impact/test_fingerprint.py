"""Equal names only for equal work: whatever could change a number changes the name, and another process agrees."""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from amlsec.data import texts
from amlsec.impact import fingerprint as module
from amlsec.impact.contract import Labelled
from amlsec.impact.fingerprint import fingerprint
from amlsec.impact.frozen import frozen

ARRAYS = {"X": np.eye(3), "y": np.arange(3)}
MANY = [f"word{k}" for k in range(5000)]


def scaled(factor):
    return lambda X: X * factor


def repeated(times):
    def again(X, left=times):
        return again(X, left - 1) if left else X

    return again


def named(estimator, arrays=ARRAYS, seed=0):
    return fingerprint(estimator, arrays, seed)


DIFFERENT = {
    "a parameter": (GaussianNB(var_smoothing=1e-9), GaussianNB(var_smoothing=1e-8)),
    "a class": (GaussianNB(), MultinomialNB()),
    "a nested parameter": (
        make_pipeline(StandardScaler(), RandomForestClassifier(max_depth=2)),
        make_pipeline(StandardScaler(), RandomForestClassifier(max_depth=3)),
    ),
    "a parameter of one in a list": (
        VotingClassifier([("a", GaussianNB())]),
        VotingClassifier([("a", GaussianNB(priors=[0.4, 0.6]))]),
    ),
    "the end of what a repr cuts short": (
        CountVectorizer(vocabulary=MANY),
        CountVectorizer(vocabulary=[*MANY[:-1], "other"]),
    ),
    "the middle of a long array": (GaussianNB(priors=np.zeros(9999)), GaussianNB(priors=np.eye(1, 9999, 5000)[0])),
    "the type of a number": (GaussianNB(var_smoothing=1), GaussianNB(var_smoothing=1.0)),
    "a lambda": (FunctionTransformer(lambda X: X + 1), FunctionTransformer(lambda X: X + 2)),
    "what a function closes over": (FunctionTransformer(scaled(2)), FunctionTransformer(scaled(3))),
    "one that calls itself": (FunctionTransformer(repeated(2)), FunctionTransformer(repeated(3))),
    "a default": (FunctionTransformer(lambda X, a=1: X * a), FunctionTransformer(lambda X, a=2: X * a)),
    "an argument of a partial": (FunctionTransformer(partial(np.add, 1)), FunctionTransformer(partial(np.add, 2))),
    "a ufunc": (FunctionTransformer(np.log1p), FunctionTransformer(np.sqrt)),
    "a sparse matrix": (GaussianNB(priors=csr_matrix(np.eye(3))), GaussianNB(priors=csr_matrix(2 * np.eye(3)))),
    "an own random state": (
        RandomForestClassifier(random_state=np.random.RandomState(1)),
        RandomForestClassifier(random_state=np.random.RandomState(2)),
    ),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_another_estimator_has_another_name(one, other):
    assert named(one) != named(other)
    assert named(one) == named(one)


@pytest.mark.parametrize(
    "arrays",
    [
        {"X": np.eye(3), "y": np.array([0, 1, 1])},
        {"X": np.eye(3), "z": np.arange(3)},
        {"X": np.eye(3), "y": np.arange(3), "w": np.ones(3)},
        {"X": np.eye(3).astype(np.float32), "y": np.arange(3)},
        {"X": np.eye(3).reshape(1, 9), "y": np.arange(3)},
    ],
)
def test_other_data_have_another_name(arrays):
    assert named(GaussianNB(), arrays) != named(GaussianNB())


def test_another_seed_or_library_version_has_another_name(monkeypatch):
    first = named(GaussianNB())
    assert named(GaussianNB(), seed=1) != first
    monkeypatch.setattr("sklearn.__version__", "0.0")
    assert named(GaussianNB()) != first


def test_other_code_of_a_class_has_another_name(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    source = "from sklearn.naive_bayes import GaussianNB\nclass Mine(GaussianNB):\n    more = {}\n"
    (tmp_path / "an_own_module.py").write_text(source.format(1))
    from an_own_module import Mine

    first = named(Mine())
    (tmp_path / "an_own_module.py").write_text(source.format(2))
    module._file.cache_clear()
    assert named(Mine()) != first


def test_steps_frozen_on_other_rows_have_another_name():
    def named_after(mails, counter):
        base = Labelled(texts(mails), np.arange(len(mails)) % 2)
        return fingerprint(frozen(make_pipeline(counter, MultinomialNB()), base), {"X": np.eye(2)}, 0)

    mails, others = ["noon it is", "buy pills", "see you"], ["noon it is", "buy pills", "see me"]
    for make in (TfidfVectorizer, lambda: TfidfVectorizer(analyzer=lambda text: text.split())):
        one, two = make(), make()
        assert named_after(mails, one) == named_after(mails, one)
        assert named_after(mails, one) != named_after(others, two)


def test_the_layout_in_memory_does_not_matter():
    X = np.arange(12.0).reshape(3, 4)
    assert named(GaussianNB(), {"X": X}) == named(GaussianNB(), {"X": np.asfortranarray(X)})


OTHER_PROCESS = """
from sklearn.feature_extraction.text import CountVectorizer
from test_fingerprint import named
print(named(CountVectorizer(stop_words={"a", "b", "the", "of"}, tokenizer=str.split)))
print(named(CountVectorizer(preprocessor=named)))
"""


def test_another_process_agrees():
    """Whatever its order of hashes."""
    assert printed(OTHER_PROCESS, "1") == printed(OTHER_PROCESS, "2")


IN_A_NOTEBOOK = """
from sklearn.naive_bayes import GaussianNB
from test_fingerprint import named
class Typed(GaussianNB):
    more = {}
print(named(Typed()))
"""


def test_a_class_typed_into_a_notebook_is_told_by_its_code():
    assert printed(IN_A_NOTEBOOK.format(1)) != printed(IN_A_NOTEBOOK.format(2))


def printed(code, seed="0"):
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
