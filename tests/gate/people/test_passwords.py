"""Passwords are kept as argon2id hashes, and checked in a time that tells nothing."""

import argon2
import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.people import passwords

AS_IT_COMES = passwords.HASHER  # before a fixture makes it quick


def test_by_default_they_are_hashed_as_rfc_9106_advises():
    parameters = argon2.extract_parameters(AS_IT_COMES.hash("correct horse battery"))
    low_memory = argon2.profiles.RFC_9106_LOW_MEMORY
    assert parameters.type is argon2.Type.ID
    assert parameters.memory_cost >= low_memory.memory_cost
    assert parameters.time_cost >= low_memory.time_cost


@pytest.mark.usefixtures("quick_passwords")
class TestPasswords:
    def test_the_same_password_matches_and_another_does_not(self):
        kept = passwords.hashed("correct horse battery")
        assert passwords.matches(kept, "correct horse battery")
        assert not passwords.matches(kept, "correct horse batterz")
        assert "correct" not in kept

    def test_letters_composed_otherwise_are_the_same(self):
        kept = passwords.hashed("pässwörd-pässwörd")
        assert passwords.matches(kept, "pa\u0308ssword-pässwörd".replace("ssword-", "sswo\u0308rd-"))

    def test_where_nothing_is_kept_nothing_matches(self):
        assert not passwords.matches(None, "correct horse battery")

    def test_an_unknown_name_costs_one_hash_as_a_known_one_does(self, monkeypatch):
        kept, asked = passwords.hashed("correct horse battery"), []
        real = argon2.PasswordHasher.verify
        passwords.matches(None, "warmed up")

        def verify(self, told, password):
            asked.append(argon2.extract_parameters(told))
            return real(self, told, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)
        passwords.matches(kept, "wrong")
        passwords.matches(None, "wrong")
        assert len(asked) == 2
        assert asked[0] == asked[1]

    @pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001])
    def test_too_short_or_too_long_is_an_error_that_does_not_repeat_it(self, password):
        with pytest.raises(InvalidInput, match="must be 12 to 1000 characters long") as error:
            passwords.hashed(password)
        assert not password or password not in str(error.value)

    def test_no_password_of_somebody_is_too_long_to_be_checked_quickly(self):
        kept = passwords.hashed("x" * 1000)
        assert passwords.matches(kept, "x" * 1000)
        assert not passwords.matches(kept, "x" * 999)
        assert not passwords.matches(kept, "x" * 1001)
        assert not passwords.matches(kept, "x" * 10_000_000)

    def test_bytes_that_are_no_text_are_no_error(self):
        assert not passwords.matches(passwords.hashed("correct horse battery"), "\udcff" * 12)
