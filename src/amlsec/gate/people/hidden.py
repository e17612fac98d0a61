"""Secrets that are shown once, and kept as hashes only."""

from __future__ import annotations

import secrets
from hashlib import sha256
from hmac import compare_digest

BYTES = 32


def fresh(prefix: str = "") -> str:
    """A new secret of 256 bits, as URL-safe text behind a prefix."""
    return prefix + secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    """What is kept of a secret: SHA-256 is enough, as nobody guesses 256 random bits.

    >>> hashed("amlsec_secret")[:16]
    '8282669e7642a024'
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(told: str, kept: str) -> bool:
    """Whether two texts are equal, in a time that does not say where they differ."""
    return compare_digest(told.encode("utf-8", "surrogatepass"), kept.encode())
