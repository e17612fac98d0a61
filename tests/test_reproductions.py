"""The reproductions at a small size, and their own parts; `make reproduce` runs them in full."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.outcomes import Campaigns, Channel

ROOT = Path(__file__).resolve().parent.parent
OF_NETS = {"distillation", "jsma", "lira_nets"}
SCRIPTS = sorted(path.stem for path in (ROOT / "reproductions").glob("[a-z]*.py"))


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "reproductions"))


def script(name):
    return importlib.import_module(name)


def skip_without(needs):
    """Skip, with the reason, where data or a word list is not installed."""
    missing = script("_data").missing(needs)
    if missing:
        pytest.skip(f"{', '.join(missing)}: missing; `make system-deps` installs word lists, AMLSEC_DATA names the data")


@pytest.mark.data
@pytest.mark.system
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_small_run_is_within_every_tolerance_and_draws_its_figure(name, tmp_path, capsys):
    if name in OF_NETS:
        pytest.importorskip("torch")
    skip_without(script(name).NEEDS)
    assert script(name).run(True, tmp_path) == 0
    table = capsys.readouterr().out
    assert table.count("| yes |") >= 1
    assert "| NO |" not in table
    assert (tmp_path / f"{name}.svg").read_text("utf-8").count("<path") > 10


def test_without_the_data_a_script_says_what_it_needs():
    environment = {key: value for key, value in os.environ.items() if key != "AMLSEC_DATA"}
    command = [sys.executable, str(ROOT / "reproductions" / "dictionary_attack.py"), "--small"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("AMLSEC_DATA is not set")


@pytest.mark.parametrize(("values", "met"), [([0.1, 0.3], True), ([0.1, 0.4], False), ([0.0, 0.1], False)])
def test_a_claim_holds_where_the_mean_is_within_its_ends(values, met, capsys):
    claims = script("_claims")
    claim = claims.Claim("harm", values, 0.1, 0.2, paper="15 %")
    assert claims.conclude("title", [claim]) == (0 if met else 1)
    row = capsys.readouterr().out.splitlines()[-1]
    sd = f"{abs(values[0] - values[1]) / np.sqrt(2):.1%}"
    assert row == f"| harm | {np.mean(values):.1%} | {sd} | 15 % | 10.0% to 20.0% | {'yes' if met else 'NO'} |"


def test_draws_are_disjoint_and_half_spam():
    y = np.random.default_rng(0).integers(0, 2, 500)
    parts = script("_enron").draw(y, np.random.default_rng(1), 50, 30, 20)
    assert [len(part) for part in parts] == [100, 60, 40]
    assert len(np.unique(np.concatenate(parts))) == 200
    assert [y[part].sum() for part in parts] == [50, 30, 20]


def test_subject_words_are_marked_and_count_in_the_body_too():
    tokens = script("_enron").tokenize("Cheap meds!\nbuy extraordinarily good meds")
    assert tokens[:3] == ["subject:Cheap", "subject:meds", "subject:!"]
    assert set(tokens[3:]) >= {"cheap", "buy", "good", "meds", "skip:e 10"}


def test_copies_learned_in_hundreds_are_as_many_spam_as_asked():
    mail = csr_matrix([[1.0, 0.0, 1.0]])
    clean = SpamBayes().fit(csr_matrix([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.array([0, 1]))
    learned = script("_enron").learn_copies(clean, mail, 250)
    assert learned.n_spam_ == 251
    assert learned.spam_counts_.tolist() == [250.0, 1.0, 251.0]


def test_a_filter_that_keeps_its_own_columns_answers_the_same():
    rng = np.random.default_rng(0)
    tokens = csr_matrix(random_array((300, 80), density=0.05, rng=rng, data_sampler=lambda size: np.ones(size)))
    y = np.arange(300) % 2
    whole = SpamBayes().fit(tokens[:20], y[:20])
    own = script("partition_ensemble").OwnColumns(SpamBayes()).fit(tokens[:20], y[:20])
    assert len(own.columns_) < 80
    assert (own.predict(tokens) == whole.predict(tokens)).all()


def test_some_of_a_mail_is_some_of_its_tokens():
    mail = csr_matrix(np.ones((1, 1000)))
    some = script("_enron").some_of(mail, 0.9, np.random.default_rng(0))
    assert some.nnz == pytest.approx(900, abs=40)
    assert set(some.indices) < set(mail.indices)


@pytest.mark.parametrize(("wrongly_believed", "wrongly_dropped"), [(0.03, 0.1), (0.004, 0.2)])
def test_a_test_of_fixed_size_has_the_chances_of_error_it_was_planned_for(wrongly_believed, wrongly_dropped):
    clicks, channel, many = script("clicks"), Channel(), 3000
    lots, least = clicks.plan(channel, wrongly_believed, wrongly_dropped)
    copies = np.full(many, clicks.SIZE)
    seen = {}
    for passes in (0, 1):
        campaigns = Campaigns(channel, np.random.default_rng(passes))
        for _ in range(lots):
            campaigns.send(copies * passes, copies)
        campaigns.wait(100)
        seen[passes] = campaigns.clicks().reshape(lots, many).sum(axis=0)
    assert (seen[0] >= least).mean() <= wrongly_believed + 3 * np.sqrt(wrongly_believed / many)
    assert (seen[1] < least).mean() == pytest.approx(wrongly_dropped, abs=0.05)


def test_in_the_traffic_of_others_each_gets_his_own_verdicts():
    class Reads:
        def labels(self, X, of=None):
            return np.array([int("spam" in row) for row in X])

        scores = labels

        def session(self, accounts):
            return self

    others = Batch(texts([f"ham {k}" for k in range(9)] + ["ham spam"]), np.zeros(10, dtype=int))
    traffic = script("clicks").InTraffic(Reads(), others, np.random.default_rng(0))
    X = texts(["spam", "ham", "ham", "spam", "ham"] * 20)
    assert (traffic.session().labels(X, np.arange(100)) == Reads().labels(X)).all()
    sent, stopped = traffic.ham
    assert sent == 400
    assert stopped == pytest.approx(40, abs=20)
