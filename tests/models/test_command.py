"""A program as a model: what it is given, what its answers mean, and what becomes of one that gives none."""

import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.frame import evade
from amlsec.models.command import Command
from amlsec.models.process import MOST_SAID
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from gate.servers import wait_until

SPAM_OR_HAM = {1: 0, 0: 1}


def python(code, **more):
    """A command that runs these lines of Python; `row` is what it was given."""
    told = f"import sys, json, csv, os, time\nrow = sys.stdin.buffer.read().decode()\n{code}"
    return Command((sys.executable, "-c", told), **{"verdicts": SPAM_OR_HAM, **more})


def test_an_exit_code_is_the_verdict():
    grep = Command(("grep", "-q", "cash"), verdicts={0: 1, 1: 0})
    assert grep.labels(texts(["cash", "noon", "more\ncash"])).tolist() == [1, 0, 1]
    assert grep.scores(texts(["cash", "noon"])).tolist() == [1.0, 0.0]
    assert grep.access == Access.LABELS


def test_what_is_printed_is_the_verdict_whatever_the_exit_code():
    model = python("print('verdict:', row.strip(), 'score:', len(row)); sys.exit(7)", verdicts={"ham": 0, "spam": 1})
    spoken = Command(model.argv, verdicts=model.verdicts, answer=r"verdict: (\w+)", score=r"score: (\S+)")
    assert spoken.labels(texts(["spam", "ham"])).tolist() == [1, 0]
    assert spoken.scores(texts(["spam", "ham"])).tolist() == [4.0, 3.0]
    assert spoken.access == Access.SCORES


@pytest.mark.parametrize("text", ["", "a\r\nb\t", "ünï ☃", "$(touch x) `id` ; | > y", "\udce9 from latin-1", "-rf --help\n"])
def test_a_text_arrives_byte_for_byte_and_no_shell_sees_it(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "import sys; data = sys.stdin.buffer.read(); open('seen', 'wb').write(data)"
    Command((sys.executable, "-c", code), verdicts={0: 0}).labels(texts([text]))
    assert Path("seen").read_bytes() == text.encode("utf-8", "surrogateescape")
    assert [path.name for path in tmp_path.iterdir()] == ["seen"]


def test_arguments_are_seen_by_no_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Command(("test", "$(touch x)", "=", "$(touch x)"), verdicts={0: 1}).labels(texts([""])).tolist() == [1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "read"),
    [("json", "json.loads(row)"), ("csv", "next(csv.DictReader(row.splitlines()))")],
)
def test_a_table_row_is_read_by_column_name(rows, read):
    X = np.array([[3.0, 0.5, 1.0], [1.0, 2.5, 0.0]])
    columns = infer(X, ["links", "size", "kind"], [[], [], ["a", "b"]]).columns
    model = python(f"r = {read}\nsys.exit(not (float(r['size']) < 1 and r['kind'] == 'b'))", rows=rows, columns=columns)
    assert model.labels(X).tolist() == [1, 0]


def test_several_workers_answer_in_the_rows_order():
    model = python("print(row)", answer=r"\d", score=r"\d+", verdicts={str(k): k % 2 for k in range(10)}, workers=4)
    X = texts([str(k) for k in range(12)])
    assert model.scores(X).tolist() == list(range(12))
    assert model.labels(X[:10]).tolist() == [0, 1] * 5


def test_no_rows_start_no_process(tmp_path):
    mark = tmp_path / "mark"
    touch = Command(("touch", str(mark)), verdicts={0: 0}, score="x")
    assert touch.labels(texts([])).shape == touch.scores(texts([])).shape == (0,)
    assert not mark.exists()


def test_it_travels_to_other_processes():
    model = pickle.loads(pickle.dumps(Command(("grep", "-q", "a"), verdicts={0: 1, 1: 0})))
    assert model.labels(texts(["a", "b"])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("code", "more", "said"),
    [
        ("sys.exit(3)", {}, "answered 3, which is none of its verdicts"),
        ("print('no database', file=sys.stderr); sys.exit(3)", {}, r"answered 3 \(no database\)"),
        ("os.kill(os.getpid(), 9)", {}, "answered -9"),
        ("raise RuntimeError('broken today')", {"verdicts": {0: 0}}, "RuntimeError: broken today"),
        (
            "print('<html>busy</html>')",
            {"answer": "^(spam|ham)$", "verdicts": {"spam": 1}},
            "printed no answer: '<html>",
        ),
        ("print('scam')", {"answer": r"\w+", "verdicts": {"spam": 1}}, "answered 'scam'"),
        ("print('score nan')", {"score": r"score (\S+)"}, "score is 'nan', no finite number"),
        ("print('score much')", {"score": r"score (\S+)"}, "score is 'much', no finite number"),
        ("print('nothing')", {"score": r"score (\S+)"}, "printed no score"),
        ("print('score')", {"score": r"score( \d+)?"}, "printed no score"),
    ],
)
def test_any_other_answer_is_the_models_failure(code, more, said):
    model = python(code, **more)
    with pytest.raises(ModelFailed, match=said):
        (model.scores if model.score else model.labels)(texts(["row"]))


@pytest.mark.parametrize("code", ["time.sleep(60)", "os.system('sleep {}')", "os.close(1); os.close(2); time.sleep(60)"])
def test_one_that_takes_too_long_is_ended_with_its_children(code):
    own = f"60.{os.getpid():07}"  # other tests may sleep beside this one
    begun = time.monotonic()
    with pytest.raises(ModelFailed, match="gave no answer in 0.3 s"):
        python(code.format(own), timeout=0.3).labels(texts(["row"]))
    assert time.monotonic() - begun < 30
    wait_until(lambda: f"sleep {own}" not in running(), "its children to end")


def running():
    """The command lines of all processes."""
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_one_that_prints_without_end_is_stopped():
    begun = time.monotonic()
    with pytest.raises(ModelFailed, match=f"more than {MOST_SAID >> 20} MiB"):
        Command(("yes",), verdicts={0: 0}, timeout=60).labels(texts(["row"]))
    assert time.monotonic() - begun < 30


def test_one_that_does_not_read_its_row_answers_all_the_same():
    assert Command(("true",), verdicts={0: 0}).labels(texts(["x" * 1_000_000])).tolist() == [0]


def test_a_row_that_is_no_text_is_not_sent():
    with pytest.raises(ModelFailed, match="cannot be given a row that holds"):
        Command(("true",), verdicts={0: 0}).labels(texts(["\ud800"]))


def test_a_program_that_went_away(tmp_path):
    program = tmp_path / "filter"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    model = Command((str(program),), verdicts={1: 0})
    assert model.labels(texts(["row"])).tolist() == [0]
    program.unlink()
    with pytest.raises(ModelFailed, match="cannot be started: No such file"):
        model.labels(texts(["row"]))


@pytest.mark.parametrize(
    ("argv", "more", "said"),
    [
        ((), {}, "must begin with a program"),
        ("grep -q cash", {}, "must begin with a program"),
        (("no-such-program",), {}, "must begin with a program"),
        (("true", "a\0b"), {}, "must begin with a program"),
        (("true",), {"verdicts": {}}, "must say 0"),
        (("true",), {"verdicts": {0: 2}}, "must say 0"),
        (("true",), {"timeout": 0}, "timeout, workers"),
        (("true",), {"timeout": float("nan")}, "timeout, workers"),
        (("true",), {"workers": 0}, "timeout, workers"),
        (("true",), {"rows": "xml"}, "must be json or csv"),
        (("true",), {"answer": "("}, "answer is '\\('"),
        (("true",), {"score": "["}, "must be a regular expression"),
    ],
)
def test_a_wrong_description_names_what_is_wrong(argv, more, said):
    with pytest.raises(InvalidInput, match=said):
        Command(argv, **{"verdicts": {0: 0}, **more})


# The real bogofilter

MAILS = {
    "-s": [
        "Subject: win {k}\n\ncash prize viagra offer{k} cash winner\n",
        "Subject: a casino {k}\n\ncheap cash click {k}\n",
    ],
    "-n": ["Subject: meet {k}\n\nmeeting agenda lunch project{k} review\n", "Subject: minutes\n\nbudget report {k}\n"],
}


@pytest.fixture(scope="module")
def bogofilter(tmp_path_factory):
    """The program, trained on a few mails, as a Model with its score."""
    if not shutil.which("bogofilter"):
        pytest.skip("bogofilter is missing: `make system-deps` installs it")
    folder = str(tmp_path_factory.mktemp("bogofilter"))
    for option, mails in MAILS.items():
        for k in range(4):
            for mail in mails:
                subprocess.run(["bogofilter", option, "-C", "-d", folder], input=mail.format(k=k), text=True, check=True)
    return Command(("bogofilter", "-T", "-C", "-d", folder), verdicts={0: 1, 1: 0, 2: 0}, score=r"^[SHU] (\S+)")


SPAM = "Subject: win\n\ncash prize viagra casino\n"


@pytest.mark.system
def test_bogofilter_judges_mails_by_its_exit_codes(bogofilter):
    mails = texts([SPAM, "Subject: meet\n\nmeeting agenda budget\n", "Subject: x\n\nhello there\n"])
    assert bogofilter.labels(mails).tolist() == [1, 0, 0]
    spam, ham, unsure = bogofilter.scores(mails)
    assert spam > 0.99
    assert ham < 0.01
    assert unsure == pytest.approx(0.52)


@pytest.mark.system
def test_bogofilter_without_a_database_is_a_failed_model(bogofilter, tmp_path):
    lost = Command((*bogofilter.argv[:-1], str(tmp_path / "nowhere")), verdicts=bogofilter.verdicts)
    with pytest.raises(ModelFailed, match="answered 3"):
        lost.labels(texts([SPAM]))


@pytest.mark.system
def test_an_attack_with_queries_runs_against_bogofilter(bogofilter):
    space, budget = TextSpace(["meeting", "agenda", "lunch", "review", "budget", "report", "minutes"]), EvasionBudget(7, 60)
    found = evade(
        named("good-words-by-query"), bogofilter, texts([SPAM]), space=space, budget=budget, rng=np.random.default_rng(0)
    )
    assert bogofilter.labels(found.X).tolist() == [0]
    assert 1 <= found.cost[0] <= 7
    assert found.queries[0] <= 60
