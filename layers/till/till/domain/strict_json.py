"""JSON from strangers, and only what can be stored, sent on and walked again."""

from __future__ import annotations

import json
import math
from typing import Any

_DEEPEST = 32


def strict(text: str) -> Any:
    """What the text holds. Raises ValueError for what is not JSON, not text, not finite, or nested deeply."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_number)
        if "\\u" in text:
            # Half of a surrogate pair is JSON but not text: no store and no gateway would take it.
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check_depth(value, _DEEPEST)
    return value


def _check_depth(value: Any, levels: int) -> None:
    """Nobody nests deeply; what does is meant to exhaust whoever walks it."""
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError("nested too deeply")
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, levels - 1)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _number(text: str) -> float | int:
    """JSON knows one kind of number: 1.0 is 1. What no answer could carry, 1e999, is refused."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return int(value) if value.is_integer() else value
