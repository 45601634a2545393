"""Placeholder: answers its path, until the real routes stand here."""

import json
from typing import Any, NamedTuple

import aws_lambda_powertools

import till


class Route(NamedTuple):
    method: str
    path: str
    summary: str
    kind: str


class app:
    routes = [
        Route("POST", "/merchant/shops", "merchant/settings post", "read"),
        Route("GET", "/merchant/shops/{shop}", "merchant/settings get", "read"),
    ]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    print(json.dumps({"path": event["path"]}))
    body = json.dumps({"path": event["path"], "till": till.__file__, "powertools": aws_lambda_powertools.__file__})
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}
