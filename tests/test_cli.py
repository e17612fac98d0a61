"""The command line as a user meets it: every wrong call is one clear line and exit 2, and leaves nothing behind."""

import json
import pickle
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from called import MAILS, QUICK, call, findings, one_line
from grounds import mails

FACTORIES = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

class Bad(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self
    def predict(self, X):
        return self.answer(X)

class Raises(Bad):
    def answer(self, X): raise RuntimeError("no answer today")

class Nothing(Bad):
    def answer(self, X): return np.full(len(X), np.nan)

class Constant(Bad):
    def answer(self, X): return np.zeros(len(X), dtype=int)

class Brittle(Bad):
    def fit(self, X, y):
        self.model_ = make_pipeline(CountVectorizer(), MultinomialNB()).fit(X, y)
        return super().fit(X, y)
    def answer(self, X):
        if any("ham1" in text and "spam" in text for text in X):
            raise RuntimeError("words of both kinds")
        return self.model_.predict(X)

def bayes():
    return make_pipeline(CountVectorizer(), MultinomialNB())
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder with a table of mails, a factory module and nothing else."""
    batch = mails()
    y = np.where(batch.y == 1, "spam", "ham")
    csv.write_csv(pa.table({"text": batch.X.tolist(), "label": y, "from": batch.source.tolist()}), tmp_path / "mails.csv")
    (tmp_path / "factories.py").write_text(FACTORIES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "factories", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv", "--target", "label"), "no such file"),
        (("mails.csv", "--target", "lable"), "did you mean 'label'"),
        (("mails.csv",), "--target"),
        ((), "name a table to audit"),
        (("mails.csv", "--demo", "sms", "--target", "label"), "not both"),
        (("--demo", "nothing"), "must be one of clamp, drebin, enron"),
        (("mails.csv", "--target", "label", "--source", "form"), "no such column; did you mean 'from'"),
        (("mails.csv", "--target", "label", "--malicious", "scam"), "no row of column 'label' has this label"),
        (("mails.csv", "--target", "label", "--share", "0.9"), "share is 0.9"),
        (("mails.csv", "--target", "label", "--text", "text", "--model", "factories:nothing"), "AttributeError"),
        (("mails.csv", "--target", "label", "--text", "text", "--model", "model.pkl"), "--allow-pickle"),
        (("mails.csv", "--target", "label", "--baseline", "nowhere.json"), "baseline"),
        (("mails.csv", "--target", "label", "--config", "nowhere.toml"), "cannot be read as TOML"),
        (("mails.csv", "--target", "label", "--trusted", "nowhere.csv"), "no such file"),
        (("mails.csv", "--target", "label", "--text", "text", "--source-register", "nowhere.toml"), "nowhere.toml"),
        (("mails.csv", "--target", "label", "--only", "AML-X99"), "only is 'AML-X99'"),
        (("empty.csv", "--target", "label"), "the file is empty"),
        (("one-class.csv", "--target", "label"), "one class only"),
        (("twice.csv", "--target", "label"), "column names stand twice: a"),
        (("nan.csv", "--target", "label"), "column a is nan: 1 of 2 rows are NaN or infinite"),
        (("infinite.csv", "--target", "label"), "column a is inf: 1 of 2 rows are NaN or infinite"),
        (("picture.png", "--target", "label"), "not a table"),
        (("table.pkl", "--target", "label"), "a pickle can run code"),
        (("few.csv", "--target", "label"), "benign and malicious: need at least 10 distinct rows"),
    ],
)
def test_every_wrong_call_is_one_line_and_exit_2(folder, capsys, words, said):
    for name, text in {
        "empty.csv": "",
        "one-class.csv": "a,label\n1,x\n2,x\n",
        "twice.csv": "a,a,label\n1,1,x\n2,2,y\n",
        "nan.csv": "a,label\n1,x\nnan,y\n",
        "infinite.csv": "a,label\n1,x\ninf,y\n",
        "few.csv": "a,label\n1,x\n2,y\n3,x\n4,y\n",
        "picture.png": "\x89PNG\r\n\x1a\n\0\0",
    }.items():
        (folder / name).write_text(text)
    for name in ("model.pkl", "table.pkl"):
        (folder / name).write_bytes(pickle.dumps([1]))
    before = sorted(folder.iterdir())
    code, out, err = call(capsys, "audit", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert one_line(err), err
    assert sorted(folder.iterdir()) == before


def test_debug_shows_where_an_error_came_from(folder, capsys):
    _, _, err = call(capsys, "audit", "nowhere.csv", "--target", "label", "--debug")
    assert "Traceback" in err
    assert "InvalidInput" in err


@pytest.mark.parametrize("name", ["Raises", "Nothing"])
def test_a_model_that_cannot_judge_clean_rows_is_exit_3(folder, capsys, name):
    code, _, err = call(
        capsys, "audit", "mails.csv", "--target", "label", "--text", "text", "--model", f"factories:{name}", *QUICK
    )
    assert code == 3
    assert "the model's predict" in err
    assert one_line(err.replace("\r", "")[err.index("amlsec:") :])
    assert not (folder / "amlsec-report" / "report.html").exists()


def test_a_model_that_says_the_same_of_all_rows_is_a_finding(folder, capsys):
    only = ("--only", "AML-M01", "--only", "AML-P01")
    code, _, err = call(capsys, *MAILS, "--model", "factories:Constant", *QUICK, *only, "--fail-on", "critical")
    assert code == 1, err
    assert findings(folder / "amlsec-report")["AML-M01"]["severity"] == "critical"


def test_a_model_that_fails_in_mid_run_makes_that_game_not_run_and_the_rest_goes_on(folder, capsys, few_defenses):
    only = ("--only", "AML-E01", "--only", "AML-P01")
    code, _, err = call(capsys, *MAILS, "--model", "factories:Brittle", *QUICK, *only)
    assert code == 0, err
    found = findings(folder / "amlsec-report")
    assert found["AML-E01"]["state"] == "not run"
    assert "words of both kinds" in found["AML-E01"]["because"]
    assert found["AML-P01"]["state"] == "measured"


def test_one_worker_or_two_write_the_same_findings_in_every_report(folder, capsys, few_defenses):
    only = [word for code in ("E01", "E05", "P03", "R01", "S01", "T01") for word in ("--only", f"AML-{code}")]
    words = (*MAILS, "--source", "from", "--model", "factories:bayes", *QUICK, *only)
    code, out, err = call(capsys, *words)
    assert code == 0, err
    report = folder / "amlsec-report"
    names = ["report.html", "report.json", "report.junit.xml", "report.sarif"]
    assert sorted(path.name for path in report.iterdir()) == names
    code, _, err = call(capsys, *words, "--jobs", 2, "--out", "again")
    assert code == 0, err
    one, two = findings(report), findings(folder / "again")
    assert list(one) == list(two) == ["AML-E01", "AML-E05", "AML-P03", "AML-R01", "AML-S01", "AML-T01"]
    for code in one:
        assert one[code] | {"reproduce": ""} == two[code] | {"reproduce": ""}
    assert all(sentence.split()[0] in out for sentence in json.loads((report / "report.json").read_text())["headline"])


def test_one_finding_alone_gives_the_same_number(folder, capsys, undefended):
    words = (*MAILS, "--model", "factories:bayes", *QUICK, "--only", "AML-E05")
    call(capsys, *words, "--only", "AML-P01")
    call(capsys, *words, "--out", "alone")
    assert findings(folder / "alone")["AML-E05"]["harm"] == findings(folder / "amlsec-report")["AML-E05"]["harm"]


def test_an_audit_without_time_is_exit_3_and_the_next_one_goes_on(folder, capsys):
    words = (*MAILS, "--model", "factories:bayes", *QUICK[:-2], "--only", "AML-E01")
    code, _, err = call(capsys, *words, "--minutes", "0.0000001")
    assert code == 3, err
    assert call(capsys, *words)[0] == 0


def test_parquet_and_malicious_labels(folder, capsys, undefended):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=600), np.array(["normal", "dos", "probe"])[np.repeat([0, 1, 2], 200)]
    parquet.write_table(
        pa.table({"x": x + (y != "normal") * 2, "z": rng.integers(0, 9, 600), "label": y}), folder / "t.parquet"
    )
    code, _, err = call(capsys, "audit", "t.parquet", "--target", "label", "--benign", "normal", *QUICK, "--only", "AML-E05")
    assert code == 0, err
    subject = json.loads((folder / "amlsec-report/report.json").read_text())["subject"]
    assert subject["malicious_label"] == "dos, probe"


def test_catalogue_lists_and_narrows(capsys):
    code, out, _ = call(capsys, "catalogue")
    assert code == 0
    assert "dictionary" in out
    assert "roni" in out
    _, narrowed, _ = call(capsys, "catalogue", "--kind", "evasion")
    assert "good-words" in narrowed
    assert "dictionary" not in narrowed
    _, cell, _ = call(capsys, "catalogue", "--cell", "causative availability")
    assert "dictionary" in cell
    assert "good-words" not in cell


def test_a_part_of_a_cell_has_all_that_the_cell_has(capsys):
    """Members that leave an axis open that the call names, and name one that it leaves open, are about it too."""

    def listed(words):
        lines = call(capsys, "catalogue", "--cell", words)[1].splitlines()[1:]
        return {line.split()[0] for line in lines if not line.startswith(" ")}

    assert listed("causative-integrity-targeted") < listed("Targeted causative") < listed("causative")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("catalogue", "--kind", "magic"), "kind is 'magic'"),
        (("catalogue", "--cell", "causative magic"), "cell is 'magic'"),
        (("catalogue", "--cell", "causative exploratory"), "may say one influence, not causative and exploratory"),
        (("show", "dictionry"), "near misses: dictionary"),
    ],
)
def test_unknown_names_are_one_line(capsys, words, said):
    code, _, err = call(capsys, *words)
    assert code == 2
    assert said in err
    assert one_line(err)


def test_show_tells_what_a_member_is(capsys):
    code, out, _ = call(capsys, "show", "dictionary")
    assert code == 0
    for words in ("AML-P03", "causative availability indiscriminate", "AML.T0020", "Nelson"):
        assert words in out


@pytest.mark.parametrize(("said", "name"), [("AML-P03", "dictionary"), ("Good words", "good-words"), ("RONI", "roni")])
def test_show_takes_what_a_report_calls_a_member(capsys, said, name):
    for written in (said, said.lower()):
        code, out, _ = call(capsys, "show", written)
        assert (code, out.split(" ")[0]) == (0, name)


def test_show_of_no_name_is_no_member(capsys):
    code, _, err = call(capsys, "show", "")
    assert code == 2
    assert one_line(err)


def test_the_same_audit_from_python_on_a_frame_and_a_classifier(folder, undefended):
    import pandas as pd
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    from amlsec import run_audit

    told = {"target": "label", "text": "text", "only": ("AML-E05",), "jobs": 1, "seeds": 1, "queries": 5}
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    one = run_audit(pd.read_csv("mails.csv"), model=model, out="one", **told)
    two = run_audit("mails.csv", model="factories:bayes", out="two", **told)
    assert one.findings[0].harm == two.findings[0].harm
    assert one.subject.model == "Pipeline of CountVectorizer, MultinomialNB"


def test_version(capsys):
    from amlsec import __version__

    assert call(capsys, "--version")[:2] == (0, f"{__version__}\n")
