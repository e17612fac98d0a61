"""Signing in and out over HTTP."""

from threading import BoundedSemaphore

from amlsec.gate.http import signing_in
from amlsec.gate.people.person import Role
from amlsec.gate.people.users import add_user
from gate.begun import ME, begun
from gate.http.calling import PASSWORD, client_of, people


def signed_in(place, name="ada", password=PASSWORD):
    return place.call("POST", "/api/v1/session", "nobody", json={"name": name, "password": password})


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(place):
    answer = signed_in(place)
    told = answer.headers["set-cookie"]
    assert answer.status_code == 201
    assert told.startswith("amlsec-gate=")
    assert {part.strip().lower() for part in told.split(";")[1:]} == {
        "httponly",
        "samesite=strict",
        "path=/",
        "max-age=28800",
    }


def test_over_https_no_other_host_can_set_it(tmp_path, quick_passwords):
    gate = begun(tmp_path / "gate", server={"https": True})
    people(gate)
    with client_of(gate) as client:
        answer = client.post("/api/v1/session", json={"name": "ada", "password": PASSWORD})
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-amlsec-gate=")
    assert "Secure" in told
    assert "Path=/;" in told + ";"
    assert "Domain" not in told
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    gate.close()


def test_a_session_is_who_signed_in_until_she_signs_out(place):
    answer = signed_in(place)
    own = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    me = place.call("GET", "/api/v1/me", "nobody", own)
    assert me.json() == answer.json()
    assert me.json() == {"kind": "user", "name": "ada", "role": "reviewer", "source": None, "csrf": answer.json()["csrf"]}
    out = place.call("DELETE", "/api/v1/session", "nobody", own | {"X-CSRF-Token": me.json()["csrf"]})
    assert out.status_code == 204
    assert 'amlsec-gate=""' in out.headers["set-cookie"]
    assert place.call("GET", "/api/v1/me", "nobody", own).status_code == 401


def test_what_was_wrong_stays_unsaid(place):
    answers = [signed_in(place, *told) for told in (("ada", "x" * 12), ("nobody", PASSWORD), ("eve", PASSWORD))]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


def test_passwords_are_checked_one_after_another_and_who_finds_the_line_long_comes_again(place, monkeypatch):
    monkeypatch.setattr(signing_in, "_IN_LINE", BoundedSemaphore(1))
    signing_in._IN_LINE.acquire()
    assert signed_in(place).status_code == 429
    assert place.call("GET", "/api/v1/me").status_code == 200, "others are not held up"
    signing_in._IN_LINE.release()
    assert [signed_in(place, password=word).status_code for word in (PASSWORD, "x" * 12, PASSWORD)] == [201, 401, 201]


def test_who_changes_her_password_signs_in_by_the_new_one(place):
    new = "battery staple horse"
    add_user(place.gate.home, "carl", PASSWORD, Role.REVIEWER, act=ME)
    answer = signed_in(place, "carl")
    own = {"Cookie": answer.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": answer.json()["csrf"]}
    wrong = place.call("PUT", "/api/v1/me/password", "nobody", own, json={"old": "not hers at all", "new": new})
    assert wrong.status_code == 403
    told = place.call("PUT", "/api/v1/me/password", "nobody", own, json={"old": PASSWORD, "new": new})
    assert told.status_code == 204
    assert place.call("GET", "/api/v1/me", "nobody", own).status_code == 401
    assert signed_in(place, "carl").status_code == 401
    assert signed_in(place, "carl", new).status_code == 201
    changed = list(place.gate.entries())[-1]
    assert (changed["who"], changed["body"]["what"], changed["body"]["name"]) == ("user:carl", "password changed", "carl")


def test_a_password_is_never_repeated(place):
    short = "hunter2"
    for answer in (
        place.call("POST", "/api/v1/users", json={"name": "dora", "password": short, "role": "reviewer"}),
        place.call("POST", "/api/v1/users", json={"name": "dora", "password": {"a": short}, "role": "reviewer"}),
        place.call("PUT", "/api/v1/users/ada/password", json={"password": short}),
    ):
        assert answer.status_code == 422
        assert short not in answer.text
