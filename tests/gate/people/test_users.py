"""Accounts, each change of which is in the ledger."""

import pytest

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.gate.act import Act, now
from amlsec.gate.people import sessions
from amlsec.gate.people.person import Role
from amlsec.gate.people.users import User, add_user, disable_user, enable_user, set_password, set_role, users

pytestmark = pytest.mark.usefixtures("quick_passwords")
ROOT = Act("user:root", why="she is new")
PASSWORD, OTHER = "correct horse battery", "wrong horse battery"


def written(gate):
    return [(entry["who"], entry["why"], entry["body"]) for entry in gate.entries() if entry["kind"] == "account"]


def test_every_change_of_an_account_is_an_entry_that_tells_no_password(gate):
    before = len(written(gate))
    add_user(gate.home, "ada", PASSWORD, Role.REVIEWER, act=ROOT)
    set_role(gate.home, "ada", Role.ADMIN, act=ROOT)
    disable_user(gate.home, "ada", act=ROOT)
    enable_user(gate.home, "ada", act=ROOT)
    set_password(gate.home, "ada", OTHER, act=ROOT)
    new = written(gate)[before:]
    assert [(who, why) for who, why, _ in new] == [("user:root", "she is new")] * 5
    assert [body["what"] for _, _, body in new] == [
        "user added",
        "role changed",
        "user disabled",
        "user enabled",
        "password changed",
    ]
    assert {body["name"] for _, _, body in new} == {"ada"}
    assert "horse" not in str(new)
    assert "argon2" not in str(new)
    assert User("ada", Role.ADMIN, False) in users(gate.home)


def test_a_name_is_taken_once(gate):
    add_user(gate.home, "bob", PASSWORD, Role.REVIEWER, act=ROOT)
    with pytest.raises(Conflict, match="bob"):
        add_user(gate.home, "bob", OTHER, Role.ADMIN, act=ROOT)
    assert sessions.is_password(gate.home, "bob", PASSWORD)


@pytest.mark.parametrize("name", ["", "two words", "new\nline", "ünï", "-first", "x" * 101, "nul\0"])
def test_names_are_of_plain_letters(gate, name):
    before = written(gate)
    with pytest.raises(InvalidInput, match="name is"):
        add_user(gate.home, name, PASSWORD, Role.REVIEWER, act=ROOT)
    assert written(gate) == before


def test_nobody_signs_in_as_a_submitter(gate):
    with pytest.raises(InvalidInput, match="must be reviewer or admin"):
        add_user(gate.home, "sub", PASSWORD, Role.SUBMITTER, act=ROOT)


@pytest.mark.parametrize("change", [disable_user, enable_user])
def test_who_is_not_there_is_not_found(gate, change):
    with pytest.raises(NotFound, match="nobody"):
        change(gate.home, "nobody", act=ROOT)


@pytest.mark.parametrize(
    "change",
    [
        lambda home: disable_user(home, "eve", act=ROOT),
        lambda home: set_password(home, "eve", PASSWORD, act=ROOT),
        lambda home: set_role(home, "eve", Role.ADMIN, act=ROOT),
    ],
)
def test_a_change_ends_all_sessions(gate, change):
    if "eve" not in [user.name for user in users(gate.home)]:
        add_user(gate.home, "eve", PASSWORD, Role.REVIEWER, act=ROOT)
    enable_user(gate.home, "eve", act=ROOT)
    session = sessions.begin(gate.home, "eve", PASSWORD, now())
    assert sessions.signed_in(gate.home, session.secret, now())
    change(gate.home)
    assert sessions.signed_in(gate.home, session.secret, now()) is None
