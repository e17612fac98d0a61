"""What stands in front of every route: sizes, rates, forged forms, headers."""

import asyncio
from time import monotonic

import pytest

from amlsec.gate.http import guard, signing_in
from amlsec.gate.http.guard import LARGEST_BODY, LONGEST_HEADERS, LONGEST_URL, Guard
from amlsec.gate.http.headers import HEADERS
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token
from gate.begun import ME, begun
from gate.http.calling import PASSWORD, bearer, client_of, people, session

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVERYWHERE = ["/", "/sign-in", "/health", "/api/v1/me", "/api/v1/queue", "/nowhere", "/api/v1/nowhere"]


def short(value):
    return repr(value)[:12]


@pytest.fixture(scope="module")
def strict(tmp_path_factory, quick_passwords):
    """A gate that takes 5 calls a minute of a client and 3 attempts to sign in, over https."""
    server = {"calls": 5, "signing_in": 3, "https": True}
    gate = begun(tmp_path_factory.mktemp("gates") / "gate", server=server, limits={"request_bytes": 20_000})
    people(gate)
    with client_of(gate) as client:
        yield client
    gate.close()


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("who", ["nobody", "admin", "submitter of desk"])
def test_every_answer_has_the_headers(place, path, who):
    answer = place.call("GET", path, who)
    own = {name: answer.headers.get(name) for name in HEADERS}
    assert own == dict(HEADERS)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "server" not in answer.headers


def test_so_has_an_error_that_nobody_foresaw(place, monkeypatch):
    monkeypatch.setattr(type(place.gate), "queue", None)
    answer = place.call("GET", "/api/v1/queue")
    assert answer.status_code == 500
    assert answer.json() == {"error": "the gate failed; its log says why"}
    assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)


def test_long_addresses_and_headers_are_refused(place):
    assert place.call("GET", "/api/v1/search?words=" + "x" * LONGEST_URL).status_code == 414
    assert place.call("GET", "/api/v1/me", headers={"X-Long": "x" * LONGEST_HEADERS}).status_code == 431
    assert place.call("GET", "/api/v1/search?words=%00").status_code == 400
    for path in ("/submissions/%00", "/queue%0a", "/api/v1/users%0A", "/api/v1/submissions/1%0d", "/queue%7f"):
        assert place.call("GET", path).status_code == 400, "nothing has two addresses"


@pytest.mark.parametrize("host", ["[", "a b", "[::1", "a/b", "a@b", "x:port", "x" * 70_000], ids=short)
def test_a_host_that_is_none_is_refused(place, host):
    assert place.call("GET", "/queue", "admin", {"Host": host}).status_code in (400, 431)


@pytest.mark.parametrize("host", ["gate.example:8321", "127.0.0.1", "[::1]:8321", ""])
def test_hosts_are_let_in(place, host):
    assert place.call("GET", "/queue", "admin", {"Host": host}).status_code == 200


def test_large_bodies_are_refused(place):
    answer = place.call("POST", "/api/v1/users", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert str(LARGEST_BODY) in answer.json()["error"]
    assert answer.headers["Connection"] == "close", "the rest of it is not read"

    def parts():
        for _ in range(20):
            yield b" " * (LARGEST_BODY // 10)

    assert place.call("POST", "/api/v1/users", content=parts()).status_code == 413
    assert place.call("POST", "/sign-in", content=parts(), headers=FORM).status_code == 413


def test_files_may_be_as_large_as_the_gate_says_and_no_larger(strict):
    admin = session(strict.app.state.gate, "root")
    admin["Cookie"] = admin["Cookie"].replace("amlsec-gate", "__Host-amlsec-gate")
    for size in (20_000, 20_001):
        answer = strict.post("/api/v1/submissions?source=desk", content=b"x" * size, headers=admin)
        assert answer.status_code == (422 if size == 20_000 else 413), answer.text


@pytest.fixture
def one_moment(monkeypatch):
    """However long the calls take, no time passes for who counts them."""
    now = monotonic()
    for module in (guard, signing_in):
        monkeypatch.setattr(module, "monotonic", lambda: now)


@pytest.mark.usefixtures("one_moment")
def test_who_calls_too_often_is_told_when_to_come_again(strict, monkeypatch):
    reviewer = session(strict.app.state.gate, "bob")
    reviewer["Cookie"] = reviewer["Cookie"].replace("amlsec-gate", "__Host-amlsec-gate")
    answers = [strict.get("/api/v1/me", headers=reviewer) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 13
    monkeypatch.setattr(guard, "address", lambda _: "192.0.2.8")
    assert strict.get("/api/v1/me").status_code == 401, "others are not held up"


@pytest.mark.usefixtures("one_moment")
def test_who_tries_tokens_is_told_to_wait_and_holds_up_nobody_with_a_good_one(strict, monkeypatch):
    monkeypatch.setattr(guard, "address", lambda _: "192.0.2.9")
    good = bearer(make_token(strict.app.state.gate.home, "nightly", Role.REVIEWER, act=ME))
    bad = [strict.get("/api/v1/me", headers=bearer(f"amlsec_{k}")).status_code for k in range(7)]
    assert bad[:4] == [401] * 4
    assert bad[5:] == [429] * 2
    assert strict.get("/api/v1/me", headers=good).status_code == 200


@pytest.mark.usefixtures("one_moment")
def test_attempts_to_sign_in_are_few(strict):
    attempts = [strict.post("/api/v1/session", json={"name": "ada", "password": PASSWORD + str(k)}) for k in range(4)]
    assert [answer.status_code for answer in attempts] == [401, 401, 401, 429]
    answer = strict.post("/api/v1/session", json={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 429, "the right password does not get through either"


def test_a_form_brings_the_sessions_token_as_a_field(place):
    reviewer = place.callers["reviewer"]
    cookie = {"Cookie": reviewer["Cookie"], **FORM}
    for field, status in (("", 403), ("x" * 64, 403), (reviewer["X-CSRF-Token"], 303)):
        body = f"why=&csrf={field}" if field else "why="
        answer = place.call("POST", "/snapshots", "nobody", cookie, content=body)
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "body", [b"\xff=\xfe", b"a=&" * 20_000, "why=é".encode("latin-1"), b"why=%00", b"why=\0", b"%00=why"]
)
@pytest.mark.parametrize("path", ["/snapshots", "/sign-in"])
@pytest.mark.parametrize("who", ["admin", "administrating program"])
def test_a_form_that_cannot_be_read_is_refused(place, body, path, who):
    assert place.call("POST", path, who, FORM, content=body).status_code == 400


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "http://elsewhere"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://["}, False),
    ],
)
def test_nobody_is_signed_in_from_another_site(place, headers, told):
    answer = place.call("POST", "/api/v1/session", "nobody", headers, json={"name": "ada", "password": PASSWORD})
    assert answer.status_code == (201 if told else 403)
    assert ("set-cookie" in answer.headers) == told


def test_a_token_needs_no_other(place):
    answer = place.call("POST", "/api/v1/snapshots", "reviewing program", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 201, "no browser sends a token by itself"


def test_a_bad_token_is_not_made_good_by_a_cookie(place):
    cookie = {"Cookie": place.callers["admin"]["Cookie"]}
    assert place.call("GET", "/api/v1/me", "unknown token", cookie).status_code == 401


def test_of_two_tokens_none_is_good(place):
    both = [*place.callers["submitter of desk"].items(), *place.callers["administrating program"].items()]
    place.client.cookies.clear()
    for headers in (both, both[::-1]):
        assert place.client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_file_that_says_it_is_a_form_is_not_read_into_memory(place):
    """What checks forms reads them whole; a file may be a thousand times as large."""
    came = []

    async def never():
        raise AssertionError("the guard reads a file")

    async def app(scope, receive, send):
        came.append(scope["path"])

    headers = {**place.callers["submitter of desk"], **FORM, "Host": "gate"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    path = "/api/v1/submissions"
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw}
    asyncio.run(Guard(app, place.gate)(scope, never, None))
    assert came == [path]


def test_web_sockets_are_closed(place):
    told = []

    async def call():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            told.append(message)

        await Guard(place.app, place.gate)({"type": "websocket", "path": "/"}, receive, send)

    asyncio.run(call())
    assert told == [{"type": "websocket.close", "code": 1008}]


def test_what_anyone_may_call_answers_while_the_database_is_away(place, monkeypatch):
    monkeypatch.setattr(place.gate.home.database, "_engine", None)
    assert place.call("GET", "/health").status_code == 200
    assert place.call("GET", "/api/v1/openapi.json").status_code == 200
