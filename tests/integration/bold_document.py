"""docs/openapi/bold.yaml, held against every answer of the Bold dialect and every request that it took."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from till.runtime.app import Route

FILE = Path(__file__).parents[2] / "docs" / "openapi" / "bold.yaml"
JSON = "application/json"


def check(route: Route, sent: bytes, query: set[str], status: int, content_type: str, body: str) -> None:
    """Raises AssertionError for a status, a member, a taken body or query parameter that the document does not have."""
    where = f"{route.method} {route.path} {status}"
    operation = document()["paths"].get(route.path, {}).get(route.method.lower())
    assert operation, f"{where}: docs/openapi/bold.yaml does not have it, run `make openapi`"
    assert str(status) in operation["responses"], f"{where}: this status is not declared: {body[:1000]}"
    media_type = content_type.partition(";")[0]
    answer = validator(route.path, route.method, str(status), media_type)
    if media_type == JSON:
        hold(answer, json.loads(body), f"{where}: the answer")
    if status in (200, 202):
        known = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        assert query <= known, f"{where}: takes {query - known}, which the document does not name"
        taken = json.loads(sent or b"null")
        # null is no body at all.
        if taken is not None and "requestBody" in operation:
            hold(validator(route.path, route.method, "", JSON), taken, f"{where}: what was taken")


@functools.cache
def document() -> Any:
    """As it is written."""
    return yaml.load(FILE.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # safe, and fast


@functools.cache
def validator(path: str, method: str, status: str, media_type: str) -> jsonschema_rs.Draft202012Validator:
    """Of an answer with this status; without one, of the request's body."""
    operation = document()["paths"][path][method.lower()]
    place = operation["responses"][status] if status else operation["requestBody"]
    if "$ref" in place:
        place = document()["components"]["responses"][place["$ref"].rpartition("/")[2]]
    schema = place["content"][media_type]["schema"]
    return jsonschema_rs.Draft202012Validator({"components": document()["components"], **schema})


def hold(schema: jsonschema_rs.Draft202012Validator, value: Any, what: str) -> None:
    """Raises AssertionError that names the place of each fault."""
    faults = [f"/{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in schema.iter_errors(value)]
    assert not faults, f"{what} is not as docs/openapi/bold.yaml says\n" + "\n".join(faults[:10])
