"""Models from factories and files; nothing that could run code is opened unasked."""

import joblib
import numpy as np
import pytest
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skops import io

from amlsec.audit.models import chosen, default, described
from amlsec.audit.settings import settings
from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from grounds import mails

SPACE = infer(np.array([[0.5], [1.0]]), ["a"])


def _choose(model, **more):
    return chosen(settings({"data": "x.csv", "target": "y", "model": str(model), **more}), SPACE)


def test_defaults_learn_their_kind_of_rows():
    batch = mails()
    assert default(TextSpace([])).fit(batch.X, batch.y).score(batch.X, batch.y) > 0.95
    X = np.column_stack([np.tile([0.0, 1.0, 2.0], 100), np.random.default_rng(0).random(300)])
    space = infer(X, ["kind", "size"], [["a", "b", "c"], []])
    assert default(space).fit(X, X[:, 0] == 1).score(X, X[:, 0] == 1) == 1.0


def test_a_factory(tmp_path, monkeypatch):
    (tmp_path / "my_models.py").write_text(
        "from sklearn.naive_bayes import GaussianNB\ndef make():\n    return GaussianNB()\n"
    )
    monkeypatch.chdir(tmp_path)
    model, words = _choose("my_models:make")
    assert type(model).__name__ == "GaussianNB"
    assert words == "my_models:make: GaussianNB"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("no_such_module:make", "ModuleNotFoundError"),
        ("json:no_such_name", "AttributeError"),
        ("math:pi", "TypeError"),
        ("builtins:dict", "no method fit"),
        ("just-a-word", "module:factory"),
        ("nowhere.skops", "no such file"),
    ],
)
def test_what_is_no_model(spec, words):
    with pytest.raises(InvalidInput, match=words):
        _choose(spec)


def test_skops_files_load_with_their_types_trusted_by_name_only(tmp_path):
    fitted = LogisticRegression(C=3.0).fit([[0.0], [1.0]], [0, 1])
    io.dump(fitted, tmp_path / "safe.skops")
    assert _choose(tmp_path / "safe.skops")[0].C == 3.0
    forest = RandomForestClassifier(2, random_state=0).fit([[0.0], [1.0]], [0, 1])
    io.dump(forest, tmp_path / "forest.skops")
    unknown = io.get_untrusted_types(file=tmp_path / "forest.skops")
    if unknown:
        with pytest.raises(UnsafeFile, match="--trust"):
            _choose(tmp_path / "forest.skops")
    assert _choose(tmp_path / "forest.skops", trust=tuple(unknown))[0].n_estimators == 2


def test_a_broken_skops_file(tmp_path):
    (tmp_path / "broken.skops").write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidInput, match="cannot be read as skops"):
        _choose(tmp_path / "broken.skops")


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (self.mark, "w"))


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.skops"])
def test_a_pickle_is_refused_unopened(tmp_path, name):
    joblib.dump(Bomb(str(tmp_path / "mark")), tmp_path / name)
    with pytest.raises(UnsafeFile, match="--allow-pickle"):
        _choose(tmp_path / name)
    assert not (tmp_path / "mark").exists()


def test_a_pickle_is_opened_on_the_users_explicit_word(tmp_path):
    joblib.dump(LogisticRegression(C=5.0), tmp_path / "model.joblib")
    assert _choose(tmp_path / "model.joblib", allow_pickle=True)[0].C == 5.0


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LogisticRegression, "is a class"),
        (IsolationForest(), "is no classifier"),
        (make_pipeline(StandardScaler(), LinearRegression()), "is no classifier"),
    ],
)
def test_what_would_be_judged_by_other_labels_is_refused(model, words):
    with pytest.raises(InvalidInput, match=words):
        described(model)


def test_a_classifier_need_not_be_a_child_of_scikit_learns():
    class Kinless:
        def get_params(self, deep=True):
            return {}

        def fit(self, X, y):
            return self

        def predict(self, X):
            return np.zeros(len(X))

    assert described(Kinless())[1] == "Kinless"


def test_a_factory_may_lie_in_a_package():
    made, said = _choose("sklearn.naive_bayes:GaussianNB")
    assert type(made).__name__ == "GaussianNB"
    assert said == "sklearn.naive_bayes:GaussianNB: GaussianNB"
