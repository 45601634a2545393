"""Placeholder: says what it was called with, until the real function stands here."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    print(json.dumps({"event": event}))
    return {"batchItemFailures": []}
