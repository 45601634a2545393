"""Events held against what docs/events says of their types."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from scripts.event_schemas import schema


def hold(event: Mapping[str, Any]) -> None:
    """Raises AssertionError for an event that is not as its schema says, and KeyError for a type that is in none."""
    faults = [
        f"/{'/'.join(map(str, one.instance_path))}: {one.message[:300]}"
        for one in _of(event["type"]).iter_errors(event)
    ]
    assert not faults, f"{event['type']} is not as docs/events says\n" + "\n".join(faults)


@functools.cache
def _of(event_type: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(event_type))
