"""Secrets from Secrets Manager, kept for five minutes. Two versions of a secret are alive at a time."""

from __future__ import annotations

import time

from till.adapters.aws import client

_KEPT_SECONDS = 300.0
_cache: dict[str, tuple[float, tuple[str, ...]]] = {}


def versions(name: str, reread: bool = False) -> tuple[str, ...]:
    """The current value and, after a rotation, the one before it. `reread` asks again before the time is up."""
    read_at, values = _cache.get(name, (0.0, ()))
    now = time.monotonic()
    if not values or now - read_at > _KEPT_SECONDS or reread:
        values = tuple(value for stage in ("AWSCURRENT", "AWSPREVIOUS") if (value := _read(name, stage)))
        _cache[name] = (now, values)
    return values


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
