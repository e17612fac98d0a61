"""Checkpoints of a ledger, signed with Ed25519: kept elsewhere, they show later that nothing was cut off or written anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from amlsec.errors import InvalidInput, Tampered
from amlsec.gate.ledger import canonical
from amlsec.whole import whole

_MEANING = b"amlsec gate checkpoint 1\n"
"""Signed with the rest, so that a signature made for something else is none of a checkpoint."""
_LARGEST = 10_000


class Checkpoint(BaseModel):
    """Where a ledger stood.

    Attributes
    ----------
    position, hash, time : of its last entry
    key : the public key (hexadecimal) of who signed
    signature : of all the former, hexadecimal
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    position: int = Field(ge=1, le=2**63 - 1, strict=True)
    hash: str = Field(pattern="^[0-9a-f]{64}$")
    time: str = Field(max_length=40)
    key: str = Field(pattern="^[0-9a-f]{64}$")
    signature: str = Field(pattern="^[0-9a-f]{128}$")

    @classmethod
    def signed(cls, position: int, hash: str, time: str, key: Path) -> Self:
        """Sign with a private key file.

        Raises InvalidInput where the file is none, or others may read it.
        """
        private = _private(key)
        told = {"position": position, "hash": hash, "time": time, "key": private.public_key().public_bytes_raw().hex()}
        return cls.model_validate({**told, "signature": private.sign(_signed_bytes(told)).hex()})

    @classmethod
    def read(cls, file: Path) -> Self:
        """From a JSON file, of any origin; raises InvalidInput where it holds no checkpoint."""
        try:
            return cls.model_validate_json(_small(file, "checkpoint"))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise InvalidInput("checkpoint", str(file), f"holds no checkpoint: {where} {first['msg']}") from error

    @property
    def is_genuine(self) -> bool:
        """Whether the owner of the key it names signed it; whose key that is it does not say."""
        return self._signed_by(Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key)))

    def check(self, public: Path) -> None:
        """Raises Tampered where the owner of this public key file did not sign it; nothing secret is needed."""
        if not self._signed_by(public_key(public)):
            raise Tampered(f"the checkpoint of entry {self.position} was not signed with the key in {public}")

    def _signed_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(bytes.fromhex(self.signature), _signed_bytes(self.model_dump(exclude={"signature"})))
        except InvalidSignature:
            return False
        return True


def new_key(file: Path) -> Path:
    """Make a key pair: the private one in `file`, which only its owner may read, the public one beside it; that file.

    Raises InvalidInput where either file is there.
    """
    public = file.with_name(f"{file.name}.pub")
    for path in (file, public):
        if path.exists():
            raise InvalidInput("key", str(path), "is there already: a key is never overwritten")
    key = Ed25519PrivateKey.generate()
    with whole(file, mode=0o600) as out:
        out.write(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    with whole(public) as out:
        out.write(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    return public


def _signed_bytes(told: dict[str, object]) -> bytes:
    return _MEANING + canonical(told).encode()


def _private(file: Path) -> Ed25519PrivateKey:
    key = _loaded(file, lambda pem: form.load_pem_private_key(pem, password=None))
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput("key", str(file), "must be of Ed25519")
    if file.stat().st_mode & 0o077:
        raise InvalidInput("key", str(file), "must be readable by its owner only: chmod 600")
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """The key in a public key file; raises InvalidInput where it holds none."""
    key = _loaded(file, form.load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInput("key", str(file), "must be of Ed25519")
    return key


def _loaded(file: Path, load: Callable[[bytes], object]) -> object:
    try:
        return load(_small(file, "key"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput("key", str(file), "holds no key of the kind that is needed") from error


def _small(file: Path, what: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except OSError as error:
        raise InvalidInput(what, str(file), f"cannot be read: {error.strerror}") from error
