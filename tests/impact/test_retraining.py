"""Training again in chunks says what training again one by one says, on any workers, whoever is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import texts
from amlsec.engine import Workers
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.impact import retraining
from amlsec.impact.contract import Labelled, Question, Quiz, Tally, tallied
from amlsec.impact.refit import refits
from amlsec.impact.retraining import refitted
from amlsec.impact.units import Units
from killer import Killer

RNG = np.random.default_rng(0)


def labelled(X, weights=False):
    n = X.shape[0]
    return Labelled(X, np.arange(n) % 2, RNG.integers(1, 4, n).astype(float) if weights else None)


def numbers(n, **more):
    rows = labelled(RNG.normal(size=(n, 4)), **more)
    rows.X[:, 0] += 1.5 * rows.y
    return rows


def words(n):
    return labelled(texts([" ".join(RNG.choice(["win", "cash", "noon", "tea", "caf\u00e9"], 4)) for _ in range(n)]))


def counts(n):
    return labelled(csr_matrix(RNG.poisson(1.0, (n, 6)).astype(float)))


def adding(make, **more):
    return Question(make(40, **more), make(30), make(20))


def removing(make):
    base = make(40)
    return Question(base, base._replace(weight=-base.weights), make(20), removing=True)


GROUPS = Units.of([[0], [1, 2, 3], [], [29], [4, 5, 6, 7, 8]])
CASES = {
    "a gradient boosting pipeline": (
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3)),
        adding(numbers),
    ),
    "a random forest of many jobs": (RandomForestClassifier(5, n_jobs=2), adding(numbers)),
    "light gradient boosting": (LGBMClassifier(n_estimators=5, min_child_samples=3, verbose=-1, n_jobs=1), adding(numbers)),
    "a small network": (MLPClassifier(3, solver="lbfgs", max_iter=5000, tol=1e-3), adding(numbers)),
    "weighted rows": (DecisionTreeClassifier(max_depth=3), adding(numbers, weights=True)),
    "weighted rows in a pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), adding(numbers, weights=True)),
    "texts": (make_pipeline(CountVectorizer(), DecisionTreeClassifier()), adding(words)),
    "texts split by a lambda": (
        make_pipeline(CountVectorizer(analyzer=lambda text: text.split()), DecisionTreeClassifier()),
        adding(words),
    ),
    "sparse rows": (DecisionTreeClassifier(), adding(counts)),
    "rows left out": (DecisionTreeClassifier(), removing(numbers)),
    "texts left out": (make_pipeline(CountVectorizer(), DecisionTreeClassifier()), removing(words)),
    "sparse rows left out": (DecisionTreeClassifier(), removing(counts)),
}


def one_by_one(estimator, question, units):
    """Clone, fit, judge, count, in memory."""
    base, quiz = next(refits(estimator, question, Units.of([[]]))), Quiz(question.quiz.y)
    found = [tallied(base.verdicts[0], base.evidence[0], answer, quiz) for answer in refits(estimator, question, units)]
    return Tally(*(np.concatenate(column) for column in zip(*found, strict=True)))


def same(one, two):
    for column, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(column, other)


@pytest.mark.parametrize(("estimator", "question"), CASES.values(), ids=CASES)
def test_the_same_as_one_by_one(estimator, question):
    truth = one_by_one(estimator, question, GROUPS)
    assert truth.margin.any()
    assert not truth.margin[2].any(), "the empty unit changes nothing"
    same(refitted(estimator, question, GROUPS), truth)


def test_the_same_on_two_processes():
    for case in ("a gradient boosting pipeline", "texts split by a lambda", "sparse rows"):
        estimator, question = CASES[case]
        same(refitted(estimator, question, GROUPS, Workers(2)), one_by_one(estimator, question, GROUPS))


def test_another_seed_is_heard():
    estimator, question = CASES["a random forest of many jobs"]
    one, other = (refitted(estimator, question, GROUPS, random_state=seed).margin for seed in (0, 1))
    assert (one != other).any()


def test_no_units_have_no_impact():
    estimator, question = CASES["rows left out"]
    assert refitted(estimator, question, Units.single(0)).margin.shape == (0, 2)


# Whoever is killed


def deadly(mark):
    return make_pipeline(Killer(str(mark)), DecisionTreeClassifier(max_features=1))


def asked():
    """60 rows, one of which is deadly to train with."""
    rng = np.random.default_rng(0)
    base, offered, quiz = (Labelled(rng.normal(size=(n, 3)), rng.integers(0, 2, n)) for n in (50, 60, 40))
    offered.X[40] = 2000.0
    return Question(base, offered, quiz), Units.single(60)


def test_a_killed_worker_changes_nothing(tmp_path):
    mark = tmp_path / "mark"
    truth = one_by_one(deadly(mark), *asked())
    mark.write_text("0")
    same(refitted(deadly(mark), *asked(), Workers(2)), truth)
    assert not mark.exists()


PARENT = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from amlsec.engine import Workers
    from amlsec.impact.retraining import refitted
    from test_retraining import asked, deadly

    folder = Path(sys.argv[1])
    (folder / "mark").write_text(str(os.getpid()))
    refitted(deadly(folder / "mark"), *asked(), Workers(int(sys.argv[2]), folder=folder))
""")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_killed_parent_goes_on_where_it_was(tmp_path, n_jobs):
    here = Path(__file__).parent
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (here, here.parent)))}
    killed = subprocess.run([sys.executable, "-c", PARENT, str(tmp_path), str(n_jobs)], env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    stored = times(tmp_path)
    assert 2 <= len(stored) < 16
    truth = one_by_one(deadly(tmp_path / "mark"), *asked())
    same(refitted(deadly(tmp_path / "mark"), *asked(), Workers(3 - n_jobs, folder=tmp_path)), truth)
    assert stored.items() < times(tmp_path).items()


def times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("*/chunks/*.json")}


# What is kept


def test_finished_work_is_not_done_again(tmp_path):
    mark, workers = tmp_path / "mark", Workers(folder=tmp_path)
    first = refitted(deadly(mark), *asked(), workers)
    mark.write_text("0")  # would kill this process
    same(refitted(deadly(mark), *asked(), workers), first)


def test_changed_work_never_takes_the_results_of_other_work(tmp_path):
    workers, (question, units) = Workers(folder=tmp_path), asked()
    asked_for = [
        (DecisionTreeClassifier(max_depth=2), question, units),
        (DecisionTreeClassifier(max_depth=3), question, units),
        (DecisionTreeClassifier(max_depth=2), Question(question.base, question.quiz, question.quiz), Units.single(40)),
        (DecisionTreeClassifier(max_depth=2), question, Units.of([[0, 1], [2]])),
    ]
    for estimator, rows, parts in asked_for:
        same(refitted(estimator, rows, parts, workers), one_by_one(estimator, rows, parts))
    assert len(list(tmp_path.iterdir())) == len(asked_for)


def test_only_arrays_without_objects_and_json_are_kept(tmp_path):
    for case in ("texts", "sparse rows", "weighted rows"):
        refitted(*CASES[case], GROUPS, Workers(folder=tmp_path))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".npy", ".json"}
    assert all(not np.load(path, allow_pickle=False).dtype.hasobject for path in files if path.suffix == ".npy")
    assert not [path for path in files if path.name.startswith(".")]


def test_what_is_stored_does_not_grow_with_the_quiz(tmp_path):
    base, offered = numbers(40), numbers(30)
    sizes = []
    for m in (20, 2000):
        refitted(
            DecisionTreeClassifier(),
            Question(base, offered, numbers(m)),
            Units.single(30),
            Workers(folder=tmp_path / str(m)),
        )
        sizes.append(sum(path.stat().st_size for path in (tmp_path / str(m)).glob("*/chunks/0*.json")))
    assert sizes[1] < 2 * sizes[0]


def test_chunks_are_cut_by_the_stored_time(tmp_path, monkeypatch):
    monkeypatch.setattr(retraining, "CHUNK_SECONDS", 1e-9)
    question, units = asked()
    workers = Workers(folder=tmp_path)
    refitted(DecisionTreeClassifier(), question, units, workers)
    assert len(times(tmp_path)) == 1 + 60, "the base, and units one by one, as each takes longer than a chunk should"
    monkeypatch.setattr(retraining, "_base", None)  # timed once for good
    refitted(DecisionTreeClassifier(), question, units, workers)
    assert len(times(tmp_path)) == 1 + 60


def test_processes_train_on_one_thread():
    forest, light = RandomForestClassifier(n_jobs=-1), LGBMClassifier()
    both = retraining._single_threaded(make_pipeline(StandardScaler(), VotingClassifier([("a", forest), ("b", light)])))
    voting = both[-1]
    assert (voting.estimators[0][1].n_jobs, voting.estimators[1][1].n_jobs) == (1, 1)
    assert (voting.n_jobs, forest.n_jobs, light.n_jobs) == (None, -1, None)


def test_an_estimator_that_cannot_be_trained_is_named_with_its_unit():
    question = Question(numbers(40), numbers(30), numbers(20))
    question.offered.X[3] = np.inf
    with pytest.raises(ModelFailed, match="training with unit 3 failed: ValueError: Input X contains infinity"):
        refitted(DecisionTreeClassifier(), question, Units.single(30))


def test_a_folder_that_cannot_be_one(tmp_path):
    (tmp_path / "file").write_text("")
    question, units = asked()
    with pytest.raises(InvalidInput, match="folder is .*cannot hold the data"):
        refitted(DecisionTreeClassifier(), question, units, Workers(folder=tmp_path / "file"))
