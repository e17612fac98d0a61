"""A few lines of TOML describe a command, an endpoint or an ONNX file; a wrong line is named."""

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from amlsec.data import texts
from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.models.described import read
from amlsec.space.tabular import infer

X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
COLUMNS = infer(X.astype(float), ["a", "b"]).columns
LINE = LogisticRegression().fit(X, np.where(X[:, 0] > 0, "spam", "ham"))
NAMES = {"ham": 0, "spam": 1}

COMMAND = """
[command]
argv = ["grep", "-q", "cash"]
timeout = 5

[command.verdicts]
0 = "malicious"
1 = "benign"
"""
ANSWERING = """
[command]
argv = ["cat"]
answer = "[01]"
score = '\\d+'
workers = 2
verdicts = { 0 = "benign", 1 = "malicious" }
"""
ENDPOINT = """
[endpoint]
url = "https://mail.example/score"
verdict = "result.label"
score = "result.scores.spam"
batch = 16
verdicts = { ham = "benign", spam = "malicious" }
"""


@pytest.fixture
def file(tmp_path):
    """Writes a description, and gives its path."""

    def write(text):
        path = tmp_path / "model.toml"
        path.write_text(text)
        return path

    return write


def test_a_command_by_its_exit_codes(file):
    model = read(file(COMMAND), COLUMNS)
    assert model.labels(texts(["cash", "noon"])).tolist() == [1, 0]
    assert (model.timeout, model.columns) == (5.0, COLUMNS)


def test_a_command_by_what_it_prints(file):
    model = read(file(ANSWERING))
    assert model.labels(texts(["1", "0"])).tolist() == [1, 0]
    assert model.scores(texts(["41"])).tolist() == [41.0]
    assert model.workers == 2


def test_an_endpoint(file):
    model = read(file(ENDPOINT), COLUMNS)
    assert (model.batch, model.verdicts, model.ledger, model.columns) == (16, {"ham": 0, "spam": 1}, None, COLUMNS)
    assert str(model) == "the endpoint https://mail.example/score"


@pytest.mark.parametrize(("line", "name"), [("calls = 9", "model.calls.sqlite"), ('rate = 2.5\nledger = "book"', "book")])
def test_calls_are_counted_beside_the_description(file, tmp_path, line, name):
    model = read(file(ENDPOINT.replace("batch = 16", line)))
    assert model.kept.path == (tmp_path / name).resolve()
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize("described", [False, True])
def test_an_onnx_file_alone_or_described(file, tmp_path, described):
    path = tmp_path / "model.onnx"
    path.write_bytes(to_onnx(LINE, X[:1]).SerializeToString())
    toml = file('[onnx]\npath = "model.onnx"\ntimeout = 3\nnames = { spam = "malicious", ham = "benign" }\n')
    model = read(toml if described else path, COLUMNS, None if described else NAMES)
    assert model.labels(X).tolist() == [NAMES[label] for label in LINE.predict(X)]


def test_an_unsafe_onnx_file_stays_unsafe(file, tmp_path):
    from onnx import helper

    model = to_onnx(LINE, X[:1])
    model.graph.node.append(helper.make_node("Call", ["X"], ["y"], domain="evil"))
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UnsafeFile, match="evil"):
        read(file('[onnx]\npath = "model.onnx"\n'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[command", "cannot be read as TOML"),
        ("", "must hold one table, not none"),
        ("a = 1", "must hold one table, not a"),
        (COMMAND + ENDPOINT, "must hold one table, not command, endpoint"),
        ("[model]\na = 1", r"holds \[model\]; a model is described by"),
        (COMMAND.replace("timeout", "time"), "time is 5: is no key of model.toml; they are answer, argv"),
        (COMMAND.replace("timeout = 5", 'timeout = "long"'), "timeout is 'long'"),
        (COMMAND.replace("timeout = 5", "timeout = -1"), "timeout, workers is"),
        (COMMAND.replace("timeout = 5", 'rows = "xml"'), "rows is 'xml'"),
        (COMMAND.replace('"grep"', '"no-such-program"'), "argv is .*must begin with a program"),
        (COMMAND.replace('"malicious"', '"bad"'), "must say .benign. or .malicious."),
        (COMMAND.replace('0 = "mal', 'spam = "mal'), "verdicts is 'spam': must be an exit code"),
        ("[command]\nverdicts = 5", "verdicts is 5"),
        ('[command]\nargv = ["true"]', "verdicts is"),
        ('[command.verdicts]\n0 = "benign"', "argv"),
        (ENDPOINT.replace("https://mail.example/score", "mail"), "must begin with http"),
        (ENDPOINT.replace("batch = 16", "batch = -16"), "batch is -16"),
        (ENDPOINT.replace("batch = 16", "kept = 3"), "kept is 3: is no key"),
        (ENDPOINT.replace("batch = 16", 'columns = ["a"]'), "columns"),
        (ENDPOINT.replace("batch = 16", 'auth = "NO_SUCH_VARIABLE"'), "auth is 'NO_SUCH_VARIABLE'"),
        ("[onnx]\ntimeout = 3", "model is"),
        ('[onnx]\npath = "nowhere.onnx"', "no such file"),
    ],
)
def test_a_wrong_line_is_named(file, text, said):
    with pytest.raises(InvalidInput, match=said) as caught:
        read(file(text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        'auth = "Bearer tok-5ecret-9"',
        'auth = "5ecret9"',
        'headers = { Authorization = "Bearer tok-5ecret-9" }',
        'header = { Authorization = "Bearer tok-5ecret-9" }',
        'token = "tok-5ecret-9"',
        'url = ["https://mail.example/?key=tok-5ecret-9"]',
        'url = "https://mail.example:tok-5ecret-9/"',
        'argv = ["no-such-program", "--token", "tok-5ecret-9"]',
        'argv = "no-such-program --token tok-5ecret-9"',
        'argv = ["true", ["tok-5ecret-9"]]',
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(file, line):
    kind, *rest = ("command", '[command.verdicts]\n0 = "benign"') if line.startswith("argv") else ("endpoint",)
    more = [] if line.startswith(("argv", "url")) else ['url = "https://mail.example/"']
    with pytest.raises(InvalidInput) as caught:
        read(file("\n".join([f"[{kind}]", *more, line, *(['verdict = ""'] if kind == "endpoint" else rest)])))
    assert "5ecret" not in str(caught.value)


def test_a_file_that_is_missing_or_no_text(tmp_path):
    (tmp_path / "model.toml").write_bytes(b"\xff\xfe")
    for name in ("model.toml", "nowhere.toml"):
        with pytest.raises(InvalidInput, match="cannot be read as TOML"):
            read(tmp_path / name)
