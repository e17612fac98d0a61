"""A service as a model, against a real server: what it is sent, what its answers mean, when it is asked again."""

import itertools
import json
import pickle
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest

from amlsec.data import texts
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models import endpoint, post
from amlsec.models.endpoint import Endpoint
from amlsec.models.fixed import Fixed
from amlsec.models.ledger import Ledger
from amlsec.oracle import Classifier
from amlsec.space.tabular import infer
from amlsec.threat import Access
from models.service import serving

MAILS = texts(["cash now", "see you", "cash ünï ☃\r\n"])


def spam(body):
    return {"result": {"spam": "cash" in body["text"], "scores": [0.9 if "cash" in body["text"] else 0.2]}}


def replies(*given):
    """Answers in turn, the last for ever; a number is a status."""
    turn = itertools.chain(given, itertools.repeat(given[-1]))

    def answer(_):
        said = next(turn)
        return (said, {}, b"") if isinstance(said, int) else said

    return answer


@pytest.fixture
def waits(monkeypatch):
    """Nobody waits: what would have been waited is listed."""
    waited = []
    monkeypatch.setattr(endpoint, "sleep", lambda seconds: waited.append(round(seconds, 2)))
    return waited


def test_a_text_at_a_time():
    with serving(spam) as service:
        model = Endpoint(service.url, verdict="result.spam", score="result.scores.0")
        assert model.labels(MAILS).tolist() == [1, 0, 1]
        assert model.scores(MAILS).tolist() == [0.9, 0.2, 0.9]
        assert service.asked == [{"text": text} for text in MAILS] * 2
        assert model.access == Access.SCORES


def test_bare_texts_in_batches_and_bare_answers():
    with serving(lambda body: ["cash" in text for text in body]) as service:
        model = Endpoint(service.url, verdict="", batch=2, text="")
        assert model.labels(MAILS).tolist() == [1, 0, 1]
        assert service.asked == [["cash now", "see you"], ["cash ünï ☃\r\n"]]
        assert model.scores(MAILS[:2]).tolist() == [1.0, 0.0]
        assert model.access == Access.LABELS


def test_table_rows_in_batches_under_keys():
    def judged(body):
        return {"out": {"predictions": [{"label": "bad" if row["size"] > 1 else "good"} for row in body["instances"]]}}

    X = np.array([[0.5, 1.0, 3.0], [2.5, 0.0, 4.0]])
    columns = infer(X, ["size", "kind", "links"], [[], ["a", "b"], []]).columns
    with serving(judged) as service:
        told = {"verdict": "label", "verdicts": {"good": 0, "bad": 1}, "rows": "instances", "answers": "out.predictions"}
        model = Endpoint(service.url, batch=8, columns=columns, **told)
        assert model.labels(X).tolist() == [0, 1]
        rows = [{"size": 0.5, "kind": "b", "links": 3}, {"size": 2.5, "kind": "a", "links": 4}]
        assert service.asked == [{"instances": rows}]


def test_a_score_and_its_threshold_are_a_verdict():
    with serving(lambda body: len(body["text"])) as service:
        model = Endpoint(service.url, score="", threshold=7.0)
        assert model.labels(MAILS).tolist() == [1, 0, 1]
        assert model.scores(MAILS[:2]).tolist() == [1.0, 0.0]


def test_no_rows_are_no_request_and_it_travels():
    with serving(spam) as service:
        model = pickle.loads(pickle.dumps(Fixed(Endpoint(service.url, verdict="result.spam"))))
        assert Classifier(model).labels(MAILS[:0]).shape == model.model.labels(MAILS[:0]).shape == (0,)
        assert service.asked == []
        assert Classifier(model).labels(MAILS).tolist() == [1, 0, 1]


# The secret


def test_the_header_comes_from_the_environment_and_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "Bearer tok-5ecret-9")

    def echo(body):
        return {"spam": f"unknown tok-5ecret-9 {service.headers[-1]['Authorization']}"}

    with serving(echo) as service:
        model = Endpoint(service.url, verdict="spam", auth="MY_TOKEN")
        with pytest.raises(ModelFailed) as caught:
            model.labels(MAILS[:1])
        assert service.headers[0]["Authorization"] == "Bearer tok-5ecret-9"
        told = f"{caught.value}{caught.value.__cause__}{model!r}{model}{pickle.dumps(model)}"
        assert "5ecret" not in told
        assert "in-the-query" not in f"{caught.value}{model}"


def test_another_header(monkeypatch):
    monkeypatch.setenv("MY_KEY", " k1 \n")
    with serving(spam) as service:
        Endpoint(service.url, verdict="result.spam", auth="MY_KEY", header="X-Api-Key").labels(MAILS[:1])
        assert service.headers[0]["X-Api-Key"] == "k1"
        assert "Authorization" not in service.headers[0]


@pytest.mark.parametrize("value", [None, "", "two\nlines", "ünï"])
def test_a_secret_that_no_header_holds_is_refused_unshown(monkeypatch, value):
    monkeypatch.delenv("MY_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_TOKEN", value)
    with pytest.raises(InvalidInput, match="auth is 'MY_TOKEN': must name") as caught:
        Endpoint("https://mail.example/", verdict="", auth="MY_TOKEN")
    assert not value or value not in str(caught.value)


def test_a_secret_does_not_follow_a_redirection(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "Bearer t")
    with serving(replies({"spam": 1})) as other, serving(replies((307, {"Location": other.url}, b""))) as service:
        with pytest.raises(ModelFailed, match="answered 307 Temporary Redirect"):
            Endpoint(service.url, verdict="spam", auth="MY_TOKEN").labels(MAILS[:1])
        assert other.asked == []


# Asked again


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again_later_and_later(waits, status):
    with serving(replies(status, status, {"spam": 1})) as service:
        assert Endpoint(service.url, verdict="spam").labels(MAILS[:1]).tolist() == [1]
        assert waits == [0.5, 1.0]
        assert len(service.asked) == 3


@pytest.mark.parametrize(("said", "waited"), [("7", 7.0), ("Mon, 06 Nov 2006 08:49:37 GMT", 0.0), ("soon", 0.5)])
def test_as_late_as_it_asks_for(waits, said, waited):
    with serving(replies((429, {"Retry-After": said}, b""), {"spam": 1})) as service:
        assert Endpoint(service.url, verdict="spam").labels(MAILS[:1]).tolist() == [1]
    assert waits == [waited]


def test_a_date_is_waited_for(waits):
    begun = datetime.now(UTC)
    later = format_datetime(begun + timedelta(seconds=60), usegmt=True)
    with serving(replies((503, {"Retry-After": later}, b""), {"spam": 1})) as service:
        Endpoint(service.url, verdict="spam").labels(MAILS[:1])
    took = (datetime.now(UTC) - begun).total_seconds()
    assert 59 - took < waits[0] <= 60


def test_who_asks_for_too_long_a_wait_is_not_waited_for(waits):
    with serving(replies((429, {"Retry-After": "3600"}, b""))) as service:
        with pytest.raises(ModelFailed, match="answered 429 Too Many Requests, and asks to wait 3600 s"):
            Endpoint(service.url, verdict="spam").labels(MAILS[:1])
        assert len(service.asked) == 1
    assert waits == []


@pytest.mark.parametrize(("status", "asked"), [(503, 3), (400, 1), (401, 1), (404, 1), (204, 1), (299, 1)])
def test_in_the_end_it_is_a_failed_model(waits, status, asked):
    with serving(replies(status)) as service:
        with pytest.raises(ModelFailed, match=f"answered {status}|with no JSON"):
            Endpoint(service.url, verdict="spam", retries=2).labels(MAILS[:1])
        assert len(service.asked) == asked


def test_one_that_does_not_answer_in_time(waits):
    with serving(lambda _: time.sleep(0.5)) as service:
        with pytest.raises(ModelFailed, match=r"gave no answer in 0\.1 s"):
            Endpoint(service.url, verdict="spam", timeout=0.1, retries=1).labels(MAILS[:1])
        assert waits == [0.5]


def test_nobody_there(waits):
    with serving(spam) as service:
        pass
    with pytest.raises(ModelFailed, match="could not be asked: ConnectError") as caught:
        Endpoint(service.url, verdict="spam").labels(MAILS[:1])
    assert waits == [0.5, 1.0, 2.0]
    assert "in-the-query" not in str(caught.value)


# Garbage


@pytest.mark.parametrize(
    ("said", "more", "words"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>busy</html>"), {}, r"with no JSON \(text/html, 17 bytes\)"),
        ((200, {}, b"["), {}, "with no JSON"),
        ((200, {}, b"[" * 100_000), {}, "with no JSON"),
        ((200, {}, b""), {}, "with no JSON"),
        ({"ham": 1}, {}, "has no spam"),
        ({"spam": "maybe"}, {}, "verdict is 'maybe'"),
        ({"spam": None}, {}, "verdict is 'None'"),
        ({"spam": 2}, {}, "verdict is '2'"),
        ([{"spam": 1}], {"batch": 3}, "gave 1 answers for 2 rows"),
        ({"spam": 1}, {"batch": 3}, "gave a dict for 2 rows"),
        (b"NaN", {"score": "", "threshold": 0.5, "verdict": None}, "score is 'nan'"),
        ({"spam": "0.9"}, {"score": "spam", "threshold": 0.5, "verdict": None}, "score is '0.9'"),
    ],
)
def test_garbage_is_the_models_failure(said, more, words):
    answer = replies((200, {}, said) if isinstance(said, bytes) else said)
    with serving(answer) as service, pytest.raises(ModelFailed, match=words):
        Endpoint(service.url, **{"verdict": "spam", **more}).labels(MAILS[:2])


def test_an_endless_answer_is_not_read_to_its_end(waits, monkeypatch):
    monkeypatch.setattr(post, "MOST_BYTES", 1 << 20)
    with serving(replies((200, {}, b" " * (1 << 21)))) as service, pytest.raises(ModelFailed, match="with more than 1 MiB"):
        Endpoint(service.url, verdict="spam", retries=0).labels(MAILS[:1])


# The budget


def test_every_request_is_counted_repetitions_too_and_none_is_sent_over_the_budget(waits, tmp_path):
    with serving(replies(503, {"spam": 1}, {"spam": 0}, 503)) as service:
        told = {"verdict": "spam", "calls": 5, "ledger": tmp_path / "calls.sqlite"}
        assert Endpoint(service.url, **told).labels(MAILS[:1]).tolist() == [1]
        assert Endpoint(service.url, **told).labels(MAILS[:1]).tolist() == [0]
        with pytest.raises(ModelFailed, match="all 5 calls to http://127.0.0.1:"):
            Endpoint(service.url, **told).labels(MAILS[:1])
        assert len(service.asked) == 5
        with pytest.raises(ModelFailed, match="all 5 calls"):
            Endpoint(service.url, **told).scores(MAILS)
        assert len(service.asked) == 5


def test_requests_keep_to_the_rate(waits, tmp_path):
    with serving(spam) as service:
        Endpoint(service.url, verdict="result.spam", rate=0.001, ledger=tmp_path / "calls.sqlite").labels(MAILS)
    assert waits[0] == 0
    assert 990 <= waits[1] <= 1000
    assert 1990 <= waits[2] <= 2000


def test_the_ledger_names_no_query(tmp_path):
    with serving(spam) as service:
        Endpoint(service.url, verdict="result.spam", ledger=tmp_path / "calls.sqlite").labels(MAILS)
        assert Ledger(tmp_path / "calls.sqlite", service.url.partition("?")[0]).spent == 3
    assert b"in-the-query" not in (tmp_path / "calls.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("url", "more", "said"),
    [
        ("ftp://mail.example/", {}, "must begin with http"),
        ("mail.example/score", {}, "must begin with http"),
        ("http://[half/", {}, "url is"),
        ("https://mail.example:99999/", {}, "url is"),
        ("https://me:pass123@mail.example/", {}, "must hold no user and password"),
        ("http://mail.example/", {"auth": "HOME"}, "must be https"),
        ("https://mail.example/", {"verdict": None}, "say where the verdict stands"),
        ("https://mail.example/", {"threshold": 0.5}, "say where the verdict stands"),
        ("https://mail.example/", {"threshold": 0.5, "score": "s"}, "say where the verdict stands"),
        ("https://mail.example/", {"verdicts": {}}, "must say 0"),
        ("https://mail.example/", {"verdicts": {"spam": 3}}, "must say 0"),
        ("https://mail.example/", {"batch": -1}, "batch is -1"),
        ("https://mail.example/", {"retries": -1}, "retries is -1"),
        ("https://mail.example/", {"timeout": float("nan")}, "timeout is nan"),
        ("https://mail.example/", {"calls": 5}, "ledger is None"),
        ("https://mail.example/", {"rate": 5.0}, "ledger is None"),
    ],
)
def test_a_wrong_description_names_what_is_wrong(url, more, said):
    with pytest.raises(InvalidInput, match=said) as caught:
        Endpoint(url, **{"verdict": "spam", **more})
    assert "pass123" not in str(caught.value)


def test_json_is_what_json_says():
    with serving(lambda body: {"same": body["text"] == "ünï ☃\ud800", "seen": json.dumps(body)}) as service:
        assert Endpoint(service.url, verdict="same").labels(texts(["ünï ☃\ud800"])).tolist() == [1]
