"""The commands on the pages about models that nothing trains run as they stand there, and so do the descriptions."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops import io

from called import call, findings
from grounds import mails
from models.service import serving

DOCS = Path(__file__).parents[1] / "docs"
PAGES = "".join((DOCS / name).read_text("utf-8") for name in ("audit.md", "models.md"))
COMMANDS = sorted(set(re.findall(r"^    amlsec (audit .*--model .*)$", PAGES, re.MULTILINE)))
DESCRIBED = {
    kind: text for text in re.findall(r"```toml\n(.*?)```", PAGES, re.DOTALL) for kind in re.findall(r"^\[(\w+)\]", text)
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Mails, and a model trained on others, as the pages name them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("amlsec.audit.run._defenses", lambda _: [])
    rows, train = mails(200), mails(300, seed=9)
    told = [f"Subject: a mail\n\n{text}" for text in rows.X]
    csv.write_csv(pa.table({"text": told, "label": np.where(rows.y == 1, "spam", "ham")}), "mails.csv")
    model = make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()).fit(train.X, train.y)
    Path("model.onnx").write_bytes(to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))]).SerializeToString())
    io.dump(model, "model.skops")
    return tmp_path


def run(capsys, line):
    """The findings of one short attack, by the command as it stands."""
    code, _, err = call(capsys, *shlex.split(line), "--jobs", 1, "--seeds", 1, "--only", "AML-E01", "--only", "AML-M01")
    assert code == 0, err
    return findings(Path("amlsec-report"))


def naming(what):
    lines = [line for line in COMMANDS if what in line]
    assert lines
    return pytest.mark.parametrize("line", lines)


def test_every_command_is_run():
    assert all(
        any(name in line for name in ("model.skops", "model.onnx", "command.toml", "endpoint.toml")) for line in COMMANDS
    )


@naming("model.skops")
def test_a_fitted_classifier(folder, capsys, line):
    assert run(capsys, line)["AML-E01"]["state"] == "measured"


@naming("model.onnx")
def test_an_onnx_file(folder, capsys, line):
    assert run(capsys, line)["AML-E01"]["state"] == "measured"


@pytest.mark.system
@naming("command.toml")
def test_bogofilter(folder, capsys, monkeypatch, line):
    if not shutil.which("bogofilter"):
        pytest.skip("bogofilter is missing: `make system-deps` installs it")
    monkeypatch.setenv("BOGOFILTER_DIR", str(folder / "words"))
    Path("words").mkdir()
    train = mails(60, seed=9)
    for text, label in zip(train.X, train.y, strict=True):
        subprocess.run(["bogofilter", "-s" if label else "-n"], input=f"\n{text}\n", text=True, check=True)
    Path("command.toml").write_text(DESCRIBED["command"])
    found = run(capsys, line)
    assert found["AML-M01"]["state"] == "measured"
    assert "same verdict" not in found["AML-M01"]["sentence"]


@naming("endpoint.toml")
def test_an_endpoint(folder, capsys, monkeypatch, line):
    monkeypatch.setenv("MAIL_TOKEN", "Bearer t0ken-of-a-test")

    def judge(body):
        hits = [sum(word.startswith("spam") for word in row["text"].split()) for row in body["instances"]]
        return {"predictions": [{"label": "spam" if n > 2 else "ham", "scores": {"spam": n / 5}} for n in hits]}

    with serving(judge) as service:
        text = DESCRIBED["endpoint"].replace("https://mail.example/score", service.url).replace("rate = 20 ", "rate = 0 ")
        Path("endpoint.toml").write_text(text)
        assert run(capsys, line)["AML-E01"]["state"] == "measured"
        assert max(len(body["instances"]) for body in service.asked) <= 32
        assert service.headers[0]["Authorization"] == "Bearer t0ken-of-a-test"
