"""Generates the layer's copies of what botocore reads before its first client: all of it that Till has a use for.

endpoints.json is 1.2 MB of services that Till never calls, and half a megabyte of the description of DynamoDB is
documentation; to parse both is a tenth of a cold start. The SDK takes others from any folder of its search path
(https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html).
The output depends on botocore alone, and is committed: a test regenerates and compares it.
"""

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from till.adapters.aws import SDK_DATA, SERVICES

TARGET = Path(SDK_DATA)
DATA = files("botocore") / "data"
DYNAMODB = "dynamodb/2012-08-10/service-2.json"
# A service that has another name among the endpoints.
NAMES = {"stepfunctions": "states"}


def build() -> dict[str, bytes]:
    """Path -> content."""
    return {"endpoints.json": _json(_endpoints()), DYNAMODB: _json(_plain(_packed(DYNAMODB)))}


def _endpoints() -> Any:
    endpoints = json.loads((DATA / "endpoints.json").read_text("utf-8"))
    kept = {NAMES.get(service, service) for service in SERVICES}
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in kept}
    return endpoints


def _packed(path: str) -> Any:
    return json.loads(gzip.decompress((DATA / f"{path}.gz").read_bytes()))


def _plain(value: Any) -> Any:
    """Without documentation, which is text wherever it stands; a member of that name would be an object."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _plain(of) for name, of in value.items() if not (name == "documentation" and isinstance(of, str))}


def _json(value: Any) -> bytes:
    # In the order in which it was: the SDK sends and reads members in that of the shapes.
    return (json.dumps(value, separators=(",", ":")) + "\n").encode()


if __name__ == "__main__":
    for path, content in build().items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_bytes(content)
