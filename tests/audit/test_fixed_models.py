"""Audits of models that nothing trains, by one command each; and what becomes of models that behave badly."""

import json
import re
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from skops import io

from amlsec import run_audit
from amlsec.audit.fixed import NOTHING_TRAINS
from amlsec.catalogue import Kind, named
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models.command import Command
from amlsec.models.ledger import Ledger
from called import MAILS, QUICK, call, findings, one_line
from grounds import mails
from models.service import serving

COMMAND = """
[command]
argv = ["grep", "-q", "spam"]

[command.verdicts]
0 = "malicious"
1 = "benign"
"""
ENDPOINT = """
[endpoint]
url = "{url}"
verdict = "spam"
score = "score"
auth = "MY_TOKEN"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder with a table of mails."""
    batch = mails(200)
    y = np.where(batch.y == 1, "spam", "ham")
    csv.write_csv(pa.table({"text": batch.X.tolist(), "label": y, "from": batch.source.tolist()}), tmp_path / "mails.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", "Bearer tok-5ecret-9")
    return tmp_path


def only(*codes):
    return [word for code in codes for word in ("--only", f"AML-{code}")]


def trained():
    rows = mails(300, seed=9)
    return make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()).fit(rows.X, rows.y)


# One command each


def test_an_onnx_file_is_audited_as_it_is(folder, capsys):
    model = to_onnx(trained(), initial_types=[("text", StringTensorType([None, 1]))])
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    codes = only("E02", "E03", "P01", "P03", "R01", "S01", "D03", "M01", "M02")
    code, _, err = call(capsys, *MAILS, "--source", "from", "--model", "model.onnx", *QUICK, *codes)
    assert code == 0, err
    found = findings(folder / "amlsec-report")
    assert found["AML-E02"]["state"] == found["AML-M01"]["state"] == "measured"
    defended = [each["member"] for each in found["AML-E02"]["defended"]]
    assert "abstain" in defended
    assert {named(name).kind for name in defended} == {Kind.GUARD}
    for training in ("P01", "P03", "R01", "S01", "D03"):
        assert found[f"AML-{training}"]["state"] == "not applicable", training
        assert NOTHING_TRAINS in found[f"AML-{training}"]["because"]
    assert found["AML-M02"]["sentence"] == "The model says the same of the same row, at once and at the end."
    told = json.loads((folder / "amlsec-report" / "report.json").read_text())["subject"]
    assert told["model"] == "model.onnx: the ONNX file model.onnx, fixed"
    assert NOTHING_TRAINS in told["notes"][-1]


def test_the_file_and_what_it_was_made_from_are_found_to_be_the_same(folder, capsys, undefended):
    model = trained()
    (folder / "model.onnx").write_bytes(
        to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))]).SerializeToString()
    )
    io.dump(model, folder / "model.skops")
    seen = []
    for words in (("model.onnx",), ("model.skops", "--fixed")):
        code, _, err = call(capsys, *MAILS, "--model", *words, *QUICK, *only("E02", "M01"), "--out", f"{words[0]}-report")
        assert code == 0, err
        found = findings(folder / f"{words[0]}-report")
        seen.append({name: (f["harm"], f["sentence"], f["baseline"]) for name, f in found.items()})
    assert seen[0] == seen[1]


def test_a_command_is_audited_by_its_description(folder, capsys, undefended):
    (folder / "command.toml").write_text(COMMAND)
    codes = only("E02", "E06", "M01", "M02")
    code, _, err = call(capsys, *MAILS, "--model", "command.toml", *QUICK, "--queries", 2, *codes)
    assert code == 0, err
    found = findings(folder / "amlsec-report")
    assert "stops 0.0%" in found["AML-M01"]["sentence"]
    assert found["AML-E02"]["harm"]["value"] == 0.0, "no good word hides the bad one from grep"
    assert found["AML-E06"]["because"] == "it takes scores of the model, this one gives labels"


def test_an_endpoint_is_audited_by_its_description_and_keeps_its_secret(folder, capsys, undefended):
    def judge(body):
        hits = sum(word.startswith("spam") for word in body["text"].split())
        return {"spam": hits > 2, "score": hits / 5}

    with serving(judge) as service:
        (folder / "endpoint.toml").write_text(ENDPOINT.format(url=service.url) + "calls = 100_000\n")
        code, out, err = call(capsys, *MAILS, "--model", "endpoint.toml", *QUICK, *only("E01", "M01", "P01"))
        assert code == 0, err
        asked, headers = len(service.asked), service.headers[0]
    assert findings(folder / "amlsec-report")["AML-E01"]["state"] == "measured"
    assert headers["Authorization"] == "Bearer tok-5ecret-9"
    name = service.url.partition("?")[0]
    assert Ledger(folder / "endpoint.calls.sqlite", name).spent == asked
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()) + out.encode() + err.encode()
    assert b"5ecret" not in written
    assert b"in-the-query" not in written.replace((folder / "endpoint.toml").read_bytes(), b"")


def test_rows_of_a_table_reach_a_command_by_their_names_and_it_gives_no_parameters(folder, capsys, undefended):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    table = pa.table({"kind": np.where(y == 1, "a", "b"), "size": rng.normal(4.0 * y - 2), "label": y})
    csv.write_csv(table, folder / "table.csv")
    (folder / "command.toml").write_text(COMMAND.replace('"-q", "spam"', r"""'-vq', '"size": -'"""))
    told = ("audit", "table.csv", "--target", "label", "--model", "command.toml", "--access", "parameters")
    code, _, err = call(capsys, *told, *QUICK, "--queries", "12", *only("E04", "E25", "M01"))
    assert code == 0, err
    found = findings(folder / "amlsec-report")
    assert found["AML-E25"]["because"] == "it takes parameters of the model, this one gives labels"
    assert found["AML-E04"]["harm"]["value"] > 0.5
    stopped, passed = re.findall(r"(\d+\.\d)%", found["AML-M01"]["sentence"])[::3]
    assert max(float(stopped), float(passed)) < 10


def test_one_given_in_python_is_as_it_is_too(folder, undefended):
    told = {"target": "label", "text": "text", "jobs": 1, "seeds": 1, "queries": 2, "only": ("AML-E02", "AML-P01")}
    command = Command(("grep", "-q", "spam"), verdicts={0: 1, 1: 0})
    result = run_audit("mails.csv", model=command, out=folder / "a", **told)
    assert [found.state for found in result.findings] == ["measured", "not applicable"]
    assert result.subject.model == "the command grep, fixed"
    fitted = run_audit("mails.csv", model=trained(), fixed=True, out=folder / "b", **told)
    assert [found.state for found in fitted.findings] == ["measured", "not applicable"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": LogisticRegression(), "fixed": True}, "is not fitted"),
        ({"fixed": True}, "needs a --model"),
        (
            {"model": Command(("true",), verdicts={0: 0}), "layers": "roni & abstain"},
            "holds roni: the model under audit is fixed",
        ),
        ({"model": "nowhere.onnx"}, "no such file"),
        ({"model": Path("nowhere.onnx")}, "no such file"),
        ({"model": "mails.csv"}, "must be a .skops, .onnx or .toml file"),
    ],
)
def test_a_wrong_call_is_refused_before_any_work(folder, more, said):
    with pytest.raises(InvalidInput, match=said):
        run_audit("mails.csv", target="label", text="text", **more)
    assert not (folder / "amlsec-report").exists()


# What a model lacks


def test_an_attack_that_needs_a_part_which_the_model_lacks_does_not_apply(tmp_path, undefended):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    table = pa.table({"a": rng.normal(2.0 * y), "b": rng.normal(size=300), "label": y})
    told = {"target": "label", "jobs": 1, "seeds": 1, "queries": 5, "access": "parameters", "only": ("AML-E25",)}
    for model, lacks in [
        (RandomForestClassifier(5), "a RandomForestClassifier has no linear to be seen"),
        (_Foreign(1), "a _Foreign has no linear to be seen"),
    ]:
        [found] = run_audit(table, model=model, out=tmp_path / lacks[2:9], **told).findings
        assert (found.state, found.because) == ("not applicable", lacks)
    result = run_audit(table, model=LogisticRegression(), out=tmp_path / "line", **told)
    assert result.findings[0].state == "measured"
    assert result.run.games_not_run == 0


class _Foreign(KNeighborsClassifier):
    """Of a class that nobody knows: what is in it is seen once it is fitted."""


# Models that behave badly


def audit_of(service, folder, capsys, codes=("E01", "M01", "M02"), told="", jobs=1):
    """Exit code, findings by code (none without a report), and stderr."""
    (folder / "endpoint.toml").write_text(ENDPOINT.format(url=service.url) + f"retries = 0\n{told}\n")
    code, _, err = call(capsys, *MAILS, "--model", "endpoint.toml", *QUICK, "--jobs", jobs, *only(*codes))
    written = (folder / "amlsec-report" / "report.json").is_file()
    return code, findings(folder / "amlsec-report") if written else {}, err


def spam(body):
    hits = sum(word.startswith("spam") for word in body["text"].split())
    return {"spam": int(hits > 2), "score": hits / 5}


def until(asked, then):
    """Judges so many rows, then does something else."""
    turn = count()
    return lambda body: spam(body) if next(turn) < asked else then


FIRST = 125
"""The clean rows are judged twice by then, and no attack is done."""


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>busy</html>"), "answered with no JSON (text/html"),
        ((503, {}, b""), "answered 503 Service Unavailable"),
    ],
    ids=["html", "busy"],
)
def test_a_model_that_answers_garbage_to_some_rows_loses_those_games_and_the_rest_goes_on(
    folder, capsys, undefended, bad, said
):
    def judge(body):
        return bad if re.search("spam.*ham", body["text"]) else spam(body)

    with serving(judge) as service:
        code, found, err = audit_of(service, folder, capsys, ("E01", "E54", "M01", "M02"))
    assert code == 0, err
    assert found["AML-M01"]["state"] == found["AML-M02"]["state"] == found["AML-E54"]["state"] == "measured"
    assert found["AML-E01"]["state"] == "not run"
    assert said in found["AML-E01"]["because"]


def test_a_model_that_times_out_on_some_rows_loses_those_games_and_the_rest_goes_on(folder, capsys, undefended):
    script = 'row=$(cat); case "$row" in *spam*ham*) sleep 60;; esac; case "$row" in *spam*) exit 1;; esac; exit 0'
    lines = ["[command]", f"argv = {json.dumps(['sh', '-c', script])}", "timeout = 0.5"]
    (folder / "command.toml").write_text("\n".join([*lines, 'verdicts = {0 = "benign", 1 = "malicious"}']))
    code, _, err = call(capsys, *MAILS, "--model", "command.toml", *QUICK, *only("E01", "E54", "M01"))
    assert code == 0, err
    found = findings(folder / "amlsec-report")
    assert found["AML-M01"]["state"] == found["AML-E54"]["state"] == "measured"
    assert "gave no answer in 0.5 s" in found["AML-E01"]["because"]


@pytest.mark.parametrize("bad", [(200, {}, b"<html>"), {"spam": 7}])
def test_a_model_that_answers_nothing_but_garbage_is_exit_3_and_one_line(folder, capsys, undefended, bad):
    with serving(lambda _: bad) as service:
        code, found, err = audit_of(service, folder, capsys)
    assert (code, found) == (3, {})
    assert one_line(err.replace("\r", "")[err.index("amlsec:") :])
    assert len(service.asked) == 1


def test_a_model_whose_answers_change_by_themselves_is_a_finding(folder, capsys, undefended):
    turn = count()

    def whimsical(body):
        return {"spam": int(spam(body)["spam"] != (next(turn) % 7 < 2)), "score": 0.5}

    with serving(whimsical) as service:
        code, found, err = audit_of(service, folder, capsys)
    assert code == 0, err
    steadiness = found["AML-M02"]
    assert steadiness["severity"] == "medium"
    assert steadiness["sentence"].startswith("The model answers differently to the same row: ")
    assert "when asked again at once" in steadiness["sentence"]
    assert "at the end of the audit" in steadiness["sentence"]


def test_a_model_that_is_changed_on_the_way_is_a_finding(folder, capsys, undefended):
    with serving(until(FIRST, {"spam": 0, "score": 0.0})) as service:
        _, found, _ = audit_of(service, folder, capsys)
    assert "0.0% (0.0% to 6.0%) of the rows get another verdict when asked again at once" in found["AML-M02"]["sentence"]
    assert found["AML-M02"]["severity"] == "medium"


def test_a_model_that_is_gone_at_the_end_is_said_to_be(folder, capsys, undefended):
    with serving(until(FIRST, (410, {}, b""))) as service:
        code, found, err = audit_of(service, folder, capsys)
    assert code == 3, err
    assert found["AML-M01"]["state"] == "measured"
    assert "It could not be asked at the end" in found["AML-M02"]["sentence"]
    assert "answered 410 Gone" in found["AML-M02"]["sentence"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_calls_are_never_overspent_whatever_many_processes_ask_and_however_often_it_is_begun(
    folder, capsys, undefended, jobs
):
    with serving(spam) as service:
        for _ in range(2):
            code, found, err = audit_of(service, folder, capsys, ("E02", "M01", "M02"), f"calls = {FIRST}", jobs)
            assert code == 3
            assert f"all {FIRST} calls" in (found["AML-E02"]["because"] if found else err)
            assert len(service.asked) == FIRST
    assert found or jobs == 2, "one process judges the clean rows first"
    assert Ledger(folder / "endpoint.calls.sqlite", service.url.partition("?")[0]).spent == FIRST


def test_a_budget_too_small_for_the_clean_rows_is_exit_3(folder, capsys, undefended):
    with serving(spam) as service:
        code, found, err = audit_of(service, folder, capsys, told="calls = 20")
    assert (code, found, len(service.asked)) == (3, {}, 20)
    assert "all 20 calls" in err


def test_a_model_that_raises_is_a_failed_model_in_python(folder):
    class Raises:
        def labels(self, X):
            raise RuntimeError("no answer today")

        scores = labels

    with pytest.raises(ModelFailed, match="no answer today"):
        run_audit("mails.csv", target="label", text="text", model=Raises(), jobs=1, only=("AML-E01",))
