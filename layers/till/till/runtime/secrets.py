"""Secrets from Secrets Manager, kept for five minutes. Two versions of a secret are alive at a time."""

from __future__ import annotations

import time

from till.adapters.aws import client

_KEPT_SECONDS = 300.0
_REREAD_SECONDS = 5.0
_reread_at: dict[str, float] = {}
_cache: dict[str, tuple[float, tuple[str, ...]]] = {}


def versions(name: str, reread: bool = False) -> tuple[str, ...]:
    """The current value and, after a rotation, the one before it. `reread` asks again before the time is up.

    It does so once in a while only: tokens of keys that never were must not become a bill for reading secrets.
    """
    read_at, values = _cache.get(name, (0.0, ()))
    now = time.monotonic()
    if reread and now - _reread_at.get(name, -_KEPT_SECONDS) > _REREAD_SECONDS:
        _reread_at[name] = now
        values = ()
    if not values or now - read_at > _KEPT_SECONDS:
        values = tuple(value for stage in ("AWSCURRENT", "AWSPREVIOUS") if (value := _read(name, stage)))
        _cache[name] = (now, values)
    return values


def forget() -> None:
    """Read every secret anew when it is next needed."""
    _cache.clear()
    _reread_at.clear()


def secret(name: str) -> str:
    """The current value."""
    return versions(name)[0]


def _read(name: str, stage: str) -> str:
    manager = client("secretsmanager")
    try:
        return manager.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        if stage == "AWSCURRENT":
            raise
        return ""
