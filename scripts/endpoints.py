"""Generates the layer's endpoints.json from botocore's: the same, without the hundreds of services Till never calls.

The SDK parses the whole file, 1.2 MB, before its first client: an eighth of a cold start. It takes another one from any
folder of its search path (https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html).
The output depends on botocore alone, and is committed: a test regenerates and compares it.
"""

import json
from importlib.resources import files
from pathlib import Path

from till.adapters.aws import SDK_DATA, SERVICES

TARGET = Path(SDK_DATA) / "endpoints.json"
# A service that has another name there.
NAMES = {"stepfunctions": "states"}


def build() -> bytes:
    """The file's content."""
    endpoints = json.loads((files("botocore") / "data/endpoints.json").read_text("utf-8"))
    kept = {NAMES.get(service, service) for service in SERVICES}
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in kept}
    return (json.dumps(endpoints, separators=(",", ":"), sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(build())
