"""Signatures against RFC 8032 and OpenSSL; whatever is changed afterwards is found."""

import json
import os
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from amlsec.errors import InvalidInput, Tampered
from amlsec.gate.signing import Checkpoint, new_key

HASH = "ab" * 32
TIME = "2026-03-01T00:00:00.000000+00:00"
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, 7.1, test 1
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A private and its public file."""
    private = tmp_path_factory.mktemp("keys") / "gate.key"
    return private, new_key(private)


@pytest.fixture(scope="module")
def checkpoint(keys) -> Checkpoint:
    return Checkpoint.signed(12, HASH, TIME, keys[0])


def _saved(path, checkpoint: Checkpoint):
    path.write_text(checkpoint.model_dump_json(), "utf-8")
    return path


def test_whoever_has_the_public_key_can_check(keys, checkpoint, tmp_path):
    read = Checkpoint.read(_saved(tmp_path / "checkpoint.json", checkpoint))
    assert read == checkpoint
    read.check(keys[1])
    assert (read.position, read.hash, read.time) == (12, HASH, TIME)


def test_openssl_says_the_same(keys, checkpoint, tmp_path):
    """Over the bytes that a person can write down from the file."""
    told = f'{{"hash":"{HASH}","key":"{checkpoint.key}","position":12,"time":"{TIME}"}}'
    (tmp_path / "signed").write_bytes(b"amlsec gate checkpoint 1\n" + told.encode())
    (tmp_path / "signature").write_bytes(bytes.fromhex(checkpoint.signature))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(keys[1]), "-rawin", "-in", str(tmp_path / "signed")]
    run = subprocess.run([*command, "-sigfile", str(tmp_path / "signature")], capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in run.stdout, run.stderr


def test_the_key_of_the_standard_has_the_public_key_of_the_standard(tmp_path):
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    path = tmp_path / "rfc"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    assert Checkpoint.signed(1, HASH, TIME, path).key == PUBLIC


@given(
    change=st.fixed_dictionaries({"position": st.integers(1, 10**9)})
    | st.fixed_dictionaries({"hash": st.text("0123456789abcdef", min_size=64, max_size=64)})
    | st.fixed_dictionaries({"time": st.text(max_size=40)})
    | st.fixed_dictionaries({"key": st.text("0123456789abcdef", min_size=64, max_size=64)})
    | st.fixed_dictionaries({"signature": st.text("0123456789abcdef", min_size=128, max_size=128)})
)
def test_any_change_is_found(keys, checkpoint, change):
    changed = checkpoint.model_copy(update=change)
    if changed != checkpoint:
        with pytest.raises(Tampered, match=f"entry {changed.position} was not signed"):
            changed.check(keys[1])


def test_another_s_signature_is_none(checkpoint, tmp_path):
    with pytest.raises(Tampered, match=r"other.key.pub"):
        checkpoint.check(new_key(tmp_path / "other.key"))


def test_only_its_owner_may_read_the_private_key(keys, tmp_path):
    private, public = keys
    umask = os.umask(0)
    os.umask(umask)
    assert [path.stat().st_mode & 0o777 for path in keys] == [0o600, 0o666 & ~umask]
    assert b"PRIVATE" not in public.read_bytes()
    open_to_all = shutil.copy(private, tmp_path / "copy")
    open_to_all.chmod(0o640)
    with pytest.raises(InvalidInput, match="chmod 600"):
        Checkpoint.signed(1, HASH, TIME, open_to_all)


@pytest.mark.parametrize("there", ["gate.key", "gate.key.pub"])
def test_a_key_is_never_overwritten(tmp_path, there):
    (tmp_path / there).write_text("mine", "utf-8")
    with pytest.raises(InvalidInput, match="is there already"):
        new_key(tmp_path / "gate.key")
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_files_that_are_no_keys_are_refused(keys, checkpoint, tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    for name, content in (
        ("curve", other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
        ("text", b"hello"),
        ("huge", b"-" * 10**6),
        ("public", keys[1].read_bytes()),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(InvalidInput, match=f"key is .*{name}.:"):
            Checkpoint.signed(1, HASH, TIME, path)
    for path in (keys[0], tmp_path / "text", tmp_path / "away"):
        with pytest.raises(InvalidInput, match="key is"):
            checkpoint.check(path)


@pytest.mark.parametrize(
    "told",
    [
        {"position": 0},
        {"position": 2**63},
        {"position": "12"},
        {"position": 1.0},
        {"hash": HASH.upper()},
        {"hash": HASH + "\n"},
        {"time": "x" * 41},
        {"key": "zz" * 32},
        {"signature": ""},
        {"signature": None},
        {"note": "more"},
    ],
    ids=str,
)
def test_files_that_are_no_checkpoints_are_refused(checkpoint, tmp_path, told):
    path = tmp_path / "checkpoint.json"
    path.write_text(json.dumps({**checkpoint.model_dump(), **told}), "utf-8")
    with pytest.raises(InvalidInput, match=f"holds no checkpoint: {next(iter(told))}"):
        Checkpoint.read(path)


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 9000, b"{}", b"null", b"\xff"]))
def test_no_bytes_crash_the_reader(tmp_path_factory, told):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(told)
    with pytest.raises(InvalidInput):
        Checkpoint.read(path)
