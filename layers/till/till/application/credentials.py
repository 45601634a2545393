"""Secrets that Till makes for others: random, shown once, known from then on by their digest."""

from __future__ import annotations

import base64
import hashlib

SECRET_BYTES = 32


def secret_of(randomness: bytes) -> str:
    """43 characters of base64url for 32 random bytes."""
    return base64.urlsafe_b64encode(randomness).decode().rstrip("=")


def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
